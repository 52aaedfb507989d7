"""Places by name, from the loaded data alone: areas, stations, parks, schools, street corners.

The index lives in memory: 60,000 names are indexed in about a second and found in under 5 ms, so
there is nothing to keep on disk and nothing that could go stale beside a new snapshot.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from math import cos, hypot, radians
from types import MappingProxyType

import pyarrow as pa
from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein

from interurban.query.vocabulary import FoundPlace, Match

__all__ = ["KIND_RANK", "Gazetteer", "PlaceTable", "normalised"]

KIND_RANK: Mapping[str, int] = MappingProxyType(
    {
        **dict.fromkeys(("borough", "community area"), 0),
        **dict.fromkeys(("ward", "ZIP code", "postcode district"), 1),
        **dict.fromkeys(("neighborhood", "neighbourhood"), 2),
        **dict.fromkeys(("police district", "police beat", "census tract", "small area"), 3),
        "station": 4,
        "park": 5,
        "library": 6,
        "school": 7,
        "place": 8,
        "bike station": 9,
        "corner": 10,
        "bus stop": 11,
    }
)
"""Which kind is meant first where several places have the same name."""

_OTHER_KIND = 8
_SAME_PLACE_M = 400.0
_SAME_SPOT_M = 40.0
_CANDIDATES = 400
_LEVELS: tuple[Match, ...] = ("exact", "prefix", "words", "similar")


@dataclass(frozen=True, slots=True)
class PlaceTable:
    """Named places of one dataset.

    Parameters
    ----------
    table: columns ``label`` (text), ``lon`` and ``lat`` (degrees, WGS84; of an area, a point in
        it); and, where there are such, ``area`` (the area's id in its boundary dataset) and
        ``other`` (more names, separated by commas). Rows without a label or a place are left out.
    kind: what its places are, in words, as ``KIND_RANK`` has it.
    rank: in place of the kind's own.
    """

    city: str
    dataset: str
    kind: str
    table: pa.Table
    rank: int | None = None


class Gazetteer:
    """An index of named places.

    Parameters
    ----------
    tables: in order; where all else is equal, the place that came first is meant first.
    """

    def __init__(self, tables: Iterable[PlaceTable] = ()) -> None:
        self._places: list[FoundPlace] = []
        self._ranks: list[int] = []
        self._by_key: dict[str, list[int]] = {}
        self._by_other: dict[str, set[int]] = {}
        self._by_token: dict[str, list[int]] = {}
        for table in tables:
            rank = table.rank if table.rank is not None else KIND_RANK.get(table.kind, _OTHER_KIND)
            for place, other in _rows(table):
                self._add(place, rank, other)
        self._keys = sorted(self._by_key)
        self._tokens = sorted(self._by_token)

    def __len__(self) -> int:
        return len(self._places)

    def named(self, name: str, city: str | None = None) -> list[FoundPlace]:
        """Places of exactly this name, best first.

        Parameters
        ----------
        name: case, accents, punctuation and abbreviations do not matter; a street corner is
            found in either order of its streets.
        city: only in this one.
        """
        return self._best(normalised(name), self._corner_or_name(name), "exact", city, _CANDIDATES)

    def search(
        self, text: str, city: str | None = None, limit: int = 10, *, similar: bool = True
    ) -> list[FoundPlace]:
        """Places of this name, then of names that begin so, have these words, or words like them.

        Parameters
        ----------
        city: only in this one.
        similar: correct slips of the finger where nothing else is found.
        """
        key = normalised(text)
        found: dict[int, FoundPlace] = {}
        if not key:
            return []
        for level in _LEVELS:
            if level == "similar" and (found or not similar):
                break
            exact = self._corner_or_name(text) if level == "exact" else None
            candidates = exact if exact is not None else self._candidates(key, level)
            for place in self._best(key, candidates, level, city, limit):
                if not any(_same_place(place, other) for other in found.values()):
                    found[len(found)] = place
            if len(found) >= limit:
                break
        return list(found.values())[:limit]

    # Filling

    def _add(self, place: FoundPlace, rank: int, other: str) -> None:
        number = len(self._places)
        self._places.append(place)
        self._ranks.append(rank)
        own = _keys(place.name, place.kind)
        others = {key for name in _other_names(place, other) for key in _keys(name)} - own
        for key in others:
            self._by_other.setdefault(key, set()).add(number)
        keys = own | others
        for key in keys:
            self._by_key.setdefault(key, []).append(number)
        for token in {token for key in keys for token in key.split()}:
            self._by_token.setdefault(token, []).append(number)

    # Finding

    def _corner_or_name(self, name: str) -> list[int]:
        """Places of a name; of a street corner, whatever is said of direction and kind."""
        found = list(self._by_key.get(normalised(name), ()))
        return found + [n for key in _corner(name) for n in self._by_key.get(key, ())]

    def _candidates(self, key: str, level: Match) -> Iterator[int]:
        match level:
            case "prefix":
                for longer in _beginning(self._keys, key):
                    yield from self._by_key[longer]
            case "words":
                *whole, last = key.split()
                options = [[token] for token in whole]
                options.append(list(_beginning(self._tokens, last)))
                yield from self._with_words(options)
            case "similar":
                yield from self._with_words([self._like(token) for token in key.split()])

    def _with_words(self, options: list[list[str]]) -> list[int]:
        """Places that have one word of each list."""
        sets = []
        for words in options:
            holders: set[int] = set()
            for word in words:
                holders.update(self._by_token.get(word, ()))
            sets.append(holders)
        return sorted(set.intersection(*sorted(sets, key=len)))

    def _like(self, token: str) -> list[str]:
        """Known words at most one slip away from a word, two from a long one."""
        if len(token) < 4 or token.isdigit():
            return [token] if token in self._by_token else []
        slips = 1 if len(token) < 8 else 2
        near = process.extract(
            token,
            self._tokens,
            scorer=DamerauLevenshtein.distance,
            score_cutoff=slips,
            limit=5,
        )
        return [word for word, _, _ in near]

    def _best(
        self, key: str, numbers: Iterable[int], level: Match, city: str | None, limit: int
    ) -> list[FoundPlace]:
        """The best of the candidates: own names first; the same place counts once."""
        other = self._by_other.get(key, ())
        ranked: list[tuple[bool, int, int, int]] = []
        for number in numbers:
            place = self._places[number]
            if city is None or place.city == city:
                ranked.append((number in other, self._ranks[number], len(place.name), number))
        chosen: list[FoundPlace] = []
        for _, _, _, number in sorted(set(ranked))[:_CANDIDATES]:
            place = self._places[number]
            if not any(_same_place(place, other) for other in chosen):
                chosen.append(replace(place, match=level))
            if len(chosen) == limit:
                break
        return chosen


# Names

_SHORT: Mapping[str, str] = MappingProxyType(
    {
        long: short
        for short, longs in {
            "st": "street saint str",
            "ave": "avenue av",
            "rd": "road",
            "blvd": "boulevard",
            "dr": "drive",
            "pl": "place",
            "ct": "court",
            "sq": "square",
            "ln": "lane",
            "pkwy": "parkway",
            "ter": "terrace",
            "cres": "crescent",
            "gdns": "gardens",
            "center": "centre ctr",
            "theater": "theatre",
            "harbor": "harbour",
            "mt": "mount",
            "n": "north",
            "s": "south",
            "e": "east",
            "w": "west",
            "zip": "zipcode",
        }.items()
        for long in longs.split()
    }
)
_LEFT_OUT = frozenset({"and", "the", "at"})
_STATION = re.compile(
    r"\s*\(.*\)$|\s+((london )?(underground|overground|rail|dlr|tram|elizabeth line) )?station$"
)
_WORD = re.compile(r"\w+")
_SILENT = re.compile(r"['’`´.]")
_CORNER = re.compile(r"\s+(?:&|and|/|at)\s+|\s*/\s*", re.IGNORECASE)
_STREET_WORDS = frozenset({"st", "ave", "rd", "blvd", "dr", "pl", "ct", "sq", "ln", "pkwy", "ter"})
_DIRECTIONS = frozenset("nsew")


def normalised(name: str) -> str:
    """A name as it is compared: lower case, no accents or punctuation, abbreviations short."""
    text = name.casefold()
    if not text.isascii():
        text = "".join(
            c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c)
        )
    words = [_SHORT.get(word, word) for word in _WORD.findall(_SILENT.sub("", text))]
    return " ".join([word for word in words if word not in _LEFT_OUT] or words)


def _keys(name: str, kind: str = "") -> set[str]:
    """The keys a name is found by."""
    key = normalised(name)
    keys = {key, *_corner(name)}
    plain = _STATION.sub("", name.casefold())
    if len(plain) < len(name):
        keys.add(normalised(plain))
    if kind == "station":
        keys.add(f"{normalised(plain)} station")
    keys.discard("")
    return keys


def _corner(name: str) -> tuple[str, ...]:
    """A street corner in both orders of its streets; of any other name nothing."""
    streets = _CORNER.split(name)
    if len(streets) != 2:
        return ()
    first, second = (_street(street) for street in streets)
    return (f"{first} {second}", f"{second} {first}") if first and second else ()


@lru_cache(maxsize=10_000)
def _street(name: str) -> str:
    """A street's own name, without direction and kind."""
    words = normalised(name).split()
    core = words[1:] if len(words) > 1 and words[0] in _DIRECTIONS else words
    core = core[:-1] if len(core) > 1 and core[-1] in _STREET_WORDS else core
    return " ".join(core)


def _other_names(place: FoundPlace, other: str) -> Iterator[str]:
    yield from (name for part in other.split(",") if (name := part.strip()))
    if place.area is None:
        return
    area = place.area[1]
    yield f"{place.kind} {place.name}"
    yield f"{place.name} {place.kind}"
    yield f"{place.kind} {area}"
    # A bare "42" may be anything; a code of five digits or with letters is only itself.
    if not area.isdigit() or len(area) >= 5:
        yield area
    elif not area.startswith("0"):
        yield f"{_ordinal(int(area))} {place.kind}"


def _ordinal(number: int) -> str:
    if number % 100 in (11, 12, 13):
        return f"{number}th"
    return f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th') }"


# Rows


def _rows(source: PlaceTable) -> Iterator[tuple[FoundPlace, str]]:
    table = source.table
    count = table.num_rows
    labels = table.column("label").to_pylist()
    lons, lats = (table.column(name).to_pylist() for name in ("lon", "lat"))
    areas = table.column("area").to_pylist() if "area" in table.column_names else [None] * count
    others = table.column("other").to_pylist() if "other" in table.column_names else [None] * count
    for label, lon, lat, area, other in zip(labels, lons, lats, areas, others, strict=True):
        if label is None or not str(label).strip() or lon is None or lat is None:
            continue
        place = FoundPlace(
            name=str(label).strip(),
            kind=source.kind,
            city=source.city,
            lon=float(lon),
            lat=float(lat),
            dataset=source.dataset,
            area=(source.dataset, str(area)) if area is not None else None,
        )
        yield place, str(other or "")


def _beginning(words: Sequence[str], prefix: str) -> Iterator[str]:
    """Sorted words that begin with a prefix, the prefix itself among them, up to a bound."""
    start = bisect_left(words, prefix)
    for word in words[start : start + _CANDIDATES]:
        if not word.startswith(prefix):
            return
        yield word


def _same_place(a: FoundPlace, b: FoundPlace) -> bool:
    """Two records of one thing: one area, one spot, or one name nearby."""
    if a.area is not None or b.area is not None:
        return a.area == b.area
    if a.city != b.city:
        return False
    across = (a.lon - b.lon) * cos(radians(a.lat))
    metres = 111_320.0 * hypot(across, a.lat - b.lat)
    if a.kind == b.kind == "corner" and metres < _SAME_SPOT_M:
        return True
    return metres < _SAME_PLACE_M and normalised(a.name) == normalised(b.name)
