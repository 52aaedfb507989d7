"""The SEND graphs: what a person runs."""

from __future__ import annotations

from interurban.apps.projections import contract_send as contract
from interurban.core.model import Graph, ModelNode

from .appraisal import GOAL_SEEK, VALIDATE
from .models import LEARN, RESULTS, SIMULATE

__all__ = ["SEND_GOAL_SEEK", "SEND_PROJECTION", "SEND_VALIDATION"]

_SOURCE = "witan.send"
_PAST = (contract.TRANSITIONS, contract.POPULATION, contract.STATES)

SEND_PROJECTION = Graph(
    id="send_projection",
    version="1.0.0",
    title="Special educational needs",
    summary="Children with special educational needs and disability by need, setting and academic "
    "year, and what they cost, in the years ahead.",
    needs=(*_PAST, contract.COSTS),
    gives=(contract.RESULTS,),
    nodes=(
        ModelNode("learn", LEARN),
        ModelNode("simulate", SIMULATE, after=("learn",)),
        ModelNode("results", RESULTS, after=("simulate",)),
    ),
    source=_SOURCE,
)

SEND_VALIDATION = Graph(
    id="send_validation",
    version="1.0.0",
    title="Special educational needs: how well it would have done",
    summary="Past years projected from the years before them, beside what happened.",
    needs=_PAST,
    gives=(contract.VALIDATION,),
    nodes=(ModelNode("validate", VALIDATE),),
    source=_SOURCE,
)

SEND_GOAL_SEEK = Graph(
    id="send_goal_seek",
    version="1.0.0",
    title="Special educational needs: goal seek",
    summary="How much some moves must change for a number of children to be met in a year.",
    needs=_PAST,
    gives=(contract.GOAL,),
    nodes=(ModelNode("goal_seek", GOAL_SEEK),),
    source=_SOURCE,
)
