"""The knobs of the school roll models, and what they mean to the computing."""

from __future__ import annotations

from types import MappingProxyType

from interurban.core.model import Parameter, Values

from .projection import Settings

__all__ = [
    "AROUND",
    "DRAWS",
    "PLACES",
    "READING",
    "SMOOTHING",
    "YEARS_AHEAD",
    "number",
    "settings_of",
    "smoothing_of",
    "whole",
]

_USUAL = Settings()


def _choice(name: str, title: str, default: str, words: dict[str, str], help_: str) -> Parameter:
    return Parameter(name, title, "choice", default, help_, choices=MappingProxyType(dict(words)))


def _share(name: str, title: str, default: float, help_: str, maximum: float = 1.0) -> Parameter:
    return Parameter(name, title, "number", default, help_, minimum=0.0, maximum=maximum)


YEARS_AHEAD = Parameter(
    "years_ahead",
    "Years ahead",
    "integer",
    5,
    "How many school years to project.",
    unit="years",
    minimum=1,
    maximum=20,
)

_FIRST_GROUP = Parameter(
    "entry_year_group",
    "Entry year group",
    "integer",
    0,
    "The first year group that is projected: 0 is Reception or Kindergarten. Younger ones are left "
    "out.",
    minimum=-5,
    maximum=12,
)

SMOOTHING = (
    _share(
        "smoothing_level",
        "Smoothing of the level",
        _USUAL.smoothing[0],
        "How much of a surprise stays: 1 begins at the last year's number.",
    ),
    _share(
        "smoothing_growth",
        "Smoothing of the growth",
        _USUAL.smoothing[1],
        "How much of a surprise changes the growth: 0 has none.",
    ),
    _share(
        "damping",
        "Damping",
        _USUAL.smoothing[2],
        "How much of the growth is left a year later: 1 goes on for ever.",
    ),
)

_WEIGHTS = {"equal": "All years alike", "recent": "Later years more (4, 3, 2, 1)"}

READING = (
    _FIRST_GROUP,
    Parameter(
        "years",
        "Years of the past",
        "integer",
        _USUAL.years,
        "The last years that progression ratios, shares and entry ratios are taken from.",
        unit="years",
        minimum=1,
        maximum=20,
    ),
    _choice(
        "ratio_weights",
        "Weights of the ratios",
        "equal",
        _WEIGHTS,
        "Whether later years weigh more in progression ratios.",
    ),
    _choice(
        "share_weights",
        "Weights of the shares",
        "recent",
        _WEIGHTS,
        "Whether later years weigh more in a school's share of those who start or transfer.",
    ),
    _choice(
        "ratio_rule",
        "Ratio of a school",
        "sums",
        {"sums": "Ratio of the years' sums", "mean": "Mean of the years' ratios"},
        "How a school's ratios of several years become one; the mean is led by small year groups.",
    ),
    Parameter(
        "shrinkage",
        "Shrinkage",
        "number",
        _USUAL.shrinkage,
        "A school whose ratio was seen on as many pupils as this lies half way between its own and "
        "the city's ratio; 0 keeps its own.",
        unit="pupils",
        minimum=0.0,
        maximum=10_000.0,
    ),
    _share(
        "held_share",
        "Weight of the share held",
        _USUAL.held,
        "0 moves each school's own cohorts up; 1 has each school hold its share of the city's year "
        "group; between the two lies their mean.",
    ),
    _share(
        "drift",
        "Drift of the share",
        _USUAL.drift,
        "How much of what a school gained on the city in a year, or lost to it, goes on and fades "
        "out: 0 holds the share as it is.",
    ),
    Parameter(
        "growing_schools",
        "Growing schools go on",
        "boolean",
        _USUAL.grows,
        "A school that opened a year group on top last year opens the next ones, to the end of its "
        "phase.",
    ),
    *SMOOTHING,
)

AROUND = (
    _choice(
        "first_year_groups",
        "First year groups are filled from",
        "city",
        {"city": "The whole city", "area": "The planning area"},
        "Where the pupils come from who start at a school or transfer to it.",
    ),
    Parameter(
        "entry_lag",
        "From birth to entry",
        "integer",
        4,
        "Years from the year in the table of children to the school year in which they enter: of "
        "births 4 where children start at four, 5 where at five; of children of entry age 0.",
        unit="years",
        minimum=0,
        maximum=10,
    ),
    Parameter(
        "entry_change",
        "More or fewer entrants",
        "number",
        0.0,
        "What is added to everyone who is projected to enter: -0.1 is a tenth fewer, every year.",
        unit="share of the entrants",
        minimum=-0.95,
        maximum=3.0,
    ),
)

PLACES = (
    Parameter(
        "tolerance",
        "Beyond the admission number",
        "number",
        0.0,
        "By how much a school may be fuller than its places: 0.05 is a twentieth.",
        unit="share of places",
        minimum=0.0,
        maximum=1.0,
    ),
)

DRAWS = (
    Parameter(
        "draws",
        "Draws",
        "integer",
        1_000,
        "How many futures are worked out.",
        minimum=10,
        maximum=5_000,
    ),
    Parameter(
        "seed",
        "Seed",
        "integer",
        50,
        "The same seed gives the same draws.",
        minimum=0,
        maximum=2**31 - 1,
    ),
)


def whole(values: Values, name: str) -> int:
    """A value that is a whole number."""
    value = values[name]
    assert isinstance(value, int), f"{name} is a whole number by its parameter"
    return value


def number(values: Values, name: str) -> float:
    """A value that is a number."""
    value = values[name]
    assert isinstance(value, int | float), f"{name} is a number by its parameter"
    return float(value)


def smoothing_of(values: Values) -> tuple[float, float, float]:
    """Alpha, beta and phi."""
    alpha, beta, phi = (number(values, parameter.name) for parameter in SMOOTHING)
    return alpha, beta, phi


def settings_of(values: Values) -> Settings:
    """How the past is to be read."""
    return Settings(
        years=whole(values, "years"),
        recent_ratios=values["ratio_weights"] == "recent",
        recent_shares=values["share_weights"] == "recent",
        mean_of_ratios=values["ratio_rule"] == "mean",
        shrinkage=number(values, "shrinkage"),
        held=number(values, "held_share"),
        drift=number(values, "drift"),
        smoothing=smoothing_of(values),
        grows=bool(values["growing_schools"]),
        by_area=values["first_year_groups"] == "area",
    )
