"""The text of a mapping as a sqlglot tree that holds nothing a mapping may not do.

What may stand is a list, of node types and of functions; everything else is refused. The parser
knows no function by itself, so that a name reaches the list exactly as it was written.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from typing import ClassVar

from sqlglot import exp
from sqlglot.dialects.duckdb import DuckDB
from sqlglot.errors import SqlglotError
from sqlglot.parsers.duckdb import DuckDBParser

from interurban.core.errors import MappingError

from .spelling import did_you_mean

__all__ = ["HOUSE_FUNCTIONS", "SQL_FUNCTIONS", "columns_of", "parse_expression", "resolve_columns"]

LONGEST = 8_000
"""Characters of an expression; the longest code list of a city needs about a third of it."""

DEEPEST = 100
"""Levels of nesting, a chain of operators counting one level for each."""

WIDEST_PAD = 1_000
"""Characters that lpad and rpad may fill up to."""

MOST_GROWTH = 10_000
"""Times that nested replacements may lengthen a text; each level multiplies with the next."""

HOUSE_FUNCTIONS = frozenset(
    """to_time to_date month_start epoch_ms epoch_s number whole flag clean title_case angle
    point point_in point_from_text shape_in code""".split()
)
"""Functions of the house; ``house_functions`` rewrites them to DuckDB."""

SQL_FUNCTIONS = frozenset(
    """abs array_to_string ceil coalesce concat concat_ws contains ends_with floor
    greatest if ifnull json_extract_string least left length lower lpad ltrim nullif regexp_extract
    regexp_matches regexp_replace replace right round rpad rtrim split_part starts_with
    strip_accents substr substring suffix trim upper""".split()
)
"""Functions of DuckDB that a mapping may call: pure, one value from each row's own values."""

_NODES = frozenset(
    {
        exp.Add,
        exp.And,
        exp.Anonymous,
        exp.Between,
        exp.Boolean,
        exp.Case,
        exp.Cast,
        exp.Column,
        exp.DPipe,
        exp.DataType,
        exp.DataTypeParam,
        exp.Div,
        exp.EQ,
        exp.GT,
        exp.GTE,
        exp.ILike,
        exp.Identifier,
        exp.If,
        exp.In,
        exp.IntDiv,
        exp.Is,
        exp.LT,
        exp.LTE,
        exp.Like,
        exp.Literal,
        exp.Mod,
        exp.Mul,
        exp.NEQ,
        exp.Neg,
        exp.Not,
        exp.Null,
        exp.Or,
        exp.Paren,
        exp.Sub,
    }
)

_CAST_TYPES = frozenset(
    "BIGINT BOOLEAN DATE DECIMAL DOUBLE FLOAT INT SMALLINT TEXT TIMESTAMP TINYINT VARCHAR".split()
)

_SEVERAL_WORDS = re.compile(r"[^\W\d]\w*(?: +\w+)+")
_SQL_WORDS = frozenset(
    "and as between case else end ilike in is like not null or then when".split()
)


class _MappingParser(DuckDBParser):
    FUNCTIONS: ClassVar = {}
    NO_PAREN_FUNCTIONS: ClassVar = {}
    NO_PAREN_FUNCTION_PARSERS: ClassVar = {
        "CASE": DuckDBParser.NO_PAREN_FUNCTION_PARSERS["CASE"],
    }
    FUNCTION_PARSERS: ClassVar = {
        name: DuckDBParser.FUNCTION_PARSERS[name] for name in ("CAST", "TRY_CAST")
    }


class _MappingDialect(DuckDB):
    """DuckDB's grammar without its functions: each call stays a name and its arguments."""

    Parser = _MappingParser


def parse_expression(text: str, columns: Collection[str] = ()) -> exp.Expr:
    """The checked tree of an expression; house functions still stand in it as calls.

    Parameters
    ----------
    text: a scalar SQL expression, or the bare name of a source column, blanks in it and all.
    columns: the source's columns when they are known; a text that is one of them is that column.

    Raises
    ------
    MappingError: the text cannot be read, or holds what a mapping may not do. It has no place yet.
    """
    name = text.strip()
    if name in columns or _is_several_words(name):
        return exp.column(name, quoted=True)
    tree = _parse(text)
    _check_size(tree)
    for node in tree.walk():
        node.pop_comments()
        _check_node(node)
    if _growth(tree) > MOST_GROWTH:
        raise MappingError(f"this expression could make a text {MOST_GROWTH:,} times as long.")
    return tree


def columns_of(tree: exp.Expr) -> tuple[str, ...]:
    """Names of the source columns that a tree reads, in order of first use."""
    return tuple(dict.fromkeys(column.name for column in tree.find_all(exp.Column, bfs=False)))


def resolve_columns(tree: exp.Expr, columns: Mapping[str, str]) -> exp.Expr:
    """The tree with every column under its source's own spelling, quoted.

    A name that differs only in case is found when just one column is meant.

    Raises
    ------
    MappingError: the source has no such column.
    """
    folded: dict[str, list[str]] = {}
    for name in columns:
        folded.setdefault(name.casefold(), []).append(name)

    def spelled(node: exp.Expr) -> exp.Expr:
        if not isinstance(node, exp.Column):
            return node
        if node.name in columns:
            return exp.column(node.name, quoted=True)
        alike = folded.get(node.name.casefold(), [])
        if len(alike) == 1:
            return exp.column(alike[0], quoted=True)
        raise MappingError(
            f'the source has no column "{node.name}".',
            advice=did_you_mean(node.name, columns, otherwise=_list_columns(columns)),
        )

    return tree.transform(spelled)


def _list_columns(columns: Iterable[str]) -> str:
    names = list(columns)
    shown = ", ".join(f'"{name}"' for name in names[:12])
    return f"It has {shown}{' ...' if len(names) > 12 else ''}."


def _is_several_words(text: str) -> bool:
    """Whether the text can only be a column's name: "Street Address" is no SQL."""
    return bool(_SEVERAL_WORDS.fullmatch(text)) and _SQL_WORDS.isdisjoint(text.casefold().split())


def _parse(text: str) -> exp.Expr:
    if len(text) > LONGEST:
        raise MappingError(
            f"this expression has {len(text):,} characters; {LONGEST:,} is the limit."
        )
    try:
        trees = _MappingDialect().parse(text)
    except RecursionError as error:
        raise MappingError(_too_deep()) from error
    except SqlglotError as error:
        problem = str(error).partition("\n")[0].partition(". Line")[0]
        raise MappingError(
            f"this cannot be read as an SQL expression: {problem}.",
            advice='Column names with blanks or signs stand in double quotes: "Zip Code".',
        ) from error
    if len(trees) != 1 or trees[0] is None:
        raise MappingError("one expression must stand here, no more and no less.")
    return trees[0]


def _check_size(tree: exp.Expr) -> None:
    # Level by level, not by recursion: a hostile text must not exhaust the stack.
    level, depth = [tree], 0
    while level:
        depth += 1
        if depth > DEEPEST:
            raise MappingError(_too_deep())
        level = [child for node in level for child in node.iter_expressions()]


def _too_deep() -> str:
    return f"this expression is nested deeper than {DEEPEST} levels."


def _growth(node: exp.Expr) -> int:
    """How many times longer than its longest input the text of this node may be."""
    parts = list(node.iter_expressions())
    inner = max((_growth(part) for part in parts), default=1)
    if not isinstance(node, exp.Anonymous):
        return inner
    name = node.name.casefold()
    if name in ("replace", "regexp_replace") and len(parts) > 2:
        return inner * (
            1 + len(parts[2].name) if isinstance(parts[2], exp.Literal) else MOST_GROWTH
        )
    return inner


def _check_node(node: exp.Expr) -> None:
    if type(node) not in _NODES:
        raise MappingError(_refusal(node), advice=_advice(node))
    if isinstance(node, exp.Anonymous):
        _check_call(node)
    elif isinstance(node, exp.Column) and node.table:
        raise MappingError(
            f'"{node.sql(dialect="duckdb")}" names a table; a mapping reads its own source only.',
            advice="If the dot is part of the column's name, put the name in double quotes.",
        )
    elif isinstance(node, exp.In) and not node.expressions:
        raise MappingError("IN takes a list of values here, and nothing else.")
    elif isinstance(node, exp.DataType) and node.this.value not in _CAST_TYPES:
        raise MappingError(
            f"a mapping may not cast to {node.sql(dialect='duckdb')}.",
            advice="to_time makes instants; the other types are "
            + ", ".join(sorted(_CAST_TYPES - {"TEXT"}))
            + ".",
        )


def _check_call(node: exp.Anonymous) -> None:
    name = node.name.casefold()
    if name in HOUSE_FUNCTIONS:
        return
    if name not in SQL_FUNCTIONS:
        known = HOUSE_FUNCTIONS | SQL_FUNCTIONS
        raise MappingError(
            f'a mapping may not call "{node.name}".',
            advice=did_you_mean(name, known, otherwise="docs/adding-a-dataset.md lists them all."),
        )
    if name in ("lpad", "rpad"):
        width = node.expressions[1] if len(node.expressions) > 1 else None
        if not (isinstance(width, exp.Literal) and width.is_int and int(width.name) <= WIDEST_PAD):
            raise MappingError(f"{name} takes a whole number up to {WIDEST_PAD} as its width.")


def _refusal(node: exp.Expr) -> str:
    for kinds, words in (
        ((exp.Query, exp.Exists), "a subquery"),
        ((exp.Window,), "a window"),
        ((exp.Star, exp.PositionalColumn), "a star or a column by its position"),
        ((exp.Placeholder, exp.Parameter), "a parameter"),
        ((exp.Lambda, exp.JSONExtract, exp.JSONExtractScalar), "an arrow"),
        ((exp.TryCast,), "TRY_CAST"),
        ((exp.Interval, exp.AtTimeZone), "time arithmetic"),
        ((exp.Alias,), "a second name"),
        ((exp.DDL, exp.DML, exp.Command, exp.Drop, exp.Set), "a statement"),
    ):
        if isinstance(node, kinds):
            return f"{words} may not stand in a mapping."
    return f"{type(node).__name__} may not stand in a mapping."


def _advice(node: exp.Expr) -> str:
    if isinstance(node, exp.TryCast):
        return "Use CAST: what cannot be read is blanked and shown in the rejects."
    if isinstance(node, exp.Interval | exp.AtTimeZone):
        return "to_time reads times in the city's own zone."
    if isinstance(node, exp.JSONExtract | exp.JSONExtractScalar):
        return "Use json_extract_string(text, '$.key')."
    if isinstance(node, exp.Alias):
        return 'A column name with a blank stands in double quotes: "Zip Code".'
    return "A mapping is one value made from the columns of its own row."
