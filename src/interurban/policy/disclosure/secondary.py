"""Secondary suppression: hide so much more that no hidden cell can be told too closely.

The master programme proposes the cheapest cells, the attack tries them, and what it finds becomes
new cuts, until the attack finds nothing. Then the choice is the best there is, or within the gap
that was asked for. When half of the time is out before that, no more totals are hidden than in the
last proposal, and the pieces that then share no equation are settled one by one. When all of it is
out, the proposal is repaired cell by cell. All of that is just as safe, and how far it can be from
the best at most is told.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import numpy as np

from interurban.core.errors import InvalidInput, ModelError

from .attack import Knowledge, components
from .deepen import Deepener
from .master import Master
from .repair import Repair
from .rules import Need
from .shield import Breach, breaches
from .table import Equations, Floats, Mask, Table

__all__ = ["Effort", "Suppression", "information", "suppress"]

_JOINT_SHARE = 0.5
"""Of the time goes to the table as a whole; the rest to its pieces, if that was not enough."""

_PATIENCE = 3
_SMALL = 500
"""After so many proposals for a table of so few cells, each is repaired to see if it will do."""


@dataclass(frozen=True, slots=True)
class Effort:
    """How hard to look for the least loss.

    Parameters
    ----------
    seconds: after so long, the best proposal so far is repaired instead of improved.
    gap: a choice within this share of the least loss is good enough.
    """

    seconds: float = 10.0
    gap: float = 0.01


@dataclass(frozen=True)
class Suppression:
    """Which cells to hide; masks have the table's shape.

    Parameters
    ----------
    primary: the sensitive ones.
    secondary: those beside them.
    loss: of the secondary ones together.
    bound: no safe choice loses less.
    rounds: proposals that were attacked.
    repaired: whether the time was out before a proposal was safe by itself.
    """

    primary: Mask
    secondary: Mask
    loss: float
    bound: float
    rounds: int
    repaired: bool

    @property
    def hidden(self) -> Mask:
        """All cells that are hidden."""
        return self.primary | self.secondary

    @property
    def gap(self) -> float:
        """The loss is at most this share above the least possible."""
        return max(self.loss - self.bound, 0.0) / self.loss if self.loss else 0.0


def information(table: Table) -> Floats:
    """What is lost by hiding each cell: ``ln(n + 1) + 1``, of a total that of all its leaves.

    A total stands for everything below it, so totals are hidden only where nothing else helps.
    """
    own = np.where(table.leaf & (table.values > 0), np.log1p(np.maximum(table.values, 0)) + 1, 0.0)
    for position, axis in enumerate(table.axes):
        moved = np.moveaxis(own, position, 0)
        for parent in sorted(axis.children, reverse=True):
            moved[parent] = moved[list(axis.children[parent])].sum(axis=0)
    return np.asarray(own)


def suppress(
    table: Table,
    need: Need,
    *,
    loss: Floats | None = None,
    zeros: bool = False,
    whole: bool = True,
    effort: Effort | None = None,
) -> Suppression:
    """Hide the sensitive cells and, at the least loss, as many others as make them safe.

    Parameters
    ----------
    table: the true numbers, none below 0, whose totals add up.
    need: of each cell, in the order of ``table.flat``.
    loss: of hiding each cell, the table's shape; by default ``information(table)``.
    zeros: whether zeros may be hidden. If not, everybody knows that a hidden count is at least 1.
    whole: the numbers are counts.

    Raises
    ------
    InvalidInput: a number below 0, or totals that do not add up.
    """
    effort = effort or Effort()
    begun = time.monotonic()
    _check(table)
    knows = Knowledge(least=1.0 if whole and not zeros else 0.0, whole=whole)
    losses = (information(table) if loss is None else loss).reshape(-1)
    case = _Case(
        equations=table.equations,
        values=table.flat,
        need=need,
        knows=knows,
        # A loss of nothing would let the programme hide for no reason.
        loss=np.maximum(losses, 1e-3),
        free=~need.primary & ((table.flat > 0) | zeros),
        gap=effort.gap,
    )
    found = _settled(case, begun + _JOINT_SHARE * effort.seconds)
    rounds, bound = found.rounds, found.bound
    if found.open:
        found = _settled_apart(case, found, table.leaf.reshape(-1), begun + effort.seconds)
        rounds += found.rounds
    if found.open:
        found = _repaired(case, found)
    if found.open:
        raise ModelError("The table can't be made safe, whatever is hidden in it.")
    secondary = found.hidden & ~need.primary
    shape = table.values.shape
    return Suppression(
        primary=need.primary.reshape(shape),
        secondary=secondary.reshape(shape),
        loss=float(case.loss[secondary].sum()),
        bound=bound,
        rounds=rounds,
        repaired=found.repaired,
    )


@dataclass(frozen=True)
class _Case:
    """A table, or a part of one that shares no equation with the rest, and what it needs."""

    equations: Equations
    values: Floats
    need: Need
    knows: Knowledge
    loss: Floats
    free: Mask
    gap: float

    @property
    def spare(self) -> Floats:
        return np.maximum(self.values - self.knows.least, 0.0)

    def lost(self, hidden: Mask) -> float:
        return float(self.loss[hidden & self.free].sum())

    def breaches(self, hidden: Mask) -> list[Breach]:
        return breaches(self.equations, self.values, hidden, self.need, self.knows)


@dataclass(frozen=True)
class _Proposal:
    """Cells to hide, those among them that can still be told too closely, and a bound."""

    hidden: Mask
    open: list[Breach]
    bound: float
    rounds: int
    repaired: bool = False


def _settled(case: _Case, until: float) -> _Proposal:
    """Propose, attack and cut until a proposal is safe, or the time is out."""
    master = Master(case.equations, case.need, case.loss, case.free, case.spare)
    may = case.need.primary | case.free
    deepener = Deepener(case.equations, case.need, may, case.spare)
    hidden, bound, rounds = may, 0.0, 0
    while True:
        chosen = master.choose(until - time.monotonic(), case.gap)
        if chosen is not None:
            hidden, bound = chosen.hidden, max(bound, chosen.bound)
        rounds += 1
        open_ = case.breaches(hidden)
        if not open_ or chosen is None or time.monotonic() > until:
            return _Proposal(hidden, open_, bound, rounds)
        if rounds > _PATIENCE and may.sum() <= _SMALL:
            mended = _repaired(case, _Proposal(hidden, open_, bound, rounds))
            loss = case.lost(mended.hidden)
            if not mended.open and loss - bound <= case.gap * loss:
                return mended
        for cut in deepener.cuts(open_, hidden):
            master.add(cut)


def _settled_apart(case: _Case, joint: _Proposal, leaf: Mask, until: float) -> _Proposal:
    """Settle a table in pieces: no more totals are hidden than in the joint proposal.

    Where totals are shown, what stands below one shares no equation with what stands below
    another, so each piece is a small table by itself.
    """
    usable = case.need.primary | (case.free & (leaf | joint.hidden))
    label = components(case.equations, usable)
    hidden, rounds, repaired = joint.hidden.copy(), 0, False
    waiting = [np.flatnonzero(label == each) for each in {label[b.cell] for b in joint.open}]
    for number, cells in enumerate(sorted(waiting, key=len)):
        piece = np.zeros(len(hidden), dtype=bool)
        piece[cells] = True
        need = replace(case.need, primary=case.need.primary & piece)
        part = replace(case, need=need, free=case.free & usable & piece)
        now = time.monotonic()
        turn = max(until - now, 0.0) / (len(waiting) - number)
        found = _settled(part, now + turn)
        if found.open:
            found = _repaired(part, found)
        hidden[cells] = found.hidden[cells]
        rounds, repaired = max(rounds, found.rounds), repaired or found.repaired
    return _Proposal(hidden, case.breaches(hidden), joint.bound, rounds, repaired)


def _repaired(case: _Case, proposal: _Proposal) -> _Proposal:
    """Hide more, cell by cell, until nothing can be told too closely or nothing is left to hide."""
    repair = Repair(case.equations, case.loss, case.free | case.need.primary, case.spare)
    hidden, open_ = proposal.hidden, proposal.open
    while open_:
        wider = _mended(repair, open_, hidden, case)
        if np.array_equal(wider, hidden):
            break
        hidden = wider
        open_ = case.breaches(hidden)
    if not open_:
        hidden = _pruned(case, hidden)
    return replace(proposal, hidden=hidden, open=open_, repaired=True)


def _pruned(case: _Case, hidden: Mask) -> Mask:
    """Show again what a repair has made needless, the dearest first."""
    beside = np.flatnonzero(hidden & case.free)
    if hidden.sum() > _SMALL:
        return hidden
    for cell in beside[np.argsort(-case.loss[beside])]:
        fewer = hidden.copy()
        fewer[cell] = False
        if not case.breaches(fewer):
            hidden = fewer
    return hidden


def _mended(repair: Repair, open_: list[Breach], hidden: Mask, case: _Case) -> Mask:
    """Hide what lets each cell that can be told too closely move as far as it must."""
    need = case.need
    for breach in open_:
        cell, truth = breach.cell, case.values[breach.cell]
        width = need.width[cell] if need.primary[cell] else need.beside
        rise = max(need.above[cell], breach.low + width - truth)
        for by, up in ((rise, True), (need.below[cell], False)):
            if by > 0:
                wider = repair.beside(cell, float(by), hidden, up=up)
                # Nothing but everything helps: that is always safe, and never the first thing.
                hidden = hidden | case.free if wider is None else wider
    return hidden


def _check(table: Table) -> None:
    if not np.isfinite(table.flat).all() or (table.flat < 0).any():
        raise InvalidInput(
            "A table to protect has a number in each cell, and none below 0.",
            advice="Leave rows without a number out, and give gains and losses a table each.",
        )
    equations = table.equations
    sizes = np.bincount(equations.row, np.abs(table.flat[equations.cell]), minlength=len(equations))
    if (np.abs(equations.sums(table.flat)) > 1e-6 * (1 + sizes)).any():
        raise InvalidInput(
            "The totals of the table are not the sums of their parts.",
            advice="Work them out from the cells, with nothing rounded.",
        )
