"""The card of one school: facts, measures beside the city's, years, links, similar schools."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from interurban.apps.schools.reading import Atlas
from interurban.apps.schools.subjects import Floats
from interurban.apps.schools.words import school_year
from interurban.core.errors import NotFound
from interurban.standards.spelling import did_you_mean

from .facts import Fact, Stale, Value, facts_of, other_names, programmes_of
from .history import IdChange, changes
from .links import Link
from .measures import SHOWN, Mean, Measure, mean, read_measures
from .register import Register, leaning_on, read_register
from .settings import CardSettings, card_settings, link_datasets
from .similar import METHOD, Similar, listed, most_similar

__all__ = ["Card", "CardMeasure", "Neighbour", "card_of", "school_place"]

_OLD = 3
"""School years by which a number may be older than the newest one of a card."""


@dataclass(frozen=True, slots=True)
class CardMeasure:
    """A measure of one school beside those of its city and of the schools most like it.

    Parameters
    ----------
    value: ``None`` where ``status`` is not ``shown``, or where it is only said in ``words``.
    city: over all open schools of the same stages. similar: over the similar ones.
    """

    measure: Measure
    value: float | None
    status: str
    words: str
    city: Mean
    similar: Mean


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A similar school: how far away, in metres (``None`` without a place), and why."""

    id: str
    name: str
    metres: float | None
    gap: float
    why: str


@dataclass(frozen=True, slots=True)
class Card:
    """All that is known of one school. There is no overall score, on purpose.

    Parameters
    ----------
    series: year and pupils.
    changes: under the same id: other names, other schools.
    heirs: open schools that it went on as, when it is closed itself.
    flows_under: ids of schools it came from that flows of pupils still name, with name and dataset.
    method: how the similar schools were found.
    datasets: that it was made from.
    """

    id: str
    name: str
    open: bool
    stages: tuple[str, ...]
    lon: float | None
    lat: float | None
    facts: tuple[Fact, ...]
    measures: tuple[CardMeasure, ...]
    series: tuple[tuple[int, float], ...]
    before: tuple[Link, ...]
    after: tuple[Link, ...]
    changes: tuple[IdChange, ...]
    heirs: tuple[tuple[str, str], ...]
    flows_under: tuple[tuple[str, str, str], ...]
    similar: tuple[Neighbour, ...]
    method: str
    programmes: tuple[dict[str, Value | None], ...]
    stale: tuple[Stale, ...]
    datasets: tuple[str, ...]


def school_place(register: Register, school: str) -> int:
    """Place of a school in the register.

    Raises
    ------
    NotFound: nothing is known of that id.
    """
    at = register.index.get(school)
    if at is None:
        raise NotFound(
            f"There is no school {school[:60]!r} here.",
            advice=did_you_mean(school, register.ids, otherwise="Search for it by its name."),
            part="school",
        )
    return at


def card_of(atlas: Atlas, school: str) -> Card:
    """The card of a school by its id; of a closed one too, if anything still names it.

    Raises
    ------
    NotFound: nothing is known of that id.
    """
    settings = card_settings(atlas.settings, atlas.node.packs)
    register = read_register(atlas)
    at = school_place(register, school)
    measures = read_measures(atlas, settings, register)
    similar, features = _similar(atlas, settings, register, measures, at)
    nearest = np.zeros(len(register), dtype=np.bool_)
    nearest[similar.places] = True
    peers = register.peers(at)
    changed = _changes(atlas, settings, register).get(school, ())
    began = max((one.year for one in changed if one.kind != "renamed"), default=0)
    there = [m for m in measures if m.stated[at] and (peers & m.stated).any()]
    shown = tuple(
        _beside(measure, at, mean(measure, peers), mean(measure, nearest))
        for measure in there
        if measure.year >= began
    )
    place = register.place[at]
    lonlat = register.described.lonlat[place] if place >= 0 else np.full(2, np.nan)
    links = register.links
    heirs = () if register.open[at] else links.heirs(school, register.is_open)
    measured = {(one.dataset, one.field) for one in settings.wide}
    facts = tuple(facts_of(atlas, school, measured, settings.unsaid))
    others = [
        Stale(m.title, _when(atlas, m.year), "It is of the school that had this id then.")
        for m in there
        if m.year < began
    ]
    linked = link_datasets(atlas.settings, atlas.node.packs)
    return Card(
        id=school,
        name=register.names[at],
        open=bool(register.open[at]),
        stages=tuple(
            stage.id
            for stage, there in zip(atlas.settings.stages, register.stages[at], strict=True)
            if there
        ),
        lon=None if np.isnan(lonlat[0]) else float(lonlat[0]),
        lat=None if np.isnan(lonlat[1]) else float(lonlat[1]),
        facts=facts,
        measures=shown,
        series=tuple(register.rolls.series(school)),
        before=tuple(_named(link, register) for link in links.before(school)),
        after=tuple(_named(link, register) for link in links.after(school)),
        changes=changed,
        heirs=tuple((one, register.names[register.index[one]]) for one in heirs),
        flows_under=tuple(
            (one, register.names[register.index[one]], flow.dataset)
            for flow in atlas.settings.flows
            for one in links.forebears(school)
            if one in _schools_with_flows(atlas, flow.dataset)
        ),
        similar=tuple(
            _neighbour(register, at, int(other), float(gap), features, similar)
            for other, gap in zip(similar.places, similar.distances, strict=True)
        ),
        method=_method(features, similar),
        programmes=tuple(programmes_of(atlas, school, settings.programmes)),
        stale=(*_stale(atlas, school, facts, shown), *others, *_other_names(atlas, school)),
        datasets=tuple(
            dataset
            for dataset in dict.fromkeys((*leaning_on(atlas), *settings.datasets, *linked))
            if atlas.snapshot(dataset) is not None
        ),
    )


def _changes(
    atlas: Atlas, settings: CardSettings, register: Register
) -> dict[str, tuple[IdChange, ...]]:
    leaning = (*settings.rolls, *(size.dataset for size in settings.sizes))
    return atlas.cached(f"id changes {settings}", leaning, lambda: changes(register.rolls))


def _beside(measure: Measure, at: int, city: Mean, similar: Mean) -> CardMeasure:
    value = measure.values[at]
    there = not np.isnan(value)
    status = SHOWN if there else str(measure.statuses[at])
    return CardMeasure(
        measure, float(value) if there else None, status, str(measure.words[at]), city, similar
    )


def _named(link: Link, register: Register) -> Link:
    """A link with the names of both schools, where anything tells them."""
    before, after = register.index[link.before], register.index[link.after]
    return replace(
        link,
        before_name=link.before_name or register.names[before],
        after_name=link.after_name or register.names[after],
    )


# Similar schools


@dataclass(frozen=True, eq=False, slots=True)
class _Features:
    """What schools are compared by: (n, k) values, and how each reads of one school."""

    values: Floats
    titles: tuple[str, ...]
    measures: tuple[Measure | None, ...]


def _similar(
    atlas: Atlas,
    settings: CardSettings,
    register: Register,
    measures: tuple[Measure, ...],
    at: int,
) -> tuple[Similar, _Features]:
    leaning = (*leaning_on(atlas), *settings.datasets)
    features = atlas.cached(
        f"features {settings}", leaning, lambda: _features(settings, register, measures)
    )
    among = register.peers(at) & bool(register.open[at])
    return most_similar(features.values, at, among, settings.similar.count), features


def _features(
    settings: CardSettings, register: Register, measures: tuple[Measure, ...]
) -> _Features:
    """Size on a log scale, then the measures that the pack names."""
    chosen = [m for name in settings.similar.by for m in measures if m.id == name]
    size = np.log(np.where(register.pupils > 0, register.pupils, np.nan))
    return _Features(
        np.column_stack([size, *(measure.values for measure in chosen)]),
        ("numbers of pupils", *(_lower(measure.title) for measure in chosen)),
        (None, *chosen),
    )


def _neighbour(
    register: Register, at: int, other: int, gap: float, features: _Features, similar: Similar
) -> Neighbour:
    said = []
    for column in np.flatnonzero(similar.features):
        measure = features.measures[column]
        values = register.pupils if measure is None else measure.values
        if np.isnan(values[other]):
            continue
        unit = " pupils" if measure is None else _unit(measure.unit)
        name = "" if measure is None else f"{_lower(measure.title)}: "
        said.append(f"{name}{values[other]:,.0f}{unit} (here {values[at]:,.0f})")
    metres = register.metres_between(at, other)
    return Neighbour(
        register.ids[other],
        register.names[other],
        None if np.isnan(metres) else metres,
        gap,
        "; ".join(said),
    )


def _method(features: _Features, similar: Similar) -> str:
    if not len(similar.places):
        return "No schools are called similar: it is closed, or too little is known of it."
    used = [features.titles[column] for column in np.flatnonzero(similar.features)]
    return METHOD.format(features=listed(used))


def _unit(unit: str) -> str:
    return f" {unit}" if unit else ""


def _lower(title: str) -> str:
    return title[:1].lower() + title[1:] if title[1:2].islower() else title


# How old it is


def _stale(
    atlas: Atlas, school: str, facts: tuple[Fact, ...], measures: tuple[CardMeasure, ...]
) -> list[Stale]:
    found: list[Stale] = []
    there = [d for d in atlas.settings.schools if atlas.snapshot(d) is not None]
    speaking = [fact.dataset for fact in facts]
    newer = [d for d in there if d in atlas.settings.current] or there[:1]
    if newer and speaking and not set(newer) & set(speaking):
        newest, said = atlas.node.dataset(newer[-1]), atlas.node.dataset(speaking[0])
        found.append(
            Stale(
                "The school itself",
                said.vintage,
                f"It is not in {newest.title} ({newest.vintage}).",
            )
        )
    newest_year = max((one.measure.year for one in measures), default=0)
    for one in measures:
        if one.measure.year <= newest_year - _OLD:
            why = f"Other numbers here are of {_when(atlas, newest_year)}."
            found.append(Stale(one.measure.title, _when(atlas, one.measure.year), why))
    for source in atlas.settings.flows:
        found += _stale_flows(atlas, source.dataset, source.areas, school)
    return found


def _when(atlas: Atlas, year: int) -> str:
    return school_year(year, atlas.settings.calendar_years)


def _other_names(atlas: Atlas, school: str) -> list[Stale]:
    """Datasets that know the id by a name without a word in common: nothing of them is shown."""
    found = []
    for dataset, name in other_names(atlas, school):
        described = atlas.node.dataset(dataset)
        why = f"It has this id as {name}; what it says of it is left out."
        found.append(Stale(described.title, described.vintage, why))
    return found


def _stale_flows(atlas: Atlas, dataset: str, areas: tuple[str, ...], school: str) -> list[Stale]:
    """Where its pupils live, when the areas that is told by are no longer in force."""
    if atlas.snapshot(dataset) is None or school not in _schools_with_flows(atlas, dataset):
        return []
    described, found = atlas.node.dataset(dataset), []
    for one in areas:
        table = atlas.table(one, ("valid_to",))
        if table is None or "valid_to" not in table.column_names or not table.num_rows:
            continue
        ended = table["valid_to"][0].as_py()
        if ended is not None:
            title = atlas.node.dataset(one).title
            why = f"Its areas ({title}) were in force until {ended.isoformat()}."
            found.append(Stale("Where its pupils live", described.vintage, why))
    return found


def _schools_with_flows(atlas: Atlas, dataset: str) -> frozenset[str]:
    def read() -> frozenset[str]:
        table = atlas.table(dataset, ("school_id",))
        return frozenset(table["school_id"].to_pylist() if table is not None else ())

    return atlas.cached(f"schools of {dataset}", (dataset,), read)
