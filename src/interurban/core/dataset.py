"""A dataset: what a city publishes, where it comes from, and its immutable versions."""

from __future__ import annotations

from collections.abc import Mapping as Table
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any

from .policy import OPEN, Policy
from .standard import Field, Roles

__all__ = [
    "Dataset",
    "Expression",
    "Mapping",
    "Reject",
    "Snapshot",
    "SourceFacts",
    "SourceSpec",
    "Unpivot",
]


@dataclass(frozen=True, slots=True)
class Expression:
    """One line of a mapping: a SQL scalar expression over source columns, and where it stands.

    ``field`` is set for the city's own columns, whose type no standard gives.
    """

    sql: str
    line: int | None = None
    field: Field | None = None


@dataclass(frozen=True, slots=True)
class Mapping:
    """Source columns to standard fields: field name to expression, in order.

    ``file`` and each expression's ``line`` serve the message when one is wrong.
    """

    expressions: Table[str, Expression]
    file: str = ""


@dataclass(frozen=True, slots=True)
class Unpivot:
    """Columns of a wide table that become rows: one for each cell of theirs.

    Parameters
    ----------
    value: name of the column that receives the cells.
    name: name of the column that receives the columns' headers; empty where the named parts of
        ``pattern`` say it all.
    columns: headers of the columns, in order; or
    pattern: a regular expression that the whole of a header must match. Each named part
        (``(?P<month>...)``) becomes a column of its own.
    blanks: ``keep``: a blank cell is a row without a value; ``drop``: it is no row.
    file, key, lines: where it is written, and the line of each of its keys, for messages.
    """

    value: str
    name: str = ""
    columns: tuple[str, ...] = ()
    pattern: str = ""
    blanks: str = "keep"
    file: str | None = field(default=None, repr=False, compare=False)
    key: str = field(default="unpivot", repr=False, compare=False)
    lines: Table[str, int] = field(
        default_factory=lambda: MappingProxyType({}), repr=False, compare=False
    )


@dataclass(frozen=True, slots=True)
class SourceSpec:
    """Where a dataset's bytes are: the connector's name, its options, and the mapping for it.

    ``type`` is a module of ``interurban.sources`` (``socrata``, ``files`` ...); ``options`` are
    that connector's own (``domain`` and ``dataset``, or ``path``, ``sheet``, ``layer`` ...).
    ``unpivot`` makes a wide table long before the mapping sees it.
    """

    type: str
    options: Table[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    mapping: Mapping | None = None
    unpivot: Unpivot | None = None


@dataclass(frozen=True, slots=True)
class Dataset:
    """Something a city publishes, as its pack describes it.

    Parameters
    ----------
    id: ``<city>.<name>``, lower case.
    summary: one sentence a resident understands.
    theme: the shelf it stands on (``safety``, ``transport`` ...).
    frequency: how often the publisher updates it (``daily``, ``yearly``, ``once`` ...).
    aliases: words of the search line that mean this dataset.
    basemap: the part it plays under every map (``water``, ``park``, ``rail``, ``street``,
        ``boundary``), or ``None``.
    gazetteer: what one of its features is called as a place of the search line (``library``);
        empty: they are no such places; ``None``: as its standard has it.
    vintage: the time the content speaks of, in words (``2015-2023 ward map``).
    """

    id: str
    city: str
    title: str
    summary: str
    theme: str
    publisher: str
    licence: str
    attribution: str
    frequency: str
    standard: str | None = None
    live: SourceSpec | None = None
    mirror: SourceSpec | None = None
    aliases: tuple[str, ...] = ()
    roles: Roles | None = None
    basemap: str | None = None
    gazetteer: str | None = None
    vintage: str = ""
    notes: str = ""
    policy: Policy = OPEN

    @property
    def name(self) -> str:
        """The part of the id after the city."""
        return self.id.partition(".")[2]


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """What is known of the bytes that were read.

    Parameters
    ----------
    origin: URL or file name a person can go back to; never a path of this machine.
    kind: ``mirror``, ``live``, ``file``, ``modelled`` or ``synthetic``.
    sha256: of the bytes read, hex; empty when they were not one file, or not read to the end.
    source_time: when the publisher last changed them.
    reading: how the bytes were understood (format, encoding, delimiter, date order, CRS, layer).
    etag, cursor: what the next conditional or incremental read starts from.
    """

    origin: str
    kind: str
    sha256: str = ""
    source_time: datetime | None = None
    reading: Table[str, str] = field(default_factory=lambda: MappingProxyType({}))
    etag: str = ""
    cursor: str = ""


@dataclass(frozen=True, slots=True)
class Reject:
    """One broken value: ``row`` when its row was left out, ``value`` when only it was blanked."""

    row: int
    field: str
    value: str
    reason: str
    action: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One immutable version of a dataset, and everything needed to read it.

    Parameters
    ----------
    version: number of the commit in the store; grows with time across all datasets.
    rows: rows a reader sees; ``left_out`` rows and ``blanked`` values stand in the rejects.
    placed: rows that have a geometry.
    geometry: ``point``, ``line``, ``polygon``, ``mixed`` or ``none``.
    bbox: west, south, east, north in degrees, or ``None`` when nothing has a place.
    time_extent: first and last instant of the time field.
    unique_key: every row has a key of its own, so the key is the features' public id.
    content_hash: SHA-256 over the rows' content; the same data give the same hash.
    release: name of what obligations made of the version; empty for the version itself.
    conditions: what they changed, in words.
    hidden_below: numbers below it are hidden in the release; 0 where none are.
    peer: name of the partner node that holds it; empty when this node does.
    """

    dataset: str
    version: int
    committed_at: datetime
    rows: int
    placed: int
    left_out: int
    blanked: int
    fields: tuple[Field, ...]
    roles: Roles
    geometry: str
    bbox: tuple[float, float, float, float] | None
    time_extent: tuple[datetime, datetime] | None
    standard: str | None
    source: SourceFacts
    mapping_hash: str
    content_hash: str
    unique_key: bool = False
    release: str = ""
    conditions: tuple[str, ...] = ()
    hidden_below: int = 0
    peer: str = ""

    @property
    def id_field(self) -> str | None:
        """The field that holds the features' public id; ``None``: their row number is it."""
        return self.roles.key if self.unique_key else None

    @property
    def synthetic(self) -> bool:
        """Whether the rows were made, not observed; every screen and export says so."""
        return self.source.kind == "synthetic"

    @property
    def modelled(self) -> bool:
        """Whether the rows were worked out by a model; every screen and export says so."""
        return self.source.kind == "modelled"

    def field(self, name: str) -> Field | None:
        """The field of that name, or ``None``."""
        return next((f for f in self.fields if f.name == name), None)
