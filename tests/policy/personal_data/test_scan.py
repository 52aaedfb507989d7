"""The scan finds what is there and takes little else for it, on made-up tables with known truth."""

from __future__ import annotations

import duckdb
import pytest
from benchmarks.labelled_columns import labelled_tables
from benchmarks.personal_data import Score, cost, score

from interurban.core.standard import Field
from interurban.policy.personal_data import SAMPLE_ROWS, Finding, scan


@pytest.fixture(scope="module")
def told() -> Score:
    return score(labelled_tables(seed=1), ("high", "medium"))


def scanned(columns: dict[str, str], rows: int = 400, **types: str) -> tuple[Finding, ...]:
    """Findings in a table of SQL expressions of ``i``, the number of the row."""
    with duckdb.connect() as connection:
        listed = ", ".join(f"({sql}) AS {name}" for name, sql in columns.items())
        connection.execute(f"CREATE TABLE t AS SELECT {listed} FROM range({rows}) r(i)")
        fields = [Field(name, types.get(name, "string")) for name in columns]
        return scan(connection, "t", fields, rows)[1]


def test_precision_and_recall_on_the_labelled_set(told: Score) -> None:
    assert told.precision >= 0.95, told.mistakes
    assert told.recall >= 0.88, told.mistakes
    assert told.right_kind == told.found


def test_what_blocks_is_hardly_ever_wrong() -> None:
    blocks = score(labelled_tables(seed=2), ("high",))
    assert blocks.precision >= 0.97, blocks.mistakes
    assert blocks.recall >= 0.85, blocks.mistakes


def test_the_labelled_set_is_the_same_for_a_seed() -> None:
    one, two = (list(labelled_tables(7)) for _ in range(2))
    assert all(a.table.equals(b.table) for a, b in zip(one, two, strict=True))
    assert sum(bool(table.truth) for table in one) >= 40
    assert sum(not table.truth and not table.rare for table in one) >= 30


def test_examples_are_masked() -> None:
    (mail,) = scanned({"email": "'ada.lovelace' || i || '@gmail.com'"})
    assert mail.confidence == "high"
    assert mail.values == mail.looked_at == 400
    assert all("ada" not in example and "•••@•••" in example for example in mail.examples)


def test_a_large_table_is_sampled_and_says_so() -> None:
    (found,) = scanned({"email": "'ada.x' || i || '@gmail.com'"}, rows=100_000)
    assert found.looked_at == SAMPLE_ROWS
    assert found.values == SAMPLE_ROWS


def test_numbers_are_looked_at_in_fields_of_integers_too() -> None:
    cards = (
        "CASE i % 3 WHEN 0 THEN 4012888888881881 WHEN 1 THEN 5105105105105100 "
        "ELSE 378282246310005 END"
    )
    assert [f.kind for f in scanned({"card_number": cards}, card_number="integer")] == [
        "payment card"
    ]


def test_offices_are_not_people() -> None:
    found = scanned(
        {
            "library": "'Library ' || i",
            "phone": "'(312) 74' || (i % 10) || '-' || (1000 + i)",
            "email": "'info@library' || i || '.example.org'",
        }
    )
    assert {f.confidence for f in found} <= {"low"}


def test_phones_beside_names_of_persons_are_theirs() -> None:
    found = scanned(
        {
            "surname": "CASE i % 2 WHEN 0 THEN 'Lovelace' ELSE 'Hopper' END",
            "phone": "'(312) 74' || (i % 10) || '-' || (1000 + i)",
        }
    )
    assert {(f.kind, f.confidence) for f in found} == {
        ("name", "high"), ("US phone number", "high"),
    }  # fmt: skip


def test_few_traits_that_single_out_persons_are_found_and_counts_of_people_are_not() -> None:
    traits = {"age": "i % 71", "sex": "CASE i % 2 WHEN 0 THEN 'F' ELSE 'M' END"}
    (rare,) = scanned({**traits, "ward": "'w' || i % 13"}, age="integer")
    assert rare.kind == "rare combinations"
    assert rare.fields == ("age", "sex", "ward")
    assert scanned({**traits, "ward": "'w' || i % 13", "people": "i"}, age="integer",
                   people="integer") == ()  # fmt: skip
    assert scanned({"age": "i % 2 * 20", "sex": "'F'"}, age="integer") == ()


def test_an_empty_table_and_one_of_places_hold_nothing() -> None:
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE t (name VARCHAR)")
        assert scan(connection, "t", [Field("name", "string")], 0) == (0, ())
        assert scan(connection, "t", [Field("geometry", "geometry")], 5) == (0, ())


def test_names_of_fields_may_be_anything() -> None:
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE t AS SELECT 'ada.x' || i || '@gmail.com' AS \"a\"\"b c\" "
                           "FROM range(9) r(i)")  # fmt: skip
        _, (found,) = scan(connection, "t", [Field('a"b c', "string")], 9)
    assert found.kind == "e-mail address"


def test_ten_times_the_rows_cost_hardly_more() -> None:
    (_, small), (looked_at, large) = (
        min((cost(rows) for _ in range(3)), key=lambda each: each[1]) for rows in (40_000, 400_000)
    )
    assert looked_at == SAMPLE_ROWS
    assert large < 3 * small
