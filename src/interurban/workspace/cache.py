"""What nodes gave, on disk, by the hash of everything it was worked out from.

An entry is one file that appears whole or not at all. The folder has a bounded size: the entries
that were not asked for longest go first. Any of them can be deleted at any time.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import ipc

from interurban.core.cube import Cube
from interurban.core.model import Values

from .tables import content_hash

__all__ = ["Cache", "Entry", "node_key"]

_LAYOUT = "1"
_LARGEST_SHARE = 4
"""An entry larger than this part of the whole would push out too much for one."""


def node_key(identity: str, version: str, parameters: Values, inputs: Mapping[str, str]) -> str:
    """The key of a node's outputs.

    Parameters
    ----------
    identity, version: of the model (of a loop, of all it holds).
    parameters: only those that it reads.
    inputs: table name to the hash of its content.
    """
    said = [_LAYOUT, identity, version, sorted(parameters.items()), sorted(inputs.items())]
    return hashlib.sha256(json.dumps(said, default=list).encode()).hexdigest()


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """Outputs of a node: each table with the hash of its content, and the node's warnings."""

    tables: Mapping[str, Cube | pa.Table]
    hashes: Mapping[str, str]
    warnings: tuple[str, ...]

    @classmethod
    def of(cls, tables: Mapping[str, Cube | pa.Table], warnings: tuple[str, ...]) -> Entry:
        """An entry of what was just worked out."""
        return cls(tables, {name: content_hash(t) for name, t in tables.items()}, warnings)


class Cache:
    """The entries in one folder.

    Parameters
    ----------
    max_bytes: size of all entries together.
    """

    def __init__(self, folder: Path, max_bytes: int = 2 << 30) -> None:
        self._folder = folder
        self._max_bytes = max_bytes

    def get(self, key: str) -> Entry | None:
        """The entry of a key; one that can't be read is gone."""
        path = self._path(key)
        try:
            entry = _read(path)
            os.utime(path)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, zipfile.BadZipFile, pa.ArrowInvalid):
            path.unlink(missing_ok=True)
            return None
        return entry

    def keep(self, key: str, entry: Entry) -> None:
        """Keep an entry; a disk that is full keeps nothing, and stops nobody."""
        path = self._path(key)
        half = path.with_suffix(f".{os.getpid()}.half")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            _write(half, entry)
            if half.stat().st_size * _LARGEST_SHARE <= self._max_bytes:
                half.replace(path)
                self._shrink()
        except OSError:
            pass
        finally:
            with contextlib.suppress(OSError):
                half.unlink(missing_ok=True)

    def clear(self) -> None:
        """Delete every entry."""
        for path in self._folder.glob("*/*"):
            path.unlink(missing_ok=True)

    def _path(self, key: str) -> Path:
        return self._folder / key[:2] / key

    def _shrink(self) -> None:
        """Delete what was not asked for longest, until the rest fits."""
        found: list[tuple[float, int, Path]] = []
        for path in self._folder.glob("*/*"):
            with contextlib.suppress(FileNotFoundError):
                status = path.stat()
                found.append((status.st_mtime, status.st_size, path))
        total = sum(size for _, size, _ in found)
        for _, size, path in sorted(found, key=lambda each: each[0]):
            if total <= self._max_bytes:
                return
            path.unlink(missing_ok=True)
            total -= size


def _write(path: Path, entry: Entry) -> None:
    about: dict[str, Any] = {
        "warnings": entry.warnings,
        "hashes": dict(entry.hashes),
        "cubes": {
            name: {"dims": table.dims, "labels": table.labels, "unit": table.unit}
            for name, table in entry.tables.items()
            if isinstance(table, Cube)
        },
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, table in entry.tables.items():
            with archive.open(name, "w", force_zip64=True) as target:
                if isinstance(table, Cube):
                    np.lib.format.write_array(target, table.values, allow_pickle=False)
                else:
                    with ipc.new_stream(target, table.schema) as writer:
                        writer.write_table(table)
        archive.writestr("about.json", json.dumps(about, default=int))


def _read(path: Path) -> Entry:
    tables: dict[str, Cube | pa.Table] = {}
    with zipfile.ZipFile(path) as archive:
        about = json.loads(archive.read("about.json"))
        for name in about["hashes"]:
            content = archive.read(name)
            cube = about["cubes"].get(name)
            if cube is None:
                tables[name] = ipc.open_stream(pa.py_buffer(content)).read_all()
                continue
            values = np.lib.format.read_array(io.BytesIO(content), allow_pickle=False)
            labels = tuple(tuple(each) for each in cube["labels"])
            tables[name] = Cube(tuple(cube["dims"]), labels, values, cube["unit"])
    return Entry(tables, about["hashes"], tuple(about["warnings"]))
