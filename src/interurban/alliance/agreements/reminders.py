"""Which agreements end soon, and which have run out; each side says it once, by its own clock."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal as OneOf

import sqlalchemy as sa

from interurban.alliance.tables import agreements, microseconds
from interurban.core.alliance import Agreement
from interurban.store.control import Records

__all__ = ["What", "due", "is_ending"]

What = OneOf["ends soon", "ran out"]


def is_ending(agreement: Agreement, now: datetime) -> bool:
    """Whether an agreement in force is within its days of reminding."""
    terms = agreement.terms
    begins = terms.ends - timedelta(days=terms.remind_days)
    return agreement.is_in_force(now) and now >= begins


def due(
    records: Records, signed: tuple[Agreement, ...], now: datetime
) -> list[tuple[Agreement, What]]:
    """What is to be said now, and is noted as said when this returns.

    Parameters
    ----------
    signed: agreements that both sides signed and nobody ended.
    """
    candidates = [
        (agreement, what)
        for agreement in signed
        for what in (_what(agreement, now),)
        if what is not None
    ]
    if not candidates:
        return []
    noted = _noted(records, [agreement.id for agreement, _ in candidates])
    fresh = [(agreement, what) for agreement, what in candidates if what not in noted[agreement.id]]
    if not fresh:
        return []
    found = []
    with records.writing() as connection:
        for agreement, what in fresh:
            column = _COLUMNS[what]
            changed = connection.execute(
                sa.update(agreements)
                .where(
                    agreements.c.id == agreement.id,
                    agreements.c.state == "FINALIZED",
                    column.is_(None),
                )
                .values({column: microseconds(now)})
            )
            if changed.rowcount:  # or another process of this node was first, or ended it
                found.append((agreement, what))
    return found


_COLUMNS: dict[What, sa.Column[int]] = {
    "ends soon": agreements.c.reminded_at,
    "ran out": agreements.c.ran_out_at,
}


def _what(agreement: Agreement, now: datetime) -> What | None:
    if now >= agreement.terms.ends:
        return "ran out"
    return "ends soon" if is_ending(agreement, now) else None


def _noted(records: Records, ids: list[str]) -> dict[str, set[What]]:
    chosen = sa.select(agreements.c.id, *_COLUMNS.values()).where(agreements.c.id.in_(ids))
    with records.reading() as connection:
        return {
            row[0]: {what for what, at in zip(_COLUMNS, row[1:], strict=True) if at is not None}
            for row in connection.execute(chosen)
        }
