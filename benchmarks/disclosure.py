"""Tables made safe: how long it takes, and how far from the least loss it may be.

The tables are synthetic counts with many small cells. Each is protected, which ends with the audit
of every hidden cell; the time of that audit alone is told as well.

    python -m benchmarks.disclosure
"""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np

from interurban.policy.disclosure import (
    Axis,
    Cells,
    Effort,
    Knowledge,
    Tabulated,
    Threshold,
    audit,
    flat,
    protect,
    tree,
    with_totals,
)

from .options import Options, arguments
from .report import Table, machine

__all__ = ["measure"]

_WARDS, _BOROUGHS, _KINDS = 633, 33, 20


def measure(options: Options) -> list[Table]:
    """The one table of this part."""
    rows = []
    for name, axes, mean, spread, goal_s in _cases():
        made = _counts(axes, mean, spread)
        times, audits = [], []
        for _ in range(options.rounds):
            begun = time.perf_counter()
            safe = protect(made, (Threshold(5),), Effort(seconds=20.0))
            times.append(time.perf_counter() - begun)
            begun = time.perf_counter()
            told = audit(safe.published, Knowledge(least=1.0))
            audits.append(time.perf_counter() - begun)
            assert not told.closer_than(5).any()
        found = safe.suppression
        rows.append(
            [
                name,
                f"{found.primary.sum():,}",
                f"{found.secondary.sum():,}",
                f"{found.gap:.1%}",
                f"{np.median(audits):.2f}",
                f"{np.median(times):.2f}",
                goal_s,
            ]
        )
    return [
        Table(
            "Disclosure control",
            (
                "table",
                "small",
                "beside",
                "above the least, at most",
                "audit, s",
                "all, s",
                "goal, s",
            ),
            rows,
            "Cells below 5 hidden, all margins attacked. Synthetic counts. Median of "
            f"{options.rounds} turns.",
        )
    ]


def _cases() -> list[tuple[str, Sequence[Axis], float, float, str]]:
    wards = sorted((f"b{n % _BOROUGHS:02}", f"w{n:03}") for n in range(_WARDS))
    kinds = flat("kind", [f"k{n}" for n in range(_KINDS)])
    flat_wards = flat("ward", [ward for _, ward in wards])
    levels = tree(("borough", "ward"), wards)
    boroughs = flat("borough", [f"b{n}" for n in range(_BOROUGHS)])
    return [
        ("33 x 6", (boroughs, flat("rating", "012345")), 60.0, 1.5, "0.5"),
        ("633 x 20, sparse", (flat_wards, kinds), 2.0, 1.5, "30"),
        ("633 x 20, dense", (flat_wards, kinds), 60.0, 1.4, "30"),
        ("633 < 33 x 20, sparse", (levels, kinds), 2.0, 1.5, ""),
        ("633 < 33 x 20, dense", (levels, kinds), 60.0, 1.4, ""),
    ]


def _counts(axes: Sequence[Axis], mean: float, spread: float) -> Tabulated:
    rng = np.random.default_rng(1)
    shape = [int(axis.leaf.sum()) for axis in axes]
    leaves = rng.poisson(np.exp(rng.normal(np.log(mean), spread, size=shape))).astype(float)
    table = with_totals(axes, leaves)
    contributors = table.flat.astype(np.int64)
    cells = Cells(table.flat, contributors, np.zeros((len(contributors), 0)))
    return Tabulated(table, cells, np.zeros(0, dtype=np.int64), whole=True)


def main() -> None:
    """Measure this part alone."""
    options = arguments(__doc__)
    print(machine())
    for table in measure(options):
        print(table.markdown())


if __name__ == "__main__":
    main()
