"""An entry of the log: what is written down for good, and what is only known by a salted hash.

An entry is canonical JSON. In the open stand its kind, what was done, the dataset, the time, and
facts that are numbers or ids. Who did it, and every detail in words, stand as HMAC-SHA-256 under
a salt of their own. Salt and value are *particulars*, kept beside the log: whoever holds them can
show that they belong to the entry, and once they are deleted nobody can tell any more what the
hash was of, while the entry and all that follows it stay provable.
"""

from __future__ import annotations

import hmac
import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any

__all__ = ["KINDS", "WHO", "Event", "Particular", "canonical", "hash_particular", "write"]

KINDS: Mapping[str, str] = MappingProxyType(
    {
        "snapshot": "a version of a dataset was stored",
        "upkeep": "old versions were forgotten, or files joined",
        "policy": "the rules on a dataset changed",
        "release": "a form of a dataset was made for some readers",
        "run": "a run of a model came to its end",
        "privacy-spend": "privacy budget was spent on an answer",
        "agreement": "an agreement changed its state",
        "account": "an account, a group or a token was administered",
        "personal-data": "a finding of personal data was made or signed off",
        "backup": "a backup was made or restored",
        "peer": "a partner was added, paired, frozen, removed, or refused",
        "question": "a partner asked for data, so often in a minute",
        "witness": "the log of a partner was witnessed, or refused",
        "erasure": "the particulars of an entry were deleted",
    }
)
"""Kinds of entries, and what each says."""

WHO = "who"
"""Name of the particular that says who did it."""

_SALT_BYTES = 16
_WHAT = re.compile(r"[a-z][a-z -]{0,79}")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_ID = re.compile(r"[a-z0-9._:+-]{0,128}")
_DATASET = re.compile(r"[a-z0-9_]{1,64}\.[a-z0-9_]{1,64}")


@dataclass(frozen=True, slots=True)
class Event:
    """Something to be recorded.

    Parameters
    ----------
    kind: one of ``KINDS``.
    what: what was done, in a few lower-case words of the program's own (``signed off``).
    dataset: the dataset it was done to, if any.
    who: who did it; only its salted hash stands in the entry.
    facts: whole numbers, and ids or hashes in lower case, which stand in the open.
    details: anything else that JSON can say; only salted hashes stand in the entry.

    Raises
    ------
    ValueError: a defect of the caller: an unknown kind, or words where only ids may stand.
    """

    kind: str
    what: str
    dataset: str | None = None
    who: str = ""
    facts: Mapping[str, int | str] = field(default_factory=lambda: MappingProxyType({}))
    details: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"there is no kind of entry {self.kind!r}")
        if not _WHAT.fullmatch(self.what):
            raise ValueError(f"what is not a few plain words: {self.what!r}")
        if self.dataset is not None and not _DATASET.fullmatch(self.dataset):
            raise ValueError(f"not an id of a dataset: {self.dataset!r}")
        for name, value in self.facts.items():
            said = isinstance(value, str) and _ID.fullmatch(value)
            if not _NAME.fullmatch(name) or not (said or type(value) is int):
                raise ValueError(f"not a fact that may stand in the open: {name}={value!r}")
        for name in self.details:
            if not _NAME.fullmatch(name) or name == WHO:
                raise ValueError(f"not a name of a detail: {name!r}")


@dataclass(frozen=True, slots=True)
class Particular:
    """What an entry has only the salted hash of: ``who``, or a detail; ``value`` is JSON text."""

    name: str
    salt: bytes
    value: str


def write(event: Event, at: datetime) -> tuple[str, list[Particular]]:
    """The entry of an event as canonical JSON, and the particulars that are kept beside it.

    Parameters
    ----------
    at: aware.
    """
    private = {WHO: event.who} if event.who else {}
    private |= dict(event.details)
    particulars = [
        Particular(name, secrets.token_bytes(_SALT_BYTES), canonical(value))
        for name, value in private.items()
    ]
    hashes = {p.name: hash_particular(p) for p in particulars}
    document: dict[str, Any] = {
        "at": at.isoformat(timespec="milliseconds"),
        "kind": event.kind,
        "what": event.what,
    }
    if event.dataset is not None:
        document["dataset"] = event.dataset
    if event.facts:
        document["facts"] = dict(event.facts)
    if hashes:
        document["hashed"] = hashes
    return canonical(document), particulars


def hash_particular(particular: Particular) -> str:
    """HMAC-SHA-256 under the salt over the JSON ``[name, value]``, hex."""
    message = f"[{canonical(particular.name)},{particular.value}]".encode()
    return hmac.new(particular.salt, message, "sha256").hexdigest()


def canonical(value: Any) -> str:
    """JSON with sorted keys and no blanks: the same value is always the same text."""
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )
