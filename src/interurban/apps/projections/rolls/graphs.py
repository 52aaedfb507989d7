"""The school roll graphs: what a person runs."""

from __future__ import annotations

from interurban.core.model import Graph, ModelNode

from .models import REGIONAL_ROLLS, ROLL_BANDS, ROLLS

__all__ = ["REGIONAL_SCHOOL_ROLLS", "SCHOOL_ROLLS"]

SCHOOL_ROLLS = Graph(
    id="school_rolls",
    version="1.4.0",
    title="School rolls",
    summary="Pupils by school and year group in the years ahead, with bands and variants, and how "
    "such projections would have done.",
    needs=ROLLS.needs,
    gives=(*ROLLS.gives, *ROLL_BANDS.gives),
    nodes=(ModelNode("rolls", ROLLS), ModelNode("bands", ROLL_BANDS)),
    source=ROLLS.source,
)

REGIONAL_SCHOOL_ROLLS = Graph(
    id="regional_school_rolls",
    version="1.0.0",
    title="Year groups of whole areas",
    summary="Pupils by planning area and year group in the years ahead, with bands.",
    needs=REGIONAL_ROLLS.needs,
    gives=REGIONAL_ROLLS.gives,
    nodes=(ModelNode("regional", REGIONAL_ROLLS),),
    source=REGIONAL_ROLLS.source,
)
