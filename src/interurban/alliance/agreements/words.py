"""What was agreed, in the words of a resident; the page, the PDF and the terminal share them."""

from __future__ import annotations

from datetime import datetime

from interurban.core.alliance import Agreement, Peer, Terms
from interurban.core.policy import Duty
from interurban.policy.rights import purposes, wording

from . import legal_bases
from .reminders import is_ending

__all__ = ["conditions", "day", "duty", "legal_basis", "purpose", "readers", "standing", "uses"]

_DUTIES = {
    "attribute": "Name the source",
    "inform": "Tell",
    "delete": "Delete",
    "anonymize": "Make anonymous",
    "obtainConsent": "Ask for consent",
    "reviewPolicy": "Review the rules",
    "compensate": "Pay",
    "include": "Pass on",
    "shareAlike": "Share alike",
}


def uses(terms: Terms) -> str:
    """What the consumer may do: ``read its rows and ask for counts and statistics``."""
    return wording.actions(terms.actions)


def conditions(terms: Terms) -> list[str]:
    """What answers are changed by, and how long copies may be kept; a sentence each."""
    found = [_sentence(wording.obligation(each)) for each in terms.obligations]
    if terms.keep_days is not None:
        days = "1 day" if terms.keep_days == 1 else f"{terms.keep_days} days"
        found.append(f"Copies may be kept for {days}.")
    return found


def duty(one: Duty) -> str:
    """What the consumer does in return."""
    return f"{_DUTIES.get(one.action, one.action)}: {one.words}"


def purpose(terms: Terms) -> str:
    """What for, in a few words."""
    return purposes.in_words(terms.purpose)


def legal_basis(terms: Terms) -> str:
    """By which of the law's reasons, in a few words."""
    return legal_bases.in_words(terms.legal_basis)


def readers(terms: Terms) -> str:
    """Who at the consumer's may read."""
    return wording.joined([wording.party(each) for each in terms.readers], "or")


def day(instant: datetime) -> str:
    """An instant as a date, with its time unless it is midnight where it was written."""
    return wording.day(instant)


def standing(agreement: Agreement, partner: Peer, now: datetime) -> str:
    """How an agreement with a partner stands, as a sentence."""
    terms = agreement.terms
    match agreement.state:
        case "TERMINATED":
            return f"It was ended on {day(agreement.changed_at)}: {agreement.reason}"
        case "FINALIZED" if now < terms.ends and not partner.is_paired:
            return f"It is paused: nothing is exchanged with {partner.title} now."
        case "FINALIZED" if now < terms.starts:
            return f"Both sides have signed; it begins on {day(terms.starts)}."
        case "FINALIZED" if now >= terms.ends:
            return f"It ran until {day(terms.ends)} and is over."
        case "FINALIZED":
            soon = " That is soon." if is_ending(agreement, now) else ""
            return f"It is in force until {day(terms.ends)}.{soon}"
        case _:
            return _WAITING[agreement.state]


_WAITING = {
    "REQUESTED": "The consumer has asked; the provider has to offer terms.",
    "OFFERED": "Terms are offered; the consumer has to accept them, or ask for others.",
    "ACCEPTED": "The consumer has accepted the terms; the provider has to sign.",
    "AGREED": "The provider has signed; the consumer has to sign.",
    "VERIFIED": "Both sides have signed; the provider's node puts it in force.",
}


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}."
