"""What releases of a two-way table did not tell, written down for the releases that come after.

Whoever kept the release of one version has it beside that of the next. A number that the first one
hides and the second one shows would be known, and with it others that stood beside it; so what was
not told once stays untold. This is no cache: it can't be worked out again once versions are
forgotten, and goes with every backup.

``untold/<dataset>/<rule>/<below>-<version>.parquet`` has all that releases up to that version did
not tell under a threshold. It is written whole, before anybody can ask the release.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import astuple, dataclass, replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from interurban.core.dataset import Snapshot
from interurban.core.policy import Obligation, OnlyRows, SmallCounts
from interurban.query.cql2_writing import to_text

from .home import Home

__all__ = ["COLUMN", "PAIR", "ROW", "SCHEMA", "UntoldBefore", "untold_before"]

PAIR, ROW, COLUMN = "pair", "row", "column"
"""What is not told: a number, the total of a row, or where a column's numbers come from."""

SCHEMA = pa.schema(
    [
        ("what", pa.string()),
        ("within", pa.list_(pa.string())),
        ("row", pa.string()),
        ("column", pa.string()),
    ]
)
"""``within`` says of which table. A row has no column, and a column no row."""

_ENDING = ".parquet"


@dataclass(frozen=True, slots=True)
class UntoldBefore:
    """The record of one rule on one dataset.

    Parameters
    ----------
    below, version: of the release that is being made.
    """

    folder: Path
    below: int
    version: int

    def read(self) -> pa.Table:
        """What was not told before, under this threshold or a lower one; on ``SCHEMA``.

        Under a higher one more is hidden, from readers who are to know less than these.
        """
        found = [
            pq.read_table(path, schema=SCHEMA)
            for path in sorted(self.folder.glob(f"*{_ENDING}"))
            if int(path.stem.partition("-")[0]) <= self.below
        ]
        return pa.concat_tables([SCHEMA.empty_table(), *found])

    def remember(self, untold: pa.Table) -> None:
        """Keep what the release does not tell, with all that was not told before."""
        self.folder.mkdir(parents=True, exist_ok=True)
        older = [*self.folder.glob(f"{self.below}-*{_ENDING}")]
        path = self.folder / f"{self.below}-{self.version}{_ENDING}"
        half = path.with_suffix(".half")
        rows = [*self.read().to_pylist(), *untold.to_pylist()]
        once = {(r["what"], tuple(r["within"]), r["row"], r["column"]): r for r in rows}
        pq.write_table(pa.Table.from_pylist([*once.values()], schema=SCHEMA), half)
        half.replace(path)
        for one in older:
            if one != path:
                one.unlink(missing_ok=True)


def untold_before(
    home: Home, snapshot: Snapshot, obligations: Sequence[Obligation], rule: SmallCounts
) -> UntoldBefore:
    """The record for a release.

    Parameters
    ----------
    obligations: all that the release is under: with other rows it is another table.
    """
    said = [repr(astuple(replace(rule, below=0)))]
    said += [to_text(one.where) for one in obligations if isinstance(one, OnlyRows)]
    name = hashlib.sha256("\n".join(said).encode()).hexdigest()[:16]
    return UntoldBefore(home.untold / snapshot.dataset / name, rule.below, snapshot.version)
