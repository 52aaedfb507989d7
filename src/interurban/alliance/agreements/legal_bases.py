"""The law's reasons why data may be shared: the legal bases of the Data Privacy Vocabulary 2.1.

The names that people know from the law are understood as well (``public task``, ``consent``), and
are kept as the term they stand for.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from interurban.policy.rights.purposes import PREFIX
from interurban.standards.spelling import did_you_mean

__all__ = ["LEGAL_BASES", "in_words", "nearest", "term_of"]

LEGAL_BASES: Mapping[str, str] = MappingProxyType(
    {
        PREFIX + term: words
        for term, words in {
            "Consent": "the people concerned have consented",
            "Contract": "a contract",
            "ContractPerformance": "a contract has to be carried out",
            "EnterIntoContract": "a contract is to be made",
            "DataTransferLegalBasis": "a basis that the law knows for sending data abroad",
            "LegalObligation": "a law demands it",
            "LegitimateInterest": "a legitimate interest",
            "LegitimateInterestOfController": "a legitimate interest of whoever holds the data",
            "LegitimateInterestOfDataSubject": "a legitimate interest of the people concerned",
            "LegitimateInterestOfThirdParty": "a legitimate interest of somebody else",
            "OfficialAuthorityOfController": "the official authority of whoever holds the data",
            "PublicInterest": "a task in the public interest",
            "VitalInterest": "somebody's life or health",
            "VitalInterestOfDataSubject": "life or health of the people concerned",
            "VitalInterestOfNaturalPerson": "life or health of a person",
        }.items()
    }
)
"""Each term with what it says, in words that complete "It is shared because of ..."."""

_NAMES_IN_LAW = {
    "contract": "Contract",
    "legal obligation": "LegalObligation",
    "legitimate interests": "LegitimateInterest",
    "official authority": "OfficialAuthorityOfController",
    # What the ICO calls Article 6(1)(e) of the UK GDPR.
    "public task": "PublicInterest",
    "vital interests": "VitalInterest",
}


def term_of(written: str) -> str | None:
    """The term that somebody wrote, be it by its name in law; ``None`` where it is none."""
    if written in LEGAL_BASES:
        return written
    folded = _folded(written)
    names = {_folded(name): PREFIX + term for name, term in _NAMES_IN_LAW.items()}
    terms = {_folded(term): term for term in LEGAL_BASES}
    return terms.get(folded) or names.get(folded)


def in_words(term: str) -> str:
    """A legal basis as a resident reads it."""
    return LEGAL_BASES.get(term, term)


def nearest(written: str) -> str:
    """A sentence that says which legal basis may have been meant."""
    term = written if written.startswith(PREFIX) else PREFIX + written
    return did_you_mean(
        term,
        LEGAL_BASES,
        otherwise=f"Legal bases are {', '.join(LEGAL_BASES)}.",
    )


def _folded(written: str) -> str:
    return written.removeprefix(PREFIX).replace(" ", "").casefold()
