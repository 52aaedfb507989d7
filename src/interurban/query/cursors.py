"""Where the next page begins, as opaque text.

A cursor holds no secret and needs no signature: it only says where to go on, and whatever it says
gives rows the reader may have anyway.
"""

from __future__ import annotations

import base64
import binascii
import struct

from interurban.core.errors import BadRequest
from interurban.core.query import Cursor

__all__ = ["read_cursor", "write_cursor"]

_PLACE = struct.Struct(">cQq")
_OFFSET = struct.Struct(">cQ")


def write_cursor(where: Cursor | int) -> str:
    """A place of the natural order, or an offset in an order of the reader's own."""
    packed = (
        _OFFSET.pack(b"o", where)
        if isinstance(where, int)
        else _PLACE.pack(b"n", where.key, where.row)
    )
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def read_cursor(text: str) -> Cursor | int:
    """What ``write_cursor`` wrote.

    Raises
    ------
    BadRequest: it was not written by it.
    """
    try:
        packed = base64.b64decode(
            text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True
        )
        if packed[:1] == b"n":
            _, key, row = _PLACE.unpack(packed)
            return Cursor(key, row)
        if packed[:1] == b"o":
            offset: int = _OFFSET.unpack(packed)[1]
            if offset < 2**63:
                return offset
    except (binascii.Error, struct.error, UnicodeEncodeError):
        pass
    raise BadRequest(
        f"cursor={text[:40]!r} was not given by this service.",
        advice="Follow the link to the next page as it is.",
        part="cursor",
    )
