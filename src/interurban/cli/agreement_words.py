"""Agreements as the terminal shows them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from rich.text import Text

from .output import screen, show_pairs, show_table

if TYPE_CHECKING:
    from interurban.alliance.agreements import Datasets
    from interurban.alliance.agreements.register import View
    from interurban.core.alliance import Assessment

__all__ = ["note", "show_agreement", "show_next"]


def note(view: View, now: datetime) -> str:
    """What is worth knowing of an agreement in a list."""
    from interurban.alliance.agreements.reminders import is_ending

    found = view.agreement
    notes = []
    if is_ending(found, now):
        notes.append(f"ends in {(found.terms.ends - now).days} days")
    if view.failure:
        notes.append(f"refused: {view.failure}")
    elif view.waits:
        notes.append(f"waits for {view.partner.title}")
    if found.reason:
        notes.append(found.reason)
    return "; ".join(notes)


def show_agreement(view: View, datasets: Datasets, now: datetime) -> None:
    """An agreement in words."""
    from interurban.alliance.agreements import words
    from interurban.alliance.agreements.assessing import why_needed
    from interurban.alliance.agreements.signing import statement
    from interurban.alliance.peers import grouped
    from interurban.policy.audit import fingerprint

    found, terms = view.agreement, view.agreement.terms
    screen.print(Text(terms.title, style="bold"), soft_wrap=True)
    screen.print(Text(words.standing(found, view.partner, now)), soft_wrap=True)
    screen.print()
    assessed = terms.assessment or view.draft
    signed = []
    for role, signature in (("provider", found.provider), ("consumer", found.consumer)):
        if signature is not None:
            said = statement(signature)
            code = grouped(fingerprint(signature.public))
            signed.append((f"{role} signed", f"{said.name}, {said.office}, {said.at}\n{code}"))
    show_pairs(
        [
            ("id", found.id),
            ("partner", f"{view.partner.title} ({view.partner.id}); we are the {found.role}"),
            ("data", "\n".join(f"{datasets.title(each)} ({each})" for each in terms.datasets)),
            ("the consumer may", words.uses(terms)),
            ("conditions", "\n".join(words.conditions(terms))),
            ("in return", "\n".join(words.duty(each) for each in terms.duties)),
            ("who reads", words.readers(terms)),
            ("purpose", f"{words.purpose(terms)} ({terms.purpose})"),
            ("why", terms.why),
            ("legal basis", f"{words.legal_basis(terms)} ({terms.legal_basis})"),
            ("law", terms.law),
            ("data of people", terms.personal_data),
            ("from", words.day(terms.starts)),
            ("until", words.day(terms.ends)),
            ("assessment", _assessed(assessed, why_needed(terms, datasets.is_open))),
            ("version", found.version),
            ("hash of the terms", grouped(found.terms_hash)),
            *signed,
        ]
    )
    screen.print()
    show_table(
        ("step", "state", "who"),
        [(step.at.strftime("%Y-%m-%d %H:%M"), step.state, step.who) for step in view.steps],
    )
    show_next(view)


def _assessed(assessment: Assessment | None, needed: str) -> str:
    if assessment is not None:
        return f"{assessment.residual} risk left, by {assessment.by}"
    return f"needed: {needed}" if needed else "not needed"


def show_next(view: View) -> None:
    """What this side can do now, as commands."""
    from interurban.alliance.agreements.states import next_steps

    found = view.agreement
    commands = {"agree": "sign", "verify": "sign", "terminate": "end", "request": "change"}
    steps = [each for each in next_steps(found.state, found.role) if each.do != "terminate"]
    if not steps:
        return
    screen.print("Next:", style="dim")
    for each in steps:
        command = commands.get(each.do, each.do)
        file = " FILE" if command in ("assess", "change") else ""
        screen.print(
            f"  interurban agreements {command} {found.id[:8]}{file}",
            style="dim",
            markup=False,
            soft_wrap=True,
        )
