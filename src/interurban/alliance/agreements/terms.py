"""Terms as they are read: as people write them, in YAML, and as nodes exchange them, in JSON.

::

    title: Food inspections for joint research
    datasets: [chicago.food_inspections]
    actions: [read, aggregate]
    purpose: dpv:PublicBenefit
    why: To learn from each other which kitchens to visit first.
    legal_basis: dpv:PublicInterest
    law: Municipal Code of Chicago 2-36
    from: 2026-12-01
    until: 2027-12-01
    with:
      - without: [address]
    duties:
      - attribute: City of Chicago
    readers: [group:food-safety]
    contacts: {provider: data@chicago.example, consumer: data@london.example}

``with`` and ``duties`` are those of policies. A document that was read from JSON may name its keys
as :class:`~interurban.core.alliance.Terms` does: ``starts``, ``ends`` and ``obligations``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from typing import Literal, cast

import yaml

from interurban.core.alliance import Assessment, Terms
from interurban.core.errors import BadRequest, ConfigurationError
from interurban.core.policy import ACTIONS, Duty, Masked, Obligation
from interurban.policy.rights import purposes
from interurban.policy.rights.rules import (
    PARTY,
    Known,
    actions_of,
    duties_of,
    instant_of,
    obligations_of,
)
from interurban.standards.spelling import did_you_mean
from interurban.standards.yaml_file import Section, read_yaml_text

from . import legal_bases
from .writing import AS_WRITTEN, ASSESSMENT, SIDES, canonical_terms, document_of

__all__ = [
    "assessment_of",
    "assessment_of_document",
    "checked",
    "datasets_named",
    "terms_of",
    "terms_of_document",
    "terms_of_text",
]

_MEMBERS = (
    *("title", "datasets", "actions", "purpose", "why", "legal_basis", "law"),
    *("starts", "ends", "personal_data", "obligations", "duties", "readers"),
    *("keep_days", "remind_days", "contacts", "assessment"),
)
_RESIDUAL = ("low", "medium", "high")

_DATASET = re.compile(r"[a-z][a-z0-9_]{0,63}\.[a-z][a-z0-9_]{0,63}")
_LINE, _PASSAGE = 200, 10_000
_MOST = 50
_LONGEST_YEARS = 10
_MOST_DAYS = 3650
_LONGEST = 64 * 1024
_NOTHING_KNOWN = Known()


def terms_of_text(text: str, shown: str, known: Known = _NOTHING_KNOWN) -> Terms:
    """The terms of a YAML or JSON text.

    Parameters
    ----------
    shown: the file's name as messages give it.
    known: fields, and the zone whose midnight a date means.

    Raises
    ------
    ConfigurationError: with the file, the line and the key.
    """
    return terms_of(read_yaml_text(text, shown), known)


def datasets_named(text: str, shown: str) -> tuple[str, ...]:
    """The datasets that a text of terms names; the first one's city has the zone of its dates.

    Raises
    ------
    ConfigurationError: the text can't be read.
    """
    return read_yaml_text(text, shown).texts("datasets")


def terms_of_document(document: object, known: Known = _NOTHING_KNOWN) -> Terms:
    """The terms of a document that was read from JSON.

    Raises
    ------
    BadRequest: they can't be; ``part`` is the key.
    """
    try:
        return terms_of(_section(document), known, by_member=True)
    except ConfigurationError as error:
        raise BadRequest(error.what, advice=error.advice, part=error.part) from error


def checked(terms: Terms) -> Terms:
    """Terms that a program made, as a partner will read them.

    Raises
    ------
    BadRequest: they can't be; ``part`` is the key.
    """
    return terms_of_document(document_of(terms))


def terms_of(section: Section, known: Known = _NOTHING_KNOWN, *, by_member: bool = False) -> Terms:
    """The terms whose keys stand in a section.

    Parameters
    ----------
    by_member: what is missing is told by its name in JSON (``starts``), not in YAML (``from``).

    Raises
    ------
    ConfigurationError: with the file, the line and the key.
    """
    section.allow((*_MEMBERS, *AS_WRITTEN.values()))
    keys = {member: _key(section, member, by_member=by_member) for member in AS_WRITTEN}
    title = _text(section, "title", _LINE)
    starts = _instant(section, keys["starts"], known.zone)
    ends = _instant(section, keys["ends"], known.zone)
    if starts >= ends:
        raise section.wrong("they end before they begin.", keys["ends"], "Swap the two.")
    if (ends - starts).days > 366 * _LONGEST_YEARS:
        raise section.wrong(
            f"an agreement lasts {_LONGEST_YEARS} years at most.", keys["ends"], "End it earlier."
        )
    named = frozenset(actions_of(section, "actions"))
    terms = Terms(
        title=title,
        datasets=_datasets(section),
        actions=tuple(each for each in ACTIONS if each in named),
        purpose=_purpose(section),
        why=_text(section, "why", _PASSAGE),
        legal_basis=_legal_basis(section),
        law=_text(section, "law", _PASSAGE),
        starts=starts,
        ends=ends,
        personal_data=section.flag("personal_data"),
        obligations=_obligations(section, keys["obligations"], known),
        duties=_duties(section),
        readers=_readers(section),
        keep_days=None if _is_blank(section, "keep_days") else _days(section, "keep_days"),
        remind_days=_days(section, "remind_days") if "remind_days" in section else 30,
        contacts=_contacts(section),
        assessment=_assessment(section, known.zone),
    )
    if len(canonical_terms(terms)) > _LONGEST:
        raise section.wrong(f"terms are {_LONGEST} characters at most.", "", "Shorten the texts.")
    return terms


def assessment_of(
    section: Section, zone: tzinfo = UTC, by: str = "", at: datetime | None = None
) -> Assessment:
    """The impact assessment whose keys stand in a section.

    Parameters
    ----------
    zone: whose midnight a date means.
    by, at: who made it and when, where it does not say.

    Raises
    ------
    ConfigurationError: with the file, the line and the key.
    """
    section.allow(ASSESSMENT)
    said = instant_of(section, "at", zone) or at
    if said is None:
        raise section.wrong("this key is missing.", "at", "Say when it was made, as 2026-12-01.")
    return Assessment(
        description=_text(section, "description", _PASSAGE),
        necessity=_text(section, "necessity", _PASSAGE),
        risks=_text(section, "risks", _PASSAGE),
        measures=_text(section, "measures", _PASSAGE),
        residual=cast("Literal['low', 'medium', 'high']", section.choice("residual", _RESIDUAL)),
        by=_text(section, "by", _LINE, by or None),
        at=said,
    )


def assessment_of_document(document: object, by: str, at: datetime) -> Assessment:
    """An impact assessment that was read from JSON; ``by`` and ``at`` where it does not say.

    Raises
    ------
    BadRequest: it can't be one; ``part`` is the key.
    """
    try:
        return assessment_of(_section(document), UTC, by, at)
    except ConfigurationError as error:
        raise BadRequest(error.what, advice=error.advice, part=error.part) from error


def _section(document: object) -> Section:
    """A document as the reader of files has it; it is written as YAML, so that types stay."""
    if not isinstance(document, Mapping):
        raise ConfigurationError("they must be a list of keys.")
    try:
        # Measured first: writing YAML takes a thousand times as long.
        if len(json.dumps(document, default=str)) > 2 * _LONGEST:
            raise ConfigurationError("they are too long.", advice="Shorten the texts.")
        text = yaml.safe_dump(dict(document), allow_unicode=True)
    except (yaml.YAMLError, ValueError, TypeError, RecursionError) as error:
        raise ConfigurationError("they hold something that is no plain value.") from error
    return read_yaml_text(text, "")


def _key(section: Section, member: str, *, by_member: bool) -> str:
    """The key under which a member stands here, or would stand."""
    written = AS_WRITTEN[member]
    if written in section and member in section:
        raise section.wrong(f"this says the same as {written}.", member, "Keep one of the two.")
    if by_member:
        return written if written in section else member
    return member if member in section else written


def _is_blank(section: Section, key: str) -> bool:
    return key not in section or section.options(set(section) - {key})[key] is None


def _text(section: Section, key: str, longest: int, default: str | None = None) -> str:
    text = section.text(key, default)
    if len(text) > longest:
        raise section.wrong(f"this is {longest} characters at most.", key, "Shorten it.")
    odd = next((each for each in text if not (each.isprintable() or each == "\n")), None)
    if odd is not None:
        raise section.wrong(f"the character U+{ord(odd):04X} can't stand here.", key)
    return text


def _instant(section: Section, key: str, zone: tzinfo) -> datetime:
    found = instant_of(section, key, zone)
    if found is None:
        raise section.wrong("this key is missing.", key, "Write a date, as 2026-12-01.")
    return found


def _datasets(section: Section) -> tuple[str, ...]:
    found = _few(section, "datasets", section.texts("datasets"))
    if not found:
        raise section.wrong("terms are about datasets.", "datasets", "Name at least one.")
    for each in found:
        if not _DATASET.fullmatch(each):
            raise section.wrong(
                f'"{each}" is no id of a dataset.', "datasets", "Write it as chicago.crimes."
            )
    return tuple(dict.fromkeys(found))


def _few(section: Section, key: str, found: tuple[str, ...]) -> tuple[str, ...]:
    if len(found) > _MOST:
        raise section.wrong(f"there are {_MOST} at most.", key, "Make several agreements.")
    return found


def _purpose(section: Section) -> str:
    found = section.text("purpose")
    if found not in purposes.purposes():
        raise section.wrong(f'"{found}" is no known purpose.', "purpose", purposes.nearest(found))
    return found


def _legal_basis(section: Section) -> str:
    written = section.text("legal_basis")
    found = legal_bases.term_of(written)
    if found is None:
        raise section.wrong(
            f'"{written}" is no known legal basis.', "legal_basis", legal_bases.nearest(written)
        )
    return found


def _obligations(section: Section, key: str, known: Known) -> tuple[Obligation, ...]:
    found = obligations_of(section, key, known)
    if len(found) > _MOST:
        raise section.wrong(f"there are {_MOST} at most.", key)
    for each in found:
        if isinstance(each, Masked) and not isinstance(each.value, str | int | float | None):
            raise section.wrong(
                "in terms, a masked field is a text, a number, true, false or blank.",
                key,
                "Take value away, so that it is blank.",
            )
    return found


def _duties(section: Section) -> tuple[Duty, ...]:
    found = duties_of(section, "duties")
    if len(found) > _MOST:
        raise section.wrong(f"there are {_MOST} at most.", "duties")
    return found


def _readers(section: Section) -> tuple[str, ...]:
    found = section.texts("readers") if "readers" in section else ("signed-in",)
    for each in _few(section, "readers", found):
        kind = each.partition(":")[0]
        if not PARTY.fullmatch(each) or kind not in ("signed-in", "group", "organisation"):
            raise section.wrong(
                f'"{each}" can\'t be who reads.',
                "readers",
                did_you_mean(each, ("signed-in",))
                or "Write signed-in, or group: or organisation: with an id.",
            )
    if not found:
        raise section.wrong("this list is empty.", "readers", "Take the key away.")
    return tuple(dict.fromkeys(found))


def _days(section: Section, key: str) -> int:
    found = section.whole(key)
    if found > _MOST_DAYS:
        raise section.wrong(f"there are {_MOST_DAYS} days at most.", key)
    return found


def _contacts(section: Section) -> tuple[str, str]:
    if "contacts" not in section:
        return ("", "")
    if section.is_list("contacts"):
        listed = section.options(set(section) - {"contacts"})["contacts"]
        if len(listed) != len(SIDES) or not all(isinstance(each, str) for each in listed):
            raise section.wrong("this is the provider's and the consumer's.", "contacts")
        given = yaml.safe_dump(dict(zip(SIDES, listed, strict=True)), allow_unicode=True)
        inner = read_yaml_text(given, section.file)
    else:
        found = section.section("contacts")
        assert found is not None
        inner = found
    inner.allow(SIDES)
    provider, consumer = (_text(inner, side, _LINE, "") for side in SIDES)
    return (provider, consumer)


def _assessment(section: Section, zone: tzinfo) -> Assessment | None:
    if _is_blank(section, "assessment"):
        return None
    inner = section.section("assessment")
    assert inner is not None
    return assessment_of(inner, zone)
