"""Every graph of the projections: what the catalogue of models finds of this app."""

from __future__ import annotations

from interurban.core.model import Graph

from .cohort.graphs import (
    COHORT_COMPONENT,
    CORRECTED_AGAINST_ORIGINAL,
    MULTIREGIONAL_PROJECTION,
    POPULATION_ASSUMPTIONS,
    UNCERTAIN_MULTIREGIONAL_PROJECTION,
    UNCERTAIN_PROJECTION,
)
from .households.graphs import HOUSEHOLD_PROJECTION, HOUSEHOLD_TYPE_PROJECTION
from .rolls.graphs import REGIONAL_SCHOOL_ROLLS, SCHOOL_ROLLS
from .send.graphs import SEND_GOAL_SEEK, SEND_PROJECTION, SEND_VALIDATION

__all__ = ["graphs"]


def graphs() -> tuple[Graph, ...]:
    """People, households, special educational needs and school rolls, in that order."""
    return (
        COHORT_COMPONENT,
        MULTIREGIONAL_PROJECTION,
        UNCERTAIN_PROJECTION,
        UNCERTAIN_MULTIREGIONAL_PROJECTION,
        CORRECTED_AGAINST_ORIGINAL,
        POPULATION_ASSUMPTIONS,
        HOUSEHOLD_PROJECTION,
        HOUSEHOLD_TYPE_PROJECTION,
        SEND_PROJECTION,
        SEND_VALIDATION,
        SEND_GOAL_SEEK,
        SCHOOL_ROLLS,
        REGIONAL_SCHOOL_ROLLS,
    )
