"""The ledger: how much of their privacy budget each reader has spent on whom.

An account is a dataset, a unit (whose privacy it is) and a reader. What an answer costs is booked
in one transaction before the answer is worked out, so that no crash gives an answer for nothing,
and two processes never spend the same rest. Amounts are whole billionths of rho, which add up
exactly.
"""

from __future__ import annotations

import math
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

import sqlalchemy as sa

from interurban.core.errors import InvalidInput, Refused

from .mechanisms import Mechanism
from .tables import budgets, spends

__all__ = ["Account", "Ledger", "Spend"]

_BILLION = 1_000_000_000
_MOST_RHO = 1_000.0


class _Records(Protocol):
    """The control database, open on the ledger's tables (``store.control.Records``)."""

    def reading(self) -> AbstractContextManager[sa.Connection]: ...

    def writing(self) -> AbstractContextManager[sa.Connection]: ...


@dataclass(frozen=True, slots=True)
class Account:
    """What a reader may learn of the units of a dataset, and has."""

    dataset: str
    unit: str
    reader: str
    granted: float
    remaining: float


@dataclass(frozen=True, slots=True)
class Spend:
    """One answer that was paid for."""

    number: int
    dataset: str
    unit: str
    reader: str
    mechanism: str
    rho: float
    remaining: float
    query_hash: str
    spent_at: datetime


class Ledger:
    """Budgets and what was spent of them.

    Parameters
    ----------
    records: the control database with the ledger's tables, which whoever opened it closes.
    """

    def __init__(self, records: _Records) -> None:
        self._records = records

    def grant(self, dataset: str, unit: str, reader: str, rho: float) -> Account:
        """Allow a reader so much in all; less than was spent already leaves nothing.

        Raises
        ------
        InvalidInput: an amount that is below 0 or no number.
        """
        amount = _billionths(rho, least=0)
        key = {"dataset": dataset, "unit": unit, "reader": reader}
        with self._records.writing() as connection:
            where = [budgets.c[name] == value for name, value in key.items()]
            connection.execute(sa.delete(budgets).where(*where))
            connection.execute(sa.insert(budgets).values(**key, granted=amount))
            spent = _spent(connection, **key)
        return Account(
            **key, granted=amount / _BILLION, remaining=max(amount - spent, 0) / _BILLION
        )

    def spend(
        self,
        dataset: str,
        unit: str,
        reader: str,
        mechanism: Mechanism,
        rho: float,
        query_hash: str,
    ) -> Spend:
        """Book an answer, before it is worked out.

        Raises
        ------
        Refused: the account has not so much left; nothing is booked then.
        """
        amount = _billionths(rho, least=1)
        key = {"dataset": dataset, "unit": unit, "reader": reader}
        now = datetime.now(UTC)
        with self._records.writing() as connection:
            granted = connection.scalar(
                # The row is held until the end, where the database lets writers in side by side.
                sa.select(budgets.c.granted)
                .where(*(budgets.c[name] == value for name, value in key.items()))
                .with_for_update()
            )
            left = (granted or 0) - _spent(connection, **key)
            if amount > left:
                raise Refused(
                    f"{reader} has {max(left, 0) / _BILLION:g} left of the privacy budget of "
                    f"{unit} in {dataset}, and this answer costs {amount / _BILLION:g}.",
                    advice="Ask for a smaller rho (more noise), or for a larger budget.",
                    part="rho",
                )
            remaining = left - amount
            number = connection.execute(
                sa.insert(spends).values(
                    **key,
                    mechanism=mechanism,
                    rho=amount,
                    remaining=remaining,
                    query_hash=query_hash,
                    spent_at=now.isoformat(),
                )
            ).inserted_primary_key
        assert number is not None
        return Spend(
            number[0],
            **key,
            mechanism=mechanism,
            rho=amount / _BILLION,
            remaining=remaining / _BILLION,
            query_hash=query_hash,
            spent_at=now,
        )

    def accounts(self) -> list[Account]:
        """Every account, by dataset, unit and reader."""
        with self._records.reading() as connection:
            rows = connection.execute(
                sa.select(budgets).order_by(budgets.c.dataset, budgets.c.unit, budgets.c.reader)
            ).all()
            return [
                Account(
                    row.dataset,
                    row.unit,
                    row.reader,
                    row.granted / _BILLION,
                    max(row.granted - _spent(connection, row.dataset, row.unit, row.reader), 0)
                    / _BILLION,
                )
                for row in rows
            ]

    def spends(self, dataset: str | None = None) -> list[Spend]:
        """What was paid for, in its order."""
        wanted = sa.select(spends).order_by(spends.c.number)
        if dataset is not None:
            wanted = wanted.where(spends.c.dataset == dataset)
        with self._records.reading() as connection:
            return [_spend(row) for row in connection.execute(wanted)]


def _spent(connection: sa.Connection, dataset: str, unit: str, reader: str) -> int:
    total = connection.scalar(
        sa.select(sa.func.sum(spends.c.rho)).where(
            spends.c.dataset == dataset, spends.c.unit == unit, spends.c.reader == reader
        )
    )
    return int(total or 0)


def _billionths(rho: float, *, least: int) -> int:
    """Rounded up: what is booked is never less than what is spent."""
    if not (math.isfinite(rho) and 0 <= rho <= _MOST_RHO):
        raise InvalidInput(f"A rho lies between 0 and {_MOST_RHO:g}.", part="rho")
    return max(math.ceil(round(rho * _BILLION, 3)), least)


def _spend(row: sa.Row[Any]) -> Spend:
    return Spend(
        row.number,
        row.dataset,
        row.unit,
        row.reader,
        row.mechanism,
        row.rho / _BILLION,
        row.remaining / _BILLION,
        row.query_hash,
        datetime.fromisoformat(row.spent_at),
    )
