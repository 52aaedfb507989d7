"""What a decision costs: cold, kept, and put to the published terms by the ODRL evaluator.

The policy has a hundred rules on parties, purposes and dates; the reader is met by few of them, and
the last rule is the one that answers, so every rule is looked at.

    python -m benchmarks.decisions
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from statistics import median, quantiles

from interurban.core import policy as p
from interurban.policy.rights.evaluate import Decisions, decide
from interurban.policy.rights.odrl import evaluate, read_json_ld
from interurban.policy.rights.odrl_asking import request_of, world_of
from interurban.policy.rights.odrl_writing import to_json_ld

from .options import Options, arguments
from .report import Table, machine

__all__ = ["measure"]

_RULES, _TIMES, _SLOW_TIMES = 100, 2_000, 10
_COLD_GOAL_MS, _KEPT_GOAL_MS = 2.0, 0.2
_NOW = datetime(2026, 6, 1, tzinfo=UTC)
_DATASET = "london.trees"
_READER = p.Reader("ann", "city", "dpv:AcademicResearch", ("press", "planners"))


def measure(_: Options) -> list[Table]:
    """The one table of this part."""
    policy = _policy()
    kept = Decisions()
    terms = read_json_ld(json.dumps(to_json_ld(policy, _DATASET)))
    request, world = request_of(_DATASET, _READER, "read"), world_of(_READER, _NOW)
    # The first of each loads tables and fills the cache.
    assert decide(policy, _READER, "read", _NOW).permitted
    kept.decide(policy, _READER, "read", _NOW)
    evaluate(terms, request, world)
    rows = (
        ("cold", *_timed(lambda: decide(policy, _READER, "read", _NOW), _TIMES), _COLD_GOAL_MS),
        (
            "kept",
            *_timed(lambda: kept.decide(policy, _READER, "read", _NOW), _TIMES),
            _KEPT_GOAL_MS,
        ),
        ("the ODRL evaluator", *_timed(lambda: evaluate(terms, request, world), _SLOW_TIMES), None),
    )
    return [
        Table(
            f"A decision by {_RULES} rules",
            ("decision", "median ms", "95th of 100, ms", "goal ms"),
            [
                (name, f"{middle:.4f}", f"{high:.4f}", f"{goal:g}" if goal else "")
                for name, middle, high, goal in rows
            ],
            "Without reading a policy, and without a question; both roads give the same answer.",
        )
    ]


def _policy() -> p.Policy:
    others = [
        p.Rule(
            f"rule-{number}",
            "forbid" if number % 3 == 0 else "permit",
            p.ACTIONS,
            (f"organisation:{number}", f"group:{number}"),
            ("dpv:PublicBenefit", "dpv:Marketing") if number % 2 else (),
            _NOW - timedelta(days=number),
            _NOW + timedelta(days=number),
        )
        for number in range(1, _RULES)
    ]
    last = p.Rule("last", "permit", ("read",), ("group:planners",), ("dpv:ResearchAndDevelopment",))
    return p.Policy((*others, last))


def _timed(work: Callable[[], object], times: int) -> tuple[float, float]:
    """Median and 95th percentile of some calls, each timed alone, in milliseconds."""
    taken = []
    for _ in range(times):
        begun = time.perf_counter()
        work()
        taken.append((time.perf_counter() - begun) * 1e3)
    return median(taken), quantiles(taken, n=20)[-1]


def main() -> None:
    """Measure this part alone."""
    options = arguments(__doc__)
    print(machine(), *(table.markdown() for table in measure(options)), sep="\n")


if __name__ == "__main__":
    main()
