"""What a projection does year by year: who starts, which parameters hold, what is closed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from interurban.core.errors import BadRequest

from .fitting import Children, Parameters
from .states import ACADEMIC_YEARS, Array, Flags, Numbers, StateSpace

__all__ = ["CLOSING", "Closure", "Plan", "Rules", "alive", "projected_years", "rules_of"]

CLOSING = {
    "leave": "All children in it leave special needs education, and nobody enters it.",
    "move": "Nobody enters it; those in it who do not leave are placed in other settings.",
    "witan": "All children in it leave every year, but others may still enter it, as Witan had it.",
}


@dataclass(frozen=True, slots=True)
class Closure:
    """A setting that closes (``make-setting-invalid`` of the original).

    Parameters
    ----------
    children: a key of ``CLOSING``.
    since: the first calendar year without it; ``None`` for all that are projected.
    """

    setting: str
    children: str = "leave"
    since: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """A projection, ready to be drawn or to have its mean worked out.

    Parameters
    ----------
    seed_year: the calendar year of ``start``.
    start: children by state (flat over the space), whole numbers.
    children: of the area by calendar year and academic year; every later calendar year in it is
        projected.
    baseline: parameters; ``scenario`` those that hold instead within ``since`` and ``until`` (both
        in, ``None`` for open).
    closure: a setting that closes.
    """

    space: StateSpace
    seed_year: int
    start: Numbers
    children: Children
    baseline: Parameters
    scenario: Parameters | None = None
    since: int | None = None
    until: int | None = None
    closure: Closure | None = None

    def parameters(self, year: int) -> Parameters:
        """Those that hold in a calendar year."""
        if self.scenario is None:
            return self.baseline
        early = self.since is not None and year < self.since
        late = self.until is not None and year > self.until
        return self.baseline if early or late else self.scenario

    def closed(self, year: int) -> Closure | None:
        """The closure, in a calendar year in which it holds."""
        if self.closure is None or (self.closure.since is not None and year < self.closure.since):
            return None
        return self.closure


@dataclass(frozen=True, slots=True, eq=False)
class Rules:
    """What happens to children between two years, by flat state *before* the academic year begins.

    Parameters
    ----------
    valid: states whose children are followed; those of others vanish.
    leaver, mover: alpha, beta, state x 2; a mover of (1, 0) moves for certain, (0, 1) never.
    all_leave: states that everyone leaves.
    mover_targets: alpha, state x (need, setting).
    joiners, joiner_targets: academic year x 2, academic year x (need, setting).
    """

    valid: Flags
    leaver: Array
    mover: Array
    all_leave: Flags
    mover_targets: Array
    joiners: Array
    joiner_targets: Array


def projected_years(plan: Plan) -> tuple[int, ...]:
    """The calendar years after the seed year that have a population, in order."""
    return tuple(sorted({year for year, _ in plan.children if year > plan.seed_year}))


def alive(plan: Plan, year: int) -> Numbers:
    """Children of the area by academic year in a calendar year; 0 where none is given."""
    people = [plan.children.get((year, academic_year), 0.0) for academic_year in ACADEMIC_YEARS]
    return np.rint(people).astype(np.int64)


def rules_of(plan: Plan, year: int) -> Rules:
    """The rules of a calendar year: its parameters, and its closed setting."""
    space, parameters = plan.space, plan.parameters(year)
    _, needs, settings = space.shape
    targets, joiner_targets = parameters.mover_targets, parameters.joiner_targets
    leaving = np.zeros(space.shape, dtype=bool)
    closure = plan.closed(year)
    mover = np.where(np.isnan(parameters.movers), (0.0, 1.0), parameters.movers)
    if closure is not None:
        if closure.setting not in space.settings:
            raise BadRequest(
                f"There is no setting {closure.setting} to close.",
                advice=f"The settings are {', '.join(space.settings)}.",
                part="closed_setting",
            )
        at = space.settings.index(closure.setting)
        if closure.children != "witan":
            targets, joiner_targets = targets.copy(), joiner_targets.copy()
            targets[..., at] = joiner_targets[..., at] = 0
        if closure.children == "move":
            mover[:, :, at] = 1.0, 0.0
        else:
            leaving[:, :, at] = True
    movable = targets.any(axis=(3, 4)) & _somewhere_to_go(space)
    mover[~movable] = 0.0, 1.0
    return Rules(
        valid=space.valid.ravel(),
        leaver=np.where(np.isnan(parameters.leavers), 0.5, parameters.leavers).reshape(-1, 2),
        mover=mover.reshape(-1, 2),
        all_leave=leaving.ravel(),
        mover_targets=targets.reshape(-1, needs * settings),
        joiners=parameters.joiners,
        joiner_targets=joiner_targets.reshape(-1, needs * settings),
    )


def _somewhere_to_go(space: StateSpace) -> Flags:
    """States from which another valid setting can be reached at the academic year after."""
    after = np.zeros((space.shape[0], space.shape[2]), dtype=bool)
    after[:-1] = space.valid[1:].any(axis=1)
    other = space.allowed & ~np.eye(space.shape[2], dtype=bool)
    reachable = (after[:, None, :] & other[None]).any(axis=2)
    choice = (space.allowed.sum(axis=1) > 1)[None]
    return np.broadcast_to((reachable & choice)[:, None, :], space.shape)
