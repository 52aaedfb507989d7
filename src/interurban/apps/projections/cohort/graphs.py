"""The graphs of the cohort-component model: what a person runs."""

from __future__ import annotations

from interurban.apps.projections import contract
from interurban.core.cube import Cube
from interurban.core.model import Graph, Loop, ModelNode, Tables, Values

from .axes import FLOWS
from .band_models import MULTIREGIONAL_BANDS, POPULATION_BANDS
from .choices import period_of
from .rate_models import (
    HISTORIC_FERTILITY,
    HISTORIC_MORTALITY,
    PROJECTED_FERTILITY,
    PROJECTED_FLOWS,
    PROJECTED_MORTALITY,
    SOURCE,
)
from .whole_models import MODE_DIFFERENCE, MULTIREGIONAL
from .year_models import BIRTHS_OF_A_YEAR, COLLECT, DEATHS_OF_A_YEAR, END_OF_A_YEAR, START

__all__ = [
    "COHORT_COMPONENT",
    "CORRECTED_AGAINST_ORIGINAL",
    "MULTIREGIONAL_PROJECTION",
    "POPULATION_ASSUMPTIONS",
    "UNCERTAIN_MULTIREGIONAL_PROJECTION",
    "UNCERTAIN_PROJECTION",
]


def _last_year_is_there(round_: Tables, values: Values) -> bool:
    population = round_["population_so_far"]
    assert isinstance(population, Cube)
    return int(population.along("year")[-1]) >= period_of(values)[-1]


_CARRIED = ("population", "births", "deaths", "net", "clipped")

_RATES_AND_FLOWS = (
    ModelNode("historic_fertility", HISTORIC_FERTILITY),
    ModelNode("historic_mortality", HISTORIC_MORTALITY),
    ModelNode("projected_fertility", PROJECTED_FERTILITY, after=("historic_fertility",)),
    ModelNode("projected_mortality", PROJECTED_MORTALITY, after=("historic_mortality",)),
    ModelNode("projected_flows", PROJECTED_FLOWS),
)

COHORT_COMPONENT = Graph(
    id="cohort_component",
    version="1.0.0",
    title="Population projection",
    summary="People by area, sex and single year of age, year by year: they grow older, are born, "
    "die and move. As Witan's model did it, or with its accounts of deaths corrected.",
    needs=(
        contract.HISTORIC_POPULATION,
        contract.HISTORIC_BIRTHS,
        contract.BIRTHS_BY_MOTHER,
        contract.HISTORIC_DEATHS,
        *(contract.HISTORIC_FLOWS[flow] for flow in FLOWS),
        contract.NATIONAL_FERTILITY,
        contract.NATIONAL_MORTALITY,
    ),
    gives=COLLECT.gives,
    nodes=(
        *_RATES_AND_FLOWS,
        ModelNode("start", START),
        Loop(
            "years",
            nodes=(
                ModelNode("births", BIRTHS_OF_A_YEAR),
                ModelNode("deaths", DEATHS_OF_A_YEAR, after=("births",)),
                ModelNode("end", END_OF_A_YEAR, after=("births", "deaths")),
            ),
            carries={f"{name}_so_far": f"{name}_up_to" for name in _CARRIED},
            until=_last_year_is_there,
            after=("projected_fertility", "projected_mortality", "projected_flows", "start"),
            limit=201,
        ),
        ModelNode("collect", COLLECT, after=("years", "projected_flows")),
    ),
    source=SOURCE,
)

POPULATION_ASSUMPTIONS = Graph(
    id="population_assumptions",
    version="1.0.0",
    title="Assumptions of a population projection",
    summary="The rates and flows that the projection of single areas would use with these tables "
    "and settings: births a woman, deaths a person, and the four flows to come.",
    needs=COHORT_COMPONENT.needs,
    gives=(
        contract.HISTORIC_FERTILITY,
        contract.HISTORIC_MORTALITY,
        contract.FERTILITY,
        contract.MORTALITY,
        *(contract.FUTURE_FLOWS[flow] for flow in FLOWS),
    ),
    nodes=_RATES_AND_FLOWS,
    source=SOURCE,
)

MULTIREGIONAL_PROJECTION = Graph(
    id="multiregional_population",
    version="1.1.0",
    title="Population projection of areas together",
    summary="As the projection of single areas, with flows from area to area that add up.",
    needs=MULTIREGIONAL.needs,
    gives=MULTIREGIONAL.gives,
    nodes=(ModelNode("together", MULTIREGIONAL),),
    source=MULTIREGIONAL.source,
)

UNCERTAIN_PROJECTION = Graph(
    id="population_with_bands",
    version="1.0.0",
    title="Population projection with bands",
    summary="The projection in a thousand draws, with the bands of 80 and 95 % and how they held "
    "in a back-test.",
    needs=POPULATION_BANDS.needs,
    gives=POPULATION_BANDS.gives,
    nodes=(ModelNode("draws", POPULATION_BANDS),),
    source=POPULATION_BANDS.source,
)

CORRECTED_AGAINST_ORIGINAL = Graph(
    id="corrected_against_original",
    version="1.0.0",
    title="Corrected against original accounts",
    summary=MODE_DIFFERENCE.summary,
    needs=MODE_DIFFERENCE.needs,
    gives=MODE_DIFFERENCE.gives,
    nodes=(ModelNode("difference", MODE_DIFFERENCE),),
    source=SOURCE,
)

UNCERTAIN_MULTIREGIONAL_PROJECTION = Graph(
    id="multiregional_with_bands",
    version="1.1.0",
    title="Population projection of areas together with bands",
    summary=MULTIREGIONAL_BANDS.summary,
    needs=MULTIREGIONAL_BANDS.needs,
    gives=MULTIREGIONAL_BANDS.gives,
    nodes=(ModelNode("draws", MULTIREGIONAL_BANDS),),
    source=MULTIREGIONAL_BANDS.source,
)
