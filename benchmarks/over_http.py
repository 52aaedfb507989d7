"""Interurban alone on the large table: what one reader waits for an answer through HTTP.

The real server, one process; one client on a kept connection, one request at a time.

    python -m benchmarks.over_http --rows 10000000
"""

from __future__ import annotations

from .client import Client, Measured, timed
from .load import loaded_home
from .options import Options, arguments
from .ours import serving
from .processes import memory_mb
from .questions import Question, questions
from .report import Table

__all__ = ["measure"]

_HEAD = (
    "work", "features", "kB", "p50 ms", "p95 ms", "p99 ms", "goal ms", "p50 / goal", "CPU ms",
    "requests",
)  # fmt: skip


def measure(options: Options) -> list[Table]:
    """Ask every question."""
    home = loaded_home(options.work, options.rows)
    rows = []
    with serving(home, options.work) as server, Client(server.port) as client:
        for question in questions(client):
            measured = timed(
                client,
                server.pids,
                question.path,
                requests=options.requests,
                seconds=options.seconds,
            )
            rows.append(_row(question, measured, client))
        note = f"Memory of the server afterwards: {sum(map(memory_mb, server.pids)):,.0f} MB (PSS)."
    return [Table(f"One reader, {options.rows:,} rows", _HEAD, rows, note)]


def _row(question: Question, measured: Measured, client: Client) -> tuple[str, ...]:
    median = measured.percentile_ms(0.5)
    features = question.features(client.get(question.path(0))) if question.features else None
    return (
        question.name,
        "-" if features is None else f"{features:,}",
        f"{measured.kilobytes:,.1f}",
        f"{median:.1f}",
        f"{measured.percentile_ms(0.95):.1f}",
        f"{measured.percentile_ms(0.99):.1f}",
        "-" if question.goal_ms is None else f"{question.goal_ms:g}",
        "-" if question.goal_ms is None else f"{median / question.goal_ms:.2f}",
        f"{measured.cpu_ms:.1f}",
        str(len(measured.seconds)),
    )


def main() -> None:
    for table in measure(arguments(__doc__)):
        print(table.markdown())


if __name__ == "__main__":
    main()
