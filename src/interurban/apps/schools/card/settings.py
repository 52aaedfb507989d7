"""What a city's pack says to the school card: sections ``card`` and ``links`` of schools.yaml."""

from __future__ import annotations

from dataclasses import dataclass

from interurban.apps.schools.settings import Settings
from interurban.catalog.packs import Packs
from interurban.standards.yaml_file import Section

__all__ = [
    "CardSettings",
    "LongMeasures",
    "SimilarRule",
    "SizeSource",
    "WideMeasure",
    "card_settings",
    "known_dataset",
    "link_datasets",
]

_CARD_KEYS = ("rolls", "sizes", "measures", "programmes", "similar", "unsaid")
_WIDE_KEYS = ("id", "title", "dataset", "field", "of", "unit", "year", "cohort", "neutral")
_SIMILAR_KEYS = ("by", "count")
_COUNT = 10


@dataclass(frozen=True, slots=True)
class WideMeasure:
    """A field of a dataset with one row for each school.

    Parameters
    ----------
    of: the field that it is a part of; the value is then their ratio in per cent. Empty: as it is.
    unit: empty takes the field's own.
    year: in which the school year begins that the numbers are of.
    neutral: more of it is neither better nor worse.
    """

    id: str
    title: str
    dataset: str
    field: str
    of: str
    unit: str
    year: int
    cohort: str
    neutral: bool


@dataclass(frozen=True, slots=True)
class LongMeasures:
    """Measures of a dataset on ``school_measure``.

    Parameters
    ----------
    take: names of those to take, in order; none takes all.
    neutral: names of those of which more is neither better nor worse.
    weight: name of the measure that counts the pupils that the others are of; empty takes all
        pupils on roll.
    """

    dataset: str
    take: tuple[str, ...] = ()
    neutral: tuple[str, ...] = ()
    weight: str = ""


@dataclass(frozen=True, slots=True)
class SizeSource:
    """A dataset that tells how many pupils schools had in one year or several.

    Parameters
    ----------
    year: of a dataset on ``school``, whose ``pupils`` are taken.
    measure: of a dataset on ``school_measure``, the measure to take; its rows state the years.
    """

    dataset: str
    year: int | None = None
    measure: str = ""


@dataclass(frozen=True, slots=True)
class SimilarRule:
    """By what schools are called similar, beside stage, size, and who runs them.

    Parameters
    ----------
    by: ids of measures.
    count: how many similar schools there are.
    """

    by: tuple[str, ...] = ()
    count: int = _COUNT


@dataclass(frozen=True, slots=True)
class CardSettings:
    """All that a city says to the card.

    Parameters
    ----------
    rolls: datasets on ``school_roll``; what an earlier one says of a school and year stands.
    sizes: where rolls lack a school or a year; likewise.
    programmes: datasets on ``school_programme``.
    unsaid: fields of the datasets of schools that no card shows.
    """

    rolls: tuple[str, ...] = ()
    sizes: tuple[SizeSource, ...] = ()
    wide: tuple[WideMeasure, ...] = ()
    long: tuple[LongMeasures, ...] = ()
    programmes: tuple[str, ...] = ()
    similar: SimilarRule = SimilarRule()
    unsaid: tuple[str, ...] = ()

    @property
    def datasets(self) -> tuple[str, ...]:
        """Every dataset that is read for a card beside those of the schools themselves."""
        sizes = (size.dataset for size in self.sizes)
        wide, long = (one.dataset for one in self.wide), (one.dataset for one in self.long)
        return tuple(dict.fromkeys((*self.rolls, *sizes, *wide, *long, *self.programmes)))


def card_settings(settings: Settings, packs: Packs) -> CardSettings:
    """What a city says to the card; a city that says nothing has cards of facts alone.

    Raises
    ------
    ConfigurationError: a key is wrong; names the file and the line.
    """
    section = settings.extra.get("card")
    if section is None:
        return CardSettings(rolls=settings.rolls)
    section.allow(_CARD_KEYS)
    measures = section.sections("measures")
    wide = tuple(_wide(one, packs) for one in measures if "field" in one)
    ids = [one.id for one in wide]
    for one, said in zip(wide, (m for m in measures if "field" in m), strict=True):
        if ids.count(one.id) > 1:
            raise said.wrong(f'there are two measures "{one.id}".', "id")
    return CardSettings(
        rolls=(*settings.rolls, *_listed(section, "rolls", packs, "school_roll@")),
        sizes=tuple(_size(one, packs) for one in section.sections("sizes")),
        wide=wide,
        long=tuple(_long(one, packs) for one in measures if "field" not in one),
        programmes=_listed(section, "programmes", packs, "school_programme@"),
        similar=_similar(section.section("similar")),
        unsaid=section.texts("unsaid"),
    )


def link_datasets(settings: Settings, packs: Packs) -> tuple[str, ...]:
    """Datasets on ``school_link``: those that were imported, then section ``links``.

    Raises
    ------
    ConfigurationError: a key is wrong; names the file and the line.
    """
    section = settings.extra.get("links")
    if section is None:
        return settings.links
    section.allow(("datasets",))
    return (*settings.links, *_listed(section, "datasets", packs, "school_link@"))


def known_dataset(section: Section, key: str, dataset: str, packs: Packs, *standards: str) -> str:
    """A dataset that is described and, where standards are named, on one of them.

    Raises
    ------
    ConfigurationError: it is not.
    """
    found = packs.datasets.get(dataset)
    if found is None:
        raise section.wrong(f'there is no dataset "{dataset}".', key)
    if standards and not (found.standard or "").startswith(standards):
        wanted = " or ".join(one.rstrip("@") for one in standards)
        raise section.wrong(f"{dataset} is not of the standard {wanted}.", key)
    return dataset


def _listed(section: Section, key: str, packs: Packs, standard: str) -> tuple[str, ...]:
    return tuple(known_dataset(section, key, one, packs, standard) for one in section.texts(key))


def _wide(section: Section, packs: Packs) -> WideMeasure:
    section.allow(_WIDE_KEYS)
    return WideMeasure(
        id=section.text("id"),
        title=section.text("title"),
        dataset=known_dataset(section, "dataset", section.text("dataset"), packs),
        field=section.text("field"),
        of=section.text("of", default=""),
        unit=section.text("unit", default="%" if "of" in section else ""),
        year=section.whole("year"),
        cohort=section.text("cohort", default=""),
        neutral=section.flag("neutral"),
    )


def _long(section: Section, packs: Packs) -> LongMeasures:
    section.allow(("dataset", "take", "neutral", "weight"))
    dataset = section.text("dataset")
    return LongMeasures(
        known_dataset(section, "dataset", dataset, packs, "school_measure@"),
        section.texts("take"),
        section.texts("neutral"),
        section.text("weight", default=""),
    )


def _size(section: Section, packs: Packs) -> SizeSource:
    section.allow(("dataset", "year", "measure"))
    if ("year" in section) == ("measure" in section):
        raise section.wrong("there must be either a year or a measure.", "dataset")
    standard = "school_measure@" if "measure" in section else "school@"
    return SizeSource(
        known_dataset(section, "dataset", section.text("dataset"), packs, standard),
        section.whole("year") if "year" in section else None,
        section.text("measure", default=""),
    )


def _similar(section: Section | None) -> SimilarRule:
    if section is None:
        return SimilarRule()
    section.allow(_SIMILAR_KEYS)
    count = section.whole("count") if "count" in section else _COUNT
    if count == 0:
        raise section.wrong("this must be at least 1.", "count")
    return SimilarRule(section.texts("by"), count)
