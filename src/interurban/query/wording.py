"""Words as they are compared: case, accents, plurals and British or American spelling aside."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

__all__ = ["FILLERS", "folded"]

_WORD = re.compile(r"[^\W_]+")
_POSSESSIVE = re.compile(r"['’]s?\b")

_AMERICAN: Mapping[str, str] = MappingProxyType(
    {
        "licence": "license",
        "offence": "offense",
        "neighbour": "neighbor",
        "neighbourhood": "neighborhood",
        "centre": "center",
        "theatre": "theater",
        "harbour": "harbor",
        "colour": "color",
        "behaviour": "behavior",
        "labour": "labor",
        "organisation": "organization",
        "kerb": "curb",
        "grey": "gray",
        "programme": "program",
        "cheque": "check",
        "tyre": "tire",
        "defence": "defense",
        "enrolment": "enrollment",
    }
)

FILLERS = frozenset(
    "show me find list get give see map all any every the a an of for with in at on and by to is "
    "are was were be there please about that which where what how many much".split()
)
"""Words that add nothing to a search line."""


@lru_cache(maxsize=50_000)
def folded(text: str) -> str:
    """The words of a text, folded and joined by blanks; empty when it has none."""
    plain = unicodedata.normalize("NFKD", _POSSESSIVE.sub("", text.casefold()))
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    singular = (_singular(word) for word in _WORD.findall(plain))
    return " ".join(_AMERICAN.get(word, word) for word in singular)


def _singular(word: str) -> str:
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith(("sses", "xes", "ches", "shes", "zzes")):
        return word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word
