"""Tables to fill in: empty, or with what a dataset has, as CSV and XLSX.

The header is the contract's own; the sheet "What goes where" says of each column what it takes.
"""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from itertools import product
from typing import Any

import pyarrow as pa
from pyarrow import csv

from interurban.core.errors import BadRequest, TooMuch
from interurban.core.model import Pinned, TableContract
from interurban.core.standard import Field

from .inputs import check_dataset
from .keys import expected_labels
from .runs import Workspace
from .values import ARROW_TYPES

__all__ = ["empty_rows", "template"]

_MOST_ROWS = 1_000_000
_LIST_CHARACTERS = 250


def template(
    workspace: Workspace,
    model: str,
    table: str,
    form: str,
    dataset: str | None = None,
) -> bytes:
    """A table of a model to fill in.

    Parameters
    ----------
    form: ``csv`` or ``xlsx``.
    dataset: what it is filled with; without one, with the labels that are known and no value.

    Raises
    ------
    UnknownModel, NotFound, UnknownDataset.
    BadRequest: no such format.
    TooMuch: more rows than a person could fill in.
    """
    if form not in ("csv", "xlsx"):
        raise BadRequest("A template is csv or xlsx.", part="f")
    contract = workspace.contract(model, table)
    if dataset is None:
        rows = empty_rows(contract)
    else:
        snapshot = workspace.node.snapshot(dataset)
        pinned = Pinned(dataset, snapshot.version, snapshot.content_hash)
        rows = check_dataset(workspace.node, contract, pinned).table
    if rows.num_rows > _MOST_ROWS:
        raise TooMuch(
            f"The template would have {rows.num_rows:,} rows.", advice="Choose a smaller dataset."
        )
    return _csv(rows) if form == "csv" else _xlsx(rows, contract)


def empty_rows(contract: TableContract) -> pa.Table:
    """The contract's columns with every combination of labels that it lists, and no value.

    Columns whose labels only the person knows (areas, years) are blank.
    """
    listed = {
        field.name: expected_labels(field, ())
        for field in contract.fields
        if field.name in contract.complete
    }
    axes = {name: labels for name, labels in listed.items() if labels}
    combinations: Iterator[tuple[Any, ...]] = iter(product(*axes.values())) if axes else iter(())
    rows = [dict(zip(axes, combination, strict=True)) for combination in combinations]
    return pa.table(
        {f.name: pa.array([row.get(f.name) for row in rows], _type(f)) for f in contract.fields}
    )


def _type(field: Field) -> pa.DataType:
    return ARROW_TYPES[field.type]


def _csv(rows: pa.Table) -> bytes:
    sink = BytesIO()
    csv.write_csv(rows, sink, csv.WriteOptions(quoting_style="needed"))
    return sink.getvalue()


def _xlsx(rows: pa.Table, contract: TableContract) -> bytes:
    from openpyxl import Workbook
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    book = Workbook()
    sheet = book.active
    sheet.title = contract.name[:31]
    sheet.append(rows.column_names)
    for row in rows.to_pylist():
        sheet.append(list(row.values()))
    sheet.freeze_panes = "A2"
    for number, field in enumerate(contract.fields, 1):
        letter = get_column_letter(number)
        sheet[f"{letter}1"].font = Font(bold=True)
        sheet.column_dimensions[letter].width = max(12, len(field.name) + 4)
        codes = ",".join(field.enum)
        if codes and len(codes) <= _LIST_CHARACTERS:
            only = DataValidation(type="list", formula1=f'"{codes}"', allow_blank=False)
            only.error, only.errorTitle = f"Write one of: {codes}", field.title
            sheet.add_data_validation(only)
            only.add(f"{letter}2:{letter}{max(1_000, rows.num_rows + 1)}")
    about = book.create_sheet("What goes where")
    about.append(["column", "what", "type", "unit", "between", "codes", "must be there"])
    for field in contract.fields:
        bounds = [str(b) for b in (field.minimum, field.maximum) if b is not None]
        must = field.required or field.name in contract.key or field.name == contract.value
        about.append(
            [
                field.name, field.description or field.title, field.type, field.unit,
                " and ".join(bounds), ", ".join(field.enum), "yes" if must else "no",
            ]
        )  # fmt: skip
    about.append([])
    about.append(["A blank is not zero: write 0 where there are none."])
    if contract.complete:
        every = " x ".join(contract.complete)
        about.append([f"Every combination of {every} must have a row."])
    for name, width in (("A", 20), ("B", 50), ("F", 30)):
        about.column_dimensions[name].width = width
    sink = BytesIO()
    book.save(sink)
    return sink.getvalue()
