"""Rows of the atlas as a file: its ending says which kind."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from interurban.cli.output import errors
from interurban.cli.saving import save
from interurban.core.errors import BadRequest

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from interurban.apps.schools.reading import Atlas
    from interurban.core.standard import Field
    from interurban.http.negotiation import Format

__all__ = ["form_of", "write_rows"]


def form_of(out: Path, forms: Sequence[Format]) -> Format:
    """The format that a file's ending names.

    Raises
    ------
    BadRequest: none of them has it.
    """
    ending = out.suffix.removeprefix(".").lower()
    for form in forms:
        if form.ending == ending:
            return form
    endings = ", ".join(f".{form.ending}" for form in forms)
    raise BadRequest(
        f"{out.name} has no ending that says what to write.",
        advice=f"End it on one of {endings}.",
        part="out",
    )


def write_rows(
    atlas: Atlas,
    out: Path,
    fields: Sequence[Field],
    rows: Sequence[dict[str, Any]],
    shapes: NDArray[np.object_],
    datasets: Sequence[str],
    modelled: bool,
) -> None:
    """Write rows to a file, and say so; parameters as ``http.schools.files.file_content``."""
    from interurban.http.formats import CSV, GEOJSON, PARQUET
    from interurban.http.schools.files import file_content

    form = form_of(out, (CSV, GEOJSON, PARQUET))
    content = file_content(atlas, form, out.stem, fields, rows, shapes, datasets, modelled)
    save(out, content, "out")
    errors.print(f"{len(rows):,} rows written to {out}.")
