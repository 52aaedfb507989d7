"""One dataset of a city pack."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from interurban.core.city import City
from interurban.core.dataset import Dataset, Expression, SourceSpec, Unpivot
from interurban.core.dataset import Mapping as MappingLines
from interurban.core.errors import ConfigurationError, UnknownStandard
from interurban.core.policy import OPEN, Policy
from interurban.core.standard import FIELD_TYPES, Field, Roles, Standard
from interurban.policy.rights.rules import Known, policy_of
from interurban.sources import CONNECTORS
from interurban.sources.unpivot import BLANKS, check_unpivot
from interurban.standards import check_mapping, did_you_mean, find_standard, overlay_roles
from interurban.standards.yaml_file import Section

__all__ = [
    "BASEMAPS",
    "DATASET_KEYS",
    "FREQUENCIES",
    "MODEL",
    "NAME",
    "RESERVED",
    "SYNTHETIC",
    "THEMES",
    "field_names",
    "read_dataset",
]

THEMES = (
    "boundaries",
    "safety",
    "health",
    "housing",
    "business",
    "education",
    "transport",
    "environment",
    "people",
    "services",
    "base map",
)
FREQUENCIES = ("once", "yearly", "quarterly", "monthly", "weekly", "daily", "hourly", "live")
BASEMAPS = ("water", "park", "rail", "street", "boundary")

MODEL = "model"
"""The ``type`` of what a run of a model gave: it is worked out, and never loaded again."""

SYNTHETIC = "synthetic"
"""The ``type`` of a dataset that nobody publishes: only `interurban synth` has rows for it."""

NAME = re.compile(r"[a-z][a-z0-9_]*")
"""What ids and the city's own fields are made of: they stand in URLs, CQL2 and SQL."""

RESERVED = frozenset(
    """as_of bbox by crs cursor datetime f filter in level limit measures near properties q sortby
    zoom""".split()
)
"""Parameters of every URL: a field of that name could never be asked for."""

DATASET_KEYS = (
    "id",
    "title",
    "summary",
    "theme",
    "publisher",
    "licence",
    "attribution",
    "frequency",
    "standard",
    "vintage",
    "aliases",
    "basemap",
    "gazetteer",
    "roles",
    "live",
    "mirror",
    "mapping",
    "extra",
    "notes",
    "policy",
)
_EXTRA_KEYS = (
    "sql",
    "type",
    "title",
    "description",
    "unit",
    "required",
    "enum",
    "minimum",
    "maximum",
)
_UNPIVOT_KEYS = ("columns", "pattern", "name", "value", "blanks")
_ROLES = ("key", "time", "category", "label", "value")


def read_dataset(
    section: Section, cities: Mapping[str, City], *, own: City | None, checked: bool = True
) -> Dataset:
    """One dataset from its file.

    Parameters
    ----------
    cities: every city known so far.
    own: the pack's city, to which all its datasets must belong; ``None`` in a pack without one.
    checked: parse every expression now, not only when the dataset is loaded.

    Raises
    ------
    ConfigurationError, MappingError: with the file, the line and the key.
    """
    section.allow(DATASET_KEYS)
    city = _city(section, cities, own)
    standard = _standard(section)
    live = _source(section, "live", standard, checked=checked)
    mirror = _source(section, "mirror", standard, checked=checked)
    roles = _roles(section, standard, (live, mirror))
    if live is None and mirror is None:
        raise section.wrong("a dataset needs a source: live, mirror, or both.", "live")
    return Dataset(
        id=section.text("id"),
        city=city.id,
        title=section.text("title"),
        summary=section.text("summary"),
        theme=section.choice("theme", THEMES),
        publisher=section.text("publisher"),
        licence=_licence(section, city),
        attribution=section.text("attribution"),
        frequency=section.choice("frequency", FREQUENCIES),
        standard=standard.id if standard is not None else None,
        live=live,
        mirror=mirror,
        aliases=section.texts("aliases"),
        roles=roles,
        basemap=section.choice("basemap", BASEMAPS, default="") or None,
        gazetteer=_gazetteer(section, roles),
        vintage=section.text("vintage", default=""),
        notes=section.text("notes", default=""),
        policy=_policy(section, city, _field_names(standard, (live, mirror))),
    )


def field_names(dataset: Dataset) -> frozenset[str] | None:
    """Names of a dataset's fields, as it is described; ``None`` where its source decides."""
    standard = find_standard(dataset.standard) if dataset.standard is not None else None
    return _field_names(standard, (dataset.live, dataset.mirror))


def _city(section: Section, cities: Mapping[str, City], own: City | None) -> City:
    city_id, _, name = section.text("id").partition(".")
    if not NAME.fullmatch(name):
        raise section.wrong(
            f'"{section.text("id")}" is no id of a dataset.',
            "id",
            "It is the city, a dot and a name of small letters, digits and _: chicago.crimes.",
        )
    if own is not None and city_id != own.id:
        raise section.wrong(f'a dataset of this pack begins with "{own.id}.".', "id")
    if city_id not in cities:
        raise section.wrong(f'there is no city "{city_id}".', "id", did_you_mean(city_id, cities))
    return cities[city_id]


def _standard(section: Section) -> Standard | None:
    if "standard" not in section:
        return None
    try:
        return find_standard(section.text("standard"))
    except UnknownStandard as error:
        raise section.wrong(error.what, "standard", error.advice) from error


def _licence(section: Section, city: City) -> str:
    return section.choice("licence", [licence.id for licence in city.licences])


def _policy(section: Section, city: City, fields: frozenset[str] | None) -> Policy:
    """What the pack says of who may do what; a dataset of which nothing is said is open."""
    said = section.section("policy")
    if said is None:
        return OPEN
    licences = [licence.id for licence in city.licences]
    return policy_of(said, Known(fields, licences, city.zone))


def _field_names(
    standard: Standard | None, sources: tuple[SourceSpec | None, ...]
) -> frozenset[str] | None:
    own = {name for spec in sources if spec and spec.mapping for name in spec.mapping.expressions}
    if not own or any(spec is not None and spec.mapping is None for spec in sources):
        return None
    return frozenset({field.name for field in standard.fields} if standard else ()) | own


def _gazetteer(section: Section, roles: Roles | None) -> str | None:
    if "gazetteer" not in section:
        return None
    if section.written("gazetteer").lower() == "false":
        return ""
    if roles is not None and roles.label is None:
        raise section.wrong(
            "no field names the places of this dataset.",
            "gazetteer",
            "Say which one does under roles.label.",
        )
    return section.text("gazetteer")


def _source(
    section: Section, key: str, standard: Standard | None, *, checked: bool
) -> SourceSpec | None:
    source = section.section(key)
    if source is None:
        return None
    kind = source.choice("type", (*CONNECTORS, MODEL, SYNTHETIC))
    options = MappingProxyType(source.options(besides=("type", "mapping", "extra", "unpivot")))
    unpivot = _unpivot(source)
    lines: dict[str, Expression] = {}
    for place in (section, source):
        lines.update(_mapped(place.section("mapping")))
        lines.update(_extras(place.section("extra"), standard))
    if not lines:
        if standard is not None and kind != SYNTHETIC:
            raise source.wrong(
                f"nothing of this source is mapped to {standard.id}.",
                "mapping",
                "Write the standard's fields and the source's columns under mapping.",
            )
        return SourceSpec(kind, options, unpivot=unpivot)
    mapping = MappingLines(MappingProxyType(lines), section.file)
    if checked:
        check_mapping(mapping, standard)
    return SourceSpec(kind, options, mapping, unpivot)


def _unpivot(source: Section) -> Unpivot | None:
    section = source.section("unpivot")
    if section is None:
        return None
    section.allow(_UNPIVOT_KEYS)
    unpivot = Unpivot(
        value=section.text("value"),
        name=section.text("name", default=""),
        columns=section.texts("columns"),
        pattern=section.text("pattern", default=""),
        blanks=section.choice("blanks", BLANKS, default="keep"),
        file=section.file,
        key=section.path,
        lines=MappingProxyType({key: section.line_of(key) for key in _UNPIVOT_KEYS}),
    )
    try:
        check_unpivot(unpivot)
    except ConfigurationError as error:
        raise section.wrong(error.what, error.part or "", error.advice) from error
    return unpivot


def _mapped(section: Section | None) -> Iterator[tuple[str, Expression]]:
    for name in section or ():
        assert section is not None
        yield name, Expression(section.written(name), section.line_of(name))


def _extras(section: Section | None, standard: Standard | None) -> Iterator[tuple[str, Expression]]:
    taken = {field.name for field in standard.fields} if standard is not None else set()
    for name in section or ():
        assert section is not None
        if not NAME.fullmatch(name) or name in RESERVED:
            raise section.wrong(
                f'a field cannot be called "{name}".',
                name,
                "Use small letters, digits and _; words of the URLs are taken: "
                f"{', '.join(sorted(RESERVED))}.",
            )
        if name in taken:
            raise section.wrong(
                f'"{name}" is a field of the standard.', name, "Move the line under mapping."
            )
        yield name, _extra(section, name)


def _extra(section: Section, name: str) -> Expression:
    title = name.replace("_", " ").capitalize()
    if not section.is_section(name):
        # The type stays open until the source is known; the expression then gives it.
        field = Field(name, type="", title=title, extra=True)
        return Expression(section.written(name), section.line_of(name), field)
    entry = section.section(name)
    assert entry is not None
    entry.allow(_EXTRA_KEYS)
    if (name == "geometry") != (entry.text("type", default="") == "geometry"):
        raise entry.wrong("the field named geometry, and no other, is one.", "type")
    field = Field(
        name=name,
        type=entry.choice("type", FIELD_TYPES, default=""),
        title=entry.text("title", default=title),
        description=entry.text("description", default=""),
        unit=entry.text("unit", default=""),
        required=entry.flag("required"),
        enum=entry.texts("enum"),
        minimum=entry.number("minimum"),
        maximum=entry.number("maximum"),
        extra=True,
    )
    return Expression(entry.written("sql"), entry.line_of("sql"), field)


def _roles(
    section: Section, standard: Standard | None, sources: tuple[SourceSpec | None, ...]
) -> Roles | None:
    """The standard's roles with the dataset's own over them; ``None`` when neither says any."""
    own = section.section("roles")
    base = standard.roles if standard is not None else None
    if own is None:
        return base
    own.allow((*_ROLES, "search"))
    fields = {
        name for spec in sources if spec and spec.mapping for name in spec.mapping.expressions
    }
    is_open = not fields
    roles = Roles(
        **{role: own.text(role) for role in _ROLES if role in own}, search=own.texts("search")
    )
    for role in own:
        for name in roles.search if role == "search" else (getattr(roles, role),):
            if not is_open and name not in fields:
                raise own.wrong(f'no field "{name}" is mapped.', role, did_you_mean(name, fields))
    return overlay_roles(base, roles) if base is not None else roles
