"""What there is: `datasets`, `show`, `history` and `rejects`."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .options import AsJson, City, Home, open_node
from .output import counted, local, screen, show_json, show_pairs, show_table
from .workspace import brief

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from interurban.core.alliance import Peer
    from interurban.core.dataset import Dataset, Snapshot

__all__ = ["datasets", "history", "rejects", "show"]

DatasetId = Annotated[str, typer.Argument(metavar="DATASET", help="Its id, as chicago.crimes.")]


def datasets(
    city: City = None,
    theme: Annotated[str | None, typer.Option(help="Only this theme, as transport.")] = None,
    loaded: Annotated[bool, typer.Option("--loaded", help="Only what is loaded.")] = False,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """List the datasets of both cities: what is loaded, how much, and from where."""
    with open_node(home) as node:
        if city is not None:
            node.city(city)
        snapshots = node.snapshots()
        zones = {each.id: each.zone for each in node.cities.values()}
        partners = {each.id: node.partner(each.id) for each in node.datasets()}
        wanted = [
            dataset
            for dataset in node.datasets()
            if (city is None or dataset.city == city)
            and (theme is None or dataset.theme == theme)
            and (not loaded or dataset.id in snapshots)
        ]
    if as_json:
        show_json([_summary(each, snapshots.get(each.id), partners[each.id]) for each in wanted])
        return
    rows = []
    for dataset in wanted:
        found = snapshots.get(dataset.id)
        kind = found.source.kind if found else ""
        partner = partners[dataset.id]
        nothing = "not loaded" if partner is None else "closed"
        rows.append(
            (
                dataset.id,
                dataset.title,
                dataset.standard or "",
                found.rows if found else None,
                _day(found, zones[dataset.city]),
                kind.upper() if kind in ("synthetic", "modelled") else kind or nothing,
                "" if partner is None else partner.title,
            )
        )
    columns = ("id", "title", "standard", "rows", "newest", "from", "node")
    width = len(columns) - (not any(partners.values()))
    show_table(columns[:width], [row[:width] for row in rows], right=("rows",))
    shown = [snapshots[dataset.id] for dataset in wanted if dataset.id in snapshots]
    total = sum(snapshot.rows for snapshot in shown)
    screen.print(f"\n{len(shown)} of {len(wanted)} datasets loaded, {counted(total, 'row')}.")


def show(dataset: DatasetId, home: Home = None, as_json: AsJson = False) -> None:
    """Show everything known about one dataset: source, licence, times and fields."""
    with open_node(home) as node:
        described = node.dataset(dataset)
        found = node.snapshots().get(dataset)
        partner = node.partner(dataset)
        closed = "" if found is not None or partner is None else node.decide(dataset, "read").reason
        city = node.city(described.city)
        licences = {licence.id: licence.title for licence in city.licences}
    if as_json:
        fields = [
            {"name": f.name, "type": f.type, "title": f.title, "unit": f.unit, "extra": f.extra}
            for f in (found.fields if found else ())
        ]
        summary = _summary(described, found, partner)
        show_json({**summary, "fields": fields, "notes": described.notes})
        return
    made = None
    if found is not None and found.synthetic:
        made = "SYNTHETIC: made by a program, nothing was observed"
    elif found is not None and found.modelled:
        made = "MODELLED: worked out by a model, nothing was observed"
    show_pairs(
        [
            ("dataset", described.id),
            ("title", described.title),
            ("data", made),
            ("about", described.summary),
            ("publisher", described.publisher),
            ("licence", licences.get(described.licence, described.licence)),
            ("updated", described.frequency),
            ("content", described.vintage),
            ("standard", described.standard),
            ("notes", described.notes),
            ("node", partner.title if partner is not None else None),
        ]
    )
    if closed:
        screen.print(f"\nIt is closed to you. {closed}")
        return
    if found is None:
        screen.print(f"\nNot loaded. Load it with: interurban load {dataset}")
        return
    screen.print()
    show_pairs(
        [
            ("rows", found.rows),
            ("with a place", found.placed if found.geometry != "none" else None),
            ("left out", found.left_out),
            ("values blanked", found.blanked),
            *zip(("from", "to"), _ends(found, city.zone), strict=False),
            ("source", f"{found.source.origin} ({found.source.kind})"),
            ("read as", tuple(f"{key} {value}" for key, value in found.source.reading.items())),
            ("loaded", found.committed_at),
            ("version", found.version),
        ]
    )
    screen.print()
    show_table(
        ("field", "type", "unit", "what"),
        [(f.name, f.type, f.unit, f.title or f.description) for f in found.fields],
    )


def history(dataset: DatasetId, home: Home = None, as_json: AsJson = False) -> None:
    """List the versions of a dataset, newest first; any can be asked with --as-of."""
    with open_node(home) as node:
        snapshots = node.history(dataset)
    if as_json:
        show_json([_version(snapshot) for snapshot in snapshots])
        return
    show_table(
        ("version", "loaded", "rows", "left out", "blanked", "from", "content"),
        [
            (
                str(snapshot.version),
                snapshot.committed_at,
                snapshot.rows,
                snapshot.left_out,
                snapshot.blanked,
                snapshot.source.kind,
                brief(snapshot.content_hash),
            )
            for snapshot in snapshots
        ],
        right=("version", "rows", "left out", "blanked"),
    )


def rejects(
    dataset: DatasetId,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 100,
    offset: Annotated[int, typer.Option(min=0, help="Skip so many.")] = 0,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """List the broken rows and values of the newest load, each with its reason."""
    with open_node(home) as node:
        snapshot = node.snapshot(dataset)
        found = node.rejects(dataset, limit=limit, offset=offset)
    if as_json:
        show_json(
            [
                {
                    "row": each.row,
                    "field": each.field,
                    "value": each.value,
                    "reason": each.reason,
                    "action": each.action,
                }
                for each in found
            ]
        )
        return
    if found:
        show_table(
            ("row", "field", "value", "reason", "left out"),
            [(r.row, r.field, r.value[:60], r.reason, r.action) for r in found],
            right=("row",),
        )
        screen.print()
    screen.print(
        f"{dataset}: {counted(snapshot.left_out, 'row')} left out and "
        f"{counted(snapshot.blanked, 'value')} blanked, {counted(snapshot.rows, 'row')} kept."
    )


def _summary(dataset: Dataset, snapshot: Snapshot | None, partner: Peer | None) -> dict[str, Any]:
    known = {
        "id": dataset.id,
        "city": dataset.city,
        "title": dataset.title,
        "summary": dataset.summary,
        "theme": dataset.theme,
        "publisher": dataset.publisher,
        "licence": dataset.licence,
        "standard": dataset.standard,
        "loaded": snapshot is not None,
        "node": None if partner is None else partner.id,
    }
    return known if snapshot is None else {**known, **_version(snapshot)}


def _version(snapshot: Snapshot) -> dict[str, Any]:
    return {
        "version": snapshot.version,
        "committed_at": snapshot.committed_at,
        "rows": snapshot.rows,
        "placed": snapshot.placed,
        "left_out": snapshot.left_out,
        "blanked": snapshot.blanked,
        "geometry": snapshot.geometry,
        "bbox": snapshot.bbox,
        "time_extent": snapshot.time_extent,
        "origin": snapshot.source.origin,
        "kind": snapshot.source.kind,
        "synthetic": snapshot.synthetic,
        "modelled": snapshot.modelled,
        "content_hash": snapshot.content_hash,
    }


def _day(snapshot: Snapshot | None, zone: ZoneInfo) -> str:
    """The day of the newest row, as the city counts days."""
    newest = _ends(snapshot, zone)[-1:] if snapshot is not None else []
    return str(newest[0])[:10] if newest else ""


def _ends(snapshot: Snapshot, zone: ZoneInfo) -> list[Any]:
    """First and last moment of the time field on the city's clocks; days, if it is of days."""
    extent, name = snapshot.time_extent or (), snapshot.roles.time
    time = snapshot.field(name) if name else None
    if time is not None and time.type == "date":
        # A day has no zone: it is kept as its midnight in UTC.
        return [moment.astimezone(UTC).date() for moment in extent]
    return local(extent, zone)
