"""What a file is, judged from its first bytes and never from its name."""

from __future__ import annotations

import json
import re

from interurban.core.errors import UnreadableFile

from ._encoding import decode_head

__all__ = ["HEAD", "Format", "is_data", "recognise", "zip_format"]

HEAD = 64 << 10
"""Bytes that are looked at."""

Format = str
"""``gzip zip parquet gpkg flatgeobuf shp csv json topojson esrijson kml gml gpx``, or from a zip's
entries ``xlsx ods kmz shapefile filegdb archive``."""

_MAGIC: tuple[tuple[bytes, Format], ...] = (
    (b"\x1f\x8b", "gzip"),
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"PAR1", "parquet"),
    (b"SQLite format 3\x00", "gpkg"),
    (b"fgb\x03fgb", "flatgeobuf"),
    (b"\x00\x00\x27\x0a", "shp"),
)

_REFUSED: tuple[tuple[bytes, str, str], ...] = (
    (b"%PDF", "a PDF document", "Ask the publisher for the table itself, as CSV or Excel."),
    (b"\x89PNG", "a PNG image", "Load the data behind the picture instead."),
    (b"\xff\xd8\xff", "a JPEG image", "Load the data behind the picture instead."),
    (b"GIF8", "a GIF image", "Load the data behind the picture instead."),
    (b"II*\x00", "a TIFF image or raster", "Load a table or a vector layer instead."),
    (b"MM\x00*", "a TIFF image or raster", "Load a table or a vector layer instead."),
    (b"\x7fELF", "a program", "Name a data file."),
    (b"MZ", "a Windows program", "Name a data file."),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", "Unpack it, or pack it again as zip or gzip."),
    (b"Rar!", "a RAR archive", "Unpack it, or pack it again as zip or gzip."),
    (b"BZh", "packed with bzip2", "Unpack it, or pack it again with gzip."),
    (b"\xfd7zXZ", "packed with xz", "Unpack it, or pack it again with gzip."),
    (b"\x28\xb5\x2f\xfd", "packed with zstd", "Unpack it, or pack it again with gzip."),
    (b"ARROW1", "an Arrow file", "Save it as Parquet."),
    (b"ORC", "an ORC file", "Save it as Parquet."),
    (b"\xef\xbb\xbf%PDF", "a PDF document", "Ask the publisher for the table itself."),
)

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_HTML = re.compile(
    r"\s*(<!--.*?-->\s*)*<(!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL
)
_TITLE = re.compile(r"<(title|h1)[^>]*>\s*(.*?)\s*</\1>", re.IGNORECASE | re.DOTALL)
_ROOT = re.compile(r"<([A-Za-z_][\w.-]*:)?([A-Za-z_][\w.-]*)")
_XML_MESSAGE = re.compile(r"<(?:\w+:)?(?:Message|ExceptionText|ServiceException)[^>]*>([^<]*)<")
_JSON_START = re.compile(r"\x1e?\s*[\[{]")
_ESRI = re.compile(r'"geometryType"\s*:\s*"esriGeometry')
_CONTROL = bytes(sorted(set(range(32)) - {0, 9, 10, 12, 13, 27, 30}))
_MOST_CONTROL = 0.01
_MOST_NUL = 0.2


def recognise(head: bytes, name: str) -> Format:
    """Say what the first ``HEAD`` bytes of a file are the beginning of.

    Raises
    ------
    UnreadableFile: nothing that holds a table or a layer; the message says what it is instead.
    """
    if not head:
        raise UnreadableFile(
            f"{name} is empty: it has no bytes at all.",
            advice="Fetch it again; the download probably failed.",
        )
    for magic, form in _MAGIC:
        if head.startswith(magic):
            return form
    for magic, what, advice in _REFUSED:
        if head.startswith(magic) and not (magic in (b"MZ", b"ORC") and _is_text(head)):
            raise UnreadableFile(f"{name} is {what}, not a table.", advice=advice)
    if head.startswith(_OLE):
        raise _old_office(head, name)
    if not _is_text(head):
        raise UnreadableFile(
            f"{name} is a binary file of a kind that is not read here.",
            advice="Save it as CSV, Excel, Parquet, GeoPackage or GeoJSON.",
        )
    text, _ = decode_head(head)
    if not text.strip():
        raise UnreadableFile(
            f"{name} holds nothing but blanks.",
            advice="Fetch it again; the download probably failed.",
        )
    return _text_format(text, name)


def is_data(head: bytes, name: str) -> bool:
    """Whether the first bytes are those of something that can be loaded."""
    try:
        recognise(head, name)
    except UnreadableFile:
        return False
    return True


def zip_format(entries: list[str]) -> Format:
    """Say what a zip archive is from the names of its entries."""
    lower = [entry.lower() for entry in entries]
    if "xl/workbook.xml" in lower or "xl/workbook.bin" in lower:
        return "xlsx"
    if "content.xml" in lower and "meta-inf/manifest.xml" in lower:
        return "ods"
    if any(entry.endswith(".gdbtable") for entry in lower):
        return "filegdb"
    if any(entry.endswith(".shp") for entry in lower):
        return "shapefile"
    if any(entry.endswith(".kml") for entry in lower):
        return "kmz"
    return "archive"


def _is_text(head: bytes) -> bool:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    _, encoding = decode_head(head)
    if encoding.startswith("utf-16"):
        return True
    control = len(head) - len(head.translate(None, _CONTROL))
    return control <= _MOST_CONTROL * len(head) and head.count(0) <= _MOST_NUL * len(head)


def _old_office(head: bytes, name: str) -> UnreadableFile:
    if any(mark.encode("utf-16-le") in head for mark in ("EncryptedPackage", "EncryptionInfo")):
        return UnreadableFile(
            f"{name} is an Excel workbook locked with a password.",
            advice="Open it in Excel, save it without a password, and load that.",
        )
    return UnreadableFile(
        f"{name} is a file of an old Office version (.xls or .doc), or is locked with a password.",
        advice="Open it in Excel and save it as .xlsx without a password, or as CSV.",
    )


def _text_format(text: str, name: str) -> Format:
    start = text.lstrip("\ufeff \t\r\n")
    if start.startswith("<"):
        return _markup_format(start, name)
    if _JSON_START.match(start):
        return _json_format(start, name)
    return "csv"


def _markup_format(text: str, name: str) -> Format:
    if _HTML.match(text) or ("<html" in text[:2000].lower()):
        title = _TITLE.search(text)
        said = f' titled "{_plain(title.group(2))}"' if title else ""
        raise UnreadableFile(
            f"{name} is a web page{said}, not data.",
            advice="The portal probably answered with an error or a login page; fetch it again.",
        )
    root = _ROOT.search(re.sub(r"<\?.*?\?>|<!--.*?-->", "", text, flags=re.DOTALL))
    tag = root.group(2) if root else ""
    if tag == "kml":
        return "kml"
    if tag == "gpx":
        return "gpx"
    if tag == "FeatureCollection" or "opengis.net/gml" in text:
        return "gml"
    if tag in ("Error", "ServiceExceptionReport", "ExceptionReport", "Fault"):
        message = _XML_MESSAGE.search(text)
        words = f' ("{_plain(message.group(1))}")' if message else ""
        raise UnreadableFile(
            f"{name} is an error message of a server{words}, not data.",
            advice="Fetch it again, or ask the portal's owner.",
        )
    raise UnreadableFile(
        f"{name} is XML with the root <{tag}>, which is not read here.",
        advice="Save it as CSV, GeoJSON, KML, GML or GPX.",
    )


def _json_format(text: str, name: str) -> Format:
    if re.match(r"\{\s*\"type\"\s*:\s*\"Topology\"", text) or (
        '"Topology"' in text[:4000] and '"arcs"' in text
    ):
        return "topojson"
    if _ESRI.search(text):
        return "esrijson"
    message = _error_message(text)
    if message is not None:
        raise UnreadableFile(
            f'{name} is an error message of a server ("{message}"), not data.',
            advice="Fetch it again later, or check the query that made it.",
        )
    return "json"


def _error_message(text: str) -> str | None:
    try:
        body = json.loads(text)
    except ValueError:
        return None
    if not isinstance(body, dict) or any(isinstance(v, list) and v for v in body.values()):
        return None
    said = {key.lower(): value for key, value in body.items()}
    failed = said.get("success") is False or bool(said.get("error") or said.get("errors"))
    coded = "message" in said and bool(said.keys() & {"code", "errorcode", "status", "statuscode"})
    if not (failed or coded):
        return None
    for key in ("message", "error_description", "detail", "error", "errors"):
        value = said.get(key)
        if isinstance(value, dict):
            value = value.get("message") or value.get("details") or json.dumps(value)
        if isinstance(value, str) and value:
            return _plain(value)
    return _plain(text)


def _plain(text: str) -> str:
    words = " ".join(re.sub(r"<[^>]*>", " ", text).split())
    return words if len(words) <= 120 else words[:117] + "..."
