"""Between the tables of the contracts and the arrays of the computing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa

from interurban.core.cube import Cube
from interurban.core.errors import BadRequest

from .fitting import Children, Parameters
from .simulation import Trajectory
from .states import ACADEMIC_YEARS, NONSEND, Array, StateRule, StateSpace, state_space
from .transitions import Transitions, encode

__all__ = [
    "children_of",
    "costs_from",
    "lost_cube",
    "moved_codes",
    "parameter_table",
    "parameters_from",
    "space_of",
    "text_column",
    "trajectory_cube",
    "trajectory_from",
    "transitions_of",
]

Codes = np.ndarray[tuple[int], np.dtype[np.str_]]

_KINDS = Parameters.__slots__
_CODES = ("need", "setting", "need_2", "setting_2")


def space_of(
    states: pa.Table, needs: Sequence[str] = (), settings: Sequence[str] = ()
) -> StateSpace:
    """The states of the table, and further needs and settings that children are in."""
    rules = [
        StateRule(
            row["setting"],
            row.get("setting_group") or "",
            row["min_academic_year"],
            row["max_academic_year"],
            _codes(row["needs"]),
            _codes(row.get("setting_to_setting") or ""),
        )
        for row in states.to_pylist()
    ]
    return state_space(rules, needs, settings)


def moved_codes(transitions: pa.Table, part: str) -> tuple[str, ...]:
    """Needs or settings (``part``) that occur in the moves."""
    sides = (np.unique(text_column(transitions, f"{part}_{side}")) for side in (1, 2))
    return tuple(str(code) for side in sides for code in side if code != NONSEND)


def transitions_of(space: StateSpace, table: pa.Table) -> Transitions:
    """The moves of the table."""
    years = table.column("calendar_year").to_numpy()
    before, after = (
        (
            text_column(table, f"setting_{side}").tolist(),
            text_column(table, f"need_{side}").tolist(),
            table.column(f"academic_year_{side}").to_numpy().tolist(),
        )
        for side in (1, 2)
    )
    return encode(space, years.tolist(), before, after)


def children_of(population: Cube) -> Children:
    """The children of the area; combinations without a number are not there (and not 0)."""
    years, academic_years = population.along("calendar_year"), population.along("academic_year")
    return {
        (int(year), int(academic_year)): float(value)
        for year, row in zip(years, population.values, strict=True)
        for academic_year, value in zip(academic_years, row, strict=True)
        if np.isfinite(value)
    }


def costs_from(costs: Cube) -> dict[tuple[str, str], float]:
    """Pounds by need and setting, where there is a cost."""
    needs, settings = costs.along("need"), costs.along("setting")
    return {
        (str(need), str(setting)): float(value)
        for need, row in zip(needs, costs.values, strict=True)
        for setting, value in zip(settings, row, strict=True)
        if np.isfinite(value)
    }


def parameter_table(space: StateSpace, alternatives: Mapping[str, Parameters]) -> pa.Table:
    """Every parameter that is there, one a row."""
    names = [pa.array(space.needs, pa.string()), pa.array(space.settings, pa.string())] * 2
    parts = []
    for alternative, parameters in alternatives.items():
        for kind in _KINDS:
            values: Array = getattr(parameters, kind)
            rate = _is_rate(kind)
            alpha = values[..., 0] if rate else values
            where = np.nonzero(np.isfinite(alpha) if rate else alpha)
            rows = len(where[0])
            columns = {
                "alternative": pa.array([alternative] * rows, pa.string()),
                "kind": pa.array([kind] * rows, pa.string()),
                "academic_year": pa.array(where[0] + ACADEMIC_YEARS[0], pa.int64()),
            }
            for axis, column in enumerate(_CODES, start=1):
                known = axis < len(where)
                columns[column] = (
                    names[axis - 1].take(pa.array(where[axis]))
                    if known
                    else pa.nulls(rows, pa.string())
                )
            columns["alpha"] = pa.array(alpha[where])
            columns["beta"] = (
                pa.array(values[..., 1][where]) if rate else pa.nulls(rows, pa.float64())
            )
            parts.append(pa.table(columns))
    return pa.concat_tables(parts)


def parameters_from(space: StateSpace, table: pa.Table) -> dict[str, Parameters]:
    """The parameters of every alternative in the table."""
    alternative, kind = text_column(table, "alternative"), text_column(table, "kind")
    return {
        str(name): Parameters(
            *(
                _parameter_array(
                    space, which, table.filter(pa.array((alternative == name) & (kind == which)))
                )
                for which in _KINDS
            )
        )
        for name in np.unique(alternative)
    }


def _parameter_array(space: StateSpace, kind: str, rows: pa.Table) -> Array:
    """The array of one kind of parameter; what has no row is not a number (rate) or 0."""
    _, needs, settings = space.shape
    shape: tuple[int, ...] = {
        "joiners": (len(ACADEMIC_YEARS),),
        "leavers": space.shape,
        "movers": space.shape,
        "joiner_targets": space.shape,
        "mover_targets": (*space.shape, needs, settings),
    }[kind]
    at = [rows.column("academic_year").to_numpy() - ACADEMIC_YEARS[0]]
    for column in _CODES[: len(shape) - 1]:
        known = space.needs if column.startswith("need") else space.settings
        places = {code: place for place, code in enumerate(known)}
        codes = rows.column(column).to_pylist()
        at.append(np.array([places[code] for code in codes], dtype=np.int64))
    if not _is_rate(kind):
        values = np.zeros(shape)
        values[tuple(at)] = rows.column("alpha").to_numpy()
        return values
    values = np.full((*shape, 2), np.nan)
    for place, column in enumerate(("alpha", "beta")):
        values[(*at, place)] = rows.column(column).to_numpy()
    return values


def _is_rate(kind: str) -> bool:
    """Whether a kind of parameter is a rate (alpha and beta), not a placement (alphas)."""
    return not kind.endswith("targets")


def trajectory_cube(trajectory: Trajectory) -> Cube:
    """The futures as a cube: calendar year, academic year, need, setting, draw."""
    space = trajectory.space
    years, draws = len(trajectory.years), trajectory.draws
    values = trajectory.children.reshape(years, *space.shape, draws).astype(np.float64)
    labels = (trajectory.years, ACADEMIC_YEARS, space.needs, space.settings, tuple(range(draws)))
    dims = ("calendar_year", "academic_year", "need", "setting", "draw")
    return Cube(dims, labels, values, "children")


def lost_cube(trajectory: Trajectory) -> Cube:
    """Children lost on the way: calendar year, how, draw."""
    values = np.stack([trajectory.vanished, trajectory.outgrown], axis=1).astype(np.float64)
    labels = (trajectory.years, ("vanished", "outgrown"), tuple(range(trajectory.draws)))
    return Cube(("calendar_year", "fate", "draw"), labels, values, "children")


def trajectory_from(space: StateSpace, children: Cube, lost: Cube) -> Trajectory:
    """The futures of the two cubes."""
    years = tuple(int(year) for year in children.along("calendar_year"))
    draws = len(children.along("draw"))
    counts = children.values.reshape(len(years), space.size, draws).astype(np.int32)
    vanished, outgrown = (
        lost.at(fate=fate).values.astype(np.int64) for fate in ("vanished", "outgrown")
    )
    return Trajectory(space, years, counts, vanished, outgrown)


def _codes(text: str) -> tuple[str, ...]:
    return tuple(code.strip() for code in text.split(",") if code.strip())


def text_column(table: pa.Table, column: str) -> Codes:
    """A column of codes.

    Raises
    ------
    BadRequest: a cell is blank.
    """
    values = table.column(column)
    if values.null_count:
        raise BadRequest(
            f"{values.null_count:,} rows have no {column}.",
            advice=f"Write {NONSEND} for a child outside; a blank says nothing.",
            part=column,
        )
    return np.asarray(values.to_pylist(), dtype=str)
