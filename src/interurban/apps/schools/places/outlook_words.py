"""What an outlook is, and its sentences that schools and areas have in common."""

from __future__ import annotations

from dataclasses import dataclass

from interurban.apps.schools.words import school_year

from .forecasts import ErrorRow, Forecast

__all__ = ["OLDER", "Outlook", "pupils_now", "to_come"]

OLDER = "The data have changed since that run: run it anew."


@dataclass(frozen=True, eq=False)
class Outlook:
    """Pupils so far and to come.

    Parameters
    ----------
    subject: what it is of, in words.
    observed: school year and pupils, oldest first.
    errors: how such forecasts would have done, beside simple methods.
    entry_errors: the same of the entry year group of the whole city.
    run: id of the run it is out of; empty where there is none yet.
    words: what it says, in sentences.
    """

    subject: str
    observed: tuple[tuple[int, float], ...]
    forecast: Forecast | None
    errors: tuple[ErrorRow, ...]
    entry_errors: tuple[ErrorRow, ...]
    run: str
    datasets: tuple[str, ...]
    words: tuple[str, ...]


def pupils_now(name: str, last: tuple[int, float], calendar: bool) -> str:
    """How many pupils there were in the last year.

    Parameters
    ----------
    calendar: a school year lies in one calendar year.
    """
    return f"{name} had {last[1]:,.0f} pupils in {school_year(last[0], calendar)}."


def to_come(name: str, last: tuple[int, float], found: Forecast, at: int, calendar: bool) -> str:
    """How many are projected for one of the years ahead.

    Parameters
    ----------
    at: place of the year. calendar: a school year lies in one calendar year.
    """
    low95, _, median, _, high95 = found.ends[:, at].tolist()
    now, then = (school_year(year, calendar) for year in (last[0], found.years[at]))
    return (
        f"{name} had {last[1]:,.0f} pupils in {now}; {median:,.0f} are projected for {then}, with "
        f"95 % certainty {low95:,.0f} to {high95:,.0f}."
    )
