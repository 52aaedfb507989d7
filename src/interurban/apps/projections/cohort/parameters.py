"""The knobs of the model, with their bounds and the words that explain them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from interurban.core.model import Parameter

from .advance import MALE_SHARE
from .assumptions import YEARS
from .shocks import Spread
from .trends import Window

__all__ = [
    "AREAS",
    "DRAWS",
    "FERTILITY",
    "FERTILITY_BASE",
    "FLOW_RULES",
    "MODE",
    "MORTALITY",
    "NEWBORN",
    "PERIOD",
    "REGIONAL_FLOW_RULES",
    "REGIONS",
]


def _year(name: str, title: str, default: int, help_: str, *also: str) -> Parameter:
    low, high = YEARS
    return Parameter(name, title, "integer", default, help_, minimum=low, maximum=high, also=also)


def _years(name: str, title: str, default: Window, help_: str, *ends: str) -> Parameter:
    low, high = YEARS
    return Parameter(name, title, "years", default, help_, minimum=low, maximum=high, ends=ends)


def _choice(
    name: str, title: str, default: str, choices: Mapping[str, str], help_: str, *also: str
) -> Parameter:
    several = MappingProxyType(dict(choices))
    return Parameter(name, title, "choice", default, help_, choices=several, also=also)


AREAS = Parameter(
    "areas",
    "Areas",
    "areas",
    (),
    "Codes of the areas to project; none for all that have a population.",
)

PERIOD = (
    _year(
        "first_year",
        "First year",
        2015,
        "The first year projected; the population of the year before must be known.",
        "first-proj-year",
    ),
    _year("last_year", "Last year", 2040, "The last year projected.", "last-proj-year"),
)

FERTILITY_BASE = _year(
    "fertility_base_year",
    "Base year of fertility",
    2014,
    "The year whose births set the level of fertility.",
    "fert-base-year",
)

_MULTIPLIERS = (
    "Your own factors on the rates by year and age, as 2020-2029:15-24=0.9; 2030-2040=1.05. "
    "Without ages they hold for all."
)

FERTILITY = (
    _choice(
        "fertility_variant",
        "Fertility",
        "applynationaltrend",
        {"applynationaltrend": "Follows the national trend", "fixed": "Stays as it is"},
        "Whether fertility by age changes as the national projection's does.",
        "proj-asfr-variant",
        "fert-variant",
    ),
    _choice(
        "fertility_scenario",
        "National fertility",
        "principal-2012",
        {
            "principal": "Principal",
            "low": "Low",
            "high": "High",
            "principal-2012": "Principal, 2012-based",
            "low-2012": "Low, 2012-based",
            "high-2012": "High, 2012-based",
        },
        "The national projection's assumption that fertility follows.",
        "future-fert-scenario",
        "fert-scenario",
    ),
    Parameter("fertility_multipliers", "Own factors on fertility", "text", "", _MULTIPLIERS),
)

MORTALITY = (
    _years(
        "mortality_years",
        "Years of mortality",
        (2010, 2014),
        "The past years that death rates are taken from; they must lie in the data.",
        "start-year-avg-mort",
        "end-year-avg-mort",
    ),
    _choice(
        "mortality_variant",
        "Mortality",
        "average-applynationaltrend",
        {
            "average-applynationaltrend": "Mean of the past, then the national trend",
            "average-fixed": "Mean of the past, fixed",
            "trend-applynationaltrend": "Trend of the past, then the national trend",
            "trend-fixed": "Trend of the past, fixed",
        },
        "How the first year's death rates come from the past, and whether they then change as the "
        "national projection's do.",
        "proj-asmr-variant",
        "mort-variant",
    ),
    _choice(
        "mortality_scenario",
        "National mortality",
        "principal",
        {"principal": "Principal", "low": "Low", "high": "High"},
        "The national projection's assumption that mortality follows.",
        "future-mort-scenario",
        "mort-scenario",
    ),
    Parameter("mortality_multipliers", "Own factors on mortality", "text", "", _MULTIPLIERS),
)

_FLOW_WORDS = {
    "domestic_in": ("Domestic arrivals", "domin"),
    "domestic_out": ("Domestic departures", "domout"),
    "international_in": ("International arrivals", "intin"),
    "international_out": ("International departures", "intout"),
}
"""In words, and as the original's parameters have them."""


def _flow(flow: str, words: str, short: str) -> tuple[Parameter, ...]:
    return (
        _years(
            f"{flow}_years",
            f"{words}: years",
            (2003, 2014),
            "The past years that the flow is taken from, both in: often the last 5, 10 or 15.",
            f"start-year-avg-{short}-mig",
            f"end-year-avg-{short}-mig",
        ),
        _choice(
            f"{flow}_rule",
            f"{words}: rule",
            "mean",
            {"mean": "Mean of the years", "trend": "Straight line through the years, a year on"},
            "How the flow to come is taken from those years; it then stays.",
        ),
        Parameter(
            f"{flow}_multiplier",
            f"{words}: factor",
            "number",
            1.0,
            "A factor on the flow in all years: 0.5 halves it.",
            minimum=0.0,
            maximum=10.0,
            also=("in-migrant-multiplier",) if flow == "international_in" else (),
        ),
    )


FLOW_RULES = (
    *(parameter for flow, words in _FLOW_WORDS.items() for parameter in _flow(flow, *words)),
    Parameter(
        "transition",
        "Move to other years",
        "boolean",
        False,
        "Let every flow move from its years to those below, in a straight line between two dates.",
    ),
    _years(
        "later_years",
        "Other years of migration",
        (2003, 2014),
        "The past years that all flows move to, where they are to move.",
    ),
    _years(
        "transition_years",
        "Dates of the move",
        (2015, 2020),
        "The year up to which the first years hold, and the one from which the others do.",
    ),
)

REGIONAL_FLOW_RULES = tuple(
    replace(parameter, title=parameter.title.replace("Domestic arrivals", "Domestic moves"))
    for parameter in FLOW_RULES
    if not parameter.name.startswith("domestic_out")
)
"""Of areas together: who leaves one arrives in another, so that one rule is that of both."""

MODE = _choice(
    "mode",
    "Accounts of deaths",
    "witan",
    {"witan": "As the original model", "corrected": "Corrected"},
    "The original takes infant deaths from last year's infants and lets people fall below 0; the "
    "corrected accounts take them from this year's births and clip at 0.",
)

NEWBORN = Parameter(
    "male_share",
    "Boys among the newborn",
    "number",
    MALE_SHARE,
    "The share of boys: 105 of 205.",
    minimum=0.0,
    maximum=1.0,
    also=("proportion-male-newborns",),
)

REGIONS = (
    Parameter(
        "scale_years",
        "Years of the level of rates",
        "integer",
        5,
        "The last years whose births and deaths set the level of fertility and mortality.",
        unit="years",
        minimum=1,
        maximum=30,
    ),
    _choice(
        "scale_rule",
        "Level of rates",
        "mean",
        {"mean": "Mean of the years", "trend": "Straight line through the years, a year on"},
        "How the level of fertility and mortality is taken from those years.",
    ),
    _choice(
        "international_out_as",
        "International departures are",
        "flow",
        {"flow": "A number of people", "rate": "A share of the people there, at most 0.8"},
        "Whether departures abroad grow with the population.",
    ),
)


def _sd(name: str, title: str, default: float, help_: str) -> Parameter:
    return Parameter(name, title, "number", default, help_, minimum=0.0, maximum=1.0)


_USUAL = Spread()

DRAWS = (
    Parameter(
        "draws",
        "Draws",
        "integer",
        1_000,
        "How many futures are worked out.",
        minimum=10,
        maximum=10_000,
    ),
    Parameter(
        "seed",
        "Seed",
        "integer",
        50,
        "The same seed gives the same draws.",
        minimum=0,
        maximum=2**31 - 1,
        also=("random-seed",),
    ),
    Parameter(
        "calibrate",
        "Calibrate",
        "boolean",
        True,
        "Scale the uncertainty until the 80 % band holds 75 to 85 % of what came in the past, "
        "where there are enough areas and years; else say that it is not calibrated.",
    ),
    _sd(
        "sd_national_fertility",
        "Uncertainty of national fertility",
        _USUAL.national_fertility.sd,
        "Standard deviation of a year's change (a random walk on the logarithm).",
    ),
    _sd(
        "sd_national_mortality",
        "Uncertainty of national mortality",
        _USUAL.national_mortality.sd,
        "Standard deviation of a year's change (a random walk on the logarithm).",
    ),
    _sd(
        "sd_international",
        "Uncertainty of international arrivals",
        _USUAL.international.sd,
        "Standard deviation of a year's push; it fades by a fifth each year.",
    ),
    _sd(
        "sd_area_fertility",
        "Uncertainty of an area's fertility",
        _USUAL.area_fertility.sd,
        "Standard deviation of a year's push on an area's own fertility; it fades by a tenth.",
    ),
    _sd(
        "sd_area_mortality",
        "Uncertainty of an area's mortality",
        _USUAL.area_mortality.sd,
        "Standard deviation of a year's push on an area's own mortality; it fades by a fifth.",
    ),
    Parameter(
        "flow_spread",
        "Uncertainty of flows",
        "number",
        _USUAL.flows,
        "How much of the past years' ups and downs of migration is kept: 1 is all.",
        minimum=0.0,
        maximum=5.0,
    ),
)
