"""From the values of the parameters to settings."""

from __future__ import annotations

import re
from typing import cast

import numpy as np

from interurban.core.errors import InvalidInput
from interurban.core.model import Values

from .advance import Mode
from .assumptions import FertilityVariant, MortalityVariant, Settings
from .axes import AGES, FLOWS, Floats
from .migration import FlowRule
from .multiregional import RegionalSettings
from .shocks import Process, Spread
from .trends import Estimate, Window

__all__ = [
    "flow_rule",
    "multipliers_of",
    "period_of",
    "regional_settings_of",
    "settings_of",
    "spread_of",
]


_RULE = ("years", "rule", "multiplier")


def period_of(values: Values) -> range:
    """The projected years.

    Raises
    ------
    InvalidInput: they are turned round.
    """
    first, last = _int(values, "first_year"), _int(values, "last_year")
    if last < first:
        raise InvalidInput(
            f"The projection would end in {last}, before it begins in {first}.",
            advice="Choose a later last year.",
            part="last_year",
        )
    return range(first, last + 1)


def flow_rule(values: Values, flow: str) -> FlowRule:
    """How one flow goes on."""
    moves = bool(values["transition"])
    return FlowRule(
        window=_pair(values, f"{flow}_years"),
        how=cast("Estimate", values[f"{flow}_rule"]),
        multiplier=_float(values, f"{flow}_multiplier"),
        later=_pair(values, "later_years") if moves else None,
        moves=_pair(values, "transition_years") if moves else (0, 0),
    )


def settings_of(values: Values) -> Settings:
    """What was chosen about a projection of single areas."""
    years = period_of(values)
    return Settings(
        first_year=years[0],
        last_year=years[-1],
        fertility_base_year=int(cast("int", values.get("fertility_base_year", years[0] - 1))),
        mortality_window=_pair(values, "mortality_years"),
        flows={flow: flow_rule(values, flow) for flow in FLOWS},
        fertility_variant=cast("FertilityVariant", values["fertility_variant"]),
        mortality_variant=cast("MortalityVariant", values["mortality_variant"]),
        mode=cast("Mode", values.get("mode", "corrected")),
        male_share=_float(values, "male_share"),
        fertility_multipliers=multipliers_of(values, "fertility_multipliers", years),
        mortality_multipliers=multipliers_of(values, "mortality_multipliers", years),
    )


def regional_settings_of(values: Values) -> RegionalSettings:
    """What was chosen about a multiregional projection.

    The rule of domestic moves is that of arrivals and of departures.
    """
    both = {f"domestic_out_{part}": values[f"domestic_in_{part}"] for part in _RULE}
    return RegionalSettings(
        settings_of({**values, **both}),
        _int(values, "scale_years"),
        cast("Estimate", values["scale_rule"]),
        str(values["international_out_as"]),
    )


def spread_of(values: Values) -> Spread:
    """How uncertain each part is."""
    usual = Spread()

    def wide(process: Process, name: str) -> Process:
        return Process(_float(values, f"sd_{name}"), process.keep, process.drift)

    return Spread(
        wide(usual.national_fertility, "national_fertility"),
        wide(usual.national_mortality, "national_mortality"),
        wide(usual.international, "international"),
        wide(usual.area_fertility, "area_fertility"),
        wide(usual.area_mortality, "area_mortality"),
        _float(values, "flow_spread"),
        usual.block,
    )


_ENTRY = re.compile(
    r"(?P<y0>\d{4})(-(?P<y1>\d{4}))?(:(?P<a0>\d{1,2})(-(?P<a1>\d{1,2}))?)?=(?P<factor>\d*\.?\d+)"
)


def multipliers_of(values: Values, name: str, years: range) -> Floats | None:
    """Factors by year and age from their text, ``year x age``; ``None`` where there are none.

    Entries are parted by semicolons; where they overlap they multiply.

    Raises
    ------
    InvalidInput: an entry that can't be read.
    """
    text = str(values.get(name, "")).strip()
    if not text:
        return None
    factors = np.ones((len(years), len(AGES)))
    on = np.array(years)
    for entry in filter(None, (part.strip() for part in text.split(";"))):
        read = _ENTRY.fullmatch(entry.replace(" ", ""))
        if read is None:
            raise InvalidInput(
                f"{entry!r} is no factor by year and age.",
                advice="Write years, ages and factor as 2020-2029:15-24=0.9, parted by semicolons.",
                part=name,
            )
        first, last = int(read["y0"]), int(read["y1"] or read["y0"])
        young, old = int(read["a0"] or 0), int(read["a1"] or read["a0"] or AGES[-1])
        if first > last or young > old or old > AGES[-1]:
            raise InvalidInput(
                f"The years or ages of {entry!r} are turned round, or over {AGES[-1]}.",
                advice=f"Give the smaller first; {AGES[-1]} stands for {AGES[-1]} and over.",
                part=name,
            )
        factors[(on >= first) & (on <= last), young : old + 1] *= float(read["factor"])
    return factors


def _int(values: Values, name: str) -> int:
    return int(cast("int", values[name]))


def _float(values: Values, name: str) -> float:
    return float(cast("float", values[name]))


def _pair(values: Values, name: str) -> Window:
    first, last = cast("tuple[int, int]", values[name])
    return int(first), int(last)
