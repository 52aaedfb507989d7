"""What the columns of an unknown table are: types, times, places and roles, each with a reason.

A guess is a mapping in the language of the house, so it can be shown, corrected and run. Nothing
is hidden in it: what is doubtful carries a warning in words.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa

from interurban.core.dataset import Expression, Unpivot
from interurban.core.dataset import Mapping as MappingLines
from interurban.core.errors import BadRequest
from interurban.core.standard import FIELD_TYPES, Field, Roles

from ._dates import DateOrders
from ._guess_place import Box, PlaceGuess, guess_place, guess_source_geometry
from ._guess_times import is_timely
from ._guess_values import Column, Values, column_of, guess_values, read_as
from ._guess_wide import period_values, suggest_unpivot
from .reading import GEOMETRY_COLUMN, ROW_COLUMN
from .unpivot import header_columns

__all__ = ["GuessedColumn", "guess", "mapping_of", "roles_of", "suggest_unpivot"]

_CATEGORY_NAMES = (
    "primary_type category type crime_type kind class status use function result risk group measure"
).split()
_LABEL_NAMES = "name title label description address block street location".split()
_TIME_NAMES = "occurred date created timestamp time opened issue inspection start month".split()
_LATER_TIMES = re.compile(r"updat|modif|expir|complet|clos|end|paid|payment|export", re.IGNORECASE)
_KEY_NAME = re.compile(r"(^|[_ ])(id|key|uid|guid|objectid|code|number|no|nr)$", re.IGNORECASE)
_UK_POSTCODE = re.compile(r"[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}", re.IGNORECASE)
_ZIP_NAME = re.compile(
    r"(^|[^a-z])(zip|zip[ _]?code|post[ _]?code|postal)([^a-z]|$)", re.IGNORECASE
)
_WORDED = re.compile(r"(?=.{3,80}$)\W*[^\W\d_]{3,}.*", re.DOTALL)
_MOST_CATEGORIES = 60
_MOST_SEARCHED = 8
_RESERVED = frozenset({GEOMETRY_COLUMN, ROW_COLUMN})
_LATIN = str.maketrans({"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ı": "i"})
"""Letters that Unicode does not take apart into a plain one and its mark."""


@dataclass(frozen=True, slots=True)
class GuessedColumn:
    """One field of the dataset to be, and how it is made.

    Parameters
    ----------
    name: name of the field, lower case with underscores.
    sources: the columns of the source it is made from.
    type: one of ``FIELD_TYPES``.
    expression: in the mapping language of the house.
    role: ``key time category label value`` (at most one of each), ``longitude latitude easting
        northing place`` (what the geometry is made from), ``postcode``, or empty.
    format: of dates and times.
    reason: why, in words.
    warning: what is doubtful about it, in words; empty when nothing is.
    """

    name: str
    sources: tuple[str, ...]
    type: str
    expression: str
    reason: str
    role: str = ""
    format: str = ""
    warning: str = ""


def guess(
    sample: pa.Table,
    *,
    crs: str = "",
    region: Box | None = None,
    grid: str = "",
    month_first: bool | None = None,
    types: Mapping[str, str] | None = None,
    unpivot: Unpivot | None = None,
    reserved: Collection[str] = (),
) -> tuple[GuessedColumn, ...]:
    """Guess what the columns of a table are.

    Parameters
    ----------
    sample: its first rows, as ``Reading.sample`` gives them.
    crs: CRS of the geometry column, as ``facts().reading["crs"]`` names it.
    region: west, south, east, north of the city in degrees, when it is known.
    grid: the city's working CRS, in which its tables may write places.
    month_first: the custom of the place for ``03/04/2018``; ``None`` takes it from the region
        (west of 30 degrees west, month first).
    types: column of the source to type, where a person knows better.
    unpivot: how the table was made long: its headers may be months or years, its cells are the
        value.
    reserved: names that no field may have, because they mean something else in a question.

    Returns
    -------
    One for each column in their order, and the geometry last when there is a place.

    Raises
    ------
    BadRequest: ``types`` names a column or a type that is not there.
    """
    told = dict(types or {})
    _expect_known(told, sample.column_names)
    if month_first is None and region is not None:
        month_first = region[0] < -30
    table = sample.drop_columns([n for n in (ROW_COLUMN,) if n in sample.column_names])
    has_geometry = GEOMETRY_COLUMN in table.column_names and pa.types.is_binary(
        table.schema.field(GEOMETRY_COLUMN).type
    )
    flat = table.drop_columns([GEOMETRY_COLUMN]) if has_geometry else table
    columns = [column_of(name, flat.column(name)) for name in flat.column_names]
    headers = frozenset(header_columns(unpivot))
    names = _field_names([column.name for column in columns], _RESERVED.union(reserved))
    guessed = _guess_columns(columns, names, flat, told, month_first, headers)
    if unpivot is not None:
        guessed = [_as_value(each, unpivot.value) for each in guessed]
    if has_geometry:
        reason, warning = guess_source_geometry(table.column(GEOMETRY_COLUMN), crs, region, grid)
        guessed.append(_geometry((GEOMETRY_COLUMN,), GEOMETRY_COLUMN, reason, warning))
    else:
        place = guess_place(flat, region, grid)
        if place is not None:
            guessed = _with_place(guessed, place)
    return tuple(_with_roles(guessed, {column.name: column for column in columns}))


def mapping_of(columns: Iterable[GuessedColumn]) -> MappingLines:
    """The guess as a mapping, every line a field of the dataset's own."""
    return MappingLines(
        {
            column.name: Expression(
                column.expression,
                field=Field(
                    column.name,
                    column.type,
                    title=column.sources[0] if len(column.sources) == 1 else "",
                    extra=True,
                ),
            )
            for column in columns
        }
    )


def roles_of(columns: Sequence[GuessedColumn]) -> Roles:
    """Which field plays which part, from the guessed roles."""
    by_role = {column.role: column.name for column in columns if column.role}
    texts = [c.name for c in columns if c.type == "string" and c.role not in ("key", "place")]
    return Roles(
        key=by_role.get("key"),
        time=by_role.get("time"),
        category=by_role.get("category"),
        label=by_role.get("label"),
        value=by_role.get("value"),
        search=tuple(texts[:_MOST_SEARCHED]),
    )


def _expect_known(told: Mapping[str, str], names: Sequence[str]) -> None:
    for name, kind in told.items():
        if name not in names:
            raise BadRequest(
                f'The table has no column "{name}".',
                advice=f"It has: {', '.join(n for n in names if n != ROW_COLUMN)}.",
                part=name,
            )
        if kind not in FIELD_TYPES:
            raise BadRequest(
                f'"{kind}" is no type of a field.',
                advice=f"Use one of: {', '.join(FIELD_TYPES)}.",
                part=name,
            )


def _guess_columns(
    columns: Sequence[Column],
    names: Sequence[str],
    table: pa.Table,
    told: Mapping[str, str],
    month_first: bool | None,
    headers: frozenset[str],
) -> list[GuessedColumn]:
    dates = DateOrders()
    for batch in table.combine_chunks().to_batches():
        dates.watch(batch)
    orders = dates.orders()
    values = Values()
    try:
        guessed = []
        for name, column in zip(names, columns, strict=True):
            found = (period_values(column) if column.name in headers else None) or guess_values(
                column, orders.get(column.name), values, month_first=month_first
            )
            if column.name in told:
                found = read_as(column, told[column.name], found)
            guessed.append(
                GuessedColumn(
                    name,
                    (column.name,),
                    found.type,
                    found.expression,
                    found.reason,
                    format=found.format,
                    warning=found.warning,
                )
            )
        return guessed
    finally:
        values.close()


def _as_value(each: GuessedColumn, cells: str) -> GuessedColumn:
    """The cells of a table that was made long are its value, if they are numbers."""
    if each.sources != (cells,) or each.type not in ("integer", "number"):
        return each
    return replace(each, role="value", reason=f"{each.reason}; the cells of the table")


def _geometry(
    sources: tuple[str, ...], expression: str, reason: str, warning: str
) -> GuessedColumn:
    return GuessedColumn(
        GEOMETRY_COLUMN, sources, "geometry", expression, reason, "place", warning=warning
    )


def _with_place(guessed: Sequence[GuessedColumn], place: PlaceGuess) -> list[GuessedColumn]:
    roles = dict(zip(place.sources, place.roles, strict=True))
    return [
        *(replace(each, role=roles.get(each.sources[0], each.role)) for each in guessed),
        _geometry(place.sources, place.expression, place.reason, place.warning),
    ]


def _with_roles(
    guessed: Sequence[GuessedColumn], columns: Mapping[str, Column]
) -> list[GuessedColumn]:
    free = [each for each in guessed if not each.role]
    chosen = {
        each.name: ("postcode", "postcodes")
        for each in free
        if each.type == "string" and _is_postcode(columns[each.sources[0]])
    }
    for role, find in (
        ("time", _time), ("key", _key), ("category", _category), ("label", _label)
    ):  # fmt: skip
        left = [each for each in free if each.name not in chosen]
        found = find(left, columns)
        if found is not None:
            chosen[found[0]] = (role, found[1])
    return [
        replace(each, role=chosen[each.name][0], reason=f"{each.reason}; {chosen[each.name][1]}")
        if each.name in chosen
        else each
        for each in guessed
    ]


_Found = tuple[str, str] | None
"""Name of the field that plays a role, and why."""


def _time(free: Sequence[GuessedColumn], columns: Mapping[str, Column]) -> _Found:
    # Portals put their own times beside the data, under names such as ":created_at".
    timed = [
        each
        for each in free
        if each.type in ("date", "datetime") and not each.sources[0].startswith(":")
    ]
    if not timed:
        return None

    def rank(each: GuessedColumn) -> tuple[bool, bool, int]:
        column = columns[each.sources[0]]
        return (
            column.filled < 0.5 * column.rows,
            bool(_LATER_TIMES.search(each.name)) or not is_timely(each.name),
            _position(each.name, _TIME_NAMES),
        )

    best = min(timed, key=rank)
    return best.name, "the time of a row" + (
        ", the most likely of " + ", ".join(each.name for each in timed) if len(timed) > 1 else ""
    )


def _key(free: Sequence[GuessedColumn], columns: Mapping[str, Column]) -> _Found:
    for each in free:
        column = columns[each.sources[0]]
        whole = column.filled == column.rows == column.distinct
        if whole and each.type in ("string", "integer") and _is_key_name(each):
            return each.name, "different in every row, and named like a key"
    return None


def _category(free: Sequence[GuessedColumn], columns: Mapping[str, Column]) -> _Found:
    few = [
        each
        for each in free
        if each.type in ("string", "boolean")
        and 2 <= columns[each.sources[0]].distinct <= _MOST_CATEGORIES
        and columns[each.sources[0]].distinct <= 0.5 * columns[each.sources[0]].filled
    ]
    if not few:
        return None
    best = min(
        few,
        key=lambda each: (
            each.type == "boolean",
            _position(each.name, _CATEGORY_NAMES),
            columns[each.sources[0]].distinct == 2,
        ),
    )
    return best.name, f"{columns[best.sources[0]].distinct} kinds"


def _label(free: Sequence[GuessedColumn], columns: Mapping[str, Column]) -> _Found:
    named = [
        each
        for each in free
        if each.type == "string"
        and columns[each.sources[0]].distinct > 1
        and _position(each.name, _LABEL_NAMES) < len(_LABEL_NAMES)
    ]
    if named:
        best = min(named, key=lambda each: _position(each.name, _LABEL_NAMES))
        return best.name, "names a row"
    worded = (each for each in free if _is_mostly_words(each, columns[each.sources[0]]))
    first = next(worded, None)
    return (first.name, "nearly different in every row, and in words") if first else None


def _is_mostly_words(each: GuessedColumn, column: Column) -> bool:
    if each.type != "string" or column.distinct <= 0.5 * column.rows or column.distinct < 2:
        return False
    worded = sum(1 for value in column.values if _WORDED.fullmatch(value))
    return worded > 0.8 * len(column.values)


def _is_key_name(each: GuessedColumn) -> bool:
    return bool(_KEY_NAME.search(each.name) or _KEY_NAME.search(each.sources[0]))


def _is_postcode(column: Column) -> bool:
    if not column.values:
        return False
    full = sum(1 for value in column.values if _UK_POSTCODE.fullmatch(value))
    return full > 0.8 * len(column.values) or bool(_ZIP_NAME.search(column.name))


def _position(name: str, words: Sequence[str]) -> int:
    """How early a list of telling words speaks of a name."""
    exact = [at for at, word in enumerate(words) if name == word]
    inside = [at for at, word in enumerate(words) if word in name.split("_")]
    within = [at for at, word in enumerate(words) if word in name]
    return min([*exact, *inside, *within], default=len(words))


def _field_names(columns: Sequence[str], taken: Collection[str]) -> list[str]:
    """Names for fields: plain lower case, underscores, none twice, no digit first, none taken."""
    names: list[str] = []
    for position, column in enumerate(columns, start=1):
        spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z][a-z])", " ", column)
        plain = unicodedata.normalize("NFKD", spaced.lower()).translate(_LATIN)
        plain = "".join(sign for sign in plain if not unicodedata.combining(sign))
        name = re.sub(r"[^a-z0-9]+", "_", plain).strip("_") or f"column_{position}"
        name = f"c{name}" if name[0].isdigit() else name
        base, number = name, 2
        while name in names or name in taken:
            name, number = f"{base}_{number}", number + 1
        names.append(name)
    return names
