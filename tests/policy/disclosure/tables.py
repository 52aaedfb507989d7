"""Tables that several tests attack."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from interurban.policy.disclosure import Table, Tabulated, flat, tabulate, with_totals


def hygiene(shared_data: Path) -> pa.Table:
    """London's food premises that have a rating, as rows of borough, kind and rating."""
    file = shared_data / "alliance" / "london_food_hygiene_2020-07.csv.gz"
    with gzip.open(file) as text:
        rows = pacsv.read_csv(
            text,
            convert_options=pacsv.ConvertOptions(
                include_columns=["la_name", "business_type", "rating_value"],
                column_types={"rating_value": pa.string()},
            ),
        )
    rated = pc.is_in(rows["rating_value"], pa.array(list("012345")))
    return rows.filter(rated).rename_columns(["borough", "kind", "rating"])


def hygiene_table(shared_data: Path) -> Tabulated:
    """33 boroughs by 6 ratings."""
    return tabulate(hygiene(shared_data), [["borough"], ["rating"]])


def counts(*shape: int, seed: int, mean: float = 12.0) -> Table:
    """A table of random counts, many of them small, with its totals."""
    rng = np.random.default_rng(seed)
    leaves = rng.poisson(rng.gamma(0.5, mean / 0.5, size=shape)).astype(float)
    axes = [flat(f"axis{n}", [f"{n}.{code}" for code in range(k)]) for n, k in enumerate(shape)]
    return with_totals(axes, leaves)
