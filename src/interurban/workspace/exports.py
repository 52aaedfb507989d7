"""What a run gave, as files: CSV, XLSX with its sources, Parquet and JSON.

Every file carries where its numbers come from: in the sheet of sources, in the metadata of Parquet,
in the head of JSON; beside a CSV, which holds nothing but rows, as the JSON of the record.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from pyarrow import csv
from pyarrow import parquet as pq

from interurban.core.errors import BadRequest, InterurbanError, Refused, TooMuch
from interurban.core.model import Pinned, Run

from .inputs import FILE
from .runs import Workspace

if TYPE_CHECKING:
    from openpyxl import Workbook

__all__ = ["FORMATS", "export_run", "record_of", "sources_of"]

FORMATS = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "parquet": "application/vnd.apache.parquet",
    "json": "application/json",
}
"""Format to media type."""

_SHEET_ROWS = 1_048_575
_SHEET_NAME = 31


def export_run(
    workspace: Workspace,
    run: str,
    form: str,
    tables: Sequence[str] = (),
) -> bytes:
    """A run's outputs in one file.

    Parameters
    ----------
    form: one of ``FORMATS``. CSV and Parquet hold one table.
    tables: outputs by name; none is all of them.

    Raises
    ------
    UnknownRun, NotFound: there is no such run or output.
    BadRequest: no such format, or several tables for a format of one.
    TooMuch: a table has more rows than a sheet can hold.
    Refused: an output may be looked at but not downloaded.
    """
    known = workspace.run(run)
    names = tuple(tables) or tuple(known.outputs)
    if form not in FORMATS:
        raise BadRequest(
            f"There is no format {form!r}.", advice=f"Use one of: {', '.join(FORMATS)}.", part="f"
        )
    if form in ("csv", "parquet") and len(names) != 1:
        raise BadRequest(
            f"{form.upper()} holds one table, and the run has {', '.join(names) or 'none'}.",
            advice="Name one of them, or take xlsx or json.",
            part="table",
        )
    found = {name: workspace.output(run, name) for name in names}
    for name in names:
        decision = workspace.node.decide(known.outputs[name].dataset, "export")
        if not decision.permitted:
            raise Refused(decision.reason, advice="Look at it on the page, or ask the publisher.")
    if form == "csv":
        return _csv(next(iter(found.values())))
    if form == "parquet":
        return _parquet(next(iter(found.values())), record_of(workspace, known))
    if form == "json":
        return _json(found, record_of(workspace, known))
    return _xlsx(found, workspace, known)


def record_of(workspace: Workspace, run: Run) -> dict[str, Any]:
    """The run's record as plain data: what it was, what it read, on which terms."""
    return {
        "run": run.id,
        "title": run.title,
        "version": run.version,
        "model": run.model,
        "model_version": run.model_version,
        "city": run.city,
        "state": run.state,
        "modelled": True,
        "parameters": {
            n: list(v) if isinstance(v, tuple) else v for n, v in run.parameters.items()
        },
        "seed": run.seed,
        "inputs": {name: _pin(pinned) for name, pinned in run.inputs.items()},
        "outputs": {name: _pin(pinned) for name, pinned in run.outputs.items()},
        "sources": sources_of(workspace, run),
        "code_version": run.code_version,
        "created_at": run.created_at.isoformat(),
        "started_at": None if run.started_at is None else run.started_at.isoformat(),
        "ended_at": None if run.ended_at is None else run.ended_at.isoformat(),
        "who": run.who,
        "warnings": list(run.warnings),
        "error": run.error,
    }


def sources_of(workspace: Workspace, run: Run) -> list[dict[str, Any]]:
    """Each input with its publisher, licence, vintage and version."""
    sources: list[dict[str, Any]] = []
    node = workspace.node
    for name, pinned in run.inputs.items():
        source: dict[str, Any] = {"table": name, **_pin(pinned)}
        if pinned.dataset.startswith(FILE):
            source |= {"title": pinned.dataset.removeprefix(FILE), "publisher": "own file"}
            source |= {"licence": "Not stated", "licence_url": "", "attribution": ""}
            sources.append(source)
            continue
        try:
            dataset = node.dataset(pinned.dataset)
            snapshot = node.snapshot(pinned.dataset, pinned.version)
        except InterurbanError:
            sources.append({**source, "title": "no longer kept"})
            continue
        terms = {licence.id: licence for licence in node.city(dataset.city).licences}
        licence = terms.get(dataset.licence)
        sources.append(
            source
            | {
                "title": dataset.title,
                "publisher": dataset.publisher,
                "licence": licence.title if licence is not None else dataset.licence,
                "licence_url": licence.url if licence is not None else "",
                "attribution": dataset.attribution,
                "vintage": dataset.vintage,
                "origin": snapshot.source.origin,
                "loaded_at": snapshot.committed_at.isoformat(),
            }
        )
    return sources


def _pin(pinned: Pinned) -> dict[str, Any]:
    return {
        "dataset": pinned.dataset,
        "version": pinned.version,
        "content_hash": pinned.content_hash,
    }


def _csv(table: pa.Table) -> bytes:
    sink = BytesIO()
    csv.write_csv(table, sink, csv.WriteOptions(quoting_style="needed"))
    return sink.getvalue()


def _parquet(table: pa.Table, record: dict[str, Any]) -> bytes:
    sink = BytesIO()
    pq.write_table(
        table.replace_schema_metadata({"interurban": json.dumps(record)}), sink, compression="zstd"
    )
    return sink.getvalue()


def _json(tables: dict[str, pa.Table], record: dict[str, Any]) -> bytes:
    document = record | {"tables": {name: table.to_pylist() for name, table in tables.items()}}
    return json.dumps(document, ensure_ascii=False, default=str).encode()


def _xlsx(tables: dict[str, pa.Table], workspace: Workspace, run: Run) -> bytes:
    """One sheet a table, and one each of sources, parameters, warnings and the record."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    # The same run gives the same bytes, so the book is as old as the run.
    moment = (run.ended_at or run.created_at).replace(tzinfo=None, microsecond=0)
    book.properties.created = book.properties.modified = moment
    book.properties.creator = "Interurban"
    book.properties.title = f"{run.title} (MODELLED)"
    for name, table in tables.items():
        if table.num_rows > _SHEET_ROWS:
            raise TooMuch(
                f"{name} has {table.num_rows:,} rows, more than a sheet holds.",
                advice="Take csv, parquet or json.",
            )
        _sheet(book, name, table.column_names, _rows(table))
    sources = sources_of(workspace, run)
    names = list(dict.fromkeys(key for source in sources for key in source))
    _sheet(book, "Sources", names, ([source.get(n, "") for n in names] for source in sources))
    titles = {p.name: p for p in workspace.plan(run.model).parameters}
    _sheet(
        book,
        "Parameters",
        ["parameter", "title", "value", "unit", "help"],
        (
            [
                name,
                titles[name].title if name in titles else name,
                "-".join(map(str, value)) if isinstance(value, tuple) else value,
                titles[name].unit if name in titles else "",
                titles[name].help if name in titles else "",
            ]
            for name, value in run.parameters.items()
        ),
    )
    _sheet(book, "Warnings", ["warning"], ([said] for said in run.warnings))
    record = record_of(workspace, run)
    shown = ("title", "version", "model", "model_version", "city", "run", "code_version",
             "created_at", "ended_at", "who", "seed")  # fmt: skip
    about = [["data", "MODELLED: worked out by a model, nothing was observed"]]
    about += [[name, record[name]] for name in shown]
    _sheet(book, "Run", ["what", "value"], about)
    sink = BytesIO()
    book.save(sink)
    return sink.getvalue()


def _sheet(
    book: Workbook, title: str, header: Sequence[str], rows: Iterator[Any] | Sequence[Any] | Any
) -> None:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    sheet = book.create_sheet(title[:_SHEET_NAME])
    sheet.freeze_panes = "A2"
    for number, name in enumerate(header, 1):
        sheet.column_dimensions[get_column_letter(number)].width = max(12, len(name) + 4)
    cells = []
    for name in header:
        cell = WriteOnlyCell(sheet, value=name)
        cell.font = Font(bold=True)
        cells.append(cell)
    sheet.append(cells)
    for row in rows:
        sheet.append([_cell(value) for value in row])


def _cell(value: Any) -> Any:
    """Text that begins like a formula stays text."""
    if isinstance(value, str) and value[:1] in "=+-@\t\r" and value[:1]:
        return f"'{value}"
    return value


def _rows(table: pa.Table) -> Iterator[list[Any]]:
    for batch in table.to_batches(max_chunksize=10_000):
        columns = [column.to_pylist() for column in batch.columns]
        yield from map(list, zip(*columns, strict=True))
