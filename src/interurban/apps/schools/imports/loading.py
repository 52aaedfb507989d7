"""An imported file becomes a dataset like any other, and part of the city's atlas.

Its rows are kept as Parquet in a pack of the home, ``packs/<city>_imported``, beside a description
that can be read and corrected by hand; flows, registers, links and rolls are added to what the city
says to the atlas. All else is the ordinary way in: the mapping, the checks of the standard, the
rejects, the policy.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import uuid4

import pyarrow.parquet as pq
import yaml

from interurban.apps.schools.settings import settings_of
from interurban.catalog.loading import Origin
from interurban.catalog.loads import load
from interurban.catalog.node import Node
from interurban.catalog.pack_dataset import NAME
from interurban.core.dataset import Snapshot
from interurban.core.errors import BadRequest

from .fitting import AreaMatch, area_matches, of_city, warnings_of
from .imported import Imported
from .pack import add_to_atlas, description_of, write_document, written

__all__ = ["Plan", "load_plan", "plan"]


@dataclass(frozen=True, slots=True)
class Plan:
    """What would be loaded, to be shown before anything is stored.

    Parameters
    ----------
    matches: of flows, the boundary datasets that have some of the areas, the best first.
    warnings: one sentence each.
    """

    dataset: str
    imported: Imported
    matches: tuple[AreaMatch, ...]
    warnings: tuple[str, ...]


def plan(node: Node, city: str, imported: Imported, dataset: str = "") -> Plan:
    """Look at what an import would make.

    Parameters
    ----------
    dataset: the id it shall have; without one, its own.

    Raises
    ------
    UnknownCity. BadRequest: the id is taken, or can't be one. UnreadableFile: it is of another
    city.
    """
    node.city(city)
    wanted = dataset or f"{city}.{imported.name}"
    owner, _, name = wanted.partition(".")
    if owner != city or not NAME.fullmatch(name):
        raise BadRequest(
            f"{wanted!r} can't be a dataset of {city}.",
            advice=f"Give it an id such as {city}.{imported.name}.",
            part="as",
        )
    taken = node.packs.datasets.get(wanted)
    if taken is not None and not description_of(node, wanted).is_file():
        raise BadRequest(
            f"{wanted} is already {taken.title!r}.", advice="Choose another id.", part="as"
        )
    settings = settings_of(node.packs, city)
    imported = of_city(node, city, settings, imported)
    matches = area_matches(node, settings, imported)
    return Plan(wanted, imported, matches, tuple(warnings_of(imported, settings, matches)))


def load_plan(node: Node, plan: Plan) -> Snapshot:
    """Load what was planned, and make it part of the city's atlas.

    Rows lie in a file of their own for each import, so that a description never stands beside the
    rows of another one. Where it fails, all is as it was before.

    Raises
    ------
    SourceError, MappingError, LoadInProgress, StoreError: as any load.
    """
    city, _, name = plan.dataset.partition(".")
    file = description_of(node, plan.dataset)
    rows = file.parent.parent / "rows" / f"{name}.{uuid4().hex[:8]}.parquet"
    for folder in (file.parent, rows.parent):
        folder.mkdir(parents=True, exist_ok=True)
    before = file.read_text(encoding="utf-8") if file.is_file() else None
    pq.write_table(plan.imported.table, rows)
    write_document(file, written(node, plan.dataset, plan.imported, plan.warnings, rows))
    node.look_again()
    try:
        snapshot = load(node, plan.dataset, Origin(), full=True)
    except BaseException:
        if before is None:
            file.unlink(missing_ok=True)
        else:
            write_document(file, yaml.safe_load(before))
        rows.unlink(missing_ok=True)
        node.look_again()
        raise
    for old in rows.parent.glob(f"{name}.*"):
        if old != rows:
            old.unlink()
    settings = settings_of(node.packs, city)
    if settings is not None:
        add_to_atlas(node, settings, plan.dataset, plan.imported, plan.matches)
        node.look_again()
    return snapshot
