"""An agreement as the API has it, and what is shared with whom, for residents."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from interurban.core.alliance import Signature
from interurban.policy.audit import fingerprint

from . import states, words
from .assessing import why_needed
from .register import View
from .reminders import is_ending
from .signing import signature_document, statement
from .writing import assessment_document, document_of

__all__ = ["agreement_document", "sharing_documents", "signed_document"]

_A_DAY = timedelta(days=1)


def agreement_document(
    view: View,
    now: datetime,
    is_open: Callable[[str], bool] | None = None,
    *,
    acts: bool,
) -> dict[str, Any]:
    """An agreement with everything about it.

    Parameters
    ----------
    is_open: whether anybody may do anything with a dataset of this node.
    acts: whether whoever reads it may take the next step, and sees what only administrators see.
    """
    found = view.agreement
    signatures = {"provider": found.provider, "consumer": found.consumer}
    document: dict[str, Any] = {
        "id": found.id,
        "peer": {"id": view.partner.id, "title": view.partner.title},
        "role": found.role,
        "state": found.state,
        "standing": words.standing(found, view.partner, now),
        "version": found.version,
        "terms": document_of(found.terms) | {"conditions": words.conditions(found.terms)},
        "in_words": {
            "uses": words.uses(found.terms),
            "purpose": words.purpose(found.terms),
            "legal_basis": words.legal_basis(found.terms),
            "readers": words.readers(found.terms),
            "duties": [words.duty(each) for each in found.terms.duties],
        },
        "terms_hash": found.terms_hash,
        "created_at": _instant(found.created_at),
        "changed_at": _instant(found.changed_at),
        "in_force": found.is_in_force(now) and view.partner.is_paired,
        "expires_in_days": math.floor((found.terms.ends - now) / _A_DAY),
        "ends_soon": is_ending(found, now),
        "signatures": {
            role: None if signature is None else signed_document(signature)
            for role, signature in signatures.items()
        },
        "reason": found.reason,
        "steps": [
            {
                "number": step.number,
                "state": step.state,
                "role": step.role,
                "at": _instant(step.at),
                "who": step.who,
            }
            for step in view.steps
        ],
        "next": [],
    }
    if acts:
        follows = states.next_steps(found.state, found.role)
        draft = view.draft
        needed = "" if is_open is None else why_needed(found.terms, is_open)
        document["next"] = [{"do": each.do, "label": each.label} for each in follows]
        document["assessment_needed"] = needed
        document["assessment_draft"] = None if draft is None else assessment_document(draft)
        document["waits"] = view.waits
        document["failure"] = view.failure
    return document


def signed_document(signature: Signature) -> dict[str, Any]:
    """A signature with what it says, and all that is needed to check it."""
    said = statement(signature)
    return {
        "by": f"{said.name}, {said.office}",
        "at": said.at,
        "fingerprint": fingerprint(signature.public),
        **signature_document(signature),
    }


def sharing_documents(
    views: Iterable[View], now: datetime, title: Callable[[str], str]
) -> list[dict[str, Any]]:
    """What is shared with whom, or was: what never came into force is left out.

    Parameters
    ----------
    title: what people call a dataset.
    """
    found = [view for view in views if view.was_in_force]
    order = {"in force": 0, "paused": 1, "begins later": 2, "ended": 3}
    documents = [_shared(view, now, title) for view in found]
    return sorted(documents, key=lambda each: order[each["state"]])


def _shared(view: View, now: datetime, title: Callable[[str], str]) -> dict[str, Any]:
    found, terms = view.agreement, view.agreement.terms
    began = next(step.at for step in view.steps if step.state == "FINALIZED")
    ended = min(found.changed_at, terms.ends) if states.is_over(found.state) else terms.ends
    gives = found.role == "provider"
    uses, readers = words.uses(terms), words.readers(terms)
    return {
        "direction": "given" if gives else "received",
        "partner": view.partner.title,
        "datasets": [{"id": each, "title": title(each)} for each in terms.datasets],
        "what": [
            f"{view.partner.title if gives else 'This city'} may {uses}.",
            *words.conditions(terms),
            f"Who reads {'there' if gives else 'here'}: {readers}.",
            *(f"{words.duty(each).rstrip('.')}." for each in terms.duties),
        ],
        "why": terms.why,
        "purpose": words.purpose(terms),
        "legal_basis": words.legal_basis(terms),
        "law": terms.law,
        "since": _instant(max(began, terms.starts)),
        "until": _instant(ended),
        "state": _state(view, now),
        "reason": found.reason,
        "agreement": found.id,
    }


def _state(view: View, now: datetime) -> str:
    found = view.agreement
    if states.is_over(found.state) or now >= found.terms.ends:
        return "ended"
    if not view.partner.is_paired:
        return "paused"
    return "begins later" if now < found.terms.starts else "in force"


def _instant(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")
