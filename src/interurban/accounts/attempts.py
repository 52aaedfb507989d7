"""Attempts to sign in with a password, and how long whoever fails has to wait."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from interurban.core.errors import TooOften
from interurban.store.control import Records

from .secret import hashed
from .tables import attempts

__all__ = ["Attempts"]

_FREE_PAIR, _FREE_NAME, _FREE_ADDRESS = 5, 30, 30
"""Failures that cost nothing: of one name from one address, of one name, from one address.

Strict only for the pair: else anybody could keep somebody out by failing in their name.
"""

_LONGEST_S = 900
_FORGOTTEN = timedelta(days=1)


class Attempts:
    """Counts failures by name and by address, of which only hashes are kept.

    Past some free ones the wait doubles with each, from one second to a quarter of an hour; it is
    the same whether there is an account of that name or not.
    """

    def __init__(self, records: Records) -> None:
        self._records = records

    def begin(self, name: str, address: str) -> None:
        """Count an attempt as failed, before it is known: many at once gain nothing.

        Raises
        ------
        TooOften: it is too soon; the password is not even looked at.
        """
        subjects = _subjects(name, address)
        with self._records.writing() as connection:
            now = datetime.now(UTC)  # only now is it this attempt's turn
            connection.execute(sa.delete(attempts).where(attempts.c.last_at < now - _FORGOTTEN))
            rows = connection.execute(
                sa.select(attempts).where(attempts.c.subject.in_(subjects))
            ).all()
            known = {row.subject: row for row in rows}
            waits = [
                _wait_s(row.failures, subjects[row.subject]) - (now - row.last_at).total_seconds()
                for row in rows
                if row.failures >= subjects[row.subject]
            ]
            wait_s = max(waits, default=0.0)
            if wait_s > 0:
                raise TooOften(
                    "There were too many attempts to sign in.",
                    wait_s=wait_s,
                    advice=f"Wait {_in_words(wait_s)}, then try again.",
                )
            for subject in subjects:
                if subject in known:
                    connection.execute(
                        sa.update(attempts)
                        .where(attempts.c.subject == subject)
                        .values(failures=attempts.c.failures + 1, last_at=now)
                    )
                else:
                    connection.execute(
                        sa.insert(attempts).values(subject=subject, failures=1, last_at=now)
                    )

    def succeeded(self, name: str, address: str) -> None:
        """Forget the failures of a name, and take this attempt from its address."""
        pair, of_name, of_address = _subjects(name, address)
        with self._records.writing() as connection:
            connection.execute(sa.delete(attempts).where(attempts.c.subject.in_((pair, of_name))))
            connection.execute(
                sa.update(attempts)
                .where(attempts.c.subject == of_address, attempts.c.failures > 0)
                .values(failures=attempts.c.failures - 1)
            )


def _subjects(name: str, address: str) -> dict[str, int]:
    """What is counted, as a hash, and how many failures of it are free."""
    written = name.strip().lower()
    return {
        hashed(f"pair\0{written}\0{address}"): _FREE_PAIR,
        hashed(f"name\0{written}"): _FREE_NAME,
        hashed(f"address\0{address}"): _FREE_ADDRESS,
    }


def _wait_s(failures: int, free: int) -> float:
    return float(min(_LONGEST_S, 2 ** min(failures - free, 20)))


def _in_words(seconds: float) -> str:
    return f"{max(1, round(seconds))} s" if seconds < 90 else f"{round(seconds / 60)} minutes"
