"""What a pack says to the access part of the atlas: its streets, and checks of its distances."""

from __future__ import annotations

from dataclasses import dataclass

from interurban.apps.schools.settings import Settings
from interurban.catalog.packs import Packs
from interurban.standards.yaml_file import Section

__all__ = ["CheckSource", "StreetSource", "check_sources", "street_source"]

_KEYS = ("checks", "streets")
_CHECK_KEYS = ("dataset", "stage", "areas")
_STREET_KEYS = ("dataset", "not_for_ways", "because")
_STANDARD = "street_segment@"


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


@dataclass(frozen=True, slots=True)
class StreetSource:
    """A dataset on ``street_segment`` that ways go along.

    Parameters
    ----------
    not_for_ways: where its rows may come from (``mirror``, ``live``, ``file`` ...) and be no
        network to find ways in, unless a reader asks for it. because: why, as a sentence.
    """

    dataset: str
    not_for_ways: tuple[str, ...] = ()
    because: str = ""


def street_source(settings: Settings, packs: Packs) -> StreetSource | None:
    """``streets`` of ``access``, as it is said last; ``None`` where nobody says it.

    Raises
    ------
    ConfigurationError: a key is wrong, or the dataset is no ``street_segment``.
    """
    for section in reversed(settings.sections("access")):
        section.allow(_KEYS)
        streets = section.section("streets")
        if streets is not None:
            return _streets(streets, packs)
    return None


def _streets(section: Section, packs: Packs) -> StreetSource:
    section.allow(_STREET_KEYS)
    name = section.text("dataset")
    dataset = packs.datasets.get(name)
    if dataset is None:
        raise section.wrong(f'there is no dataset "{name}".', "dataset")
    if dataset.standard is None or not dataset.standard.startswith(_STANDARD):
        raise section.wrong(f"{name} is not of the standard street_segment.", "dataset")
    unfit = section.texts("not_for_ways")
    because = section.text("because") if unfit else section.text("because", default="")
    return StreetSource(name, unfit, because)


def check_sources(settings: Settings) -> tuple[CheckSource, ...]:
    """Every list ``checks`` of ``access``.

    Raises
    ------
    ConfigurationError: a key is wrong.
    """
    found = []
    for section in settings.sections("access"):
        section.allow(_KEYS)
        for one in section.sections("checks"):
            one.allow(_CHECK_KEYS)
            found.append(
                CheckSource(one.text("dataset"), one.text("stage", default=""), one.text("areas"))
            )
    return tuple(found)
