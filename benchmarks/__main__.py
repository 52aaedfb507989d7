"""Every part, one after the other, as one Markdown page: ``python -m benchmarks``.

Times are printed, never judged: a benchmark that fails on a busy machine measures the machine.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from . import (
    decisions,
    disclosure,
    load,
    over_http,
    peers,
    policy_cost,
    projections,
    schools,
    send,
    two_nodes,
)
from .options import Options, arguments
from .report import Table, machine

_PARTS: Mapping[str, Callable[[Options], list[Table]]] = {
    "load": load.measure,
    "http": over_http.measure,
    "peers": peers.measure,
    "projections": projections.measure,
    "send": send.measure,
    "schools": schools.measure,
    "disclosure": disclosure.measure,
    "decisions": decisions.measure,
    "policy_cost": policy_cost.measure,
    "two_nodes": two_nodes.measure,
}


def main() -> None:
    """Measure, print each table as it is done, and keep them all in ``<work>/results.md``."""
    options = arguments(__doc__, tuple(_PARTS))
    begun = time.monotonic()
    page = ["## Measurements\n", machine()]
    print("\n".join(page), flush=True)
    for name in options.only or tuple(_PARTS):
        for table in _PARTS[name](options):
            page.append(table.markdown())
            print(page[-1], flush=True)
    page.append(f"Measured in {(time.monotonic() - begun) / 60:.1f} minutes.\n")
    print(page[-1], flush=True)
    (options.work / "results.md").write_text("\n".join(page), encoding="utf-8")


if __name__ == "__main__":
    main()
