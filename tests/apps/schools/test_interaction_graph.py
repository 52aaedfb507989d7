"""The model as a run: what is shown stays, what is hidden is filled in between its bounds."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from interurban.apps.schools.interaction.graphs import SCHOOL_FLOWS
from interurban.core.errors import InvalidInput
from interurban.core.model import ModelNode


def tables(seed: int = 3) -> dict[str, pa.Table]:
    """Thirty zones of ten schools, drawn from a model; numbers below five are hidden."""
    rng = np.random.default_rng(seed)
    homes, schools = rng.uniform(0, 0.2, (30, 2)), rng.uniform(0, 0.2, (10, 2))
    far = np.hypot(*(homes[:, None] - schools[None]).transpose(2, 0, 1)) * 111
    mean = 400 * np.exp(-0.25 * far)
    pupils = rng.poisson(60 * mean / mean.sum(axis=1, keepdims=True))
    area, school = np.nonzero(pupils)
    count = pupils[area, school]
    shown = count >= 5
    flows = pa.table(
        {
            "area_id": [f"z{one}" for one in area],
            "school_id": [f"s{one}" for one in school],
            "year": pa.array([2020] * len(area), pa.int64()),
            "stage": ["high"] * len(area),
            "pupils": pa.array(np.where(shown, count, np.nan), from_pandas=True),
            "at_least": pa.array([None if ok else 1.0 for ok in shown], pa.float64()),
            "at_most": pa.array([None if ok else 4.0 for ok in shown], pa.float64()),
            "area_total": pupils.sum(axis=1)[area].astype(float),
        }
    )  # fmt: skip
    return {
        "flows": flows,
        "schools": _points("school_id", "s", schools),
        "zones": _points("zone_id", "z", homes).append_column(
            "school_id", pa.array([f"s{at}" if at < 10 else None for at in range(30)], pa.string())
        ),
    }


def _points(key: str, letter: str, places: np.ndarray[Any, Any]) -> pa.Table:
    return pa.table(
        {
            key: [f"{letter}{at}" for at in range(len(places))],
            "longitude": places[:, 0],
            "latitude": places[:, 1],
        }
    )


def run(given: dict[str, pa.Table], **values: object) -> dict[str, Any]:
    node = SCHOOL_FLOWS.nodes[0]
    assert isinstance(node, ModelNode)
    chosen: Any = {one.name: one.default for one in node.model.parameters} | values
    return dict(node.model.compute(given, chosen, lambda *_: None).tables)


def test_shown_numbers_stay_and_hidden_ones_lie_between_their_bounds() -> None:
    given = tables()
    rows = run(given)["modelled_flows"].to_pylist()
    known = {
        (row["area_id"], row["school_id"]): row["pupils"] for row in given["flows"].to_pylist()
    }
    assert {row["status"] for row in rows} == {"shown", "modelled"}
    for row in rows:
        before = known[row["area_id"], row["school_id"]]
        if row["status"] == "shown":
            assert row["pupils"] == before
        else:
            assert before is None
            assert row["at_least"] == 1
            assert row["at_most"] == 4
            assert 0.5 <= row["pupils"] <= 8


def test_the_fitted_model_is_measured_beside_simple_ones() -> None:
    found = {
        (row["breakdown"], row["measure"]): row["value"]
        for row in run(tables())["model_measures"].to_pylist()
    }
    measure = "Common part of commuters"
    assert found["Fitted", measure] > found["Nearest school", measure]


def test_a_run_without_areas_is_refused() -> None:
    given = tables()
    del given["zones"]
    with pytest.raises(InvalidInput, match="Neither areas nor zones"):
        run(given)


def test_the_same_run_gives_the_same_rows() -> None:
    assert run(tables())["modelled_flows"].equals(run(tables())["modelled_flows"])
