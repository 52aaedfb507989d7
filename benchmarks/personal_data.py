"""Precision and recall of the scan for personal data, and what it costs: on made-up columns.

``python -m benchmarks.personal_data [--seed N] [--rows N]``. A column counts as found when
something of medium or high confidence is said of it; "blocks" counts high confidence alone, which
is what keeps a file of one's own closed.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterable
from dataclasses import dataclass

import duckdb
import pyarrow as pa

from interurban.policy.personal_data import Finding, scan

from .labelled_columns import Labelled, labelled_tables

__all__ = ["Score", "score"]


@dataclass(frozen=True)
class Score:
    """How many columns were told right.

    Parameters
    ----------
    found, missed: columns of personal data; ``wrong``: of harmless ones taken for it.
    right_kind: of those found, said to be what they are.
    """

    found: int
    missed: int
    wrong: int
    right_kind: int
    mistakes: tuple[str, ...]

    @property
    def precision(self) -> float:
        """Share of what is said to be personal data that is."""
        return self.found / max(1, self.found + self.wrong)

    @property
    def recall(self) -> float:
        """Share of personal data that is found."""
        return self.found / max(1, self.found + self.missed)


def findings_of(table: Labelled, connection: duckdb.DuckDBPyConnection) -> tuple[Finding, ...]:
    """What the scan says of a table."""
    connection.register("made", table.table)
    connection.execute("CREATE OR REPLACE TEMP TABLE rows_of AS FROM made")
    return scan(connection, "rows_of", table.fields, table.table.num_rows)[1]


def score(tables: Iterable[Labelled], confidences: tuple[str, ...]) -> Score:
    """Hold what the scan says against what is known; each column, and each table's traits."""
    found = missed = wrong = right = 0
    mistakes: list[str] = []
    connection = duckdb.connect()
    for table in tables:
        said: dict[str, set[str]] = {}
        for finding in findings_of(table, connection):
            if finding.confidence in confidences:
                name = finding.fields[0] if len(finding.fields) == 1 else "traits"
                said.setdefault(name, set()).add(finding.kind)
        truth = dict(table.truth)
        if table.rare:
            truth["traits"] = "rare combinations"
        for name in [*(field.name for field in table.fields), "traits"]:
            if name in truth and name in said:
                found += 1
                right += truth[name] in said[name]
            elif name in truth:
                missed += 1
                mistakes.append(f"missed {truth[name]} in {table.name}")
            elif name in said:
                wrong += 1
                mistakes.append(f"took {name} in {table.name} for {', '.join(sorted(said[name]))}")
    connection.close()
    return Score(found, missed, wrong, right, tuple(mistakes))


def cost(rows: int) -> tuple[int, float]:
    """Rows looked at, and seconds, for a table of so many rows with six columns of text."""
    with duckdb.connect() as connection:
        connection.execute(
            "CREATE TABLE big AS SELECT 'Case ' || i AS case_no, hash(i)::VARCHAR AS code, "
            "'HX' || (100000 + i % 900000) AS file_no, i % 77 AS area, "
            "'0' || (i % 99) || 'XX W MADISON ST' AS block, 'note ' || i % 1000 AS notes "
            f"FROM range({rows}) t(i)"
        )
        from interurban.core.standard import Field

        described = connection.execute("DESCRIBE big").fetchall()
        fields = [
            Field(name, "string" if kind == "VARCHAR" else "integer")
            for name, kind, *_ in described
        ]
        started = time.perf_counter()
        looked_at, _ = scan(connection, "big", fields, rows)
        return looked_at, time.perf_counter() - started


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rows", type=int, default=10_000_000, help="of the table that is timed")
    given = parser.parse_args()
    pa.set_cpu_count(2)
    tables = list(labelled_tables(given.seed))
    for told, confidences in (("told", ("high", "medium")), ("blocks", ("high",))):
        one = score(tables, confidences)
        print(
            f"{told:7} precision {one.precision:.3f}  recall {one.recall:.3f}  "
            f"found {one.found} (kind right: {one.right_kind})  missed {one.missed}  "
            f"wrong {one.wrong}"
        )
        for mistake in one.mistakes:
            print(f"        {mistake}")
    looked_at, seconds = cost(given.rows)
    print(f"{given.rows:,} rows: {looked_at:,} looked at in {seconds:.2f} s")


if __name__ == "__main__":
    main()
