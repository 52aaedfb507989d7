"""The interaction model as the workspace runs it: hidden flows filled in, and how near it comes."""

from __future__ import annotations

from interurban.core.errors import BadRequest, InvalidInput
from interurban.core.model import (
    Graph,
    Model,
    ModelNode,
    Parameter,
    Result,
    Tables,
    Values,
    Watch,
)

from . import baselines
from .contract import AREAS, FLOWS, MODEL_MEASURES, MODELLED_FLOWS, SCHOOLS, ZONES
from .fit import fit
from .kinds import kinds_of
from .measures import fitness
from .pairs import pairs_of
from .tables import flows_of, measures_table, modelled_table, zoned_of

__all__ = ["SCHOOL_FLOWS"]

_SOURCE = "Wilson (1971); Terza (1985); Santos Silva and Tenreyro (2006)"


def _flows(tables: Tables, values: Values, watch: Watch) -> Result:
    """Fit the model, and fill in what is hidden."""
    flows = flows_of(tables, values)
    zoned = zoned_of(tables, flows)
    try:
        pairs = pairs_of(flows, zoned)
    except BadRequest as error:
        raise InvalidInput(
            "Too few flows lie between areas and schools with a place.",
            advice="Name the boundaries and schools of the year of the flows.",
            part="schools",
        ) from error
    fitted = fit(pairs, kinds_of(flows.schools, pairs.school, {}, pairs.zoned))
    watch(1, 2)
    models = {
        "Fitted": fitted.expected_shown,
        "Doubly constrained, 1.2 / km": baselines.doubly_constrained(pairs),
        "Attraction by size, 1.2 / km": baselines.production_constrained(pairs),
        "Nearest school": baselines.nearest(pairs),
    }
    found = {
        name: fitness(matrix, pairs.shown, pairs.km, None, pairs.compared)
        for name, matrix in models.items()
    }
    watch(2, 2)
    best = found["Fitted"]
    rows = modelled_table(flows, fitted, float(str(values["least"])))
    said = (
        f"The model has a common part of commuters of {best.cpc:.2f} and a squared correlation of "
        f"{best.r2:.2f} over {len(pairs.area):,} areas and {len(pairs.school):,} schools."
    )
    measures = measures_table(found, flows.year)
    return Result({"modelled_flows": rows, "model_measures": measures}, (said,))


_MODEL = Model(
    id="school_flows_filled",
    version="1.0.0",
    title="Pupil flows with what is hidden filled in",
    summary="Which schools the pupils of each area go to, with small hidden numbers as a fitted "
    "model expects them.",
    needs=(FLOWS, SCHOOLS, AREAS, ZONES),
    gives=(MODELLED_FLOWS, MODEL_MEASURES),
    parameters=(
        Parameter(
            "year", "School year", "integer", 0, "The year in which it begins; 0 is the newest.",
            minimum=0, maximum=2300,
        ),
        Parameter("stage", "Stage", "text", "", "Of flows of several stages, the one to take."),
        Parameter(
            "hidden_below", "Hidden below", "integer", 5,
            "A number smaller than this was not shown.", unit="pupils", minimum=0, maximum=100,
        ),
        Parameter(
            "dropped", "Hidden rows were left out", "boolean", False,
            "Whether the publisher left hidden pairs out, so that a pair that is not there may be "
            "small; otherwise it has nobody.",
        ),
        Parameter(
            "least", "Least to be told", "number", 0.5,
            "Pairs with fewer expected pupils are left out.", unit="pupils", minimum=0.01,
            maximum=10,
        ),
    ),
    compute=_flows,
    source=_SOURCE,
)  # fmt: skip

SCHOOL_FLOWS = Graph(
    id="school_flows",
    version="1.0.0",
    title="Pupil flows with what is hidden filled in",
    summary=_MODEL.summary,
    needs=_MODEL.needs,
    gives=_MODEL.gives,
    nodes=(ModelNode("flows", _MODEL),),
    source=_SOURCE,
)
