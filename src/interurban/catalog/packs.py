"""City packs: what a city says of itself and of its datasets, in YAML, checked to the last key.

A pack is a folder with ``city.yaml``, ``datasets/*.yaml`` and, for apps that ask for more than
datasets can say, ``apps/<app>.yaml``. The bundled packs are read first, then the given folders;
what a later folder says of a city, of a dataset or to an app replaces what was said before. A
folder without ``city.yaml`` adds datasets to cities that are already known; what it says to an app
names its ``city``, and is added to what that city says.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from itertools import chain
from pathlib import Path
from types import MappingProxyType
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pyproj import CRS
from pyproj.exceptions import CRSError

from interurban.core.city import NOT_STATED, BoundarySet, City, Licence
from interurban.core.dataset import Dataset
from interurban.core.errors import ConfigurationError, UnknownCity, UnknownDataset
from interurban.standards.spelling import did_you_mean
from interurban.standards.yaml_file import Section, read_yaml

from .pack_dataset import NAME, read_dataset

__all__ = ["Packs", "load_packs", "read_pack"]

_CITY_KEYS = (
    "id",
    "name",
    "country",
    "time_zone",
    "crs",
    "bounds",
    "region",
    "locale",
    "units",
    "suppression_threshold",
    "licences",
    "boundaries",
)
_LICENCE_KEYS = ("id", "title", "url", "attribution")
_BOUNDARY_KEYS = ("name", "dataset", "singular", "valid_from", "valid_to")
_UNITS = ("metric", "imperial")
_LOCALE = re.compile(r"[a-z]{2,3}(-[A-Z]{2})?")

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Packs:
    """Every city and dataset that the packs describe, by id.

    Parameters
    ----------
    apps: what a city says to an app, by the app's name and the city's id. The app alone knows its
        keys.
    more: what packs without a city of their own add to that, the newest last.
    """

    cities: Mapping[str, City]
    datasets: Mapping[str, Dataset]
    apps: Mapping[tuple[str, str], Section] = field(default_factory=lambda: MappingProxyType({}))
    more: Mapping[tuple[str, str], tuple[Section, ...]] = field(
        default_factory=lambda: MappingProxyType({})
    )

    def city(self, city: str) -> City:
        """The city of that id; UnknownCity names the nearest."""
        found = self.cities.get(city)
        if found is None:
            raise UnknownCity(
                f"There is no city {city!r}.", advice=did_you_mean(city, self.cities), part="city"
            )
        return found

    def dataset(self, dataset: str) -> Dataset:
        """The dataset of that id; UnknownDataset names the nearest."""
        found = self.datasets.get(dataset)
        if found is None:
            raise UnknownDataset(
                f"There is no dataset {dataset!r}.",
                advice=did_you_mean(dataset, self.datasets)
                or "See the list with: interurban datasets",
                part="dataset",
            )
        return found


@dataclass(frozen=True, slots=True)
class _Pack:
    """One folder, read: its city if it has one, its datasets, and where each was said.

    ``apps``: what it says to an app; without a city of its own each of them names one.
    """

    city: City | None
    city_file: Section | None
    datasets: tuple[tuple[Section, Dataset], ...]
    apps: Mapping[str, Section] = field(default_factory=dict)


def load_packs(folders: Iterable[Path] = ()) -> Packs:
    """Read the bundled packs and those of the given folders.

    Parameters
    ----------
    folders: each a pack, or a folder of packs.

    Raises
    ------
    ConfigurationError: a pack is wrong; names the file, the line and the key.
    MappingError: an expression of a pack may not stand there; likewise.
    """
    cities: dict[str, City] = {}
    datasets: dict[str, Dataset] = {}
    files: dict[str, Section] = {}
    apps: dict[tuple[str, str], Section] = {}
    more: dict[tuple[str, str], tuple[Section, ...]] = {}
    for pack in chain(_bundled(), _given(folders, cities)):
        if pack.city is not None and pack.city_file is not None:
            cities[pack.city.id] = pack.city
            files[pack.city.id] = pack.city_file
            apps.update(((app, pack.city.id), said) for app, said in pack.apps.items())
        else:
            for app, said in pack.apps.items():
                at = (app, said.choice("city", cities))
                more[at] = (*more.get(at, ()), said)
        datasets.update((dataset.id, dataset) for _, dataset in pack.datasets)
    for city in cities.values():
        _check_boundaries(city, datasets, files[city.id])
    return Packs(
        MappingProxyType(cities),
        MappingProxyType(datasets),
        MappingProxyType(apps),
        MappingProxyType(more),
    )


def read_pack(folder: Path, cities: Mapping[str, City]) -> tuple[Dataset, ...]:
    """The datasets of one pack that has no city of its own; none where its city is not known.

    Raises
    ------
    ConfigurationError, MappingError: the pack is wrong; names the file, the line and the key.
    """
    files = sorted((folder / "datasets").glob("*.yaml"))
    sections = [read_yaml(file, f"{folder.name}/datasets/{file.name}") for file in files]
    return tuple(
        read_dataset(section, cities, own=None)
        for section in sections
        if section.text("id").partition(".")[0] in cities
    )


@cache
def _bundled() -> tuple[_Pack, ...]:
    folder = resources.files("interurban") / "cities"
    packs = sorted((f for f in folder.iterdir() if _is_pack(f)), key=lambda f: f.name)
    # Their thousands of expressions are checked by the tests: here they would cost every command
    # half a second.
    return tuple(
        _read_pack(pack, f"interurban/cities/{pack.name}", {}, checked=False) for pack in packs
    )


def _given(folders: Iterable[Path], cities: Mapping[str, City]) -> Iterator[_Pack]:
    for folder in folders:
        if not folder.is_dir():
            raise ConfigurationError(
                "there is no such folder.",
                advice="A pack is a folder with city.yaml and datasets/.",
                file=str(folder),
            )
        packs = [folder] if _is_pack(folder) else sorted(f for f in folder.iterdir() if _is_pack(f))
        for pack in packs:
            yield _read_pack(pack, str(pack), cities, checked=True)


def _is_pack(folder: Traversable) -> bool:
    return folder.is_dir() and ((folder / "city.yaml").is_file() or (folder / "datasets").is_dir())


def _read_pack(
    folder: Traversable, shown: str, known: Mapping[str, City], *, checked: bool
) -> _Pack:
    city, city_file = None, None
    if (folder / "city.yaml").is_file():
        city_file = read_yaml(folder / "city.yaml", f"{shown}/city.yaml")
        city = _read_city(city_file)
    cities = {**known, city.id: city} if city is not None else known
    datasets: list[tuple[Section, Dataset]] = []
    if (folder / "datasets").is_dir():
        for file in sorted((folder / "datasets").iterdir(), key=lambda f: f.name):
            if file.name.endswith((".yaml", ".yml")):
                section = read_yaml(file, f"{shown}/datasets/{file.name}")
                dataset = read_dataset(section, cities, own=city, checked=checked)
                datasets.append((section, dataset))
    _refuse_twins(datasets)
    return _Pack(city, city_file, tuple(datasets), _read_apps(folder, shown))


def _read_apps(folder: Traversable, shown: str) -> dict[str, Section]:
    """What a pack says to apps, by their names."""
    place = folder / "apps"
    if not place.is_dir():
        return {}
    files = sorted((f for f in place.iterdir() if f.name.endswith(".yaml")), key=lambda f: f.name)
    return {
        file.name.removesuffix(".yaml"): read_yaml(file, f"{shown}/apps/{file.name}")
        for file in files
    }


def _refuse_twins(datasets: Iterable[tuple[Section, Dataset]]) -> None:
    """Within one pack, no id and no alias may mean two datasets."""
    ids: dict[str, Section] = {}
    aliases: dict[str, Dataset] = {}
    for section, dataset in datasets:
        if dataset.id in ids:
            raise section.wrong(
                f'the id "{dataset.id}" already belongs to {ids[dataset.id].file}.', "id"
            )
        ids[dataset.id] = section
        for alias in dataset.aliases:
            twin = aliases.setdefault(alias.casefold(), dataset)
            if twin is not dataset:
                raise section.wrong(f'"{alias}" already means {twin.id}.', "aliases")


def _read_city(section: Section) -> City:
    section.allow(_CITY_KEYS)
    city_id = section.text("id")
    if not NAME.fullmatch(city_id):
        raise section.wrong(f'"{city_id}" is no id.', "id", "Use small letters, digits and _.")
    bounds, region = _box(section, "bounds"), _box(section, "region")
    if not (
        region[0] <= bounds[0]
        and region[1] <= bounds[1]
        and bounds[2] <= region[2]
        and bounds[3] <= region[3]
    ):
        raise section.wrong("the region must hold the bounds.", "region")
    locale = section.text("locale")
    if not _LOCALE.fullmatch(locale):
        raise section.wrong(f'"{locale}" is no locale.', "locale", "It is written en-GB.")
    return City(
        id=city_id,
        name=section.text("name"),
        country=section.text("country"),
        time_zone=_time_zone(section),
        crs=_working_crs(section),
        bounds=bounds,
        region=region,
        locale=locale,
        units=section.choice("units", _UNITS),
        suppression_threshold=section.whole("suppression_threshold"),
        boundaries=tuple(_boundary(entry) for entry in section.sections("boundaries")),
        licences=_licences(section),
    )


def _box(section: Section, key: str) -> Box:
    west, south, east, north = section.numbers(key, 4)
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise section.wrong(
            "these are not the bounds of a city.",
            key,
            "They are written [west, south, east, north] in degrees.",
        )
    return west, south, east, north


def _time_zone(section: Section) -> str:
    name = section.text("time_zone")
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise section.wrong(
            f'there is no time zone "{name}".', "time_zone", "It is written Europe/London."
        ) from error
    return name


def _working_crs(section: Section) -> str:
    name = section.text("crs")
    try:
        crs = CRS.from_user_input(name)
    except CRSError as error:
        raise section.wrong(
            f'there is no coordinate reference system "{name}".', "crs", "It is written EPSG:27700."
        ) from error
    if not crs.is_projected or any(axis.unit_name != "metre" for axis in crs.axis_info):
        raise section.wrong(
            f"{name} is not in metres.", "crs", "Lengths and areas are computed in it."
        )
    return name


def _licences(section: Section) -> tuple[Licence, ...]:
    licences: dict[str, Licence] = {}
    for entry in section.sections("licences"):
        entry.allow(_LICENCE_KEYS)
        licence = Licence(**{key: entry.text(key) for key in _LICENCE_KEYS})
        if licence.id in licences:
            raise entry.wrong(f'the licence "{licence.id}" stands twice.', "id")
        licences[licence.id] = licence
    licences.setdefault(NOT_STATED.id, NOT_STATED)
    return tuple(licences.values())


def _boundary(entry: Section) -> BoundarySet:
    entry.allow(_BOUNDARY_KEYS)
    first, last = entry.day("valid_from"), entry.day("valid_to")
    if first is not None and last is not None and last < first:
        raise entry.wrong("this day lies before valid_from.", "valid_to")
    return BoundarySet(
        name=entry.text("name"),
        dataset=entry.text("dataset"),
        singular=entry.text("singular"),
        valid_from=first,
        valid_to=last,
    )


def _check_boundaries(city: City, datasets: Mapping[str, Dataset], section: Section) -> None:
    for boundary, entry in zip(city.boundaries, section.sections("boundaries"), strict=True):
        dataset = datasets.get(boundary.dataset)
        if dataset is None:
            raise entry.wrong(f'there is no dataset "{boundary.dataset}".', "dataset")
        if dataset.standard is None or not dataset.standard.startswith("boundary@"):
            raise entry.wrong(f"{boundary.dataset} is not of the standard boundary.", "dataset")
