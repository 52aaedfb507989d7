"""Zip archives: what is in one, whether it can be trusted, and which entry is meant."""

from __future__ import annotations

import stat
import zipfile
from collections.abc import Callable
from pathlib import Path, PurePosixPath

from interurban.core.errors import TooMuch, UnreadableFile

from ._content import Content

__all__ = ["choose_member", "extract_geodatabase", "extract_shapefile", "members"]

_SHAPEFILE_PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")
_LISTED = 8


def members(content: Content) -> list[zipfile.ZipInfo]:
    """List the files of a zip archive, without folders and what systems leave behind.

    Raises
    ------
    UnreadableFile: the archive is damaged, or an entry points outside of it.
    TooMuch: it holds more entries than the limits allow.
    """
    try:
        with zipfile.ZipFile(content.path) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, EOFError, OSError, ValueError) as error:
        raise UnreadableFile(
            f"{content.name} is a damaged zip archive: its table of contents cannot be read.",
            advice="Fetch it again; the download was probably interrupted.",
        ) from error
    if len(entries) > content.limits.max_members:
        raise TooMuch(
            f"{content.name} holds {len(entries):,} entries; "
            f"{content.limits.max_members:,} are allowed.",
            advice="Unpack it, and load the file you mean.",
        )
    for entry in entries:
        _expect_inside(content, entry)
    return [entry for entry in entries if _is_content(entry)]


def choose_member(
    content: Content, wanted: str | None, is_data: Callable[[Content], bool]
) -> Content:
    """Choose the entry that is meant: the one asked for, else the only one that holds data.

    Parameters
    ----------
    wanted: the option ``member``: an entry's full name, or its last part where that is unique.
    is_data: tells from the first bytes whether an entry can be loaded.

    Raises
    ------
    UnreadableFile: there is no such entry, none that holds data, or more than one.
    """
    entries = [entry.filename for entry in members(content)]
    if wanted is not None:
        named = [name for name in entries if name == wanted]
        named = named or [name for name in entries if PurePosixPath(name).name == wanted]
        if len(named) == 1:
            return content.within(named[0])
        raise UnreadableFile(
            f'{content.name} holds no single entry "{wanted}".',
            advice=f"It holds {_list(entries)}." if entries else "It holds nothing.",
            part="member",
        )
    if not entries:
        raise UnreadableFile(f"{content.name} is an empty zip archive.", advice="Fetch it again.")
    if len(entries) == 1:
        return content.within(entries[0])
    data = [name for name in entries if _may_hold_data(name) and is_data(content.within(name))]
    if len(data) == 1:
        return content.within(data[0])
    if not data:
        raise UnreadableFile(
            f"{content.name} holds no table or layer that can be loaded, but {_list(entries)}.",
            advice="Say which entry is meant with member.",
            part="member",
        )
    raise UnreadableFile(
        f"{content.name} holds {len(data)} tables: {_list(data)}.",
        advice=f"Say which one is meant, for example member: {data[0]}.",
        part="member",
    )


def extract_shapefile(content: Content, wanted: str | None, folder: Path) -> Content:
    """Write the parts of one Shapefile of an archive to ``folder``, under names of our own.

    Raises
    ------
    UnreadableFile: there is more than one Shapefile and none was asked for.
    """
    entries = [entry.filename for entry in members(content)]
    layers = [name for name in entries if name.lower().endswith(".shp")]
    if wanted is not None:
        stem = wanted.removesuffix(".shp")
        layers = [n for n in layers if n[:-4] == stem or PurePosixPath(n).stem == stem]
    if len(layers) != 1:
        available = [name for name in entries if name.lower().endswith(".shp")]
        first = PurePosixPath(available[0]).stem
        raise UnreadableFile(
            f"{content.name} holds {len(available)} Shapefiles: {_list(available)}.",
            advice=f"Say which one is meant, for example layer: {first}.",
            part="layer",
        )
    stem = layers[0][:-4].lower()
    for name in entries:
        base, dot, end = name.rpartition(".")
        if base.lower() == stem and dot + end.lower() in _SHAPEFILE_PARTS:
            content.within(name).materialise(folder / f"layer.{end.lower()}")
    return Content(folder / "layer.shp", f"{content.name} ({layers[0]})", content.limits)


def extract_geodatabase(content: Content, folder: Path) -> Content:
    """Write the one Esri file geodatabase of an archive to ``folder``.

    Raises
    ------
    UnreadableFile: there is more than one.
    """
    entries = [PurePosixPath(entry.filename) for entry in members(content)]
    bases = sorted({str(e.parent) for e in entries if e.suffix.lower() == ".gdbtable"})
    if len(bases) > 1:
        raise UnreadableFile(
            f"{content.name} holds {len(bases)} geodatabases: {_list(bases)}.",
            advice="Pack the one you mean by itself.",
        )
    target = folder / "layer.gdb"
    target.mkdir()
    for entry in entries:
        if str(entry.parent) == bases[0]:
            content.within(str(entry)).materialise(target / entry.name)
    return Content(target, content.name, content.limits)


def _expect_inside(content: Content, entry: zipfile.ZipInfo) -> None:
    name = entry.orig_filename.replace("\\", "/")
    parts = PurePosixPath(name).parts
    if ".." in parts or name.startswith("/") or (len(name) > 1 and name[1] == ":"):
        raise UnreadableFile(
            f'{content.name} holds an entry "{entry.filename}" that points outside of the archive.',
            advice="Do not trust this archive; ask its publisher for a clean one.",
        )


def _is_content(entry: zipfile.ZipInfo) -> bool:
    name = PurePosixPath(entry.filename)
    return not (
        entry.is_dir()
        or stat.S_ISLNK(entry.external_attr >> 16)
        or name.parts[0] == "__MACOSX"
        or name.name.startswith(".")
        or name.name.lower() in ("thumbs.db", "desktop.ini")
    )


def _may_hold_data(name: str) -> bool:
    lower = PurePosixPath(name).name.lower()
    return not (
        lower.startswith(("readme", "license", "licence", "metadata"))
        or lower.endswith((".md", ".pdf", ".html", ".htm", ".docx", ".doc", ".rtf", ".png", ".jpg"))
    )


def _list(names: list[str]) -> str:
    shown = ", ".join(names[:_LISTED])
    return f"{shown} and {len(names) - _LISTED:,} more" if len(names) > _LISTED else shown
