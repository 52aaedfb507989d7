"""Files that a command writes: each whole, or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from interurban.core.errors import StoreError

__all__ = ["save", "whole_file"]


@contextmanager
def whole_file(file: Path, part: str = "file") -> Iterator[Path]:
    """A file beside ``file`` to write to, which takes its place when everything is written.

    Parameters
    ----------
    part: the argument or option that named the file.

    Raises
    ------
    StoreError: it can't be written; whatever stood there stays.
    """
    scratch = file.with_name(file.name + ".part")
    try:
        yield scratch
        scratch.replace(file)
    except OSError as error:
        raise StoreError(
            f"{file} cannot be written: {error.strerror}.",
            advice="Choose another place for it.",
            part=part,
        ) from error
    finally:
        with suppress(OSError):
            scratch.unlink(missing_ok=True)


def save(file: Path, content: bytes, part: str = "file") -> None:
    """Write a file of bytes; StoreError when it can't be."""
    with whole_file(file, part) as scratch:
        scratch.write_bytes(content)
