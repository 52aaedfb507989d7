"""What data is asked for: the purposes of the Data Privacy Vocabulary, and how they nest.

``dpv_purposes.tsv`` holds the purposes of DPV 2.1 with their broader terms, and names its source
and licence. A purpose may have several broader ones, so the tree is a graph without cycles.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import MappingProxyType

from interurban.standards.spelling import did_you_mean

__all__ = [
    "DPV",
    "PREFIX",
    "PUBLIC",
    "Purpose",
    "broader",
    "covers",
    "in_words",
    "is_known",
    "nearest",
    "purposes",
]

DPV = "https://w3id.org/dpv#"
PREFIX = "dpv:"

PUBLIC = "public"
"""Of a reader who states no purpose; it is no term of the vocabulary, and is part of none."""


@dataclass(frozen=True, slots=True)
class Purpose:
    """One term, as policies write it (``dpv:PublicBenefit``), and the terms it is a kind of."""

    term: str
    label: str
    broader: tuple[str, ...]
    definition: str = ""


@cache
def purposes() -> Mapping[str, Purpose]:
    """Every purpose by its term."""
    text = (resources.files(__package__) / "dpv_purposes.tsv").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in text.splitlines() if not line.startswith("#"))
    found = {}
    for name, label, above, definition in rows:
        broader_terms = tuple(PREFIX + each for each in above.split())
        found[PREFIX + name] = Purpose(PREFIX + name, label, broader_terms, definition)
    return MappingProxyType(found)


def is_known(purpose: str) -> bool:
    """Whether a reader may state it: a term of the vocabulary, or none."""
    return purpose == PUBLIC or purpose in purposes()


@cache
def broader(purpose: str) -> frozenset[str]:
    """The purpose itself and everything it is a kind of, at any distance."""
    found = {purpose}
    waiting = [purpose]
    while waiting:
        known = purposes().get(waiting.pop())
        for term in known.broader if known is not None else ():
            if term not in found:
                found.add(term)
                waiting.append(term)
    return frozenset(found)


def covers(allowed: Iterable[str], purpose: str) -> bool:
    """Whether a purpose is one of these, or a kind of one of them."""
    return not broader(purpose).isdisjoint(allowed)


def in_words(purpose: str) -> str:
    """A purpose as a resident reads it: ``public benefit``."""
    known = purposes().get(purpose)
    if known is None:
        return purpose
    words = known.label.split(" ")
    return " ".join(word if word.isupper() else word.lower() for word in words)


def nearest(purpose: str) -> str:
    """A sentence that says which known purpose may have been meant."""
    term = purpose if purpose.startswith(PREFIX) else PREFIX + purpose
    return did_you_mean(
        term,
        purposes(),
        otherwise="Purposes are terms of the Data Privacy Vocabulary, as dpv:PublicBenefit.",
    )
