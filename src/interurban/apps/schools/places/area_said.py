"""Which measures of a scorecard tell what, as parameters of a run: from a pack, and back."""

from __future__ import annotations

from collections.abc import Mapping

from interurban.core.errors import InvalidInput
from interurban.core.model import Parameter, Value, Values

from .area_forecast import USUAL, Weights
from .settings import AreaRolls

__all__ = ["MEASURES", "WEIGHTS", "rolls_said", "said_of", "weights_said"]


def _text(name: str, title: str, help_: str) -> Parameter:
    return Parameter(name, title, "text", "", help_)


def _share(name: str, title: str, default: float, help_: str) -> Parameter:
    return Parameter(name, title, "number", default, help_, minimum=0.0, maximum=1.0)


MEASURES = (
    _text("stage", "Stage", "The stage of schooling that the pupils are of, by its id."),
    _text("roll", "Pupils on roll", "The measure with the pupils of the year."),
    _text(
        "earlier",
        "Pupils of earlier years",
        "Measures with the pupils of an earlier year: 2014 = its name; 2018 = its name.",
    ),
    _text(
        "change",
        "Change before that",
        "A measure with the share by which pupils changed between two years: 2009-2014 = its name.",
    ),
    _text(
        "expected",
        "The areas' own forecast",
        "A measure with the share by which pupils are to change, after how many years it is: 3 = "
        "its name.",
    ),
    _text(
        "accuracy",
        "Errors of earlier forecasts",
        "Measures with the errors of the areas' forecasts, by years ahead: 1 = its name; 3 = its "
        "name.",
    ),
    Parameter(
        "youngest", "Youngest pupils", "integer", 4,
        "Their age when the school year begins; of births.", unit="years", minimum=0, maximum=20,
    ),
    Parameter(
        "oldest", "Oldest pupils", "integer", 10,
        "Their age when the school year begins; of births.", unit="years", minimum=0, maximum=20,
    ),
)  # fmt: skip

WEIGHTS = (
    _share(
        "growth_weight",
        "Weight of new growth",
        USUAL.growth,
        "How much of a year's growth is new, beside that of the years before.",
    ),
    _share("damping", "Damping", USUAL.damping, "How much of the growth is left a year later."),
    _share(
        "trend_weight",
        "Weight of an area's own growth",
        USUAL.trend,
        "Beside the forecast that the area published, where growth was seen over one year; over "
        "several, this divided by the years.",
    ),
    _share(
        "own_error_weight",
        "Weight of an area's own errors",
        USUAL.own,
        "Beside the mean of all areas, where published forecasts are corrected by what earlier "
        "ones were off by.",
    ),
)


def said_of(rolls: AreaRolls) -> dict[str, Value]:
    """The parameters that say what a pack says of one stage."""
    change = ""
    if rolls.change is not None:
        measure, first, last = rolls.change
        change = f"{first}-{last} = {measure}"
    return {
        "stage": rolls.stage,
        "roll": rolls.roll,
        "earlier": _joined(rolls.earlier),
        "change": change,
        "expected": f"{rolls.expected_ahead} = {rolls.expected}" if rolls.expected else "",
        "accuracy": _joined(rolls.accuracy),
        "youngest": rolls.ages[0],
        "oldest": rolls.ages[1],
    }


def rolls_said(values: Values) -> AreaRolls:
    """What the parameters say, as a pack would.

    Raises
    ------
    InvalidInput: a parameter is not written as its help says.
    """
    change, expected = _pairs(values, "change"), _pairs(values, "expected")
    first, last = 0, 0
    for years in change:
        ends = years.partition("-")
        first, last = _whole(ends[0], "change"), _whole(ends[2], "change")
    return AreaRolls(
        stage=str(values["stage"]),
        roll=str(values["roll"]),
        earlier={_whole(year, "earlier"): one for year, one in _pairs(values, "earlier").items()},
        change=None if not change else (next(iter(change.values())), first, last),
        places="",
        unfilled="",
        planned="",
        needed="",
        expected=next(iter(expected.values()), ""),
        expected_ahead=max((_whole(ahead, "expected") for ahead in expected), default=1),
        accuracy={_whole(a, "accuracy"): one for a, one in _pairs(values, "accuracy").items()},
        ages=(_whole(str(values["youngest"]), "youngest"), _whole(str(values["oldest"]), "oldest")),
        words="",
    )


def weights_said(values: Values) -> Weights:
    """What the parameters say of the weights."""
    growth, damping, trend, own = (float(str(values[one.name])) for one in WEIGHTS)
    return Weights(growth, damping, trend, own)


def _joined(measures: Mapping[int, str]) -> str:
    return "; ".join(f"{number} = {measure}" for number, measure in sorted(measures.items()))


def _pairs(values: Values, name: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in filter(None, (one.strip() for one in str(values[name]).split(";"))):
        number, equals, measure = (one.strip() for one in part.partition("="))
        if not equals or not number or not measure:
            raise InvalidInput(
                f"{name}: {part[:60]!r} says no measure.",
                advice="Write it as its help says, as in: 2014 = Pupils in 2014.",
                part=name,
            )
        found[number] = measure
    return found


def _whole(text: str, name: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise InvalidInput(
            f"{name}: {text[:40]!r} is no whole number.",
            advice="Write years, or years ahead, before the =.",
            part=name,
        ) from None
