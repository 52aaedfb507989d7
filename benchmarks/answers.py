"""What is in an answer: the number of features, so that nobody wins by sending fewer."""

from __future__ import annotations

import json
from collections.abc import Iterator

__all__ = ["features_of_items", "features_of_tile"]

_LAYERS, _FEATURES = 3, 2
_VARINT, _EIGHT, _LENGTH, _FOUR = 0, 1, 2, 5


def features_of_items(body: bytes) -> int:
    """Features of a GeoJSON page."""
    return len(json.loads(body)["features"])


def features_of_tile(body: bytes) -> int:
    """Features of all layers of a Mapbox vector tile (MVT 2.1, section 4)."""
    return sum(
        number == _FEATURES
        for layer_number, layer in _fields(body)
        if layer_number == _LAYERS
        for number, _ in _fields(layer)
    )


def _fields(message: bytes) -> Iterator[tuple[int, bytes]]:
    """Numbers of a Protocol Buffers message's fields, with the bytes of those that have a length.

    Raises
    ------
    ValueError: not such a message.
    """
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        kind, content = key & 7, b""
        if kind == _VARINT:
            _, at = _varint(message, at)
        elif kind == _LENGTH:
            size, at = _varint(message, at)
            content, at = message[at : at + size], at + size
        elif kind in (_EIGHT, _FOUR):
            at += 8 if kind == _EIGHT else 4
        else:
            raise ValueError(f"wire type {kind} at byte {at}")
        yield key >> 3, content


def _varint(message: bytes, at: int) -> tuple[int, int]:
    """A variable-length number, and where it ends."""
    value = shift = 0
    while True:
        byte = message[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
        shift += 7
