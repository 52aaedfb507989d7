"""What the name of a field says of it, and what the names of all fields say of a table."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from interurban.core.standard import Field

__all__ = [
    "hinted",
    "is_about_organisations",
    "is_about_people",
    "is_of_things",
    "is_only",
    "person_trait",
    "place_trait",
    "words_of",
]

_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")

_HINTS: dict[str, tuple[frozenset[str], ...]] = {
    kind: tuple(frozenset(each.split()) for each in listed)
    for kind, listed in {
        "NHS number": ("nhs",),
        "National Insurance number": ("nino", "ni number", "national insurance", "ni no"),
        "UK driving licence": ("driving licence", "driver licence", "driver number"),
        "US driving licence": ("driver license", "drivers license", "driving license", "dl number"),
        "Social Security number": ("ssn", "social security"),
        "ITIN": ("itin", "taxpayer"),
        "Medicare number": ("mbi", "medicare"),
        "payment card": ("card number", "card no", "pan", "credit card", "debit card"),
        "IBAN": ("iban", "bank account"),
        "passport number": ("passport",),
        "e-mail address": ("email", "e mail"),
        "phone number": (
            "phone", "telephone", "tel", "mobile", "cell", "fax", "contact number", "landline",
        ),
        "own phone number": ("mobile", "cell", "home phone", "personal phone"),
        "date of birth": (
            "dob", "birth date", "date birth", "birthdate", "birthday", "born", "birth day",
        ),
        "IP address": ("ip", "remote addr", "client ip", "ipaddress"),
        "name": (
            "first name", "given name", "forename", "forenames", "surname", "last name",
            "family name", "middle name", "full name", "fullname", "firstname", "lastname",
            "person name", "patient name", "resident name", "tenant name", "claimant name",
            "employee name", "student name", "pupil name", "child name", "mother name",
            "father name", "guardian name", "victim name", "witness name", "next kin",
            "officer name", "driver name", "client name", "customer name", "maiden name",
        ),
        "name or firm": (
            "owner name", "contact name", "applicant name", "licensee", "permit holder",
            "applicant", "owner", "contact", "complainant", "occupier", "claimant", "payee",
        ),
        "home address": (
            "home address", "residential address", "tenant address", "claimant address",
            "patient address", "resident address", "applicant address", "home postcode",
        ),
    }.items()
}  # fmt: skip
_THINGS = frozenset(
    "order invoice meter reading part sku product parcel pin permit asset version build release "
    "section clause barcode isbn uprn usrn toid reference tracking shipment account case docket "
    "incident folio batch lot serial tag node sensor device model catalogue".split()
)
_PEOPLE = frozenset(
    "patient resident tenant claimant pupil student employee customer householder defendant "
    "victim complainant guardian mother father spouse".split()
)
_ORGANISATIONS = frozenset(
    "business company organisation organization school library shop store restaurant facility "
    "establishment premises branch station agency department provider vendor contractor dba "
    "trading venue hospital park cafe council firm operator".split()
)
_TRAITS: dict[str, tuple[frozenset[str], ...]] = {
    trait: tuple(frozenset(each.split()) for each in listed)
    for trait, listed in {
        "birth": ("dob", "birth date", "date birth", "birthdate", "birth year", "year birth",
                  "yob", "age", "born"),
        "sex": ("sex", "gender"),
        "ethnicity": ("ethnicity", "ethnic", "race"),
        "marital status": ("marital",),
        "occupation": ("occupation", "job title"),
        "nationality": ("nationality", "birth country", "country birth"),
        "religion": ("religion",),
        "disability": ("disability", "diagnosis", "icd"),
    }.items()
}  # fmt: skip
_FILLERS = frozenset("name full first last primary secondary 1 2 3 person".split())
_AGES = frozenset("age group band range years year at in completed".split())
_PLACES = (
    "postcode", "zip", "lsoa", "block", "tract", "oa", "msoa", "ward", "beat", "community",
    "neighbourhood", "neighborhood", "borough", "district",
)  # fmt: skip


@lru_cache(maxsize=4_096)
def words_of(name: str) -> frozenset[str]:
    """The words of a name, in lower case: ``DateOfBirth`` and ``date_of_birth`` are the same."""
    return frozenset(word.lower() for word in _WORD.findall(name)) - {"of", "the", "and", "s"}


def hinted(field: Field, kind: str) -> bool:
    """Whether a field's name says that it is of a kind."""
    words = words_of(field.name)
    return any(each <= words for each in _HINTS.get(kind, ()))


def is_only(field: Field, kind: str) -> bool:
    """Whether a field's name says that it is of a kind, and nothing else (``owner_city``)."""
    words = words_of(field.name) - _FILLERS
    return any(words <= each for each in _HINTS.get(kind, ()) if words)


def is_of_things(field: Field) -> bool:
    """Whether a field's name says that it is a number of a thing."""
    return bool(words_of(field.name) & _THINGS)


def is_about_people(fields: Iterable[Field]) -> bool:
    """Whether the fields' names say that each row is about a person."""
    return any(words_of(f.name) & _PEOPLE for f in fields if f.type in ("string", "date"))


def is_about_organisations(fields: Iterable[Field]) -> bool:
    """Whether the fields' names say that rows are about firms, schools or other bodies."""
    return any(words_of(f.name) & _ORGANISATIONS for f in fields)


def person_trait(field: Field) -> str:
    """What a field says of a person, as one of many things together; empty for nothing."""
    words = words_of(field.name)
    if "age" in words and not words <= _AGES | _PEOPLE:
        return ""
    return next(
        (trait for trait, all_ in _TRAITS.items() if any(each <= words for each in all_)), ""
    )


def place_trait(field: Field) -> int:
    """How fine a place a field names: 0 the finest; -1 for no place."""
    words = words_of(field.name)
    return next((n for n, place in enumerate(_PLACES) if place in words), -1)
