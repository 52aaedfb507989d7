"""The parts of a search line put together: which cities, which datasets, one query for each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from interurban.core import query as q

from .clock import Clock, Period
from .dates import read_time
from .parameters import arranged
from .phrase_conditions import condition_on
from .phrase_parts import (
    CityPart,
    ConditionPart,
    DatasetPart,
    LimitPart,
    Part,
    PlacePart,
    TextPart,
    TimePart,
    ValuePart,
)
from .phrase_places import ChosenPlace, choose_place, cities_of
from .phrase_reading import PlacedPart
from .vocabulary import DatasetWords, KnownValue, Vocabulary

__all__ = ["Meaning"]

_P = TypeVar("_P", bound=Part)


@dataclass(slots=True)
class Meaning:
    """What the parts of one line mean.

    Parameters
    ----------
    clocks: of every city.
    scope: the cities that are looked at.
    cities, datasets: the ones meant, in order; filled by ``settle``.
    hints: sentences for the person, gathered on the way.
    """

    vocabulary: Vocabulary
    clocks: dict[str, Clock]
    scope: tuple[str, ...]
    parts: Sequence[PlacedPart]
    cities: tuple[str, ...] = ()
    datasets: tuple[DatasetWords, ...] = ()
    hints: list[str] = field(default_factory=list)

    def all(self, kind: type[_P]) -> list[_P]:
        """The parts of a kind, in order."""
        return [one.part for one in self.parts if isinstance(one.part, kind)]

    def city_names(self) -> str:
        """The cities meant, as words."""
        return " and ".join(self.vocabulary.cities[one].name for one in self.cities)

    # Which cities, which datasets

    def settle(self) -> None:
        """Decide which cities and which datasets are meant."""
        self.cities = self._cities()
        self.datasets = self._datasets()
        meant = [self.vocabulary.by_id[i] for part in self.all(DatasetPart) for i in part.datasets]
        if meant and not self.datasets and self.cities == self.scope:
            self.cities = tuple(dict.fromkeys(one.city for one in meant))
            self.datasets = self._datasets()
            self.hints.append(f"Only {self.city_names()} has {meant[0].title.lower()} here.")

    def _cities(self) -> tuple[str, ...]:
        """The cities that the line names; else those that have its places."""
        by_id = [part.city for part in self.all(DatasetPart) if part.city is not None]
        named = dict.fromkeys([*(part.city for part in self.all(CityPart)), *by_id])
        if named:
            return tuple(named)
        cities = self.scope
        for part in self.all(PlacePart):
            having = cities_of(part, self.vocabulary)
            both = tuple(one for one in cities if one in having)
            if having and not both:
                names = " and ".join(self.vocabulary.cities[one].name for one in having)
                self.hints.append(f"{part.name} is in {names}.")
            cities = both or having or cities
        return cities

    def _datasets(self) -> tuple[DatasetWords, ...]:
        parts = self.all(DatasetPart)
        found = (
            [self.dataset_in(part, city) for city in self.cities for part in parts]
            if parts
            else [self._by_value(city) for city in self.cities]
        )
        distinct = {one.id: one for one in found if one is not None}
        return tuple(one for one in distinct.values() if self._can_answer(one, distinct.values()))

    def _can_answer(self, dataset: DatasetWords, among: Iterable[DatasetWords]) -> bool:
        """Whether it has every field of the line that another of them has."""
        return all(
            self.condition(part, dataset) is not None
            or all(self.condition(part, other) is None for other in among)
            for part in self.all(ConditionPart)
        )

    def condition(self, part: ConditionPart, dataset: DatasetWords) -> q.Filter | None:
        """A condition on a dataset; ``None`` when it has no such field, or none that fits."""
        return condition_on(part, dataset, self.clocks[dataset.city])

    def dataset_in(self, part: DatasetPart, city: str) -> DatasetWords | None:
        """The city's dataset of that name, else its own of the same standard."""
        meant = [self.vocabulary.by_id[one] for one in part.datasets]
        here = next((one for one in meant if one.city == city), None)
        if part.city is not None:
            return here
        standards = {one.standard for one in meant} - {None}
        alike = [
            one
            for one in self.vocabulary.datasets
            if one.city == city and one.standard in standards
        ]
        return here or min(alike, key=lambda one: len(one.name), default=None)

    def _by_value(self, city: str) -> DatasetWords | None:
        """The first dataset whose category the line names, when it names no dataset."""
        found = (
            dataset
            for part in self.all(ValuePart)
            for known in self.vocabulary.values.get(part.key, ())
            if (dataset := self.vocabulary.by_id[known.dataset]).city == city
            and known.field == dataset.roles.category
        )
        return next(found, None)

    # One query

    def query(self, dataset: DatasetWords) -> q.Query:
        """The whole line for one dataset; what it can't have is left out, with a hint."""
        limits = self.all(LimitPart)
        return q.Query(
            dataset=dataset.id,
            where=arranged(self._conditions(dataset)),
            places=tuple(self._places(dataset)),
            times=tuple(self._times(dataset)),
            limit=limits[-1].rows if limits else None,
        )

    def _conditions(self, dataset: DatasetWords) -> Iterator[q.Filter]:
        words = [part.text for part in self.all(TextPart)]
        equal: dict[str, dict[q.Operand, None]] = {}
        for part in self.all(ValuePart):
            known = self.known(part, dataset)
            if known is None:
                words.append(part.text)
            else:
                equal.setdefault(known.field, {})[q.Literal(known.value)] = None
        if words:
            yield q.Text(tuple(words))
        for name, values in equal.items():
            if len(values) == 1:
                yield q.Compare("=", q.Name(name), *values)
            else:
                yield q.InList(q.Name(name), tuple(values))
        for condition in self.all(ConditionPart):
            found = self.condition(condition, dataset)
            if found is not None:
                yield found

    def known(self, part: ValuePart, dataset: DatasetWords) -> KnownValue | None:
        """The value as the dataset has it; its category before its other fields."""
        found = self.vocabulary.values.get(part.key, ())
        return next((one for one in found if one.dataset == dataset.id), None)

    def _places(self, dataset: DatasetWords) -> Iterator[q.Place]:
        for part in self.all(PlacePart):
            chosen = self.chosen(part, dataset.city)
            if not dataset.placed:
                name = part.name
                self.hints.append(f"{dataset.title} has no places; “{name}” is left out for it.")
            elif chosen is not None:
                yield chosen.place

    def chosen(self, part: PlacePart, city: str) -> ChosenPlace | None:
        """The place in a city, of the vintage of the time that is asked about."""
        clock = self.clocks[city]
        spans = (self.period(time, city) for time in self.all(TimePart))
        when = next((span.start or span.end for span in spans if span is not None), None)
        return choose_place(part, self.vocabulary.cities[city], when, clock.now)

    def period(self, part: TimePart, city: str) -> Period | None:
        """A time on a city's own clock."""
        found = read_time(part.words, 0, self.clocks[city])
        return found.period if found is not None else None

    def _times(self, dataset: DatasetWords) -> Iterator[q.TimeSpan]:
        for part in self.all(TimePart):
            words = " ".join(part.words)
            period = self.period(part, dataset.city)
            if dataset.roles.time is None:
                self.hints.append(f"{dataset.title} has no times; “{words}” is left out for it.")
            elif period is not None:
                yield q.TimeSpan(period.start, period.end, words)
