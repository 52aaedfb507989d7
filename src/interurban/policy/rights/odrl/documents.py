"""ODRL documents to RDF graphs: Turtle and JSON-LD. Nothing is ever fetched.

The JSON-LD context of ODRL is known here by its address, as a mapping of our own to the same
terms. A document that names any other remote context is refused.
"""

from __future__ import annotations

import json
from typing import Any

from rdflib import Graph

from interurban.core.errors import InvalidInput

from .vocabulary import CC, DCT, ODRL, SKOS

__all__ = ["CONTEXT", "CONTEXT_URL", "read_json_ld", "read_turtle"]

CONTEXT_URL = "http://www.w3.org/ns/odrl.jsonld"
_ADDRESSES = {CONTEXT_URL, "https://www.w3.org/ns/odrl.jsonld"}
_BASE = "urn:interurban:document:"
"""What relative names are relative to; without it, a folder of this machine would be."""
_LONGEST = 5_000_000
_DEEPEST = 60

_NODES = """permission prohibition obligation duty remedy consequence failure constraint refinement
    target output assigner assignee informedParty attributedParty compensatedParty source partOf
    hasPolicy inheritFrom profile and or xone rightOperandReference uid""".split()
_TERMS = "action leftOperand operator conflict includedIn implies".split()

CONTEXT: dict[str, Any] = {
    "@vocab": str(ODRL),
    "odrl": str(ODRL),
    "cc": str(CC),
    "dct": str(DCT),
    "skos": str(SKOS),
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    **{name: {"@id": f"odrl:{name}", "@type": "@id"} for name in _NODES},
    **{name: {"@id": f"odrl:{name}", "@type": "@vocab"} for name in _TERMS},
    "andSequence": {"@id": "odrl:andSequence", "@type": "@id", "@container": "@list"},
    "unit": {"@id": "odrl:unit", "@type": "@id"},
    "dataType": {"@id": "odrl:dataType", "@type": "@id"},
}
"""The terms of ODRL 2.2 that policies are written with."""


def read_turtle(text: str) -> Graph:
    """The graph of a Turtle document.

    Raises
    ------
    InvalidInput: it is too long, or is not Turtle.
    """
    _check_length(text)
    try:
        return Graph().parse(data=text, format="turtle", publicID=_BASE)
    except Exception as error:  # noqa: BLE001 - the parser raises whatever it stumbles over
        raise InvalidInput(
            f"The policy is not Turtle: {_first_line(error)}.", advice="Mend it, or send JSON-LD."
        ) from None


def read_json_ld(text: str) -> Graph:
    """The graph of a JSON-LD document.

    Raises
    ------
    InvalidInput: it is too long, is not JSON-LD, or needs a context that would have to be fetched.
    """
    _check_length(text)
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        raise InvalidInput(
            f"The policy is not JSON: {error.msg} at line {error.lineno}.", advice="Mend it."
        ) from None
    except (RecursionError, ValueError) as error:
        raise InvalidInput(
            f"The policy is not JSON: {_first_line(error)}.", advice="Mend it."
        ) from None
    known = json.dumps(_with_known_contexts(document, 0))
    try:
        return Graph().parse(data=known, format="json-ld", publicID=_BASE)
    except Exception as error:  # noqa: BLE001 - the parser raises whatever it stumbles over
        raise InvalidInput(
            f"The policy is not JSON-LD: {_first_line(error)}.", advice="Mend it, or send Turtle."
        ) from None


def _with_known_contexts(value: Any, depth: int) -> Any:
    """The same document with the context of ODRL written out, and no other address in it.

    A context can stand at any depth, in a context too; wherever one is, no text is left in its
    place, so that there is nothing to fetch.
    """
    if depth > _DEEPEST:
        raise InvalidInput("The policy is nested too deep.", advice="Flatten it.")
    if isinstance(value, list):
        return [_with_known_contexts(each, depth + 1) for each in value]
    if not isinstance(value, dict):
        return value
    if "@import" in value:
        raise InvalidInput("The policy imports a context.", advice="Write it out.")
    return {
        key: _context(each, depth + 1)
        if key == "@context"
        else _with_known_contexts(each, depth + 1)
        for key, each in value.items()
    }


def _context(value: Any, depth: int) -> Any:
    if isinstance(value, list):
        return [_context(each, depth + 1) for each in value]
    if not isinstance(value, str):
        return _with_known_contexts(value, depth)
    if value not in _ADDRESSES:
        raise InvalidInput(
            f"The policy leans on {value[:200]!r}, which is not fetched.",
            advice=f"Write that context out; {CONTEXT_URL} is known.",
        )
    return CONTEXT


def _check_length(text: str) -> None:
    if len(text) > _LONGEST:
        raise InvalidInput(
            f"The policy is longer than {_LONGEST:,} characters.", advice="Split it."
        )


def _first_line(error: Exception) -> str:
    said = next(iter(str(error).strip().splitlines()), type(error).__name__)
    return said[:200].rstrip(".:")
