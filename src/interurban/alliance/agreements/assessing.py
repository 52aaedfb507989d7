"""When data may only be shared after somebody has thought of the people in them.

An impact assessment is needed when the data are of people, and when rows of data that are not open
are asked for one by one. Without one, or with a high risk left, the provider can't sign.
"""

from __future__ import annotations

from collections.abc import Callable

from interurban.core.alliance import Terms
from interurban.core.errors import Conflict
from interurban.core.policy import OnlyAggregates

__all__ = ["expect_assessed", "why_needed"]

_ROWS = frozenset(("read", "export", "derive"))


def why_needed(terms: Terms, is_open: Callable[[str], bool]) -> str:
    """Why terms need an impact assessment, as a sentence; empty where they need none.

    Parameters
    ----------
    is_open: whether anybody may do anything with a dataset.
    """
    if terms.personal_data:
        return "The data are of people."
    if _ROWS.isdisjoint(terms.actions):
        return ""
    if any(isinstance(each, OnlyAggregates) for each in terms.obligations):
        return ""
    closed = [each for each in terms.datasets if not is_open(each)]
    if not closed:
        return ""
    return f"Rows of {', '.join(closed)} would be given one by one, and they are not open."


def expect_assessed(terms: Terms, is_open: Callable[[str], bool]) -> None:
    """Let pass terms that a provider may sign.

    Raises
    ------
    Conflict: they need an assessment and have none, or theirs leaves a high risk.
    """
    why = why_needed(terms, is_open)
    if not why:
        return
    if terms.assessment is None:
        raise Conflict(
            f"The provider can't sign without an impact assessment. {why}",
            advice="Add one to the terms, with: interurban agreements assess",
            part="assessment",
        )
    if terms.assessment.residual == "high":
        raise Conflict(
            f"The provider can't sign: the impact assessment leaves a high risk. {why}",
            advice="Take measures that lower it, and assess again; or ask for less.",
            part="assessment.residual",
        )
