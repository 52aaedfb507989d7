"""SQL text is kept by the shape of its tree, and is always what the tree itself says."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import hypothesis.strategies as st
from hypothesis import given, settings
from sqlglot import exp

from interurban.query.sql import (
    DUCKDB_TYPES,
    Parameters,
    all_of,
    any_of,
    call,
    cast,
    column,
    number,
    table,
)

LEAVES = st.one_of(
    st.sampled_from(["a", "b", "A", "_key"]).map(column),
    st.sampled_from([0, 1, 2, 2**63]).map(number),
    st.sampled_from(["", "0", "1", "it's"]).map(exp.Literal.string),
    st.sampled_from([exp.true, exp.false, exp.null]).map(lambda make: make()),
)


def joined(parts: st.SearchStrategy[exp.Expr]) -> st.SearchStrategy[exp.Expr]:
    pairs = st.tuples(parts, parts)
    return st.one_of(
        pairs.map(lambda p: exp.paren(all_of(p) or exp.true())),
        pairs.map(lambda p: exp.paren(any_of(p))),
        pairs.map(lambda p: exp.LT(this=p[0], expression=p[1])),
        pairs.map(lambda p: exp.GTE(this=p[0], expression=p[1])),
        pairs.map(lambda p: call("greatest", *p)),
        st.tuples(parts, st.sampled_from(sorted(DUCKDB_TYPES.values()))).map(lambda p: cast(*p)),
        st.tuples(parts, st.booleans()).map(
            lambda p: exp.select(p[0]).order_by(exp.Ordered(this=column("a"), desc=p[1])).subquery()
        ),
    )


@given(tree=st.recursive(LEAVES, joined, max_leaves=12))
@settings(max_examples=300, deadline=None)
def test_kept_text_is_what_the_tree_says(tree: exp.Expr) -> None:
    """Trees drawn one after the other differ by little; none may be taken for another."""
    assert Parameters().statement(tree.copy()).sql == tree.sql("duckdb")


def statement(value: object, duckdb_type: str) -> tuple[str, dict[str, object]]:
    parameters = Parameters()
    same = exp.EQ(this=column("x"), expression=parameters.bind(value, duckdb_type))
    select = exp.select(exp.Star()).from_(table(("home", "main", "rows"))).where(same)
    made = parameters.statement(select)
    return made.sql, made.parameters


def test_values_are_bound_beside_one_text() -> None:
    first, one = statement("theft", "VARCHAR")
    second, two = statement("'; DROP TABLE rows; --", "VARCHAR")
    assert first == second
    assert (one, two) == ({"p0": "theft"}, {"p0": "'; DROP TABLE rows; --"})


def test_another_type_is_another_text() -> None:
    """1, 1.0 and TRUE are equal to Python, and not to a database."""
    texts = {
        statement(value, kind)[0]
        for value, kind in ((1, "BIGINT"), (1.0, "DOUBLE"), (True, "BOOLEAN"))
    }
    assert len(texts) == 3


def test_many_and_long_statements_do_not_pile_up() -> None:
    """More shapes than are kept, and one longer than any that is, still have their own text."""
    for n in [*range(1_200), 0]:
        assert Parameters().statement(exp.select(number(n))).sql == f"SELECT {n}"
    long = all_of(exp.EQ(this=column("x"), expression=number(n)) for n in range(2_000))
    assert long is not None
    text = Parameters().statement(long).sql
    assert text.count(" AND ") == 1_999
    assert text.endswith('"x" = 1999')


def test_threads_share_texts() -> None:
    def ask(n: int) -> str:
        moment = datetime(2024, 1, 1 + n % 28, tzinfo=UTC)
        return statement(moment, "TIMESTAMPTZ" if n % 2 else "DATE")[0]

    with ThreadPoolExecutor(4) as pool:
        texts = list(pool.map(ask, range(400)))
    assert set(texts[1::2]) == {texts[1]}
    assert set(texts[::2]) == {texts[0]}
