"""The schools atlas beside PySAL, and what one reader waits for it through HTTP.

Access to primary schools and the interaction model get the same real children, places and flows of
London in memory, take turns with PySAL's ``access`` and ``spint``, and must give the same numbers.

    python -m benchmarks.schools
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any, TypeVar

import numpy as np

from interurban.apps.schools.access.floating import access, within_reach
from interurban.apps.schools.access.homes import homes_of, supply_of
from interurban.apps.schools.interaction.calibration import calibration_of, fit_flows
from interurban.apps.schools.interaction.fit import Choices, fit
from interurban.apps.schools.interaction.kinds import Kinds
from interurban.apps.schools.interaction.measures import common_part_of_commuters
from interurban.apps.schools.interaction.pairs import Pairs, pairs_of
from interurban.apps.schools.reading import Atlas, open_atlas
from interurban.apps.schools.settings import settings_of
from interurban.catalog.loading import Origin
from interurban.catalog.loads import load
from interurban.catalog.node import Node

from .client import Client
from .options import Options, arguments
from .ours import serving
from .report import Table, machine

__all__ = ["measure"]

_T = TypeVar("_T")
_REPOSITORY = Path(__file__).resolve().parent.parent
_CITY, _REACH_M = "london", 3_000.0
_DECAYS = {"2SFCA": "none", "E2SFCA": "stepped"}
_BOROUGHS = 3
"""Of the model beside the peer: it makes a dummy of every area and of every school."""
_SAME_ACCESS, _SAME_DECAY = 1e-9, 0.002
_ONE_DECAY = Choices(own=False, terms=(), censored=False, rounds=100, settled=1e-6)
_TURNS = 12

_Asked = tuple[str, bytes | None]
_Questions = Mapping[str, tuple[float | None, Callable[[int], _Asked]]]


def measure(options: Options) -> list[Table]:
    """Every table of this part; without the real data, only a note."""
    shared = Path(os.environ.get("INTERURBAN_SHARED", _REPOSITORY.parent / "shared" / "data"))
    if not (shared / "schools").is_dir():
        note = "Needs the real data of London; see INTERURBAN_SHARED."
        return [Table("Schools", ("work",), (), note)]
    home = options.work / "schools"
    with _opened(home, shared) as atlas:
        tables = [_access(atlas, options.rounds), _model(atlas, options.rounds)]
        asked = _questions(atlas)
    with serving(home, options.work) as server, Client(server.port) as client:
        return [*tables, _over_http(client, asked)]


@contextmanager
def _opened(home: Path, shared: Path) -> Iterator[Atlas]:
    """The atlas of the city on a data folder that is kept for the next run."""
    home.mkdir(parents=True, exist_ok=True)
    with Node(home) as node:
        settings = settings_of(node.packs, _CITY)
        assert settings is not None, f"{_CITY} has an atlas"
        flows = [one for each in settings.flows for one in (each.dataset, *each.areas)]
        children = [one for each in settings.children for one in (each.dataset, *each.areas)]
        places = settings.extra["places"].text("capacity", default="")
        for dataset in dict.fromkeys((*settings.schools, *flows, *children, places)):
            if dataset and dataset not in node.held():
                load(node, dataset, Origin(mirror=shared))
        yield open_atlas(node, _CITY)


# Access


def _access(atlas: Atlas, rounds: int) -> Table:
    try:
        import pandas
        from access import Access, weights
    except ImportError:
        return Table("Access to schools", ("method",), (), "Not installed: pip install access.")
    stage = next(one for one in atlas.settings.stages if one.id == "primary")
    homes, supply = homes_of(atlas, stage), supply_of(atlas, stage)
    known, placed = np.isfinite(supply.places), np.isfinite(homes.areas.metres[:, 0])
    areas, schools = homes.areas.metres[placed], supply.metres[known]
    children, places = homes.children[placed], supply.places[known]
    factor = atlas.settings.walking_factor
    pairs = within_reach(areas, schools, _REACH_M, factor, "none")
    metres = factor * np.hypot(*(areas[pairs.area] - schools[pairs.school]).T)
    costs = pandas.DataFrame({"origin": pairs.area, "dest": pairs.school, "cost": metres})
    steps = {1_000.0: 1.0, 2_000.0: 0.68, 3_000.0: 0.22}

    def theirs(decay: str) -> np.ndarray:
        peer = Access(
            demand_df=pandas.DataFrame({"id": np.arange(len(areas)), "children": children}),
            demand_index="id",
            demand_value="children",
            supply_df=pandas.DataFrame({"id": np.arange(len(schools)), "places": places}),
            supply_index="id",
            supply_value="places",
            cost_df=costs,
            cost_origin="origin",
            cost_dest="dest",
            cost_name="cost",
        )
        rule = weights.step_fn(steps) if decay == "stepped" else None
        found = peer.two_stage_fca(name="a", max_cost=_REACH_M, weight_fn=rule)["a_places"]
        return np.nan_to_num(found.reindex(np.arange(len(areas))).to_numpy())

    def ours(decay: str) -> np.ndarray:
        return access(within_reach(areas, schools, _REACH_M, factor, decay), children, places)

    rows = []
    for name, decay in _DECAYS.items():
        (ours_s, mine), (peer_s, other) = _turns(
            partial(ours, decay), partial(theirs, decay), rounds
        )
        off = np.abs(mine - other).max()
        assert off < _SAME_ACCESS, f"PySAL and ours differ by {off} places a child"
        rows.append((name, f"{1e3 * peer_s:.0f}", f"{1e3 * ours_s:.1f}", f"{peer_s / ours_s:.1f}"))
    return Table(
        "Access to schools",
        ("method", "PySAL access, ms", "Interurban, ms", "times faster"),
        rows,
        f"Places for each child of {len(areas):,} small areas of London at {len(schools):,} "
        f"primary schools within {_REACH_M / 1e3:g} km, {len(pairs.area):,} pairs. The peer is "
        "given the pairs and their distances; ours finds them. Both give the same places, to a "
        "billionth.",
    )


# The interaction model


def _model(atlas: Atlas, rounds: int) -> Table:
    flows = atlas.flows("")
    whole = pairs_of(flows)
    took = []
    for _ in range(rounds):
        seconds, _ = _timed(lambda: fit_flows(atlas, flows))
        took.append(seconds)
    found = calibration_of(atlas)
    areas, schools = whole.shape
    rows = [
        (
            f"all terms, {np.count_nonzero(whole.shown):,} flows, {areas:,} x {schools}",
            "-",
            f"{median(took):.2f}",
            "-",
            f"{found.model.cpc:.3f}",
        )
    ]
    note = ""
    try:
        from spint.gravity import Doubly
    except ImportError:
        note = " The peer is not installed: pip install spint."
    else:
        part = _boroughs(whole, flows.areas.districts)
        row, column = np.indices(part.shape).reshape(2, -1)
        counts, km = part.shown.ravel().astype(np.int64), part.km.ravel().astype(float)
        kinds = Kinds(("open",), np.zeros(part.shape[1], dtype=np.int64))
        (ours_s, mine), (peer_s, other) = _turns(
            lambda: fit(part, kinds, _ONE_DECAY),
            lambda: Doubly(counts, row, column, km, "exp"),
            rounds,
        )
        decay, peers = float(mine.kind_decay[0]), -float(other.params[-1])
        assert abs(decay / peers - 1) < _SAME_DECAY, f"PySAL finds {peers} per km, ours {decay}"
        rows.append(
            (
                f"one decay, {part.shape[0]:,} x {part.shape[1]} of {_BOROUGHS} boroughs",
                f"{peer_s:.2f}",
                f"{ours_s:.3f}",
                f"{peer_s / ours_s:.0f}",
                f"{common_part_of_commuters(mine.mu, part.shown):.3f}",
            )
        )
    return Table(
        "Interaction model of secondary schools",
        ("model", "PySAL spint, s", "Interurban, s", "times faster", "CPC"),
        rows,
        "Calibration on flows in memory: distances, terms of types and districts, hidden counts as "
        "censored (goal 3 s). Beside the peer: doubly constrained with one decay, every pair of "
        "some boroughs and the schools that most of their pupils attend; both find the same decay, "
        f"to 0.2 %.{note}",
    )


def _boroughs(pairs: Pairs, districts: tuple[str, ...]) -> Pairs:
    """The pairs of the boroughs with most pupils and of the schools that these attend."""
    names = np.array(districts, dtype=object)[pairs.area]
    leaving = pairs.shown.sum(axis=1)
    most = sorted(set(names), key=lambda one: (-float(leaving[names == one].sum()), one))
    rows = np.flatnonzero(np.isin(names, most[:_BOROUGHS]))
    columns = np.flatnonzero(np.count_nonzero(pairs.shown[rows], axis=0) >= 20)
    rows = rows[pairs.shown[np.ix_(rows, columns)].sum(axis=1) > 0]
    inside = np.ix_(rows, columns)
    none = np.zeros(0)
    return replace(
        pairs,
        area=pairs.area[rows],
        school=pairs.school[columns],
        km=pairs.km[inside],
        shown=pairs.shown[inside],
        open=np.zeros((len(rows), len(columns)), dtype=np.bool_),
        hidden=np.zeros(0, dtype=np.int64),
        low=none,
        high=none,
        below=0,
        area_totals=np.full(len(rows), np.nan),
        same=None,
        zoned=None,
    )


# Over HTTP


def _questions(atlas: Atlas) -> _Questions:
    """Each question by its name: its goal in ms, and how its nth turn is asked."""
    flows = atlas.flows("")
    sizes = np.bincount(flows.school, np.nan_to_num(flows.pupils), len(flows.schools))
    large = [flows.schools.ids[one] for one in np.argsort(-sizes, kind="stable")[: 2 * _TURNS]]
    areas = [flows.areas.ids[one] for one in range(0, 60 * _TURNS, 60)]
    base = f"/api/schools/{_CITY}"
    stage = flows.stage

    def closing(n: int) -> _Asked:
        changes = [{"do": "close", "school": large[n]}]
        return f"{base}/what-if", json.dumps({"stage": stage, "changes": changes}).encode()

    return {
        "every school for the map": (None, lambda _: (f"{base}/schools", None)),
        "home areas of a school": (150, lambda n: (f"{base}/schools/{large[n]}/areas", None)),
        "schools of an area": (150, lambda n: (f"{base}/areas/{areas[n]}/schools", None)),
        "card of a school": (None, lambda n: (f"{base}/schools/{large[n]}", None)),
        "catchment, ranked areas": (None, lambda n: (f"{base}/schools/{large[n]}/catchment", None)),
        "close a school and solve anew": (500, closing),
    }


def _over_http(client: Client, questions: _Questions) -> Table:
    rows = []
    for name, (goal, ask) in questions.items():
        times, size = [], 0
        for n in range(_TURNS):
            path, body = ask(n)
            begun = time.perf_counter()
            answer = client.get(path) if body is None else client.post(path, body)
            times.append(1e3 * (time.perf_counter() - begun))
            size = len(answer)
        rest = sorted(times[1:])
        rows.append(
            (
                name,
                f"{size / 1e3:,.0f}",
                f"{times[0]:,.0f}",
                f"{median(rest):.1f}",
                f"{rest[-1]:.0f}",
                "-" if goal is None else f"{goal:g}",
            )
        )
    return Table(
        "Schools through HTTP",
        ("question", "kB", "first, ms", "median, ms", "slowest, ms", "goal, ms"),
        rows,
        f"London, one reader, another school or area each time ({_TURNS} turns; the first of each "
        "apart: it reads what the others find ready). The goal of a click is to the drawn map, of "
        "which this is the server's part.",
    )


def _turns(
    ours: Callable[[], _T], theirs: Callable[[], Any], rounds: int
) -> tuple[tuple[float, _T], tuple[float, Any]]:
    """The median seconds of each, and what they gave the last time."""
    ours_s, theirs_s = [], []
    for _ in range(rounds):
        took, mine = _timed(ours)
        ours_s.append(took)
        took, other = _timed(theirs)
        theirs_s.append(took)
    return (median(ours_s), mine), (median(theirs_s), other)


def _timed(work: Callable[[], _T]) -> tuple[float, _T]:
    begun = time.perf_counter()
    done = work()
    return time.perf_counter() - begun, done


def main() -> None:
    """Print this part alone."""
    options = arguments(__doc__)
    print(machine())
    for table in measure(options):
        print(table.markdown(), flush=True)


if __name__ == "__main__":
    main()
