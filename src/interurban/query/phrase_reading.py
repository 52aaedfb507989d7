"""A search line to its parts: what stands where, before it is known what it means together."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from .clock import Clock
from .dates import read_time
from .distances import ReadDistance, read_distance
from .phrase_parts import (
    CityPart,
    ConditionPart,
    DatasetPart,
    LimitPart,
    LoosePart,
    Part,
    PlacePart,
    TextPart,
    TimePart,
    ValuePart,
)
from .tokens import Token, tokens
from .vocabulary import FoundPlace, Vocabulary
from .wording import FILLERS, folded

__all__ = ["PlacedPart", "read_parts"]

_NEAR = ("near to", "close to", "next to", "near", "nearby", "around", "beside", "at")
_CORNER_OF = ("the corner of", "corner of", "the intersection of", "intersection of")
_INSIDE = ("inside", "within", "in")
_JOINTS = frozenset({"and", "or", "&"})
_HERE = frozenset({"me", "here", "us", "my"})
_OUTWARD = re.compile(r"[A-Za-z]{1,2}[0-9][A-Za-z0-9]?")
_INWARD = re.compile(r"[0-9][A-Za-z]{2}")
_FROM = frozenset({"of", "from", "around", "to", "near"})
_STOP = frozenset(
    "near nearby in inside within since before after between from last past during until till "
    "top today yesterday this".split()
)
_CONDITION = re.compile(
    r"(?P<name>[\w.]+)\s*(?P<op>>=|<=|<>|!=|=|>|<|:)\s*(?P<value>.*)", re.DOTALL
)
_MOST_WORDS_OF_A_PLACE = 7
_MOST_ROWS = 10_000


@dataclass(frozen=True, slots=True)
class PlacedPart:
    """A part and the tokens it stands for, the last included."""

    part: Part
    first: Token
    last: Token


def read_parts(
    line: str, vocabulary: Vocabulary, clock: Clock, cities: Sequence[str]
) -> list[PlacedPart]:
    """The parts of a line, in order; words that add nothing are left out.

    Parameters
    ----------
    clock: of the city whose way of writing dates is tried.
    cities: where places are looked for first; elsewhere only when they have none of that name.
    """
    reader = _Reader(line, vocabulary, clock, tuple(cities), tokens(line))
    return reader.read()


Found = tuple[Part, int]
"""A part and how many tokens it took."""


@dataclass(slots=True)
class _Reader:
    line: str
    vocabulary: Vocabulary
    clock: Clock
    cities: tuple[str, ...]
    tokens: list[Token]
    words: list[str] = field(init=False)
    placed: bool = field(default=False, init=False)
    meant: set[str] = field(default_factory=set, init=False)

    def __post_init__(self) -> None:
        # What is no word stops every rule that reads words.
        self.words = [t.text if t.kind == "word" else "\0" for t in self.tokens]

    def read(self) -> list[PlacedPart]:
        """What is certain by its form first, then the words between by what they mean."""
        found: list[PlacedPart] = []
        loose: list[tuple[int, int]] = []
        at = start = 0
        while at < len(self.tokens):
            certain = self.certain(at)
            if certain is None:
                at += 1
                continue
            loose.append((start, at))
            part, length = certain
            found.append(self.placed_part(part, at, length))
            at = start = at + length
        loose.append((start, at))
        self.meant = {
            one for f in found if isinstance(f.part, DatasetPart) for one in f.part.datasets
        }
        for first, end in loose:
            found += self.between(first, end)
        return sorted(found, key=lambda one: one.first.start)

    def placed_part(self, part: Part, at: int, length: int) -> PlacedPart:
        self.placed = self.placed or isinstance(part, PlacePart)
        return PlacedPart(part, self.tokens[at], self.tokens[at + length - 1])

    # By form

    def certain(self, at: int) -> Found | None:
        """The part that begins at a token, if its form alone says so."""
        rules: tuple[Callable[[int], Found | None], ...] = (
            self.by_kind,
            self.limit,
            self.distance_first,
            self.near,
            self.time,
            self.inside,
            self.numbered,
            self.dataset,
            self.distance_alone,
        )
        return next((found for rule in rules if (found := rule(at)) is not None), None)

    def by_kind(self, at: int) -> Found | None:
        token = self.tokens[at]
        match token.kind:
            case "quoted":
                key = folded(token.text)
                known = key in self.vocabulary.values
                return (ValuePart(token.text, key) if known else TextPart(token.text)), 1
            case "limit":
                return self._rows(token.text.partition(":")[2].strip(), 1)
            case "condition":
                return _condition(token.text), 1
            case "point":
                return self._at_point(at, 0, None)
            case _:
                return None

    def limit(self, at: int) -> Found | None:
        """Such as "top 10", "first 100"."""
        if self.word(at) in ("top", "first", "limit"):
            return self._rows(self.word(at + 1), 2)
        return None

    def _rows(self, digits: str, length: int) -> Found | None:
        if not re.fullmatch(r"[0-9]{1,9}", digits):
            return None
        rows = int(digits)
        if not 1 <= rows <= _MOST_ROWS:
            return LoosePart(f"At most {_MOST_ROWS:,} rows can be asked for."), length
        return LimitPart(rows), length

    def distance_first(self, at: int) -> Found | None:
        """Such as "within 1/4 mi of PLACE", "400 m from PLACE"."""
        skipped = 1 if self.word(at) in ("within", "in") else 0
        distance = read_distance(self.words, at + skipped)
        if distance is None:
            return None
        length = skipped + distance.length
        if self.word(at + length) in _FROM:
            return self._near_place(at, length + 1, distance)
        if self.kind(at + length) == "point":
            return self._near_place(at, length, distance)
        return None

    def distance_alone(self, at: int) -> Found | None:
        skipped = 1 if self.word(at) in ("within", "in") else 0
        distance = read_distance(self.words, at + skipped)
        if distance is None:
            return None
        typed = self.text(at + skipped, distance.length)
        return LoosePart(f"Say of which place: within {typed} of ..."), skipped + distance.length

    def near(self, at: int) -> Found | None:
        """Such as "near PLACE", "near PLACE within 400 m"."""
        length = self.phrase(at, _NEAR)
        if not length:
            return None
        if self.word(at) == "at" and self.kind(at + 1) == "word" and self._time(at + 1):
            return None
        found = self._near_place(at, length, None)
        unknown = found is not None and isinstance(found[0], LoosePart)
        return None if unknown and self.word(at) == "at" else found

    def _near_place(self, at: int, length: int, before: ReadDistance | None) -> Found | None:
        if self.kind(at + length) == "point":
            return self._at_point(at, length, before)
        length += self.phrase(at + length, _CORNER_OF)
        if self.word(at + length) in _HERE and not self.named(self.words[at + length]):
            here = "Where you are is not known here: say near which place or crossing."
            return LoosePart(here), length + 1
        # "at" is said of hours and of much else: one word must be the very name of a place.
        fewest = 2 if self.word(at) == "at" else 1
        name, found, words = self.place(at + length, fewest)
        if not words:
            return None
        if not found:
            return self._no_place(name), length + words
        return self._with_distance(PlacePart("near", name, found), at, length + words, before)

    def _at_point(self, at: int, length: int, before: ReadDistance | None) -> Found:
        first, second = (float(n) for n in self.tokens[at + length].text.split(","))
        point = self._on_the_map(first, second)
        if point is None:
            return LoosePart("Coordinates are written latitude, longitude."), length + 1
        part = PlacePart("near", self.tokens[at + length].text, (), point)
        return self._with_distance(part, at, length + 1, before)

    def _on_the_map(self, first: float, second: float) -> tuple[float, float] | None:
        """Longitude and latitude: latitude was first, unless only the other way is in a city."""
        for lat, lon in ((first, second), (second, first)):
            for city in self.vocabulary.cities.values():
                west, south, east, north = city.region
                if west <= lon <= east and south <= lat <= north:
                    return lon, lat
        return (second, first) if abs(first) <= 90 and abs(second) <= 180 else None

    def _with_distance(
        self, part: PlacePart, at: int, length: int, before: ReadDistance | None
    ) -> Found:
        """The distance before the place, or the one behind it."""
        distance, start, end = before, at, at + length
        if distance is None:
            skipped = 1 if self.word(at + length) in ("within", "in") else 0
            distance = read_distance(self.words, at + length + skipped)
            if distance is None:
                return part, length
            start, length = at + length + skipped, length + skipped + distance.length
            end = at + length
        elif self.word(at) in ("within", "in"):
            start += 1
        typed = self.text(start, distance.length) if end > start else ""
        place = PlacePart(part.kind, part.name, part.found, part.point, distance.metres, typed)
        return place, length

    def time(self, at: int) -> Found | None:
        length = self._time(at)
        return (TimePart(tuple(self.words[at : at + length])), length) if length else None

    def _time(self, at: int) -> int:
        found = read_time(self.words, at, self.clock)
        return found.length if found is not None else 0

    def inside(self, at: int) -> Found | None:
        """Such as "in Hackney", "in ward 42", "in London"."""
        length = self.phrase(at, _INSIDE)
        if not length:
            return None
        name, found, words = self.place(at + length)
        city = self.city(at + length)
        if city is not None and words <= 1:
            return CityPart(city), length + 1
        if not words:
            return None
        if found:
            return self._with_distance(PlacePart("in", name, found), at, length + words, None)
        # "in schools": a dataset, or a value; the preposition adds nothing then.
        return (
            None if self._means_something(at + length) else (self._no_place(name), length + words)
        )

    def numbered(self, at: int) -> Found | None:
        """An area by its number, such as "ward 42", without a preposition."""
        if not self.word(at + 1).isdecimal() or self.placed:
            return None
        name = self.text(at, 2)
        areas = [place for place in self.named(name) if place.area is not None]
        return (PlacePart("in", name, areas), 2) if areas else None

    def _means_something(self, at: int) -> bool:
        key = folded(self.word(at))
        return (
            self.dataset(at) is not None
            or self.value(at) is not None
            or self._time(at) > 0
            or key in FILLERS
            or not key
        )

    def _no_place(self, name: str) -> LoosePart:
        near = [found.name for found in self.vocabulary.places.search(name, limit=3)]
        offer = f" Did you mean {' or '.join(dict.fromkeys(near))}?" if near else ""
        return LoosePart(f"No place here is called “{name}”.{offer}")

    def dataset(self, at: int) -> Found | None:
        """The longest name of datasets."""
        for length in self.lengths(at):
            key = self.key(at, length)
            one = self.vocabulary.ids.get(key)
            if one is not None:
                return DatasetPart((one,), self.vocabulary.by_id[one].city), length
            ids = self.vocabulary.names.get(key)
            if ids is not None:
                return DatasetPart(ids), length
        return None

    # Places

    def place(self, at: int, fewest: int = 1) -> tuple[str, list[FoundPlace], int]:
        """The place named from a token on: its name as typed, what has it, and its tokens.

        The longest exact name counts, whatever its words mean otherwise, unless a longer one only
        begins so, or has these words. A name that only begins so must use up all words that mean
        nothing else: half a name is no place.

        Parameters
        ----------
        fewest: words of a name that only begins so.
        """
        if self.kind(at) == "quoted":
            name = self.tokens[at].text
            return name, self.named(name) or self.searched(name), 1
        run = self.run(at)
        if (code := self.postcode(at)) is not None:
            return code
        soft = self.uncut(at, run)
        for length in range(run, 0, -1):
            if self.word(at + length - 1) in _JOINTS:
                continue
            name = self.text(at, length)
            if found := self.named(name):
                return name, found, length
            whole = length == soft or (length < soft and self._means_something(at + length))
            if whole and length >= fewest and (found := self.searched(name)):
                return name, found, length
        return (self.text(at, soft), [], soft) if soft else ("", [], 0)

    def postcode(self, at: int) -> tuple[str, list[FoundPlace], int] | None:
        """A full British postcode: its district, the most that is known of it here."""
        outward, inward = self.word(at), self.word(at + 1)
        if _OUTWARD.fullmatch(outward) and _INWARD.fullmatch(inward):
            found = self.named(self.words[at])
            return (self.text(at, 2), found, 2) if found else None
        joined = self.words[at][:-3] if at < len(self.words) else ""
        if _OUTWARD.fullmatch(joined) and _INWARD.fullmatch(outward[-3:]):
            found = self.named(joined)
            return (self.words[at], found, 1) if found else None
        return None

    def run(self, at: int) -> int:
        """Tokens that may be of one name."""
        length = 0
        while (
            length < _MOST_WORDS_OF_A_PLACE
            and self.kind(at + length) == "word"
            and not (length and self.word(at + length) in _STOP)
            and read_distance(self.words, at + length) is None
        ):
            length += 1
        return length

    def uncut(self, at: int, run: int) -> int:
        for length in range(1, run):
            if self.dataset(at + length) is not None or self._time(at + length):
                return length
        first = self.word(at)
        return 0 if first in _STOP or (run and self._time(at)) else run

    def named(self, name: str) -> list[FoundPlace]:
        return self.somewhere(lambda city: self.vocabulary.places.named(name, city))

    def searched(self, name: str) -> list[FoundPlace]:
        return self.somewhere(lambda city: self.vocabulary.places.search(name, city, similar=False))

    def somewhere(self, find: Callable[[str], Sequence[FoundPlace]]) -> list[FoundPlace]:
        """What is found in the cities asked about; else in the others."""
        here = [place for city in self.cities for place in find(city)]
        others = [city for city in self.vocabulary.cities if city not in self.cities]
        return here or [place for city in others for place in find(city)]

    def city(self, at: int) -> str | None:
        word = self.word(at)
        return next(
            (c.id for c in self.vocabulary.cities.values() if word in (c.id, c.name.lower())), None
        )

    # By meaning

    def between(self, start: int, end: int) -> list[PlacedPart]:
        """The words that no form claimed: values, cities, places, and else text."""
        found: list[PlacedPart] = []
        at = start
        while at < end:
            part, length = self.meaning(at, end)
            if part is not None:
                found.append(self.placed_part(part, at, length))
            at += length
        return found

    def meaning(self, at: int, end: int) -> tuple[Part | None, int]:
        value = self.value(at, end)
        area = None if self.placed or self.meant else self.bare_place(at, end)
        # Names of areas are values of many tables: where none is named, the area is meant.
        if value is not None and area is not None and area[1] >= value[1]:
            return area
        if value is not None:
            return value
        word = self.word(at)
        second = self.second_place(at, end)
        if second is not None:
            return second
        if word in FILLERS:
            return None, 1
        place = None if self.placed else self.bare_place(at, end)
        city = self.city(at)
        if city is not None and (place is None or place[1] == 1):
            return CityPart(city), 1
        if word in ("or", "not", "without", "except"):
            return LoosePart(f"“{word}” can't be used here; all the words must fit."), 1
        if word in ("weekends", "weekdays"):
            return LoosePart(f"“{word}” can't be picked out of a time; see them in the chart."), 1
        return place or (TextPart(self.words[at]), 1)

    def second_place(self, at: int, end: int) -> Found | None:
        """Such as "and Camden" behind a place: a question has one."""
        if not self.placed or self.word(at) not in _JOINTS:
            return None
        other = self.bare_place(at + 1, end)
        if other is None:
            return None
        name = self.text(at + 1, other[1])
        return LoosePart(f"One place at a time: “{name}” is left out."), 1 + other[1]

    def value(self, at: int, end: int | None = None) -> Found | None:
        """The longest known value."""
        for length in self.lengths(at, end):
            key = self.key(at, length)
            known = self.vocabulary.values.get(key, ())
            fits = not self.meant or any(one.dataset in self.meant for one in known)
            if known and fits and not key.replace(" ", "").isdigit():
                return ValuePart(self.text(at, length), key), length
        return None

    def bare_place(self, at: int, end: int) -> Found | None:
        """A place without "near" or "in": an area, a code, or a name of several words."""
        for length in range(min(end - at, _MOST_WORDS_OF_A_PLACE), 0, -1):
            name = self.text(at, length)
            found = self.named(name)
            if not found or len({place.city for place in found}) > 1:
                continue
            alone = len({(place.kind, place.name) for place in found}) == 1
            if any(place.area for place in found) and (alone or len(name) > 3):
                return PlacePart("in", name, found), length
            if alone and length > 1:
                return PlacePart("near", name, found), length
        return None

    # Tokens

    def word(self, at: int) -> str:
        return self.words[at].lower() if at < len(self.words) else "\0"

    def kind(self, at: int) -> str:
        return self.tokens[at].kind if at < len(self.tokens) else ""

    def text(self, at: int, length: int) -> str:
        """The line from one token to the last of so many."""
        return self.line[self.tokens[at].start : self.tokens[at + length - 1].end]

    def key(self, at: int, length: int) -> str:
        return " ".join(filter(None, (folded(word) for word in self.words[at : at + length])))

    def lengths(self, at: int, end: int | None = None) -> range:
        """How many words from a token on a name may have, longest first."""
        last = min(at + self.vocabulary.longest, len(self.words) if end is None else end)
        words = 0
        while at + words < last and self.kind(at + words) == "word":
            words += 1
        return range(words, 0, -1)

    def phrase(self, at: int, options: Sequence[str]) -> int:
        """How many words of an option stand at a token."""
        for option in options:
            length = option.count(" ") + 1
            if " ".join(self.word(at + n) for n in range(length)) == option:
                return length
        return 0


def _condition(text: str) -> Part:
    match = _CONDITION.fullmatch(text)
    assert match is not None
    value = match["value"]
    quoted = value.startswith('"')
    value = value.strip('"').strip() if quoted else value.rstrip(".,;!?)")
    if not value:
        return LoosePart(f"{match['name']} has no value.")
    return ConditionPart(match["name"], match["op"], value, quoted)
