"""Back-test: projections from earlier years beside what came, in the form of the DfE.

The error of a forecast is ``(forecast - actual) / actual``: its mean absolute value over all
comparisons, and its bias, are given by years ahead, with the same of two baselines: the last
year's rolls again, and the plain cohort method with the last year's ratios; of the entry year
group also with the mean of its last three years.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .bands import Errors, draw_totals, past_errors, quantiles
from .entry import sum_of_regions
from .history import Flags, Rolls, last_group
from .projection import Around, Settings, project
from .trend import Floats

__all__ = ["LAST_RATIO", "METHODS", "SUBJECTS", "Row", "back_test", "secondary_from"]

METHODS = ("projection", "same as last year", "last ratio", "mean of three years")
SUBJECTS = ("schools", "planning areas", "primary", "secondary", "entry year group")

LAST_RATIO = Settings(
    years=1, recent_shares=False, shrinkage=0.0, held=0.0, smoothing=(1.0, 0.0, 0.0), grows=False
)
"""Cohort survival with the ratios and shares of the last year, entry as in the last year."""

_MEAN_YEARS = 3


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table of errors.

    Parameters
    ----------
    subject: ``schools``: pupils of each school, those open in both years, weighted by their pupils;
        ``planning areas``: likewise, of all schools of the area; ``primary``, ``secondary``,
        ``entry year group``: of the whole city, each year counting as much.
    error: mean absolute error; ``bias``: mean error, above 0 where too many were forecast.
    coverage_80, coverage_95: share of what came that the bands held; not a number without bands.
    cases: comparisons.
    """

    subject: str
    method: str
    years_ahead: int
    error: float
    bias: float
    coverage_80: float
    coverage_95: float
    cases: int


def secondary_from(rolls: Rolls) -> int:
    """Place of the first year group after the one that most schools end with."""
    last = last_group(rolls.pupils[:, :, -1] > 0)
    last = last[last >= 0]
    return int(np.bincount(last).argmax()) + 1


def back_test(
    rolls: Rolls,
    horizon: int = 5,
    settings: Settings | None = None,
    around: Around | None = None,
    *,
    since: int | None = None,
    until: int | None = None,
    draws: int = 200,
    seed: int = 50,
    watch: Callable[[int, int], None] | None = None,
    errors: Errors | None = None,
) -> tuple[Row, ...]:
    """Hold projections from every earlier year against what came.

    Parameters
    ----------
    horizon: years ahead, at most 10.
    since, until: only what came in these years, both in, is compared; a window held out.
    errors: from ``past_errors`` of the same, where they are there already.

    Returns
    -------
    Rows by subject, method and years ahead; none where the rolls are too short.
    """
    settings = settings or Settings()
    errors = errors or past_errors(rolls, horizon, settings, around, watch)
    measured = _Measured(rolls, secondary_from(rolls))
    window = (since or rolls.years[0], until or rolls.years[-1])
    random = np.random.default_rng(seed)
    for at, (origin, projection) in enumerate(zip(errors.origins, errors.projections, strict=True)):
        known = errors.known_at(origin, errors.error.shape[2])
        ahead = len(projection.years)
        last = rolls.pupils[:, :, origin]
        mean = rolls.pupils[:, :, max(0, origin - _MEAN_YEARS + 1) : origin + 1].mean(axis=2)
        ratio = project(rolls.until(rolls.years[origin]), ahead, LAST_RATIO).pupils
        base = errors.base[at]
        drawn = sums = None
        if known.origins:
            given = (projection.totals, base, known, draws, random)
            drawn = quantiles(draw_totals(*given))
            sums = quantiles(measured.by_area(draw_totals(*given, either_way=True)))
        for h in range(1, min(ahead, len(rolls.years) - 1 - origin) + 1):
            if not window[0] <= rolls.years[origin + h] <= window[1]:
                continue
            forecasts = {
                "projection": projection.pupils[:, :, h - 1],
                "same as last year": last,
                "last ratio": ratio[:, :, h - 1],
                "mean of three years": mean,
            }
            measured.compare(origin + h, h, forecasts)
            if drawn is not None and sums is not None:
                measured.hold(origin, h, drawn[:, :, h - 1], sums[:, :, h - 1])
    return measured.rows()


class _Measured:
    """Comparisons so far, by subject, method and years ahead."""

    def __init__(self, rolls: Rolls, secondary: int) -> None:
        self.rolls, self.secondary = rolls, secondary
        names, self.area = rolls.places_of_areas()
        self.areas = len(names)
        self.found: dict[tuple[str, str, int], list[tuple[float, float, float, int]]] = {}
        self.held: dict[tuple[str, int], list[tuple[int, int, int]]] = {}

    def by_area(self, pupils: Floats) -> Floats:
        """Pupils of all schools of each planning area, for arrays whose first axis is schools."""
        return sum_of_regions(pupils, self.area, self.areas)

    def compare(self, year: int, ahead: int, forecasts: dict[str, Floats]) -> None:
        """Hold forecasts of one year, from one origin, against what came."""
        came = self.rolls.pupils[:, :, year]
        stayed = (forecasts["same as last year"].sum(axis=1) > 0) & (came.sum(axis=1) > 0)
        for method, said in forecasts.items():
            if method == "mean of three years":
                self._add(("entry year group", method, ahead), *_entry(said, came))
                continue
            totals = came.sum(axis=1)
            self._add(("schools", method, ahead), said.sum(axis=1)[stayed], totals[stayed])
            by_area = (self.by_area(each).sum(axis=1) for each in (said, came))
            self._add(("planning areas", method, ahead), *by_area)
            for subject, part in (
                ("primary", slice(None, self.secondary)),
                ("secondary", slice(self.secondary, None)),
            ):
                both = (np.array([each[:, part].sum()]) for each in (said, came))
                self._add((subject, method, ahead), *both)
            self._add(("entry year group", method, ahead), *_entry(said, came))

    def hold(self, origin: int, ahead: int, schools: Floats, areas: Floats) -> None:
        """Count what came within the bands.

        Parameters
        ----------
        schools, areas: band end x school, and x planning area.
        """
        then, came = (self.rolls.totals[:, year] for year in (origin, origin + ahead))
        stayed = (then > 0) & (came > 0)
        self._hold(("schools", ahead), schools[:, stayed], came[stayed])
        totals = self.by_area(came)
        self._hold(("planning areas", ahead), areas[:, totals > 0], totals[totals > 0])

    def _add(self, key: tuple[str, str, int], said: Floats, came: Floats) -> None:
        if came.sum() <= 0:
            return
        error = said - came
        cases = int((came > 0).sum())
        # One city is a comparison of its own each year; schools and areas weigh by their pupils.
        weight = 1.0 if len(came) == 1 else float(came.sum())
        off, bias = float(np.abs(error).sum()), float(error.sum())
        per = weight / float(came.sum())
        self.found.setdefault(key, []).append((off * per, bias * per, weight, cases))

    def _hold(self, key: tuple[str, int], ends: Floats, came: Floats) -> None:
        def inside(low: int, high: int) -> int:
            held: Flags = (ends[low] <= came) & (came <= ends[high])
            return int(held.sum())

        self.held.setdefault(key, []).append((inside(1, 3), inside(0, 4), len(came)))

    def rows(self) -> tuple[Row, ...]:
        """The table, in the order of subjects, methods and years ahead."""
        out = []
        for subject, method, ahead in sorted(
            self.found, key=lambda key: (SUBJECTS.index(key[0]), METHODS.index(key[1]), key[2])
        ):
            found = np.array(self.found[subject, method, ahead])
            error, bias = found[:, :2].sum(axis=0) / found[:, 2].sum()
            shares = (np.nan, np.nan)
            if method == "projection" and (subject, ahead) in self.held:
                held = np.array(self.held[subject, ahead]).sum(axis=0)
                shares = (held[0] / held[2], held[1] / held[2])
            out.append(
                Row(
                    subject,
                    method,
                    ahead,
                    float(error),
                    float(bias),
                    float(shares[0]),
                    float(shares[1]),
                    int(found[:, 3].sum()),
                )
            )
        return tuple(out)


def _entry(said: Floats, came: Floats) -> tuple[Floats, Floats]:
    """Pupils of the whole city who enter."""
    return np.array([said[:, 0].sum()]), np.array([came[:, 0].sum()])
