"""The search line: one line of words to chips, queries and hints.

``crimes theft near "Daley Center" 400 m last 7 days`` names a dataset, a value, a place and a
time. The line is cut into parts (``phrase_reading``) that are put together (``phrase_meaning``);
here every part becomes a chip, or is told as not used. Nothing is dropped silently: every
character belongs to one of them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from rapidfuzz import fuzz, process

from interurban.core import query as q
from interurban.core.errors import BadRequest, InvalidTime, UnknownCity

from .clock import Clock
from .phrase_conditions import field_named
from .phrase_meaning import Meaning
from .phrase_parts import (
    Chip,
    ChipKind,
    CityPart,
    ConditionPart,
    DatasetPart,
    LimitPart,
    LoosePart,
    Phrase,
    PlacePart,
    TextPart,
    TimePart,
    Unread,
    ValuePart,
)
from .phrase_reading import PlacedPart, read_parts
from .spoken import spoken_distance, spoken_period
from .vocabulary import DatasetWords, FoundPlace, Vocabulary
from .wording import folded

__all__ = ["MAX_CHARACTERS", "Chip", "Phrase", "Unread", "clock_of", "read_phrase"]

MAX_CHARACTERS = 1_000

_ALIKE = 80
"""How like (of 100) a known word must be to be offered for one that is not known."""


def read_phrase(
    text: str, vocabulary: Vocabulary, now: datetime, city: str | None = None
) -> Phrase:
    """What a search line means.

    Parameters
    ----------
    now: aware; sliding windows ("last 7 days") end here, on each city's own clock.
    city: the city that is looked at, or ``None`` for all of them. A city or a place that the
        line names counts for more.

    Raises
    ------
    BadRequest: the line is too long, or is no text.
    UnknownCity: there is no such city.
    """
    _check(text, vocabulary, now, city)
    scope = (city,) if city is not None else tuple(vocabulary.cities)
    if not text.strip() or not scope:
        return _covered(Phrase(text, (), ()))
    clocks = {one: clock_of(vocabulary, one, now) for one in vocabulary.cities}
    parts = read_parts(text, vocabulary, clocks[scope[0]], scope)
    meaning = Meaning(vocabulary, clocks, scope, parts)
    meaning.settle()
    queries = tuple(meaning.query(dataset) for dataset in meaning.datasets)
    telling = _Telling(text, meaning)
    for part in parts:
        telling.tell(part)
    if parts and not queries:
        telling.say_what_to_look_for()
    return _covered(
        Phrase(
            text,
            tuple(telling.chips),
            queries,
            tuple(telling.unread),
            tuple(dict.fromkeys(meaning.hints)),
            tuple(telling.places),
        )
    )


def clock_of(vocabulary: Vocabulary, city: str, now: datetime) -> Clock:
    """The clock of a city, and its way of writing dates."""
    known = vocabulary.cities[city]
    south = known.bounds[3] < 0
    return Clock(now, known.zone, not known.locale.endswith("-US"), southern=south)


def _check(text: str, vocabulary: Vocabulary, now: datetime, city: str | None) -> None:
    if len(text) > MAX_CHARACTERS:
        raise BadRequest(
            f"The search line is longer than {MAX_CHARACTERS:,} characters.",
            advice="Ask for less at once, or use a filter.",
            part="q",
        )
    if "\0" in text or any("\ud800" <= c <= "\udfff" for c in text):
        raise BadRequest("The search line is not valid text.", advice="Send UTF-8.", part="q")
    if now.tzinfo is None:
        raise InvalidTime("now has no time zone.", advice="End it with Z or an offset.", part="now")
    if city is not None and city not in vocabulary.cities:
        known = ", ".join(vocabulary.cities)
        raise UnknownCity(
            f"There is no city {city[:40]!r}.", advice=f"There are {known}.", part="city"
        )


@dataclass(slots=True)
class _Telling:
    """What is said of each part: a chip, or that it was not used, and hints."""

    text: str
    meaning: Meaning
    chips: list[Chip] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)
    places: list[FoundPlace] = field(default_factory=list)

    def tell(self, placed: PlacedPart) -> None:
        """One part."""
        match placed.part:
            case LoosePart(hint):
                self.not_used(placed, hint)
            case DatasetPart() as part:
                self.dataset(placed, part)
            case ValuePart() as part:
                self.value(placed, part)
            case ConditionPart() as part:
                self.condition(placed, part)
            case PlacePart() as part:
                self.place(placed, part)
            case TimePart() as part:
                self.time(placed, part)
            case CityPart(city):
                name = self.meaning.vocabulary.cities[city].name
                self.chip("in", f"in {name}", placed, "city")
            case LimitPart(rows):
                self.chip("limit", f"at most {rows:,}", placed)
            case TextPart(text):
                self.chip("text", text, placed)
                self.offer(text)

    def chip(self, kind: ChipKind, label: str, placed: PlacedPart, detail: str = "") -> None:
        self.chips.append(Chip(kind, label, placed.first.start, placed.last.end, detail))

    def not_used(self, placed: PlacedPart, hint: str = "") -> None:
        self.unread.append(Unread(self.typed(placed), placed.first.start, placed.last.end))
        if hint:
            self.meaning.hints.append(hint)

    def typed(self, placed: PlacedPart) -> str:
        return self.text[placed.first.start : placed.last.end]

    def dataset(self, placed: PlacedPart, part: DatasetPart) -> None:
        meaning = self.meaning
        found = [
            one
            for city in meaning.cities
            if (one := meaning.dataset_in(part, city)) is not None and one in meaning.datasets
        ]
        if not found:
            self.not_used(placed, f"{meaning.city_names()} has no {self.typed(placed)} here.")
            return
        titles = dict.fromkeys(one.title for one in found)
        self.chip("dataset", " and ".join(titles), placed, ", ".join(one.id for one in found))

    def value(self, placed: PlacedPart, part: ValuePart) -> None:
        for dataset in self.meaning.datasets:
            known = self.meaning.known(part, dataset)
            if known is not None:
                named = field_named(known.field, dataset)
                title = named.title if named is not None and named.title else known.field
                self.chip("field", f"{title}: {known.value}", placed)
                return
        self.chip("text", part.text, placed)

    def condition(self, placed: PlacedPart, part: ConditionPart) -> None:
        datasets = self.meaning.datasets
        fitting = [one for one in datasets if self.meaning.condition(part, one) is not None]
        for dataset in datasets:
            if dataset not in fitting:
                self.meaning.hints.append(_misfit(self.typed(placed), part, dataset))
        if fitting or not datasets:
            joint = ": " if part.op == ":" else f" {part.op} "
            self.chip("field", f"{part.name}{joint}{part.value}", placed)
        else:
            self.not_used(placed)

    def place(self, placed: PlacedPart, part: PlacePart) -> None:
        meaning = self.meaning
        chosen = [one for city in meaning.cities if (one := meaning.chosen(part, city)) is not None]
        if not chosen:
            self.not_used(placed, f"{part.name} is not in {meaning.city_names()}.")
            return
        for one in chosen:
            meaning.hints += one.hints
            self.places += [one.found] if one.found is not None else []
        first = chosen[0]
        detail = first.found.kind if first.found is not None else ""
        if isinstance(first.place, q.Near):
            distance = part.distance or spoken_distance(first.place.metres)
            self.chip("near", f"within {distance} of {first.label}", placed, detail)
        else:
            self.chip("in", f"in {first.label}", placed, detail)

    def time(self, placed: PlacedPart, part: TimePart) -> None:
        city = self.meaning.cities[0]
        period = self.meaning.period(part, city)
        typed = " ".join(part.words)
        dates = spoken_period(period, self.meaning.clocks[city]) if period is not None else ""
        if period is not None and (period.start is None or period.end is None):
            # "since March" leaves open which one; the dates don't.
            self.chip("time", dates, placed, typed)
        else:
            self.chip("time", typed, placed, dates)

    # Hints

    def offer(self, word: str) -> None:
        """A known word like one that is only text: offered, never put in its place."""
        vocabulary, key = self.meaning.vocabulary, folded(word)
        if len(key) < 4 or " " in key:
            return
        ids = {one.id for one in self.meaning.datasets}
        known = (
            [k for k, values in vocabulary.values.items() if any(v.dataset in ids for v in values)]
            if ids
            else [*vocabulary.names, *vocabulary.values]
        )
        near = process.extractOne(key, known, scorer=fuzz.ratio, score_cutoff=_ALIKE)
        if near is not None and near[0] != key:
            spelled = _spelled(near[0], vocabulary)
            self.meaning.hints.append(f"“{word}” is searched for as text. Did you mean {spelled}?")

    def say_what_to_look_for(self) -> None:
        """Names some datasets of the cities that are looked at."""
        meaning = self.meaning
        names = (
            one.aliases[0] if one.aliases else one.title.lower()
            for one in meaning.vocabulary.datasets
            if one.city in meaning.scope and one.roles.time and not re.search("[0-9]", one.name)
        )
        some = list(dict.fromkeys(names))[:3]
        if some and not meaning.all(DatasetPart):
            meaning.hints.append(f"Say what to look for as well, for example {', '.join(some)}.")


def _misfit(typed: str, part: ConditionPart, dataset: DatasetWords) -> str:
    """Why a condition can't be asked of a dataset."""
    if field_named(part.name, dataset) is not None:
        return f"“{typed}” does not fit the field {part.name} of {dataset.title}."
    names = [one.name for one in dataset.fields if one.type != "geometry"]
    near = process.extractOne(part.name.lower(), names, scorer=fuzz.ratio, score_cutoff=60)
    offer = f" Did you mean {near[0]}?" if near is not None else ""
    return f"{dataset.title} has no field {part.name}.{offer}"


def _spelled(key: str, vocabulary: Vocabulary) -> str:
    """A folded name or value as it is written."""
    for dataset in (vocabulary.by_id[one] for one in vocabulary.names.get(key, ())):
        for name in (*dataset.aliases, dataset.title):
            if folded(name) == key:
                return name
    values: Sequence[str] = [one.value for one in vocabulary.values.get(key, ())]
    return values[0] if values else key


def _covered(phrase: Phrase) -> Phrase:
    """The phrase with every character in a chip or unread: what stands between goes to a chip."""
    pieces: list[Chip | Unread] = [*phrase.chips, *phrase.unread]
    pieces.sort(key=lambda piece: piece.start)
    at = 0
    for number in range(len(pieces) + 1):
        stop = pieces[number].start if number < len(pieces) else len(phrase.text)
        gap = phrase.text[at:stop]
        if gap.strip():
            start = at + len(gap) - len(gap.lstrip())
            _give(pieces, number, start, at + len(gap.rstrip()), phrase.text)
        if number < len(pieces):
            at = pieces[number].end
    return replace(
        phrase,
        chips=tuple(piece for piece in pieces if isinstance(piece, Chip)),
        unread=tuple(piece for piece in pieces if isinstance(piece, Unread)),
    )


def _give(pieces: list[Chip | Unread], number: int, start: int, stop: int, text: str) -> None:
    """Gives the characters before a piece to it or to the one before, chips first."""
    neighbours = [n for n in (number, number - 1) if 0 <= n < len(pieces)]
    if not neighbours:
        pieces.append(Unread(text[start:stop], start, stop))
        return
    chosen = next((n for n in neighbours if isinstance(pieces[n], Chip)), neighbours[0])
    piece = pieces[chosen]
    start, stop = min(start, piece.start), max(stop, piece.end)
    pieces[chosen] = (
        replace(piece, start=start, end=stop)
        if isinstance(piece, Chip)
        else Unread(text[start:stop], start, stop)
    )
