"""The validation report of an atlas, and how old everything in it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from interurban.apps.schools.card.settings import card_settings, link_datasets
from interurban.apps.schools.layers.settings import layer_settings
from interurban.apps.schools.reading import Atlas

from .check import Check
from .flow_checks import flow_checks
from .school_checks import school_checks
from .succession_checks import succession_checks
from .zone_checks import zone_checks

__all__ = ["AsOf", "Report", "datasets_of", "validate"]


@dataclass(frozen=True, slots=True)
class AsOf:
    """How old a dataset is.

    Parameters
    ----------
    vintage: the time it speaks of, in words.
    superseded_by: id of the dataset that has taken its place; empty when none has.
    why: in words; empty where nothing has taken its place.
    """

    dataset: str
    title: str
    vintage: str
    superseded_by: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """Every check, carried out at one time on one state of the data.

    Parameters
    ----------
    lacking: datasets that the atlas would read and that are not there for the reader.
    """

    checked_at: datetime
    checks: tuple[Check, ...]
    as_of: tuple[AsOf, ...]
    lacking: tuple[str, ...]

    @property
    def passed(self) -> int:
        """Checks without a fault."""
        return sum(check.result == "passed" for check in self.checks)

    @property
    def failed(self) -> int:
        """Checks with faults."""
        return sum(check.result == "faults" for check in self.checks)

    def words(self) -> str:
        """One or two sentences for a person."""
        faults = sum(len(check.faults) for check in self.checks)
        done = self.passed + self.failed
        old = sum(bool(one.superseded_by or one.why) for one in self.as_of)
        found = "1 fault" if faults == 1 else f"{faults:,} faults"
        said = [f"{self.passed} of {done} checks passed; the others found {found}."]
        if not self.failed:
            said = [f"All {done} checks passed." if done else "Nothing is here to be checked."]
        if old:
            are = "1 dataset is" if old == 1 else f"{old} datasets are"
            said.append(f"{are} not the newest of their kind.")
        if self.lacking:
            said.append(f"Not loaded, and so not checked: {', '.join(self.lacking)}.")
        return " ".join(said)


def validate(atlas: Atlas) -> Report:
    """Every check of a city's atlas, kept until something that it reads changes."""
    datasets = datasets_of(atlas)

    def check() -> Report:
        checks = (
            *zone_checks(atlas),
            *school_checks(atlas),
            *flow_checks(atlas),
            *succession_checks(atlas),
        )
        lacking = tuple(one for one in datasets if atlas.snapshot(one) is None)
        return Report(datetime.now(UTC), checks, tuple(_ages(atlas, datasets)), lacking)

    return atlas.cached("validation", datasets, check)


def datasets_of(atlas: Atlas) -> tuple[str, ...]:
    """Every dataset that the report reads."""
    packs, settings = atlas.node.packs, atlas.settings
    layers = layer_settings(settings, packs)
    outline = (one.dataset for one in atlas.city.boundaries if one.name == "city")
    found = (
        *settings.schools,
        *(flow.dataset for flow in settings.flows),
        *(area for flow in settings.flows for area in flow.areas),
        *(zone.dataset for zone in settings.zones),
        *(child.dataset for child in settings.children),
        *card_settings(settings, packs).datasets,
        *link_datasets(settings, packs),
        *layers.areas,
        *(layer.dataset for layer in layers.layers),
        *outline,
    )
    return tuple(dict.fromkeys(found))


def _ages(atlas: Atlas, datasets: Sequence[str]) -> list[AsOf]:
    """The vintage of each dataset, and what has taken its place.

    Of the datasets of schools the first that is whole is of today. An area that has a last day in
    force is of a vintage that has ended; the set of boundaries of the same name that is in force
    now follows it.
    """
    found = []
    for dataset in datasets:
        if atlas.snapshot(dataset) is None:
            continue
        described = atlas.node.dataset(dataset)
        newer, why = "", ""
        current = atlas.settings.current
        if dataset in atlas.settings.schools and dataset not in current:
            newer = current[-1]
            why = f"{atlas.node.dataset(newer).title} is newer."
        ended = _ended(atlas, dataset)
        if ended is not None:
            newer = _follower(atlas, dataset)
            after = f"; {atlas.node.dataset(newer).title} has followed it" if newer else ""
            why = f"It was in force until {ended.isoformat()}{after}."
        found.append(AsOf(dataset, described.title, described.vintage, newer, why))
    return found


def _ended(atlas: Atlas, dataset: str) -> date | None:
    """The last day that the areas of a boundary dataset were in force."""
    if not (atlas.node.dataset(dataset).standard or "").startswith("boundary@"):
        return None
    table = atlas.table(dataset, ("valid_to",))
    if table is None or "valid_to" not in table.column_names or not table.num_rows:
        return None
    ended = table["valid_to"][0].as_py()
    return ended if isinstance(ended, date) else None


def _follower(atlas: Atlas, dataset: str) -> str:
    """The boundary set of the same name that is in force now."""
    said = [one for one in atlas.city.boundaries if one.dataset == dataset]
    return next(
        (
            other.dataset
            for one in said
            for other in atlas.city.boundaries
            if other.name == one.name and other.valid_to is None and other.dataset != dataset
        ),
        "",
    )
