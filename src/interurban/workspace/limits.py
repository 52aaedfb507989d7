"""Limits in words: as people write numbers, never as machines do."""

from __future__ import annotations

__all__ = ["in_figures"]


def in_figures(limit: float | str) -> str:
    """A number as a sentence has it: 0.05, 2040, 100,000; a text (a date) as it is.

    Four digits have no comma: they may be a year.
    """
    if isinstance(limit, str):
        return limit
    return f"{limit:,.12g}" if abs(limit) >= 10_000 else f"{limit:.12g}"
