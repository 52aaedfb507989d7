"""Questions to the data: `query` and `export`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from interurban.core.errors import BadRequest

from .options import City, Home, TableFormat, open_node
from .output import counted, errors, local, screen, show_json, show_table
from .questions import (
    Asked,
    AsOf,
    Bbox,
    Fields,
    Filter,
    In,
    Narrowing,
    Near,
    Sort,
    Text,
    When,
    Where,
    narrowed,
    read_question,
)
from .saving import whole_file

if TYPE_CHECKING:
    import pyarrow as pa

    from interurban.catalog.node import Node
    from interurban.core.query import Query
    from interurban.http.exports import Export

__all__ = ["export", "query"]

ENDINGS = ("arrows", "csv", "fgb", "geojson", "parquet")


def query(
    what: Annotated[
        str,
        typer.Argument(
            metavar="QUESTION", help="A dataset's id, or a line as in the app's search box."
        ),
    ],
    city: City = None,
    filter: Filter = None,  # noqa: A002 - the option's own name
    where: Where = None,
    text: Text = None,
    when: When = None,
    near: Near = None,
    bbox: Bbox = None,
    area: In = None,
    fields: Fields = None,
    sort: Sort = None,
    as_of: AsOf = None,
    by: Annotated[
        str | None,
        typer.Option(
            metavar="GROUPS",
            help="Count by field, time:month, area:london.boroughs ... (comma between several).",
        ),
    ] = None,
    measures: Annotated[
        str | None,
        typer.Option(metavar="LIST", help="Instead of the count: avg:cost, p95:cost, sum:cost ..."),
    ] = None,
    count: Annotated[bool, typer.Option("--count", help="Only how many there are.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="At most so many rows.")] = 20,
    form: Annotated[TableFormat, typer.Option("--format", "-f", help="How to write it.")] = (
        TableFormat.table
    ),
    home: Home = None,
) -> None:
    """Ask a dataset, or ask in plain words: rows, a count, or counts by group.

    As in: interurban query 'crimes theft near "Daley Center" 400 m last 7 days'. The exact total
    is always said, however few rows are shown.
    """
    narrowing = Narrowing(
        filter, where or (), text, when, near, bbox, area or (), fields, sort, as_of, measures, by
    )
    grouped = by is not None or measures is not None
    with open_node(home) as node:
        asked = read_question(node, what, city)
        _tell_understood(asked, form)
        for base in asked.questions:
            if len(asked.questions) > 1:
                screen.print(f"\n{node.dataset(base.dataset).title}", style="bold")
            if grouped:
                _show_groups(node, narrowed(node, base, narrowing, limit, "aggregate"), form)
            elif count:
                _show_count(node, narrowed(node, base, narrowing, None, "items"), form)
            else:
                _show_rows(node, narrowed(node, base, narrowing, limit, "items"), form)


def _tell_understood(asked: Asked, form: TableFormat) -> None:
    """Say how a line was read; several datasets cannot be one file."""
    if asked.understood:
        errors.print(" · ".join(asked.understood), style="dim")
    for remark in asked.remarks:
        errors.print(remark, style="yellow")
    if len(asked.questions) > 1 and form is not TableFormat.table:
        names = ", ".join(question.dataset for question in asked.questions)
        raise BadRequest(
            f"The line means several datasets: {names}.",
            advice=f"Name one of them, or one city with --city, for {form.value}.",
            part="format",
        )


def export(
    dataset: Annotated[str, typer.Argument(metavar="DATASET", help="Its id, as chicago.crimes.")],
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help=f"Its ending says the format: {', '.join(ENDINGS)}.",
            dir_okay=False,
        ),
    ],
    filter: Filter = None,  # noqa: A002 - the option's own name
    where: Where = None,
    text: Text = None,
    when: When = None,
    near: Near = None,
    bbox: Bbox = None,
    area: In = None,
    fields: Fields = None,
    sort: Sort = None,
    as_of: AsOf = None,
    crs: Annotated[
        str | None, typer.Option(metavar="CODE", help="Coordinates in this CRS, as EPSG:27700.")
    ] = None,
    home: Home = None,
) -> None:
    """Write all rows that meet the conditions to a file, with their source and licence."""
    from interurban.core.query import Query

    narrowing = Narrowing(
        filter, where or (), text, when, near, bbox, area or (), fields, sort, as_of
    )
    with open_node(home) as node:
        asked = narrowed(node, Query(node.dataset(dataset).id), narrowing, None, "items")
        exported, identity = _exported(node, asked, crs)
        chunks = _encoded(file, exported, identity)
        with whole_file(file) as scratch, scratch.open("wb") as target:
            for chunk in chunks:
                target.write(chunk)
        total = node.count(asked).count
        described = node.dataset(dataset)
    screen.print(f"{counted(total, 'row')} written to {file}.")
    screen.print(f"{described.publisher}. {described.attribution}", style="dim")
    _warn(str(exported.source["kind"]))


def _show_rows(node: Node, asked: Query, form: TableFormat) -> None:
    if form in (TableFormat.csv, TableFormat.geojson):
        exported, identity = _exported(node, asked, None)
        name = Path(f"rows.{form}")
        for chunk in _encoded(name, exported, identity):
            sys.stdout.buffer.write(chunk)
        sys.stdout.buffer.flush()
        return
    answer = node.page(asked)
    names = [field.name for field in answer.fields if field.type != "geometry"]
    rows = [
        [row.get(name) for name in names] for batch in answer.batches for row in batch.to_pylist()
    ]
    if form is TableFormat.json:
        show_json([dict(zip(names, row, strict=True)) for row in rows])
        return
    filled = [n for n, name in enumerate(names) if asked.fields or any(row[n] for row in rows)]
    shown = filled if asked.fields else filled[:8]
    zone = node.city(node.dataset(asked.dataset).city).zone
    show_table([names[n] for n in shown], [local([row[n] for n in shown], zone) for row in rows])
    screen.print(f"Times are those of {zone.key}.", style="dim")
    total = node.count(asked).count
    screen.print(f"{len(rows):,} of {total:,} rows.")
    if len(shown) < len(filled):
        rest = ", ".join(names[n] for n in filled if n not in shown)
        screen.print(f"Not shown: {rest}. Choose with --fields.", style="dim")
    _warn(answer.snapshot.source.kind)


def _show_count(node: Node, asked: Query, form: TableFormat) -> None:
    found = node.count(asked)
    if form in (TableFormat.json, TableFormat.geojson):
        show_json({"count": found.count, "placed": found.placed})
    elif form is TableFormat.csv:
        _write_csv_table(["count", "placed"], [[found.count, found.placed]])
    else:
        rows = counted(found.count, "row")
        screen.print(f"{rows}, {found.placed:,} of them with a place.")
        _warn(node.snapshot(asked.dataset, asked.as_of).source.kind)


def _show_groups(node: Node, asked: Query, form: TableFormat) -> None:
    found: pa.Table = node.aggregate(asked)
    rows = found.to_pylist()
    if form in (TableFormat.json, TableFormat.geojson):
        show_json(rows)
    elif form is TableFormat.csv:
        _write_csv_table(found.column_names, [list(row.values()) for row in rows])
    else:
        measured = [measure.name for measure in asked.measures]
        show_table(found.column_names, [list(row.values()) for row in rows], right=measured)
        _warn(node.snapshot(asked.dataset, asked.as_of).source.kind)


def _write_csv_table(names: list[str], rows: list[list[Any]]) -> None:
    import csv

    writer = csv.writer(sys.stdout)
    writer.writerow(names)
    writer.writerows(rows)


def _exported(node: Node, asked: Query, crs: str | None) -> tuple[Export, str]:
    """The rows as the encoders of `http` take them, and the column that is a feature's id."""
    from interurban.http.crs import find_crs
    from interurban.http.exports import GEOMETRY, Export
    from interurban.http.provenance import file_name, source

    snapshot, dataset = node.snapshot(asked.dataset, asked.as_of), node.dataset(asked.dataset)
    city, key, chosen = node.city(dataset.city), snapshot.id_field, asked.fields
    if key is not None and chosen and key not in chosen:
        asked = replace(asked, fields=(*chosen, key))
    rows = node.rows(asked) if asked.limit is None else node.page(asked)
    exported = Export(
        name=file_name(snapshot),
        fields=tuple(
            field
            for field in rows.fields
            if field.name != GEOMETRY and (not chosen or field.name in chosen)
        ),
        geometry=snapshot.geometry,
        placed=snapshot.placed == snapshot.rows,
        crs=find_crs(crs, city),
        source=source(city, dataset, snapshot),
        batches=rows.batches,
    )
    return exported, key or "_row"


def _encoded(file: Path, exported: Export, identity: str) -> Iterator[bytes]:
    """The bytes of the file, by its ending."""
    from interurban.http.encode_arrow import arrow_chunks, parquet_chunks
    from interurban.http.encode_csv import csv_chunks
    from interurban.http.encode_flatgeobuf import flatgeobuf_chunks
    from interurban.http.encode_geojson import geojson_chunks

    match file.suffix.lower():
        case ".csv":
            return csv_chunks(exported)
        case ".parquet" | ".geoparquet":
            return parquet_chunks(exported)
        case ".arrow" | ".arrows":
            return arrow_chunks(exported)
        case ".fgb":
            return flatgeobuf_chunks(exported)
        case ".geojson" | ".json":
            about = {"source": exported.source}
            return geojson_chunks(exported, identity, about, lambda n: {"numberReturned": n})
    raise BadRequest(
        f"{file.name} ends in no format that can be written.",
        advice=f"End it in .{', .'.join(ENDINGS)}.",
        part="file",
    )


def _warn(kind: str) -> None:
    if kind == "synthetic":
        errors.print("SYNTHETIC: made by a program, nothing was observed.", style="bold yellow")
    if kind == "modelled":
        errors.print("MODELLED: worked out by a model, nothing was observed.", style="bold yellow")
