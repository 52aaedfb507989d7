"""Completions of a search line: what the last words may become, and lines to begin with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice, zip_longest
from typing import Literal

from .clock import Clock
from .dates import read_time
from .phrase import MAX_CHARACTERS, clock_of, read_phrase
from .spoken import spoken_period
from .tokens import Token, tokens
from .vocabulary import DatasetWords, Vocabulary
from .wording import folded

__all__ = ["Suggestion", "suggest"]

_PLACE_WORDS = frozenset({"near", "in", "inside", "around", "at", "of", "from"})
_TIMES = (
    *("today", "yesterday", "last 7 days", "last 30 days", "last 12 months"),
    *("this week", "last week", "this month", "last month", "this year", "last year"),
    *("last weekend", "last summer", "last winter", "since yesterday", "since last month"),
)
_MOST_WORDS = 5
_VALUES_TRIED = 5
_SAYING_NOTHING = frozenset({"other", "unknown", "none", "n a"})


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One way to go on.

    Parameters
    ----------
    text: the whole line, when it is chosen.
    label, detail: what is shown: the words added, and what they are.
    """

    text: str
    kind: Literal["dataset", "place", "value", "time", "example"]
    label: str
    detail: str = ""


def suggest(
    text: str,
    vocabulary: Vocabulary,
    now: datetime,
    city: str | None = None,
    limit: int = 8,
) -> tuple[Suggestion, ...]:
    """Ways to go on with a line, best first; for an empty one, lines that have an answer.

    Parameters
    ----------
    now: aware; the times that are offered are reckoned from it.
    city: the city that is looked at, or ``None`` for all of them.
    """
    if len(text) > MAX_CHARACTERS or (city is not None and city not in vocabulary.cities):
        return ()
    cities = (city,) if city is not None else tuple(vocabulary.cities)
    datasets = [one for one in vocabulary.datasets if one.city in cities]
    if not text.strip():
        return tuple(islice(_examples(datasets, vocabulary, now, city), limit))
    line = _Line(text, vocabulary, cities, datasets, tokens(text))
    found: dict[str, Suggestion] = {}
    for suggestion in line.continuations(now):
        found.setdefault(suggestion.text.casefold(), suggestion)
        if len(found) == limit:
            break
    return tuple(found.values())


@dataclass(slots=True)
class _Line:
    """A line that is being typed."""

    text: str
    vocabulary: Vocabulary
    cities: tuple[str, ...]
    datasets: list[DatasetWords]
    tokens: list[Token]

    def continuations(self, now: datetime) -> Iterator[Suggestion]:
        place_from = self._place_from()
        if place_from is not None:
            yield from self._places(place_from)
        named = self._named()
        for first in self._fragments():
            typed = folded(self.text[first:])
            if typed and self.text[-1].isspace():
                typed += " "
            if typed:
                yield from self._values(first, typed, named)
                yield from self._datasets(first, typed, named)
                yield from self._times(first, typed, now)
        last = self.tokens[-1].text.lower() if self.tokens else ""
        if self.text[-1].isspace() and place_from is None and last not in _PLACE_WORDS:
            yield from self._next(named, now)
        for first in self._fragments():
            if place_from is None and len(self.text[first:].strip()) >= 3:
                yield from self._bare_places(first)

    def _fragments(self) -> Iterator[int]:
        """Where the last words begin: the longest run first."""
        words = 0
        for token in reversed(self.tokens[-_MOST_WORDS:]):
            if token.kind != "word":
                break
            words += 1
        for count in range(words, 0, -1):
            yield self.tokens[-count].start

    def _place_from(self) -> int | None:
        """Where a place name begins, when the line ends in one that is being typed."""
        for back, token in enumerate(reversed(self.tokens)):
            if back and token.kind == "word" and token.text.lower() in _PLACE_WORDS:
                following = self.tokens[len(self.tokens) - back]
                return following.start if back <= _MOST_WORDS else None
            if token.kind not in ("word", "quoted"):
                return None
        return None

    def _places(self, first: int) -> Iterator[Suggestion]:
        name = self.text[first:].strip().strip('"“”')
        search = self.vocabulary.places.search
        found = [
            place for city in self.cities for place in search(name, city, limit=5, similar=False)
        ]
        # A slip is looked for only when no city has the word: one city's real name comes first.
        for place in found or [place for city in self.cities for place in search(name, city, 5)]:
            detail = f"{place.kind}, {self.vocabulary.cities[place.city].name}"
            yield self._with(first, _quoted(place.name), "place", place.name, detail)

    def _bare_places(self, first: int) -> Iterator[Suggestion]:
        for city in self.cities:
            found = self.vocabulary.places.search(
                self.text[first:].strip(), city, limit=3, similar=False
            )
            for place in found:
                word = "in" if place.area is not None else "near"
                detail = f"{place.kind}, {self.vocabulary.cities[place.city].name}"
                added = f"{word} {_quoted(place.name)}"
                yield self._with(first, added, "place", f"{word} {place.name}", detail)

    def _named(self) -> list[DatasetWords]:
        """The datasets that the finished words of the line name."""
        found: dict[str, DatasetWords] = {}
        words = [folded(token.text) if token.kind == "word" else "\0" for token in self.tokens]
        for start in range(len(words)):
            for end in range(start + 1, min(start + self.vocabulary.longest, len(words)) + 1):
                for one in self.vocabulary.names.get(" ".join(words[start:end]), ()):
                    dataset = self.vocabulary.by_id[one]
                    if dataset.city in self.cities:
                        found[one] = dataset
        return list(found.values())

    def _datasets(
        self, first: int, typed: str, named: Sequence[DatasetWords]
    ) -> Iterator[Suggestion]:
        for dataset in self.datasets:
            if dataset in named:
                continue
            for name in (*dataset.aliases, dataset.title):
                if folded(name).startswith(typed):
                    city = self.vocabulary.cities[dataset.city].name
                    yield self._with(
                        first, name.lower(), "dataset", name.lower(), f"{dataset.title}, {city}"
                    )
                    break

    def _values(
        self, first: int, typed: str, named: Sequence[DatasetWords]
    ) -> Iterator[Suggestion]:
        for dataset in named:
            for field in sorted(dataset.values, key=lambda name: name != dataset.roles.category):
                for value in dataset.values[field]:
                    if folded(value).startswith(typed):
                        yield self._value(first, value, field, dataset)

    def _value(self, first: int, value: str, field: str, dataset: DatasetWords) -> Suggestion:
        title = next((one.title for one in dataset.fields if one.name == field), "") or field
        return self._with(
            first, value.lower(), "value", value.lower(), f"{title} of {dataset.title}"
        )

    def _times(self, first: int, typed: str, now: datetime) -> Iterator[Suggestion]:
        clock = clock_of(self.vocabulary, self.cities[0], now)
        for words in _TIMES:
            if folded(words).startswith(typed):
                yield self._time(first, words, clock)

    def _time(self, first: int, words: str, clock: Clock) -> Suggestion:
        found = read_time(words.split(), 0, clock)
        detail = spoken_period(found.period, clock) if found is not None else ""
        return self._with(first, words, "time", words, detail)

    def _next(self, named: Sequence[DatasetWords], now: datetime) -> Iterator[Suggestion]:
        """Behind a finished word: the commonest values, and a time that has data."""
        end = len(self.text)
        for dataset in named[:1]:
            category = dataset.roles.category or ""
            for value in dataset.values.get(category, ())[:4]:
                yield self._value(end, value, category, dataset)
            clock = clock_of(self.vocabulary, dataset.city, now)
            words = _time_with_data(_newest(dataset, clock), clock)
            if words:
                yield self._time(end, words, clock)

    def _with(
        self,
        first: int,
        added: str,
        kind: Literal["dataset", "place", "value", "time"],
        label: str,
        detail: str,
    ) -> Suggestion:
        return Suggestion(self.text[:first] + added, kind, label, detail)


def _quoted(name: str) -> str:
    return f'"{name}"' if " " in name and '"' not in name else name


def _time_with_data(newest: datetime | None, clock: Clock) -> str:
    """A time with rows, of which the newest is known; empty when there is no such time."""
    if newest is None or newest > clock.now:
        return ""
    day, today = newest.astimezone(clock.zone).date(), clock.today
    for days in (7, 30):
        if today - day < timedelta(days=days):
            return f"last {days} days"
    return f"in {day:%B %Y}"


def _newest(dataset: DatasetWords, clock: Clock) -> datetime | None:
    """When the newest row is of."""
    if dataset.roles.time is None or dataset.time_extent is None:
        return None
    newest = dataset.time_extent[1]
    if any(one.name == dataset.roles.time and one.type == "date" for one in dataset.fields):
        # A day has no zone: it is kept as its midnight in UTC.
        return datetime.combine(newest.date(), datetime.min.time(), tzinfo=clock.zone)
    return newest


def _examples(
    datasets: Sequence[DatasetWords],
    vocabulary: Vocabulary,
    now: datetime,
    city: str | None,
) -> Iterator[Suggestion]:
    """Lines to begin with, each of which has an answer; of each city in turn."""
    by_city = [_worth_asking(datasets, one) for one in vocabulary.cities]
    for row in zip_longest(*by_city):
        for dataset in row:
            if dataset is None:
                continue
            for line in _lines(dataset, vocabulary, now, city):
                if _means(line, dataset, vocabulary, now, city):
                    yield Suggestion(line, "example", line, dataset.title)
                    break


def _worth_asking(datasets: Sequence[DatasetWords], city: str) -> list[DatasetWords]:
    """The datasets of a city, those that say most first, and one of each standard before others.

    They come in that order already, but a second dataset of a standard only repeats the first, and
    what has no standard of its own (water, parks, boundaries) is the ground under the others.
    """
    here = [one for one in datasets if one.city == city and one.aliases]
    first: dict[str, DatasetWords] = {}
    for one in here:
        if one.standard is not None:
            first.setdefault(one.standard, one)
    ids = {one.id for one in first.values()}
    return [*first.values(), *(one for one in here if one.id not in ids)]


def _lines(
    dataset: DatasetWords, vocabulary: Vocabulary, now: datetime, city: str | None
) -> Iterator[str]:
    """Lines for a dataset, the most telling first: a value and a time with rows, either, none."""
    clock = clock_of(vocabulary, dataset.city, now)
    where = "" if city is not None else f"in {vocabulary.cities[dataset.city].name}"
    alias = dataset.aliases[0]
    for value in islice(dataset.newest, _VALUES_TRIED):
        when = _time_with_data(dataset.newest[value], clock)
        if when and folded(value) not in _SAYING_NOTHING:
            yield " ".join(filter(None, (alias, value.lower(), when, where)))
    when = _time_with_data(_newest(dataset, clock), clock)
    yield " ".join(filter(None, (alias, when, where)))


def _means(
    line: str, dataset: DatasetWords, vocabulary: Vocabulary, now: datetime, city: str | None
) -> bool:
    """Whether the line is read as it was meant: of the dataset, with no word left as text."""
    phrase = read_phrase(line, vocabulary, now, city)
    return (
        [query.dataset for query in phrase.queries] == [dataset.id]
        and not phrase.unread
        and all(chip.kind != "text" for chip in phrase.chips)
    )
