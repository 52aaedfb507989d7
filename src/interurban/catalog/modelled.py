"""What models gave, as datasets: loaded by the ordinary road, and shown all together or not at all.

The outputs of a run are committed one by one, and nobody sees them: a dataset without a description
is not there. Their descriptions then appear by one renaming of a folder, so a reader finds all of
them or none, whenever the run is killed. ``modelled/<run>`` is a pack like any other.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import yaml

from interurban.core.city import City
from interurban.core.dataset import Dataset, Snapshot, SourceFacts
from interurban.policy.rights.writing import to_mapping
from interurban.sources import Reading
from interurban.sources.reading import number_batches
from interurban.store.home import Home
from interurban.store.load import load_snapshot
from interurban.store.removal import remove_datasets

from .loading import loading_of
from .pack_dataset import MODEL
from .packs import Packs, read_pack

__all__ = ["Modelled", "ModelledTable", "is_output", "load_output", "publish", "withdraw"]

_BATCH_ROWS = 65_536


@dataclass(frozen=True, slots=True, eq=False)
class ModelledTable:
    """One output of a run.

    Parameters
    ----------
    dataset: its description; ``live`` is of the type ``model`` and maps every column.
    table: the fields of the mapping, and ``geometry`` (WKB, WGS84) where rows have a place.
    about: what it was worked out by, for the source's facts.
    content_hash: of the table as the model gave it.
    synthetic: something it was worked out from was synthetic.
    """

    dataset: Dataset
    table: pa.Table
    about: Mapping[str, str]
    content_hash: str
    synthetic: bool = False


def is_output(dataset: Dataset) -> bool:
    """Whether a run gave it, be it from observed rows or from synthetic ones."""
    return dataset.live is not None and dataset.live.type == MODEL


def load_output(
    home: Home, city: City, output: ModelledTable, step: Callable[[str], None] | None = None
) -> Snapshot:
    """Commit an output; it is not shown before it is published.

    Raises
    ------
    SourceError: it has no rows.
    LoadInProgress: another process is at the same.
    """
    spec = output.dataset.live
    assert spec is not None
    kind = "synthetic" if output.synthetic else "modelled"
    facts = SourceFacts(
        origin=f"{output.about['model']}, run {spec.options['run']}",
        kind=kind,
        sha256=output.content_hash,
        reading={**output.about, "crs": "EPSG:4326"},
    )
    batches = number_batches(output.table.to_batches(max_chunksize=_BATCH_ROWS))
    schema = output.table.schema.append(pa.field("_row", pa.int64(), nullable=False))
    with Reading(schema, batches, lambda: facts) as reading:
        loading = loading_of(output.dataset, city, spec, kind, step=step)
        return load_snapshot(home, loading, reading)


def publish(home: Home, run: str, datasets: Sequence[Dataset]) -> None:
    """Show the outputs of a run, all at once; again is no matter."""
    folder = _folder(home) / run
    if folder.exists():
        return
    aside = home.scratch_folder() / run
    (aside / "datasets").mkdir(parents=True)
    for dataset in datasets:
        text = yaml.safe_dump(_document(dataset), sort_keys=False, allow_unicode=True, width=100)
        (aside / "datasets" / f"{dataset.name}.yaml").write_text(text, encoding="utf-8")
    folder.parent.mkdir(exist_ok=True)
    aside.replace(folder)


def withdraw(home: Home, run: str, datasets: Sequence[str]) -> None:
    """Show the outputs of a run no more, all at once, and remove them."""
    folder = _folder(home) / run
    if folder.exists():
        aside = home.scratch_folder() / run
        folder.replace(aside)
        shutil.rmtree(aside, ignore_errors=True)
    remove_datasets(home, datasets)


class Modelled:
    """The published outputs of a home; each run's are read once, for they never change."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._known: dict[str, tuple[Dataset, ...]] = {}

    def stamp(self) -> tuple[tuple[str, int], ...]:
        """Changes whenever a run's outputs come or go."""
        return tuple((name, 0) for name in sorted(self._names()))

    def added_to(self, packs: Packs) -> Packs:
        """The packs with the outputs of runs in cities that they describe."""
        names = self._names()
        self._known = {name: known for name, known in self._known.items() if name in names}
        for name in names - self._known.keys():
            self._known[name] = read_pack(_folder(self._home) / name, packs.cities)
        found = {dataset.id: dataset for known in self._known.values() for dataset in known}
        return replace(packs, datasets={**packs.datasets, **found}) if found else packs

    def _names(self) -> set[str]:
        folder = _folder(self._home)
        return {path.name for path in folder.iterdir()} if folder.is_dir() else set()


def _folder(home: Home) -> Path:
    return home.root / "modelled"


def _document(dataset: Dataset) -> dict[str, Any]:
    """The description as a pack has it."""
    spec = dataset.live
    assert spec is not None
    assert spec.mapping is not None
    assert spec.type == MODEL
    document: dict[str, Any] = {
        key: getattr(dataset, key)
        for key in (
            "id", "title", "summary", "theme", "publisher", "licence", "attribution",
            "frequency", "standard", "vintage", "notes",
        )
    }  # fmt: skip
    document["live"] = {"type": spec.type, **spec.options}
    lines = spec.mapping.expressions
    document["mapping"] = {name: line.sql for name, line in lines.items() if line.field is None}
    document["extra"] = {
        name: {
            "sql": line.sql,
            "type": line.field.type,
            "title": line.field.title or name,
            "unit": line.field.unit,
        }
        for name, line in lines.items()
        if line.field is not None
    }
    if not dataset.policy.is_open:
        document["policy"] = to_mapping(dataset.policy)
    return {key: value for key, value in document.items() if value}
