"""The standards of this package, read from their Frictionless Table Schema files.

Each ``<name>.json`` is a Table Schema with two additions: a field may have ``unit`` (in words) and
``source`` (its name in the standard it comes from), and the block ``interurban`` holds the version,
what the standard is based on, what its features may be, which field plays which part, and how its
numbers add up where a row is an aggregate.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any

from interurban.core.errors import ConfigurationError, UnknownStandard
from interurban.core.standard import AMOUNT_KINDS, FIELD_TYPES, Amount, Field, Roles, Standard

from .spelling import did_you_mean

__all__ = [
    "amount_present",
    "find_standard",
    "load_standards",
    "overlay_roles",
    "read_standard",
    "roles_present",
]

_GEOMETRIES = ("point", "line", "polygon", "any", "none")
_TOP_KEYS = {"name", "title", "description", "fields", "primaryKey", "interurban"}
_FIELD_KEYS = {"name", "type", "title", "description", "unit", "source", "constraints"}
_CONSTRAINT_KEYS = {"required", "enum", "minimum", "maximum"}
_BLOCK_KEYS = {"version", "based_on", "geometry", "roles", "amount"}
_AMOUNT_FIELDS = ("period", "area", "parent", "unit")
_AMOUNT_KEYS = {"kind", "words", "apart", *_AMOUNT_FIELDS}
_ROLES = ("key", "time", "category", "label", "value")


@cache
def load_standards() -> dict[str, Standard]:
    """Every standard by its id (``service_request@1``), in alphabetical order.

    Raises
    ------
    ConfigurationError: a file is not a valid standard; names the file and the key.
    """
    folder = resources.files(__package__)
    files = sorted((f for f in folder.iterdir() if f.name.endswith(".json")), key=lambda f: f.name)
    standards: dict[str, Standard] = {}
    for file in files:
        standard = read_standard(file)
        if standard.id in standards:
            raise ConfigurationError(
                f'the standard "{standard.id}" is described twice', file=file.name, part="name"
            )
        standards[standard.id] = standard
    return standards


def find_standard(reference: str, standards: Mapping[str, Standard] | None = None) -> Standard:
    """The standard called ``name`` (its newest version) or ``name@version``.

    Raises
    ------
    UnknownStandard: there is none of that name and version.
    """
    known = load_standards() if standards is None else standards
    if reference in known:
        return known[reference]
    versions = [s for s in known.values() if s.name == reference]
    if not versions:
        names = {s.name for s in known.values()}
        advice = did_you_mean(reference, names | set(known))
        raise UnknownStandard(
            f'There is no standard "{reference}".',
            advice=advice or f"There are: {', '.join(sorted(names))}.",
        )
    return max(versions, key=lambda s: s.version)


def overlay_roles(standard: Roles, own: Roles) -> Roles:
    """The standard's roles, with a dataset's own put over those it names."""
    named = {name: getattr(own, name) for name in _ROLES if getattr(own, name) is not None}
    return replace(standard, **named, search=own.search or standard.search)


def roles_present(roles: Roles, names: Iterable[str]) -> Roles:
    """The roles whose field is among ``names``; the others have no player."""
    present = set(names)
    kept = {role: name if (name := getattr(roles, role)) in present else None for role in _ROLES}
    return Roles(**kept, search=tuple(name for name in roles.search if name in present))


def amount_present(standard: Standard, roles: Roles, names: Iterable[str]) -> Amount | None:
    """How the numbers of a dataset with the fields ``names`` add up.

    ``None`` when its rows are no aggregates, or when it shows another number than its standard.
    """
    amount = standard.amount
    if amount is None or roles.value is None or roles.value != standard.roles.value:
        return None
    present = set(names)
    kept = {
        part: name if (name := getattr(amount, part)) in present else "" for part in _AMOUNT_FIELDS
    }
    return replace(amount, **kept, apart=tuple(name for name in amount.apart if name in present))


def read_standard(file: Traversable) -> Standard:
    """One standard from its JSON file.

    Raises
    ------
    ConfigurationError: the file is not JSON, or a key is missing, unknown or of the wrong kind.
    """
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"this is not JSON: {error}", file=file.name) from error
    return _Reader(file.name).standard(document)


class _Reader:
    """Reads one document; guards the file's name for its messages."""

    def __init__(self, file: str) -> None:
        self._file = file

    def standard(self, document: Any) -> Standard:
        self._keys(document, _TOP_KEYS, "")
        block = self._get(document, "interurban", dict, "")
        self._keys(block, _BLOCK_KEYS, "interurban")
        name = self._get(document, "name", str, "")
        listed = self._get(document, "fields", list, "")
        fields = tuple(self._field(entry, f"fields[{i}]") for i, entry in enumerate(listed))
        names = [f.name for f in fields]
        twice = next((n for n in names if names.count(n) > 1), None)
        if twice:
            raise self._wrong(f'the field "{twice}" stands twice', "fields")
        geometry = self._get(block, "geometry", str, "interurban")
        if geometry not in _GEOMETRIES:
            raise self._wrong(f"must be one of {', '.join(_GEOMETRIES)}", "interurban.geometry")
        if (geometry != "none") != ("geometry" in names):
            raise self._wrong(
                "a standard has a field named geometry, or says that its geometry is none",
                "interurban.geometry",
            )
        self._primary_key(document.get("primaryKey", []), names)
        return Standard(
            name=name,
            version=self._get(block, "version", int, "interurban"),
            title=self._get(document, "title", str, ""),
            description=self._get(document, "description", str, ""),
            based_on=self._get(block, "based_on", str, "interurban"),
            geometry=geometry,
            fields=fields,
            roles=self._roles(self._get(block, "roles", dict, "interurban"), names),
            amount=self._amount(block["amount"], names) if "amount" in block else None,
        )

    def _field(self, entry: Any, where: str) -> Field:
        self._keys(entry, _FIELD_KEYS, where)
        name = self._get(entry, "name", str, where)
        where = f"fields.{name}"
        kind = self._get(entry, "type", str, where)
        if kind not in FIELD_TYPES:
            raise self._wrong(f"must be one of {', '.join(FIELD_TYPES)}", f"{where}.type")
        if (name == "geometry") != (kind == "geometry"):
            raise self._wrong("the field named geometry, and no other, is one", f"{where}.type")
        constraints = entry.get("constraints", {})
        self._keys(constraints, _CONSTRAINT_KEYS, f"{where}.constraints")
        enum = constraints.get("enum", [])
        if not isinstance(enum, list) or not all(isinstance(code, str) for code in enum):
            raise self._wrong("must be a list of texts", f"{where}.constraints.enum")
        if enum and kind != "string":
            raise self._wrong("only a string has a code list", f"{where}.constraints.enum")
        return Field(
            name=name,
            type=kind,
            title=self._get(entry, "title", str, where),
            description=entry.get("description", ""),
            unit=entry.get("unit", ""),
            required=constraints.get("required", False),
            enum=tuple(enum),
            minimum=constraints.get("minimum"),
            maximum=constraints.get("maximum"),
            source=entry.get("source", ""),
        )

    def _roles(self, block: dict[str, Any], names: list[str]) -> Roles:
        self._keys(block, {*_ROLES, "search"}, "interurban.roles")
        search = block.get("search", [])
        for role, field in [*((r, block[r]) for r in _ROLES if r in block)] + [
            ("search", field) for field in search
        ]:
            if field not in names:
                raise self._wrong(f'there is no field "{field}"', f"interurban.roles.{role}")
        return Roles(**{r: block.get(r) for r in _ROLES}, search=tuple(search))

    def _amount(self, block: Any, names: list[str]) -> Amount:
        where = "interurban.amount"
        self._keys(block, _AMOUNT_KEYS, where)
        kind = block.get("kind", "")
        if kind and kind not in AMOUNT_KINDS:
            raise self._wrong(f"must be one of {', '.join(AMOUNT_KINDS)}", f"{where}.kind")
        parts = {part: block.get(part, "") for part in _AMOUNT_FIELDS}
        apart = block.get("apart", [])
        for part, field in [*parts.items(), *(("apart", field) for field in apart)]:
            if field and field not in names:
                raise self._wrong(f'there is no field "{field}"', f"{where}.{part}")
        return Amount(kind=kind, words=block.get("words", ""), apart=tuple(apart), **parts)

    def _primary_key(self, key: Any, names: list[str]) -> None:
        for name in [key] if isinstance(key, str) else key:
            if name not in names:
                raise self._wrong(f'there is no field "{name}"', "primaryKey")

    def _get(self, entry: dict[str, Any], key: str, kind: type, where: str) -> Any:
        part = f"{where}.{key}" if where else key
        if key not in entry:
            raise self._wrong("is missing", part)
        if not isinstance(entry[key], kind) or isinstance(entry[key], bool):
            raise self._wrong(f"must be of type {kind.__name__}", part)
        return entry[key]

    def _keys(self, entry: Any, known: set[str], where: str) -> None:
        if not isinstance(entry, dict):
            raise self._wrong("must be an object", where or "(the whole)")
        for key in entry:
            if key not in known:
                part = f"{where}.{key}" if where else key
                raise self._wrong("is not a key of a standard", part, did_you_mean(key, known))

    def _wrong(self, what: str, part: str, advice: str = "") -> ConfigurationError:
        return ConfigurationError(what, advice=advice, file=self._file, part=part)
