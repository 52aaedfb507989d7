"""What a city's pack says of its layers: section ``layers`` of schools.yaml."""

from __future__ import annotations

from dataclasses import dataclass

from interurban.apps.schools.card.settings import known_dataset
from interurban.apps.schools.settings import Settings
from interurban.catalog.packs import Packs
from interurban.standards.yaml_file import Section

__all__ = ["KINDS", "LayerSettings", "LayerSource", "layer_settings"]

KINDS = ("rate", "stock")
"""As in ``core/standard``: a rate (a share, an index, a mean) is averaged, a stock adds up."""

_KEYS = ("id", "title", "dataset", "measure", "field", "of", "ages", "per_km2", "unit", "kind")
_VALUES = {"area_statistic": "value", "population": "population", "population_by_age": "people"}


@dataclass(frozen=True, slots=True)
class LayerSource:
    """One layer.

    Parameters
    ----------
    dataset: one row an area and period; the newest period is taken.
    measure: of a long dataset, the measure to take; empty takes every row.
    field: with the number. of: the field it is a part of; the value is then in per cent.
    ages: first and last age of the rows to add up, of a dataset on ``population_by_age``.
    per_km2: divide by the area of the outline.
    kind: of the numbers as they are read: ``rate`` or ``stock``.
    diverging: it has a middle, and both sides of it tell something.
    """

    id: str
    title: str
    dataset: str
    measure: str
    field: str
    of: str
    ages: tuple[int, int] | None
    per_km2: bool
    unit: str
    kind: str
    diverging: bool


@dataclass(frozen=True, slots=True)
class LayerSettings:
    """The layers of a city.

    Parameters
    ----------
    areas: boundary datasets that codes may be of, the newest vintage of each kind first.
    """

    areas: tuple[str, ...] = ()
    layers: tuple[LayerSource, ...] = ()

    def layer(self, layer: str) -> LayerSource | None:
        """The layer of that id."""
        return next((one for one in self.layers if one.id == layer), None)


def layer_settings(settings: Settings, packs: Packs) -> LayerSettings:
    """What a city says of its layers; nothing of a city that does not.

    Raises
    ------
    ConfigurationError: a key is wrong; names the file and the line.
    """
    section = settings.extra.get("layers")
    if section is None:
        return LayerSettings()
    section.allow(("areas", "list"))
    listed = section.sections("list")
    layers = tuple(_layer(one, packs) for one in listed)
    seen: set[str] = set()
    for one, said in zip(layers, listed, strict=True):
        if one.id in seen:
            raise said.wrong(f'there are two layers "{one.id}".', "id")
        seen.add(one.id)
    return LayerSettings(
        areas=tuple(
            known_dataset(section, "areas", one, packs, "boundary@")
            for one in section.texts("areas")
        ),
        layers=layers,
    )


def _layer(section: Section, packs: Packs) -> LayerSource:
    section.allow((*_KEYS, "diverging"))
    dataset = known_dataset(section, "dataset", section.text("dataset"), packs)
    standard = (packs.datasets[dataset].standard or "").partition("@")[0]
    field = section.text("field", default=_VALUES.get(standard, ""))
    if not field:
        raise section.wrong("the field must be named: the dataset's standard has none.", "field")
    ages = section.numbers("ages", 2) if "ages" in section else None
    if ages is not None and standard != "population_by_age":
        raise section.wrong(f"{dataset} is not of the standard population_by_age.", "ages")
    if ages is not None and ages[0] > ages[1]:
        raise section.wrong("the first age must not come after the last.", "ages")
    return LayerSource(
        id=section.text("id"),
        title=section.text("title"),
        dataset=dataset,
        measure=section.text("measure", default=""),
        field=field,
        of=section.text("of", default=""),
        ages=None if ages is None else (int(ages[0]), int(ages[1])),
        per_km2=section.flag("per_km2"),
        unit=section.text("unit", default="%" if "of" in section else ""),
        kind=section.choice("kind", KINDS),
        diverging=section.flag("diverging"),
    )
