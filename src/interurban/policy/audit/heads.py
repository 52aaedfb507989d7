"""Heads of a log: how long it was and what its root was, signed; and what witnesses say of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from interurban.core.errors import BadRequest

from .entries import canonical
from .keys import NodeKey, fingerprint, is_signed

__all__ = [
    "Countersignature",
    "Head",
    "countersign",
    "read_countersignature",
    "read_head",
    "sign_head",
]

_HEAD = "audit head"
_WITNESS = "audit witness"


@dataclass(frozen=True, slots=True)
class Head:
    """The state of a log at an instant, signed by the node whose log it is.

    Parameters
    ----------
    statement: what was signed: canonical JSON of ``node``, ``root``, ``size`` and ``time``.
    public: the node's public key, 32 bytes.
    """

    statement: str
    public: bytes
    signature: bytes

    @property
    def said(self) -> Mapping[str, Any]:
        """The statement, read."""
        read: Mapping[str, Any] = json.loads(self.statement)
        return read

    @property
    def size(self) -> int:
        """Entries it covers."""
        return int(self.said["size"])

    @property
    def root(self) -> bytes:
        """Root of the tree of those entries, 32 bytes."""
        return bytes.fromhex(self.said["root"])

    @property
    def node(self) -> str:
        """Fingerprint of the node."""
        return str(self.said["node"])

    def is_sound(self) -> bool:
        """Whether the statement has the right members, and is signed by the node it names."""
        try:
            said = self.said
            sound = (
                set(said) == {"node", "root", "size", "time"}
                and canonical(said) == self.statement
                and self.size >= 0
                and len(self.root) == 32
                and self.node == fingerprint(self.public)
            )
        except (ValueError, TypeError, KeyError, AttributeError):
            return False
        return sound and is_signed(self.public, _HEAD, self.statement.encode(), self.signature)

    def document(self) -> dict[str, Any]:
        """As JSON for others: the parts, and the statement as it was signed."""
        return {
            **self.said,
            "statement": self.statement,
            "public_key": self.public.hex(),
            "signature": self.signature.hex(),
        }


@dataclass(frozen=True, slots=True)
class Countersignature:
    """A witness says that it saw a head, and that the log had only grown since the last one.

    Parameters
    ----------
    statement: canonical JSON of ``head`` (the head's statement), ``time`` and ``witness``.
    public: the witness's public key.
    """

    statement: str
    public: bytes
    signature: bytes

    @property
    def witness(self) -> str:
        """Fingerprint of the witness."""
        return str(json.loads(self.statement)["witness"])

    @property
    def size(self) -> int:
        """Entries the head covers."""
        return int(json.loads(json.loads(self.statement)["head"])["size"])

    def is_sound(self, head: Head) -> bool:
        """Whether it is a witness's signature under this very head."""
        try:
            said = json.loads(self.statement)
            sound = (
                set(said) == {"head", "time", "witness"}
                and canonical(said) == self.statement
                and said["head"] == head.statement
                and said["witness"] == fingerprint(self.public)
            )
        except (ValueError, TypeError, KeyError):
            return False
        return sound and is_signed(self.public, _WITNESS, self.statement.encode(), self.signature)

    def document(self) -> dict[str, Any]:
        """As JSON for others."""
        return {
            "statement": self.statement,
            "public_key": self.public.hex(),
            "signature": self.signature.hex(),
        }


def sign_head(key: NodeKey, size: int, root: bytes, time: str) -> Head:
    """Sign the state of the own log."""
    statement = canonical({"node": key.fingerprint, "root": root.hex(), "size": size, "time": time})
    return Head(statement, key.public, key.sign(_HEAD, statement.encode()))


def countersign(key: NodeKey, head: Head, time: str) -> Countersignature:
    """Sign the head of another node's log, which has been checked."""
    statement = canonical({"head": head.statement, "time": time, "witness": key.fingerprint})
    return Countersignature(statement, key.public, key.sign(_WITNESS, statement.encode()))


def read_head(document: Mapping[str, Any]) -> Head:
    """A head from its JSON; whether it is sound is asked of it next.

    Raises
    ------
    BadRequest: it has not the members of a head.
    """
    try:
        return Head(
            str(document["statement"]),
            bytes.fromhex(document["public_key"]),
            bytes.fromhex(document["signature"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise BadRequest(
            "This is not a signed head of a log.",
            advice="Save one with: interurban audit head --json",
            part="head",
        ) from error


def read_countersignature(document: Mapping[str, Any]) -> Countersignature:
    """A countersignature from its JSON; whether it is sound is asked of it next.

    Raises
    ------
    BadRequest: it has not the members of a countersignature.
    """
    try:
        return Countersignature(
            str(document["statement"]),
            bytes.fromhex(document["public_key"]),
            bytes.fromhex(document["signature"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise BadRequest("This is not a countersignature of a head.", part="head") from error
