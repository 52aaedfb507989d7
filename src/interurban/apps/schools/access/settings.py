"""What a pack says to the access part of the atlas: against what its distances are checked."""

from __future__ import annotations

from dataclasses import dataclass

from interurban.standards.yaml_file import Section

__all__ = ["CheckSource", "check_sources"]

_KEYS = ("dataset", "stage", "areas")


@dataclass(frozen=True, slots=True)
class CheckSource:
    """A dataset on ``travel_time`` with distances or minutes that somebody else worked out.

    Parameters
    ----------
    stage: of the schools, where it is about the nearest school; empty where each row names one.
    areas: boundary dataset with the shapes of its areas.
    """

    dataset: str
    stage: str
    areas: str


def check_sources(section: Section | None) -> tuple[CheckSource, ...]:
    """The list ``checks`` of the section ``access`` of a pack.

    Raises
    ------
    ConfigurationError: a key is wrong.
    """
    if section is None:
        return ()
    section.allow(("checks",))
    found = []
    for one in section.sections("checks"):
        one.allow(_KEYS)
        found.append(
            CheckSource(one.text("dataset"), one.text("stage", default=""), one.text("areas"))
        )
    return tuple(found)
