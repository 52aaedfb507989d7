"""What is found wrong, or worth a second look, in a policy before it is kept."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal as OneOf

__all__ = ["Finding", "Severity", "sorted_findings"]

Severity = OneOf["error", "warning"]
_GRAVE: tuple[Severity, ...] = ("error", "warning")


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding, in a sentence.

    Parameters
    ----------
    severity: an ``error`` keeps the policy from being kept; a ``warning`` is shown.
    rules: ids of the rules it is about.
    what: the sentence.
    advice: what to do, as a sentence of its own.
    """

    severity: Severity
    rules: tuple[str, ...]
    what: str
    advice: str = ""


def sorted_findings(found: Iterable[Finding]) -> tuple[Finding, ...]:
    """Each once, errors first, in the order they were found."""
    return tuple(sorted(dict.fromkeys(found), key=lambda each: _GRAVE.index(each.severity)))
