"""The node's own key: Ed25519, made when it is first needed, and never shown.

The key lies in ``<home>/keys/node.pem``, readable by its owner alone. A node is known to others
by the fingerprint of its public key. Everything that is signed says first what it is, so that a
signature under one kind of statement can never be passed off as one under another.
"""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from interurban.core.errors import StoreError

__all__ = ["NodeKey", "fingerprint", "is_signed", "node_key", "public_pem"]


@dataclass(frozen=True, slots=True)
class NodeKey:
    """The key of this node; ``public`` is its public half, 32 bytes."""

    public: bytes
    _private: Ed25519PrivateKey = field(repr=False)

    @property
    def fingerprint(self) -> str:
        """By which others know this node."""
        return fingerprint(self.public)

    def sign(self, kind: str, statement: bytes) -> bytes:
        """The signature (64 bytes) under a statement of a kind (``audit head``)."""
        return self._private.sign(_said(kind, statement))


def node_key(home: Path) -> NodeKey:
    """The key of a node, made now if there is none.

    Parameters
    ----------
    home: the data folder.

    Raises
    ------
    StoreError: it can't be read or made, or others may read it.
    """
    path = home / "keys" / "node.pem"
    try:
        if not path.exists():
            _make(path)
        if os.name == "posix" and path.stat().st_mode & 0o077:
            raise StoreError(
                "The node's key can be read by others than its owner.",
                advice=f"Make it private again: chmod 600 {path}",
            )
        private = load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError) as error:
        raise StoreError(
            f"The node's key can't be used: {type(error).__name__}.",
            advice=f"Put {path} back from a backup; signatures of another key are not this node's.",
        ) from error
    if not isinstance(private, Ed25519PrivateKey):
        raise StoreError(
            "The node's key is not of the kind Ed25519.",
            advice=f"Put {path} back from a backup.",
        )
    return NodeKey(private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw), private)


def fingerprint(public: bytes) -> str:
    """The first 20 bytes of the SHA-256 of a public key, hex."""
    return sha256(public).hexdigest()[:40]


def public_pem(public: bytes) -> str:
    """A public key as PEM, as other programs read it."""
    key = Ed25519PublicKey.from_public_bytes(public)
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def is_signed(public: bytes, kind: str, statement: bytes, signature: bytes) -> bool:
    """Whether a signature is of this key, under this statement of this kind."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, _said(kind, statement))
    except (InvalidSignature, ValueError):
        return False
    return True


def _said(kind: str, statement: bytes) -> bytes:
    return f"interurban {kind} v1\n".encode() + statement


def _make(path: Path) -> None:
    """Make a key; of several processes that do so at once, the first one's stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.parent.chmod(0o700)
    pem = Ed25519PrivateKey.generate().private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    aside = path.with_name(f".node-{secrets.token_hex(8)}")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(pem)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(aside, path)
        except FileExistsError:
            return
    finally:
        aside.unlink(missing_ok=True)
