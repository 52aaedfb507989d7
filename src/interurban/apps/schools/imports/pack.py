"""What is written of an import: a description that can be corrected, and its part of the atlas.

Both lie in a pack of the home, ``packs/<city>_imported``: ``datasets/<name>.yaml`` describes the
rows, ``apps/schools.yaml`` adds them to what the city says to the atlas.

Of several lists of schools, the newest that is whole tells which schools there are today. A list
of some kinds of schools alone (academies, say) that is newer is asked before it, and an older one
after all others; neither closes a school that it lacks.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import yaml

from interurban.apps.schools.settings import APP, FlowSource, Settings
from interurban.catalog.node import Node
from interurban.core.city import NOT_STATED

from .fitting import AreaMatch
from .imported import Imported

__all__ = ["add_to_atlas", "description_of", "write_document", "written"]

_PLAIN = {
    "last_distance@1": "last_distances",
    "school_link@1": "links",
    "school_roll@1": "rolls",
}
"""Datasets that are only listed, by standard."""
_LISTS = ("schools_in_part", "schools", "schools_before")
_SCHOOL_YEAR = re.compile(r"(20\d\d)\s*[-/]\s*\d\d")
_SEPTEMBER = 9


def description_of(node: Node, dataset: str) -> Path:
    """The file that describes an imported dataset."""
    city, _, name = dataset.partition(".")
    return _pack(node, city) / "datasets" / f"{name}.yaml"


def written(
    node: Node, dataset: str, imported: Imported, warnings: Sequence[str], rows: Path
) -> dict[str, Any]:
    """The description of an import whose rows lie in a file."""
    city = node.city(dataset.partition(".")[0])
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
        "id": dataset,
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
        "notes": " ".join((*imported.found, *warnings)),
    }
    if imported.stage:
        below = imported.hidden_below or city.suppression_threshold
        document["policy"] = _policy(licence, below, filled)
    return document


def add_to_atlas(
    node: Node, settings: Settings, dataset: str, imported: Imported, matches: Sequence[AreaMatch]
) -> None:
    """Say an import to the atlas, in place of what was said of the same dataset before."""
    file = _pack(node, settings.city) / "apps" / f"{APP}.yaml"
    said: dict[str, Any] = {"city": settings.city}
    if file.is_file():
        said = yaml.safe_load(file.read_text(encoding="utf-8"))
    if imported.standard.startswith("school@"):
        said |= _lists(node, settings, said, dataset, imported)
    elif (key := _PLAIN.get(imported.standard)) is not None:
        said[key] = [dataset, *(one for one in said.get(key, ()) if one != dataset)]
    elif (flow := _flow(dataset, imported, matches, settings)) is not None:
        others = (one for one in said.get("flows", ()) if one["dataset"] != dataset)
        said["flows"] = [flow, *others]
    else:
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    write_document(file, {key: value for key, value in said.items() if value})


def write_document(file: Path, document: Mapping[str, Any]) -> None:
    """Write a file in one stroke."""
    scratch = file.with_name(f".{file.name}.new")
    text = yaml.safe_dump(dict(document), sort_keys=False, allow_unicode=True, width=100)
    scratch.write_text(text, encoding="utf-8")
    scratch.replace(file)


def _pack(node: Node, city: str) -> Path:
    return node.home.packs / f"{city}_imported"


def _lists(
    node: Node, settings: Settings, said: Mapping[str, Any], dataset: str, imported: Imported
) -> dict[str, list[str]]:
    """The imported lists of schools by what they are to the one of today."""
    in_part = {one: key == _LISTS[0] for key in _LISTS for one in said.get(key, ())}
    in_part[dataset] = imported.in_part
    own = [one for one in settings.schools if one not in in_part]
    days = {one: _day_of(node, one) for one in (*own, *in_part)}
    days[dataset] = imported.day
    whole = _newest_first((one for one, part in in_part.items() if not part), days)
    today = days[own[0]] if own else None
    before = [one for one in whole if _older(days[one], today)]
    whole = [one for one in whole if one not in before]
    newest = days[whole[0]] if whole else today
    parts = _newest_first((one for one, part in in_part.items() if part), days)
    before += [one for one in parts if _older(days[one], newest)]
    parts = [one for one in parts if one not in before]
    return dict(zip(_LISTS, (parts, whole, _newest_first(before, days)), strict=True))


def _newest_first(datasets: Iterable[str], days: Mapping[str, date | None]) -> list[str]:
    """In order of their days; what states none is taken as the newest."""
    return sorted(datasets, key=lambda one: days[one] or date.max, reverse=True)


def _older(day: date | None, than: date | None) -> bool:
    return day is not None and than is not None and day < than


def _day_of(node: Node, dataset: str) -> date | None:
    """The day that a description's vintage states, of a school year its start."""
    vintage = node.dataset(dataset).vintage
    try:
        return datetime.strptime(vintage, "%d %B %Y").replace(tzinfo=UTC).date()
    except ValueError:
        year = _SCHOOL_YEAR.search(vintage)
        return date(int(year[1]), _SEPTEMBER, 1) if year is not None else None


def _flow(
    dataset: str, imported: Imported, matches: Sequence[AreaMatch], settings: Settings
) -> dict[str, Any] | None:
    if not imported.stage or settings.stage(imported.stage) is None or not matches:
        return None
    areas = matches[0].dataset
    alike = next((flow for flow in settings.flows if areas in flow.areas), None)
    said: dict[str, Any] = {"dataset": dataset, "stage": imported.stage, "areas": [areas]}
    if isinstance(alike, FlowSource):
        said["areas"] = list(alike.areas)
        districts = {"district": alike.district, "district_name": alike.district_name}
        said.update({key: value for key, value in districts.items() if value})
    if imported.hidden_below:
        said |= {"hidden_below": imported.hidden_below, "dropped": True}
    return said


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
