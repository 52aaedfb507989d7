"""Which datasets `up` loads, and where from: a mirror, the portals, or synthetic cities."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from interurban.core.dataset import Dataset

from .loads import Job, Outcome, load_all
from .output import counted
from .progress import Bars
from .synth import add_demonstration

if TYPE_CHECKING:
    from interurban.catalog.node import Node

__all__ = ["Plan", "Wanted", "app_tokens", "in_order", "make_plan", "run_plan", "tell"]

SYNTHETIC_ROWS = 100_000
"""Events of each synthetic city that `up` makes by itself: seconds, and enough to see."""

_PATIENCE_S = 4.0


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person asked for: one city or all, a mirror or none, and a token for the portals."""

    city: str | None
    mirror: Path | None
    socrata_token: str | None


@dataclass(frozen=True, slots=True)
class Plan:
    """The datasets to load, in order, and the folder they come from (``None``: the portals)."""

    datasets: tuple[Dataset, ...]
    mirror: Path | None
    tokens: Mapping[str, str]


def make_plan(node: Node, wanted: Wanted, shown: Bars) -> Plan:
    """Choose the origin, and find what is not loaded from it yet.

    Without a mirror the portals are asked whether they are there. When none is, the synthetic
    cities in the data folder go on, and where nothing is loaded at all they are begun, with the
    demonstration city beside them if all cities are wanted.
    """
    if wanted.city is not None:
        node.city(wanted.city)
    described = [
        each for each in node.datasets() if wanted.city is None or each.city == wanted.city
    ]
    mirror, tokens = wanted.mirror, app_tokens(described, wanted.socrata_token)
    missing = _missing(node, described, mirror)
    if mirror is not None or not missing or _portals_answer(missing):
        return Plan(in_order(missing, mirror), mirror, tokens)
    from interurban.synth import read_folder

    folder = node.home.root / "synthetic"
    if not node.snapshots():
        shown.say("No mirror is named and no portal answers: making SYNTHETIC cities.", "yellow")
        if wanted.city is None:
            add_demonstration(node)
            described = node.datasets()
        _make_cities(node, described, folder)
    if read_folder(folder) is None:
        return Plan((), None, tokens)
    return Plan(in_order(_missing(node, described, folder), folder), folder, tokens)


def run_plan(
    home: Path, plan: Plan, shown: Bars, loaded: Callable[[], None], stop: Event
) -> list[Outcome]:
    """Load what the plan says; ``loaded`` is called after each dataset that came."""
    outcomes: list[Outcome] = []

    def done(outcome: Outcome) -> None:
        tell(outcome, shown)
        if outcome.error is None:
            loaded()

    jobs = [Job(each.id, plan.mirror, tokens=plan.tokens) for each in plan.datasets]
    if jobs:
        outcomes = load_all(home, jobs, shown, done, stop)
    if outcomes and not stop.is_set():
        came = [outcome for outcome in outcomes if outcome.error is None]
        rows = sum(outcome.rows for outcome in came)
        shown.say(f"Loaded {len(came)} of {len(jobs)} datasets, {counted(rows, 'row')}.", "bold")
    return outcomes


def tell(outcome: Outcome, shown: Bars) -> None:
    """One line on how a load ended."""
    if outcome.error is not None:
        shown.say(f"{outcome.dataset}: {outcome.error}", "red")
        return
    parts = [counted(outcome.rows, "row")]
    if outcome.left_out:
        parts.append(f"{outcome.left_out:,} left out")
    if outcome.blanked:
        parts.append(f"{counted(outcome.blanked, 'value')} blanked")
    shown.say(f"{outcome.dataset}: {', '.join(parts)} ({outcome.seconds:.1f} s)")


def app_tokens(datasets: Iterable[Dataset], socrata_token: str | None) -> dict[str, str]:
    """The app token for the host of every Socrata portal."""
    if socrata_token is None:
        return {}
    hosts = [
        str(each.live.options["domain"])
        for each in datasets
        if each.live is not None and each.live.type == "socrata"
    ]
    return dict.fromkeys(hosts, socrata_token)


def tokens_of(address: str, socrata_token: str | None) -> dict[str, str]:
    """The app token for the host of one dataset's address."""
    kind, _, rest = address.partition(":")
    return {rest.partition("/")[0]: socrata_token} if kind == "socrata" and socrata_token else {}


def in_order(datasets: Iterable[Dataset], mirror: Path | None) -> tuple[Dataset, ...]:
    """What makes a map first (areas, water, streets), then the largest, so that cores end even."""

    def size(dataset: Dataset) -> int:
        path = dataset.mirror.options.get("path") if dataset.mirror and mirror else None
        file = mirror / str(path) if mirror and path else None
        return file.stat().st_size if file is not None and file.is_file() else 0

    return tuple(
        sorted(
            datasets,
            key=lambda each: (each.theme != "boundaries" and not each.basemap, -size(each)),
        )
    )


def _missing(node: Node, datasets: Sequence[Dataset], mirror: Path | None) -> list[Dataset]:
    """What the origin could give and is not here, or is here only as a synthetic stand-in."""
    from interurban.catalog.loading import Origin

    snapshots, origin = node.snapshots(), Origin(mirror)

    def wanted(dataset: Dataset) -> bool:
        source = origin.source(dataset)
        here = snapshots.get(dataset.id)
        return source is not None and (
            here is None or (here.synthetic and source[1] != "synthetic")
        )

    return [dataset for dataset in datasets if wanted(dataset)]


def _portals_answer(datasets: Sequence[Dataset]) -> bool:
    """Whether any portal answers at all, asked at the same time and not for long."""
    import httpx

    def answers(host: str) -> bool:
        try:
            httpx.head(f"https://{host}/", timeout=_PATIENCE_S)
        except httpx.HTTPError:
            return False
        return True

    hosts = sorted({host for each in datasets for host in _hosts(each)})
    with ThreadPoolExecutor(max_workers=max(1, len(hosts))) as threads:
        return any(threads.map(answers, hosts))


def _hosts(dataset: Dataset) -> list[str]:
    """The hosts that the options of a live source name."""
    import httpx

    options = dataset.live.options if dataset.live is not None else {}
    if "domain" in options:
        return [str(options["domain"])]
    urls = [str(value) for value in options.values() if str(value).startswith("https://")]
    return [httpx.URL(url).host for url in urls]


def _make_cities(node: Node, datasets: Sequence[Dataset], folder: Path) -> None:
    from interurban import synth

    for city in sorted({dataset.city for dataset in datasets}):
        own = [dataset for dataset in datasets if dataset.city == city]
        synth.write_city(node.city(city), own, folder, rows=SYNTHETIC_ROWS)
