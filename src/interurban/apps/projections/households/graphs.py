"""The household graphs: what a person runs."""

from __future__ import annotations

from interurban.apps.projections import contract_households as contract
from interurban.core.model import Graph, ModelNode

from .models import DWELLINGS, HOUSEHOLD_TYPES, HOUSEHOLDS

__all__ = ["HOUSEHOLD_PROJECTION", "HOUSEHOLD_TYPE_PROJECTION"]

_STAGE_ONE = ModelNode("households", HOUSEHOLDS)
_STATISTICS = (
    contract.POPULATION,
    contract.HOUSEHOLD_POPULATION,
    contract.INSTITUTIONAL_POPULATION,
    contract.REPRESENTATIVE_RATES,
)

HOUSEHOLD_PROJECTION = Graph(
    id="household_projection",
    version="1.0.0",
    title="Households and dwellings",
    summary="Households by area, sex, age and relationship, and the dwellings they need.",
    needs=(*_STATISTICS, contract.COUNTED_DWELLINGS, contract.VACANT_DWELLINGS),
    gives=(
        contract.HOUSEHOLDS,
        contract.PEOPLE_IN_HOUSEHOLDS,
        contract.TOTAL_HOUSEHOLDS,
        contract.DWELLINGS,
    ),
    nodes=(_STAGE_ONE, ModelNode("dwellings", DWELLINGS, after=("households",))),
    source="witan.models.household (DCLG stage 1)",
)

HOUSEHOLD_TYPE_PROJECTION = Graph(
    id="household_type_projection",
    version="1.0.0",
    title="Households by type",
    summary="Households by area, age and type, scaled to the households of stage 1.",
    needs=(*_STATISTICS, contract.HOUSEHOLD_TYPE_SHARES),
    gives=(contract.TOTAL_HOUSEHOLDS, contract.HOUSEHOLDS_BY_TYPE),
    nodes=(_STAGE_ONE, ModelNode("household_types", HOUSEHOLD_TYPES, after=("households",))),
    source="DCLG household projections, stages 1 and 2",
)
