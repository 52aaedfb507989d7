"""Which cells are too small or too much one person's: the primary rules.

Sources: Hundepool, Domingo-Ferrer, Franconi, Giessing, Schulte Nordholt, Spicer and de Wolf,
*Statistical Disclosure Control* (Wiley 2012), sections 4.2 (rules) and 4.3.1, table 4.5
(protection levels); Cox (1981), *Linear sensitivity measures in statistical disclosure control*.

With contributions x1 >= x2 >= ... >= 0 to a cell and X their sum:

- threshold: the cell is sensitive if fewer than ``at_least`` contribute;
- (n, k) dominance: if x1 + ... + xn > k/100 X;
- p %: if X - x1 - x2 < p/100 x1, so that the second contributor could tell the first one's number
  to within p %.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from interurban.core.errors import InvalidInput

from .table import Floats, Ints, Mask

__all__ = ["Cells", "Dominance", "Need", "PPercent", "Rule", "Threshold", "needs"]


@dataclass(frozen=True)
class Cells:
    """What the rules look at, for every cell of a table.

    Parameters
    ----------
    values: the number that is to be published, shape ``(cells,)``.
    contributors: how many people or firms are in it, shape ``(cells,)``.
    largest: the largest contributions, falling, shape ``(cells, n)``; empty for counts.
    """

    values: Floats
    contributors: Ints
    largest: Floats

    @property
    def counting(self) -> bool:
        """Whether the numbers are the counts themselves."""
        return self.largest.size == 0


@dataclass(frozen=True, slots=True)
class Threshold:
    """Sensitive if fewer than ``at_least`` contribute; cells of nobody only with ``zeros``.

    In a table of counts a hidden number is never told to within ``at_least``, so that nobody can
    say even whether it is a small one. In a table of sums it is never told to within ``percent`` of
    itself on either side.
    """

    at_least: int = 5
    zeros: bool = False
    percent: float = 10.0

    def __post_init__(self) -> None:
        if self.at_least < 2:
            raise InvalidInput("A threshold is at least 2.", part="at_least")
        _check_percent(self.percent, "percent", top=1e6)


@dataclass(frozen=True, slots=True)
class Dominance:
    """Sensitive if the ``contributors`` largest are more than ``percent`` of the sum."""

    contributors: int = 2
    percent: float = 85.0

    def __post_init__(self) -> None:
        if self.contributors < 1:
            raise InvalidInput("Dominance looks at one contributor or more.", part="dominance")
        _check_percent(self.percent, "dominance", top=100.0)


@dataclass(frozen=True, slots=True)
class PPercent:
    """Sensitive if the second largest could tell the largest to within ``percent`` of it."""

    percent: float = 10.0

    def __post_init__(self) -> None:
        _check_percent(self.percent, "p_percent", top=100.0)


Rule = Threshold | Dominance | PPercent


@dataclass(frozen=True)
class Need:
    """How far from the truth everybody must be kept, for every cell; zero where it may be told.

    With x the true number and [low, high] what follows from all that is published:
    ``low <= x - below``, ``high >= x + above`` and ``high - low >= width``.

    Parameters
    ----------
    primary: which cells are sensitive, shape ``(cells,)``.
    below, above, width: shape ``(cells,)``.
    beside: the ``width`` of a cell that is hidden only to protect another.
    """

    primary: Mask
    below: Floats
    above: Floats
    width: Floats
    beside: float


def needs(cells: Cells, rules: tuple[Rule, ...]) -> Need:
    """The sensitive cells under any of the rules, and how far each must be kept from the truth.

    Raises
    ------
    InvalidInput: no rule; dominance or p % of counts; a rule that needs more of the largest
        contributions than there are.
    """
    if not rules:
        raise InvalidInput("No rule says which cells are sensitive.", advice="Give a threshold.")
    size = len(cells.values)
    primary = np.zeros(size, dtype=bool)
    below, above, width = np.zeros(size), np.zeros(size), np.zeros(size)
    beside = 0.0
    for rule in rules:
        sensitive = _sensitive(cells, rule)
        primary |= sensitive
        if isinstance(rule, Threshold) and cells.counting:
            width[sensitive] = np.maximum(width[sensitive], rule.at_least)
            beside = max(beside, float(rule.at_least))
        else:
            kept = np.where(sensitive, _distance(cells, rule), 0.0)
            below = np.maximum(below, np.minimum(kept, cells.values))
            above = np.maximum(above, kept)
    return Need(primary, below, above, width, beside)


def _sensitive(cells: Cells, rule: Rule) -> Mask:
    if isinstance(rule, Threshold):
        few = cells.contributors < rule.at_least
        return few if rule.zeros else few & (cells.contributors > 0)
    if cells.counting:
        raise InvalidInput(
            "Dominance and p % are rules on sums, and this is a table of counts.",
            advice="Name the column to add up with --value, or use a threshold.",
            part="dominance" if isinstance(rule, Dominance) else "p_percent",
        )
    return _distance(cells, rule) > 0


def _distance(cells: Cells, rule: Rule) -> Floats:
    """How far the upper end must lie above the number; positive exactly in sensitive cells."""
    if isinstance(rule, Threshold):
        return np.abs(cells.values) * rule.percent / 100
    wanted = rule.contributors if isinstance(rule, Dominance) else 2
    if cells.largest.shape[1] < wanted:
        raise InvalidInput(
            f"The rule looks at the {wanted} largest contributions; {cells.largest.shape[1]} of "
            "each cell are known.",
            part="dominance",
        )
    if isinstance(rule, Dominance):
        distance = cells.largest[:, :wanted].sum(axis=1) * 100 / rule.percent - cells.values
    else:
        first, second = cells.largest[:, 0], cells.largest[:, 1]
        distance = first * rule.percent / 100 - (cells.values - first - second)
    # Sums of the same numbers in another order differ in their last digits.
    return np.where(distance > 1e-9 * np.abs(cells.values), distance, 0.0)


def _check_percent(percent: float, part: str, *, top: float) -> None:
    if not 0 < percent <= top:
        raise InvalidInput(f"{percent:g} is no percentage.", part=part)
