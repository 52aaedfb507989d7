"""An imported file becomes a dataset like any other, and part of the city's atlas.

Its rows are kept as Parquet in a pack of the home, ``packs/<city>_imported``, beside a description
that can be read and corrected by hand; flows and registers are added to what the city says to the
atlas. All else is the ordinary way in: the mapping, the checks of the standard, the rejects, the
policy.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from interurban.apps.schools.settings import APP, FlowSource, Settings, settings_of
from interurban.catalog.loading import Origin
from interurban.catalog.loads import load
from interurban.catalog.node import Node
from interurban.catalog.pack_dataset import NAME
from interurban.core.city import NOT_STATED
from interurban.core.dataset import Snapshot
from interurban.core.errors import BadRequest, Refused, UnknownDataset
from interurban.core.query import Query

from .imported import Imported

__all__ = ["AreaMatch", "Plan", "load_plan", "plan"]

_MIXED = 0.001
"""More of the areas than this in another vintage's codes alone are told of."""


@dataclass(frozen=True, slots=True)
class AreaMatch:
    """How well the home areas of a file fit a boundary dataset.

    Parameters
    ----------
    found: of ``areas`` different codes, those that the dataset has.
    only_here: codes that no other dataset has.
    """

    dataset: str
    areas: int
    found: int
    only_here: tuple[str, ...]


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
    UnknownCity. BadRequest: the id is taken, or can't be one.
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
    if taken is not None and not _description(node, wanted).is_file():
        raise BadRequest(
            f"{wanted} is already {taken.title!r}.", advice="Choose another id.", part="as"
        )
    settings = settings_of(node.packs, city)
    matches = _matches(node, settings, imported)
    return Plan(wanted, imported, matches, tuple(_warnings(imported, settings, matches)))


def load_plan(node: Node, plan: Plan) -> Snapshot:
    """Load what was planned, and make it part of the city's atlas.

    Raises
    ------
    SourceError, MappingError, LoadInProgress, StoreError: as any load.
    """
    city = plan.dataset.partition(".")[0]
    file, rows = _description(node, plan.dataset), _rows_file(node, plan.dataset)
    before = file.read_bytes() if file.is_file() else None
    for folder in (file.parent, rows.parent):
        folder.mkdir(parents=True, exist_ok=True)
    new = rows.with_suffix(".new")
    pq.write_table(plan.imported.table, new)
    new.replace(rows)
    _write(file, _document(node, plan, rows))
    node.look_again()
    try:
        snapshot = load(node, plan.dataset, Origin(), full=True)
    except BaseException:
        if before is None:
            file.unlink(missing_ok=True)
            rows.unlink(missing_ok=True)
        else:
            file.write_bytes(before)
        node.look_again()
        raise
    settings = settings_of(node.packs, city)
    if settings is not None:
        _add_to_atlas(node, city, _addition(plan, settings))
        node.look_again()
    return snapshot


# What there is


def _pack(node: Node, city: str) -> Path:
    return node.home.packs / f"{city}_imported"


def _description(node: Node, dataset: str) -> Path:
    city, _, name = dataset.partition(".")
    return _pack(node, city) / "datasets" / f"{name}.yaml"


def _rows_file(node: Node, dataset: str) -> Path:
    city, _, name = dataset.partition(".")
    return _pack(node, city) / "rows" / f"{name}.parquet"


def _matches(node: Node, settings: Settings | None, imported: Imported) -> tuple[AreaMatch, ...]:
    if settings is None or "area_id" not in imported.table.column_names or not imported.stage:
        return ()
    wanted = {code for code in imported.table["area_id"].to_pylist() if code}
    named = [one for flow in settings.flows for one in flow.areas]
    named += [one for children in settings.children for one in children.areas]
    codes = {dataset: wanted & _codes(node, dataset) for dataset in dict.fromkeys(named)}
    matches = [
        AreaMatch(dataset, len(wanted), len(own), tuple(sorted(own - _others(codes, dataset))))
        for dataset, own in codes.items()
        if own
    ]
    return tuple(sorted(matches, key=lambda match: -match.found))


def _others(codes: Mapping[str, set[str]], dataset: str) -> set[str]:
    return {code for other, own in codes.items() if other != dataset for code in own}


def _codes(node: Node, dataset: str) -> set[str]:
    try:
        key = node.snapshot(dataset).roles.key
    except (Refused, UnknownDataset):
        return set()
    if key is None:
        return set()
    batches = list(node.rows(Query(dataset, fields=(key,))).batches)
    return {str(code) for code in pa.Table.from_batches(batches)[key].to_pylist()}


def _warnings(
    imported: Imported, settings: Settings | None, matches: Sequence[AreaMatch]
) -> Iterable[str]:
    if settings is None:
        yield "The city has no schools atlas: the rows are loaded, and no screen of it shows them."
        return
    if not imported.stage:
        return
    if all(stage.id != imported.stage for stage in settings.stages):
        yield f"The city's atlas has no stage {imported.stage!r}: the flows are not shown in it."
    if not matches:
        yield "None of its home areas is in a dataset of areas that is loaded."
        return
    best, *others = matches
    missing = best.areas - best.found
    if missing:
        yield (
            f"{missing:,} of {best.areas:,} home areas are not in {best.dataset}: outside the "
            "city, or of another vintage."
        )
    for other in others:
        if len(other.only_here) > _MIXED * best.areas and best.only_here:
            yield (
                f"Two vintages of areas are mixed: {len(best.only_here):,} codes are only in "
                f"{best.dataset}, {len(other.only_here):,} only in {other.dataset} "
                f"({', '.join(other.only_here[:3])} ...)."
            )


# What is written


def _document(node: Node, plan: Plan, rows: Path) -> dict[str, Any]:
    imported = plan.imported
    city = node.city(plan.dataset.partition(".")[0])
    licences = {licence.id for licence in city.licences}
    licence = imported.licence if imported.licence in licences else NOT_STATED.id
    filled = [
        name
        for name in imported.table.column_names
        if imported.table[name].null_count < imported.table.num_rows
    ]
    mapping = {name: name for name in filled if name not in ("longitude", "latitude")}
    if "longitude" in filled:
        mapping["geometry"] = "point(longitude, latitude)"
    document: dict[str, Any] = {
        "id": plan.dataset,
        "title": imported.title,
        "summary": f"Taken from {imported.words}.",
        "theme": "education",
        "publisher": imported.publisher,
        "licence": licence,
        "attribution": imported.attribution,
        "frequency": "once",
        "standard": imported.standard,
        "vintage": imported.vintage,
        "live": {"type": "files", "path": str(rows.resolve())},
        "mapping": mapping,
        "notes": " ".join((*imported.found, *plan.warnings)),
    }
    if imported.stage:
        below = imported.hidden_below or city.suppression_threshold
        document["policy"] = _policy(licence, below, filled)
    return document


def _policy(licence: str, below: int, filled: Sequence[str]) -> dict[str, Any]:
    """Small numbers of pupils stay hidden, and whatever would tell them."""
    counts: dict[str, Any] = {
        "field": "pupils",
        "below": below,
        "rows": "area_id",
        "columns": "school_id",
        "within": ["year"],
    }
    totals = {"row_total": "area_total", "column_total": "school_total"}
    counts.update((key, field) for key, field in totals.items() if field in filled)
    rule = {
        "id": "small-numbers",
        "permit": "use",
        "with": [{"small_counts": counts}],
        "because": "So few pupils of an area at a school could be told who they are.",
    }
    return {"licence": licence, "rules": [rule]}


def _addition(plan: Plan, settings: Settings) -> dict[str, list[Any]]:
    imported = plan.imported
    if imported.standard.startswith("school@"):
        return {"schools": [plan.dataset]}
    if not imported.stage or settings.stage(imported.stage) is None or not plan.matches:
        return {}
    areas = plan.matches[0].dataset
    alike = next((flow for flow in settings.flows if areas in flow.areas), None)
    said: dict[str, Any] = {"dataset": plan.dataset, "stage": imported.stage, "areas": [areas]}
    if isinstance(alike, FlowSource):
        said["areas"] = list(alike.areas)
        districts = {"district": alike.district, "district_name": alike.district_name}
        said.update({key: value for key, value in districts.items() if value})
    if imported.hidden_below:
        said |= {"hidden_below": imported.hidden_below, "dropped": True}
    return {"flows": [said]}


def _add_to_atlas(node: Node, city: str, addition: Mapping[str, list[Any]]) -> None:
    """Say it to the atlas once, in place of what was said of the same dataset before."""
    if not addition:
        return
    file = _pack(node, city) / "apps" / f"{APP}.yaml"
    said: dict[str, Any] = {"city": city}
    if file.is_file():
        said = yaml.safe_load(file.read_text(encoding="utf-8"))
    for key, entries in addition.items():
        kept = [one for one in said.get(key, []) if _name(one) not in map(_name, entries)]
        said[key] = [*entries, *kept]
    file.parent.mkdir(parents=True, exist_ok=True)
    _write(file, said)


def _name(entry: Any) -> str:
    return str(entry["dataset"]) if isinstance(entry, dict) else str(entry)


def _write(file: Path, document: Mapping[str, Any]) -> None:
    """Write a file in one stroke."""
    scratch = file.with_name(f".{file.name}.new")
    text = yaml.safe_dump(dict(document), sort_keys=False, allow_unicode=True, width=100)
    scratch.write_text(text, encoding="utf-8")
    scratch.replace(file)
