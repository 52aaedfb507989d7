"""Whether the values of a field are personal data, judged from a sample of them.

A check digit alone says little: one made-up number in ten passes Luhn's. What counts is how many
of the different values that are written like a kind pass its check, against how many would by
chance (the Chernoff bound on the binomial tail; Hoeffding, 1963, theorem 1), what the field is
called, and what the table is about.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from interurban.core.standard import Field

from .columns import hinted, is_of_things, is_only
from .findings import Confidence, Finding
from .numbers import KINDS, Match, matches

__all__ = ["About", "Column", "judge", "masked"]

_BY_CHANCE = 1e-6
_EXAMPLES = 3
_CHANCE = {kind.name: kind.chance for kind in KINDS}
_WHOLE_ONLY = {"Social Security number", "ITIN"}
_OFFICES = re.compile(
    r"^(?:info|office|admin|enquir\w*|inquir\w*|contact\w*|mail|e?mail|hello|sales|support|help\w*|"
    r"reception|head\w*|secretary|school|librar\w*|press|media|web\w*|postmaster|no-?reply|"
    r"customer\w*|service\w*|team\w*|general|feedback|data\w*|privacy|jobs|recruit\w*|events?|"
    r"booking\w*|accounts?|council\w*|finance|post|planning|licen[cs]\w*|permits?|dpo|foi|legal|"
    r"hr|it|parks?|museum|centre|center|board|clerk|mayor|alderman|ward\d*|bursar|registrar)\b",
    re.IGNORECASE,
)
_FREE_MAIL = re.compile(
    r"@(?:g(?:oogle)?mail|yahoo|hotmail|outlook|live|icloud|me|mac|aol|btinternet|btopenworld|"
    r"sky|virginmedia|talktalk|ntlworld|comcast|sbcglobal|att|verizon|msn|proton(?:mail)?|gmx)\.",
    re.IGNORECASE,
)
_OF_A_PERSON = re.compile(r"^[a-z]{2,}[._-][a-z]{2,}\d*@|^[a-z][._][a-z]{3,}\d*@", re.IGNORECASE)
_FIRMS = re.compile(
    r"\b(?:llc|inc|ltd|limited|llp|plc|corp\w*|company|co|city|county|state|authority|dep\w*t|"
    r"department|trust\w*|school|church|universit\w*|college|association|assoc|bank|propert\w*|"
    r"construct\w*|plumb\w*|electric\w*|heating|roofing|build\w*|services?|partners\w*|group|"
    r"homes?|realty|management|mgmt|development|develop\w*|holdings?|investments?|solutions|"
    r"systems|technolog\w*|council|hospital|library|park|foundation|society|club|restaurant|"
    r"cafe|street|road|avenue|station|north|south|east|west|unknown|owner|self|various|n/a)\b",
    re.IGNORECASE,
)
_NAME = re.compile(r"[^\W\d_][\w'’.-]*(?:,? [^\W\d_][\w'’.-]*){0,4}")
_UK_MOBILE = re.compile(r"(?:\+44 ?|0)7\d")
_PASSPORT = re.compile(r"[A-Z]{0,2}\d{7,9}")
_LICENCE = re.compile(r"[A-Z]?\d[\d -]{5,17}|[A-Z]\d{3}-\d{4}-\d{4}")
_DATE = re.compile(r"(?:19|20)\d{2}-\d{2}-\d{2}.*|\d{1,2}[/.-]\d{1,2}[/.-](?:19|20)?\d{2}")
_BARE_SSN = re.compile(r"\d{9}")
_BARE_PHONE = re.compile(r"\+?\d{10,12}")


@dataclass(frozen=True, slots=True)
class Column:
    """A field and what was looked at of it.

    Parameters
    ----------
    looked_at: rows looked at, with a value or without.
    values: rows with a value.
    counted: different values to how many rows have them; of those a prefilter let pass.
    common: different values to rows, the first ones, whatever they are.
    """

    field: Field
    looked_at: int
    values: int
    counted: Sequence[tuple[str, int]]
    common: Sequence[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class About:
    """What a table is about, as far as its fields' names tell."""

    people: bool
    organisations: bool


@dataclass(frozen=True, slots=True)
class _Tally:
    """Matches of one kind in a field: rows, and different texts in all and of those sound."""

    rows: int
    different: int
    sound: int
    whole: int
    named: int
    texts: tuple[str, ...]

    def is_chance(self, chance: float) -> bool:
        """Whether so many pass the check by chance."""
        share = self.sound / self.different
        if share <= chance:
            return True
        if chance == 0:
            return False
        bits = share * math.log(share / chance)
        if share < 1:
            bits += (1 - share) * math.log((1 - share) / (1 - chance))
        return math.exp(-self.different * bits) > _BY_CHANCE


def judge(column: Column, about: About) -> Iterator[Finding]:
    """What looks like personal data in a field."""
    if column.values == 0:
        return
    found: dict[str, list[tuple[Match, int]]] = {}
    for value, rows in column.counted:
        seen: set[str] = set()
        for match in matches(value):
            if match.kind not in seen or match.sound:
                seen.add(match.kind)
                found.setdefault(match.kind, []).append((match, rows))
    told: list[Finding] = []
    for kind, all_ in found.items():
        tally = _tally(all_)
        if tally.sound:
            told += _judged(kind, tally, all_, column, about)
    if any(finding.kind == "NHS number" for finding in told):
        # Written in the same groups of digits as American phone numbers, which have no check.
        told = [finding for finding in told if not finding.kind.endswith("phone number")]
    yield from told
    yield from _by_name(column, about)


def _tally(found: Iterable[tuple[Match, int]]) -> _Tally:
    found = list(found)
    sound = {m.text for m, _ in found if m.sound}
    return _Tally(
        rows=sum(rows for m, rows in found if m.sound),
        different=len({m.text for m, _ in found}),
        sound=len(sound),
        whole=len({m.text for m, _ in found if m.sound and m.whole}),
        named=len({m.text for m, _ in found if m.sound and m.named}),
        texts=tuple(sorted(sound)[:_EXAMPLES]),
    )


def _judged(
    kind: str, tally: _Tally, found: list[tuple[Match, int]], column: Column, about: About
) -> Iterator[Finding]:
    if kind == "e-mail address":
        yield from _mail(tally, found, column, about)
    elif kind.endswith("phone number"):
        yield from _phone(kind, tally, column, about)
    elif kind == "IP address":
        yield from _ip(tally, column)
    else:
        yield from _checked(kind, tally, column)


def _checked(kind: str, tally: _Tally, column: Column) -> Iterator[Finding]:
    """A number with a check: more pass than would by chance, or a name says what it is."""
    share = tally.sound / tally.different
    told = hinted(column.field, kind)
    of_things = is_of_things(column.field) and not told
    if kind in _WHOLE_ONLY and tally.whole == 0 and tally.named == 0:
        return
    chance = tally.is_chance(_CHANCE[kind])
    confidence: Confidence
    if told and share >= 0.5:
        confidence, why = "high", "the field's name says so, and they pass the check"
    elif tally.named and tally.named >= 0.5 * tally.sound and share > _CHANCE[kind]:
        confidence, why = "high", "words beside them say so, and they pass the check"
    elif kind in _WHOLE_ONLY:
        # Nearly every number written so is a possible one: the way it is written is what tells.
        telling = share >= 0.95 and tally.whole >= 3 and tally.rows >= 0.5 * column.values
        if not telling or of_things:
            return
        confidence, why = "high", "they are written so, and all of them are possible ones"
    elif not chance and tally.sound >= 3 and not (of_things and share < 0.9):
        confidence = "high" if share >= _CHANCE[kind] + 0.1 else "medium"
        why = f"{share:.0%} of those written so pass the check, which chance does not explain"
    elif share >= 0.8 and tally.sound >= 2 and not of_things and _CHANCE[kind] <= 0.1:
        confidence, why = "medium", "those written so pass the check"
    else:
        return
    yield _finding(column, kind, tally, confidence, why)


def _mail(
    tally: _Tally, found: list[tuple[Match, int]], column: Column, about: About
) -> Iterator[Finding]:
    persons = sum(
        rows
        for match, rows in found
        if not _OFFICES.match(match.text)
        and (_FREE_MAIL.search(match.text) or _OF_A_PERSON.match(match.text))
    )
    if persons and (persons >= 0.05 * tally.rows or persons >= 5):
        why = "they name a person, or are of a provider that persons use"
        yield _finding(column, "e-mail address", tally, "high", why)
    elif about.people and not about.organisations:
        why = "the table is about people"
        yield _finding(column, "e-mail address", tally, "high", why)
    else:
        yield _finding(column, "e-mail address", tally, "low", "they are of offices")


def _phone(kind: str, tally: _Tally, column: Column, about: About) -> Iterator[Finding]:
    told = hinted(column.field, "phone number")
    if not told and (tally.is_chance(_CHANCE[kind]) or is_of_things(column.field)):
        return
    if not told and tally.whole < 0.5 * tally.sound and not tally.named:
        return
    mobile = sum(1 for text in tally.texts if _UK_MOBILE.match(text)) >= 2
    if hinted(column.field, "own phone number") or mobile:
        yield _finding(column, kind, tally, "high", "they are people's own")
    elif about.people and not about.organisations:
        yield _finding(column, kind, tally, "high", "the table is about people")
    elif about.organisations or told:
        yield _finding(column, kind, tally, "low", "they may well be of organisations")
    else:
        yield _finding(column, kind, tally, "medium", "they are written as phone numbers are")


def _ip(tally: _Tally, column: Column) -> Iterator[Finding]:
    told = hinted(column.field, "IP address")
    most = tally.rows >= 0.8 * column.values and tally.whole
    broad = len({text.split(".")[0] for text in tally.texts}) > 1
    if told and tally.rows >= 0.5 * column.values:
        yield _finding(column, "IP address", tally, "high", "the field's name says so")
    elif most and broad and not is_of_things(column.field) and tally.sound >= 5:
        yield _finding(column, "IP address", tally, "medium", "they are written so")


def _by_name(column: Column, about: About) -> Iterator[Finding]:
    """What only the name of a field tells, where its values agree with it."""
    field = column.field
    if hinted(field, "date of birth") and (
        field.type in ("date", "datetime") or _share(column, _DATE) >= 0.5
    ):
        why = "the field's name says so, and the values are dates"
        yield _named(column, "date of birth", "high", why)
    for kind, pattern in (
        ("passport number", _PASSPORT),
        ("US driving licence", _LICENCE),
        ("Social Security number", _BARE_SSN),
    ):
        if hinted(field, kind) and _share(column, pattern) >= 0.8:
            yield _named(column, kind, "high", "the field's name says so, and it is written so")
    if hinted(field, "phone number") and _share(column, _BARE_PHONE) >= 0.5:
        own = hinted(field, "own phone number") or (about.people and not about.organisations)
        told = "they are people's own" if own else "they may well be of organisations"
        yield _named(column, "phone number", "high" if own else "low", told)
    if hinted(field, "home address") and field.type == "string":
        yield _named(column, "home address", "high", "the field's name says so")
    if field.type == "string":
        yield from _names(column)


def _names(column: Column) -> Iterator[Finding]:
    certain = hinted(column.field, "name")
    if not certain and not is_only(column.field, "name or firm"):
        return
    persons = sum(rows for value, rows in column.common if _is_name(value, one_word=certain))
    share = persons / max(1, sum(rows for _, rows in column.common))
    if share >= 0.5 and persons >= 2:
        yield _named(column, "name", "high", "the field's name says so, and they read as names")
    elif certain and share >= 0.1 and persons >= 5:
        yield _named(column, "name", "medium", "some of them read as names of persons")


def _is_name(value: str, *, one_word: bool) -> bool:
    text = value.strip()
    if _FIRMS.search(text) or not _NAME.fullmatch(text):
        return False
    return one_word or " " in text


def _share(column: Column, pattern: re.Pattern[str]) -> float:
    rows = sum(n for _, n in column.common)
    good = sum(n for value, n in column.common if pattern.fullmatch(value.strip().upper()))
    return good / rows if rows else 0.0


def _named(column: Column, kind: str, confidence: Confidence, why: str) -> Finding:
    shown = tuple(masked(value, kind) for value, _ in column.common[:_EXAMPLES])
    return Finding(
        (column.field.name,), kind, column.values, column.looked_at, confidence, shown, why
    )


def _finding(column: Column, kind: str, tally: _Tally, confidence: Confidence, why: str) -> Finding:
    shown = tuple(masked(text, kind) for text in tally.texts)
    return Finding((column.field.name,), kind, tally.rows, column.looked_at, confidence, shown, why)


def masked(text: str, kind: str) -> str:
    """A value with all but its shape and two characters hidden; of dates the year is kept."""
    if kind == "e-mail address":
        return f"{text[:1].lower()}•••@•••.{text.rpartition('.')[2].lower()}"
    if kind in ("name", "home address"):
        return " ".join(f"{word[:1]}•••" for word in text.split()[:4])
    if kind == "date of birth":
        return re.sub(r"\d", "•", text[:10]) if not text[:4].isdigit() else f"{text[:4]}-••-••"
    kept = max(0, len(text) - 2)
    return "".join("•" if c.isalnum() and n < kept else c for n, c in enumerate(text))
