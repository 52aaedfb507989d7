"""What well-known licences let people do, ask of them, and forbid: read from their texts.

A licence is known by its address, so a pack may call it what it likes. What is said here is a
summary for machines and never the licence: the text at the address holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal as OneOf
from urllib.parse import urlsplit

from interurban.core.city import Licence

__all__ = ["DUTIES", "PERMISSIONS", "PROHIBITIONS", "Family", "Terms", "terms_of"]

Family = OneOf["by-sa", "odbl"]

PERMISSIONS: Mapping[str, str] = MappingProxyType(
    {
        "reproduce": "copy it",
        "distribute": "pass it on",
        "derive": "change it and build on it",
        "commercialize": "use it to earn money",
    }
)
DUTIES: Mapping[str, str] = MappingProxyType(
    {
        "attribute": "name the source",
        "link": "name and link the licence",
        "stateChanges": "say that it was changed",
        "keepNotices": "keep its notices",
        "showDisclaimer": "show the publisher's disclaimer",
        "shareAlike": "pass on what is made from it under the same licence",
        "offerDatabase": "offer the database behind what is shown",
    }
)
PROHIBITIONS: Mapping[str, str] = MappingProxyType(
    {
        "implyEndorsement": "suggest that the publisher stands behind it",
        "mislead": "mislead others about it",
        "useLogos": "use the publisher's logos",
        "addTerms": "add terms that narrow what others may do",
        "lockUp": "lock it up by technical means",
    }
)
"""Every term in words, as the second half of a sentence."""


@dataclass(frozen=True, slots=True)
class Terms:
    """One licence as permissions, duties and prohibitions.

    Parameters
    ----------
    name: what it is called in sentences.
    family: of a share-alike licence, which one.
    revocable: whether the publisher may take the permission back.
    """

    name: str
    permissions: frozenset[str]
    duties: frozenset[str] = frozenset()
    prohibitions: frozenset[str] = frozenset()
    family: Family | None = None
    revocable: bool = False


_ALL = frozenset(PERMISSIONS)


def _terms(
    name: str,
    duties: str = "",
    prohibitions: str = "",
    family: Family | None = None,
    *,
    revocable: bool = False,
) -> Terms:
    return Terms(
        name,
        _ALL,
        frozenset(duties.split()),
        frozenset(prohibitions.split()),
        family,
        revocable,
    )


_KNOWN: Mapping[str, Terms] = {
    "creativecommons.org/publicdomain/zero/1.0": _terms("CC0 1.0"),
    "creativecommons.org/licenses/by/4.0": _terms(
        "CC BY 4.0",
        "attribute link stateChanges keepNotices",
        "implyEndorsement addTerms lockUp",
    ),
    "creativecommons.org/licenses/by-sa/4.0": _terms(
        "CC BY-SA 4.0",
        "attribute link stateChanges keepNotices shareAlike",
        "implyEndorsement addTerms lockUp",
        "by-sa",
    ),
    "opendatacommons.org/licenses/odbl/1-0": _terms(
        "ODbL 1.0", "attribute link keepNotices shareAlike offerDatabase", "addTerms lockUp", "odbl"
    ),
    "opendatacommons.org/licenses/by/1-0": _terms("ODC-By 1.0", "attribute link keepNotices"),
    "opendatacommons.org/licenses/pddl/1-0": _terms("PDDL 1.0"),
    "nationalarchives.gov.uk/doc/open-government-licence/version/3": _terms(
        "OGL v3.0", "attribute link", "implyEndorsement mislead useLogos"
    ),
    "nationalarchives.gov.uk/doc/open-government-licence/version/2": _terms(
        "OGL v2.0", "attribute link", "implyEndorsement mislead useLogos"
    ),
    "tfl.gov.uk/corporate/terms-and-conditions/transport-data-service": _terms(
        "TfL's open data licence", "attribute link", "implyEndorsement mislead useLogos"
    ),
    "chicago.gov/city/en/narr/foia/data_disclaimer.html": _terms(
        "the City of Chicago's terms of use",
        "attribute stateChanges showDisclaimer",
        "implyEndorsement useLogos",
        revocable=True,
    ),
    "transitchicago.com/developers/terms": _terms(
        "CTA's developer licence", "attribute", "implyEndorsement useLogos", revocable=True
    ),
    "opensource.org/license/mit": _terms("the MIT licence", "keepNotices"),
}


def terms_of(licence: Licence) -> Terms | None:
    """What a licence says; ``None`` where it is not known, or nothing was stated."""
    address = urlsplit(licence.url)
    place = address.netloc.lower().removeprefix("www.") + address.path.rstrip("/")
    place = place.removesuffix("/legalcode").removesuffix("/deed.en")
    return _KNOWN.get(place.replace("opensource.org/licenses/", "opensource.org/license/"))
