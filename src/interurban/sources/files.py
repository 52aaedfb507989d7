"""Files: any usual table or layer, found out from its content and read in bounded memory.

Options of the source
---------------------
path: the file; relative to the mirror folder, or absolute.
url: the file's address on the web, in place of ``path``.
member: entry of a zip archive that holds several files.
layer: layer of a GeoPackage, KML, GML or TopoJSON, or Shapefile of an archive.
sheet: name or 1-based number of a workbook's sheet.
records: keys that lead to the list of records in a JSON document, joined by dots.
delimiter, encoding, header, skip: of a delimited text, where what is found out is wrong.
crs: coordinate reference system of the geometry, where the file does not say it or is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa

from interurban.core.dataset import SourceFacts, SourceSpec
from interurban.core.errors import ConfigurationError, SourceChanged, UnreadableFile

from ._archive import choose_member, extract_geodatabase, extract_shapefile, members
from ._content import Content, expect_file, sha256_of
from ._detect import HEAD, is_data, recognise, zip_format
from ._spool import Scratch
from .reading import BrokenRows, Fetching, Reading

__all__ = ["FILE_OPTIONS", "open_source", "read_file"]

_TEXTS = ("path", "url", "member", "layer", "records", "delimiter", "encoding", "crs")
_OPTIONS = {*_TEXTS, "sheet", "skip", "header"}
FILE_OPTIONS = tuple(sorted(_OPTIONS - {"path", "url"}))
"""Options that say how a file is to be read, wherever it came from."""

_VECTOR = ("gpkg", "flatgeobuf", "shp", "filegdb", "kml", "gml", "gpx", "topojson", "esrijson")


class _Table(Protocol):
    """What every format's reader has."""

    schema: pa.Schema
    broken: BrokenRows

    def batches(self) -> Iterator[pa.RecordBatch]: ...
    def reading(self) -> dict[str, str]: ...


def open_source(
    spec: SourceSpec, fetching: Fetching, since: SourceFacts | None = None
) -> Reading | None:
    """Open a file, of this machine or of the web, and start one reading of it.

    Parameters
    ----------
    since: facts of the last reading; an unchanged file is not read again.

    Returns
    -------
    The reading; ``None`` when the file's bytes are those of ``since``.

    Raises
    ------
    ConfigurationError: an option that is unknown or cannot be.
    UnreadableFile: no file, or none that is understood; what it is, and what to do.
    SourceUnreachable, SourceRefused: of a file of the web: no answer, or a no.
    TooMuch: over one of ``fetching.limits``.
    """
    options = _Options(spec)
    if options.url:
        from .transport_file import open_web_file

        given = {key: value for key, value in spec.options.items() if key != "url"}
        return open_web_file(options.url, given, fetching, since)
    path, name, kind = _locate(options.path, fetching)
    return _read(path, name, kind, options, fetching, since)


def read_file(
    path: Path, options: Mapping[str, Any], fetching: Fetching, since: SourceFacts | None = None
) -> Reading | None:
    """Start one reading of a file that was fetched; ``None`` when it is the one of ``since``.

    Parameters
    ----------
    options: some of ``FILE_OPTIONS``.

    Raises
    ------
    As ``open_source`` does.
    """
    spec = SourceSpec("files", {**options, "path": str(path)})
    return _read(path, path.name, "file", _Options(spec), fetching, since)


def _read(
    path: Path,
    name: str,
    kind: str,
    options: _Options,
    fetching: Fetching,
    since: SourceFacts | None,
) -> Reading | None:
    expect_file(path, name)
    stamp = _stamp(path)
    if since is not None and _unchanged(path, stamp, since):
        return None
    scratch = Scratch(fetching.work, "files-")
    progress = _Progress(fetching)
    try:
        content, form = _unwrap(Content(path, name, fetching.limits), options, scratch)
        progress.total = content.stored() if content.member else path.stat().st_size
        table = _open_table(content, form, options, scratch, progress.seen)
    except BaseException:
        scratch.remove()
        raise

    digest = cache(sha256_of)

    def facts() -> SourceFacts:
        # Hashing reads the whole file again, which nobody needs who only wants a look at it.
        sha256 = digest(path) if progress.over else ""
        if _stamp(path) != stamp:
            raise SourceChanged(
                f"{name} changed while it was read.", advice="Load it again once it is complete."
            )
        return SourceFacts(
            origin=options.path if kind == "mirror" else path.name,
            kind=kind,
            sha256=sha256,
            source_time=None if kind == "mirror" else _modified(path),
            reading={**_packing(content, path, form), **table.reading()},
            etag=stamp,
        )

    def close() -> None:
        closing: Callable[[], None] | None = getattr(table, "close", None)
        if closing is not None:
            closing()
        scratch.remove()

    return Reading(
        table.schema,
        progress.watched(table.batches()),
        facts,
        broken=table.broken,
        close=close,
    )


class _Options:
    """The options of the source, each of the type it must be."""

    def __init__(self, spec: SourceSpec) -> None:
        given = dict(spec.options)
        for key in given:
            if key not in _OPTIONS:
                raise ConfigurationError(
                    f'A source of type files has no option "{key}".',
                    advice=f"It has: {', '.join(sorted(_OPTIONS))}.",
                    part=key,
                )
        texts: dict[str, str | None] = {}
        for key in _TEXTS:
            value = given.get(key)
            if value is not None and not isinstance(value, str):
                raise _wrong(key, "text")
            texts[key] = value
        if bool(texts["path"]) == bool(texts["url"]):
            raise ConfigurationError(
                "A source of type files needs a path or a url, and not both.",
                advice="Name the file.",
                part="path",
            )
        self.path = texts["path"] or ""
        self.url = texts["url"] or ""
        self.member = texts["member"]
        self.layer = texts["layer"]
        self.records = texts["records"]
        self.delimiter = texts["delimiter"]
        self.encoding = texts["encoding"]
        self.crs = texts["crs"]
        sheet, skip, header = given.get("sheet"), given.get("skip"), given.get("header")
        if isinstance(sheet, bool) or not isinstance(sheet, str | int | None):
            raise _wrong("sheet", "a name or a number")
        if isinstance(skip, bool) or not isinstance(skip, int | None) or (skip or 0) < 0:
            raise _wrong("skip", "a number of lines")
        if not isinstance(header, bool | None):
            raise _wrong("header", "true or false")
        self.sheet: str | int | None = sheet
        self.skip: int | None = skip
        self.header: bool | None = header


class _Progress:
    """Counts stored bytes and rows, and tells of them batch by batch."""

    def __init__(self, fetching: Fetching) -> None:
        self._tell = fetching.progress
        self._bytes = 0
        self.total: int | None = None
        self.over = False

    def seen(self, size: int) -> None:
        """Count stored bytes."""
        self._bytes += size

    def watched(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Pass batches through, telling how far they are."""
        rows = 0
        for batch in batches:
            rows += batch.num_rows
            size = self._bytes if self.total is None else min(self._bytes, self.total)
            self._tell(rows, size, self.total)
            yield batch
        self.over = True


def _wrong(key: str, wanted: str) -> ConfigurationError:
    return ConfigurationError(
        f"The option {key} of a source of type files is not {wanted}.",
        advice=f"Write {wanted}.",
        part=key,
    )


def _locate(given: str, fetching: Fetching) -> tuple[Path, str, str]:
    """Find the file: its path, what a person calls it, and whether it is of the mirror."""
    path = Path(given)
    if path.is_absolute():
        return path, path.name, "file"
    if fetching.mirror is None:
        raise UnreadableFile(
            f"{given} is relative to a mirror folder, and there is no mirror.",
            advice="Name the mirror with --mirror or INTERURBAN_MIRROR, or give a full path.",
            part="path",
        )
    mirror = fetching.mirror.resolve()
    whole = mirror / path
    if not whole.resolve().is_relative_to(mirror):
        raise UnreadableFile(
            f"{given} leads out of the mirror folder.",
            advice="Put the file into the mirror, or give its full path.",
            part="path",
        )
    return whole, given, "mirror"


def _unwrap(content: Content, options: _Options, scratch: Scratch) -> tuple[Content, str]:
    """Take off gzip and zip until a table or a layer is there."""
    for layers in count():
        form = recognise(content.head(HEAD), content.name)
        if form not in ("gzip", "zip"):
            break
        if layers >= content.limits.max_depth:
            raise UnreadableFile(
                f"{content.name} is packed more than {content.limits.max_depth} times over.",
                advice="Unpack it, and load the file you mean.",
            )
        if form == "gzip":
            content = content.gunzipped()
            continue
        if not content.plain:
            content = content.materialise(scratch.folder() / "archive.zip")
        kind = zip_format([entry.filename for entry in members(content)])
        if kind == "xlsx":
            return content, kind
        if kind == "ods":
            raise UnreadableFile(
                f"{content.name} is an OpenDocument spreadsheet, which is not read here.",
                advice="Open it in LibreOffice or Excel and save it as .xlsx, or as CSV.",
            )
        if kind == "filegdb" and options.member is None:
            return extract_geodatabase(content, scratch.folder()), kind
        if kind == "shapefile" and (options.member or ".shp").lower().endswith(".shp"):
            layer = options.layer or options.member
            return extract_shapefile(content, layer, scratch.folder()), "shp"
        content = choose_member(
            content, options.member, lambda one: is_data(one.head(HEAD), one.name)
        )
    return content, form


def _open_table(
    content: Content,
    form: str,
    options: _Options,
    scratch: Scratch,
    seen: Callable[[int], None],
) -> _Table:
    """Hand the content to the reader of its format; each is imported when it is needed."""
    if form in _VECTOR:
        from ._vector import VectorLayer, as_file

        ready = as_file(content, form, scratch.folder())
        return VectorLayer(ready, form, options.layer, options.crs, options.encoding)
    if form == "parquet":
        from ._parquet import ParquetTable

        return ParquetTable(_as_plain(content, scratch), options.crs)
    if form == "xlsx":
        from ._xlsx import Workbook

        ready = _as_plain(content, scratch)
        return Workbook(ready, options.sheet, options.skip, options.header)
    if form == "json":
        from ._json import JsonRecords

        return JsonRecords(content, options.records, options.encoding, options.crs, seen)
    from ._csv import DelimitedText
    from ._dialect import Asked

    asked = Asked(options.delimiter, options.header, options.skip)
    return DelimitedText(content, asked, options.encoding, seen)


def _as_plain(content: Content, scratch: Scratch) -> Content:
    return content if content.plain else content.materialise(scratch.folder() / "content")


def _packing(content: Content, path: Path, form: str) -> dict[str, str]:
    """Say how the file was packed."""
    said: dict[str, str] = {}
    if content.gzips:
        said["packing"] = "gzip" if content.gzips == 1 else f"gzip, {content.gzips} times"
    if content.member is not None:
        said["packing"] = "zip" + (", gzip within" if content.gzips else "")
        said["member"] = content.member
    elif form in ("shp", "filegdb") and content.path != path:
        said["packing"] = "zip"
    return said


def _stamp(path: Path) -> str:
    facts = path.stat()
    return f"{facts.st_size}-{facts.st_mtime_ns}"


def _unchanged(path: Path, stamp: str, since: SourceFacts) -> bool:
    if since.etag == stamp:
        return True
    return bool(since.sha256) and sha256_of(path) == since.sha256


def _modified(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, tz=UTC)
