"""Codes however they are written: ``Female`` is ``F``, ``principal.2012`` is ``principal-2012``."""

from __future__ import annotations

import re
from collections.abc import Sequence

__all__ = ["DFE_CODES", "code_of", "is_total", "squeezed"]

DFE_CODES = {
    "x": "x means not available",
    "z": "z means not applicable",
    "c": "c means suppressed to protect people",
    "k": "k means rounded to nothing",
    "u": "u means of low reliability",
    ":": ": means not available",
    "..": ".. means not available",
    "-": "- is no number",
}
"""What official tables write in place of a number, and what it means."""

_SEXES = (
    {"f", "female", "females", "woman", "women", "girl", "girls"},
    {"m", "male", "males", "man", "men", "boy", "boys"},
)

_TOTALS = {"tot", "total", "totals", "all", "allages", "both", "bothsexes", "persons", "people"}


def squeezed(text: str) -> str:
    """Only letters and figures, in lower case."""
    return re.sub(r"[^a-z0-9]+", "", text.lower())


def code_of(text: str, codes: Sequence[str]) -> str | None:
    """The code of a list that a text means; ``None`` when it means none, or could mean two."""
    if text in codes:
        return text
    wanted = squeezed(text)
    found = [code for code in codes if wanted and squeezed(code) == wanted]
    if len(found) == 1:
        return found[0]
    for words in _SEXES:
        if wanted in words:
            same = [code for code in codes if squeezed(code) in words]
            return same[0] if len(same) == 1 else None
    return None


def is_total(text: str, codes: Sequence[str]) -> bool:
    """Whether a text that is no code of a list stands for all of them together (``TOT``)."""
    return squeezed(text) in _TOTALS and code_of(text, codes) is None
