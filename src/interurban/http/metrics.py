"""What an operator watches, in Prometheus' text format."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Protocol

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from interurban.catalog.node import Activity
from interurban.core.dataset import Snapshot

__all__ = ["CONTENT_TYPE_LATEST", "Metrics"]

_SECONDS = (0.002, 0.005, 0.01, 0.015, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class _Measured(Protocol):
    @property
    def activity(self) -> Activity: ...
    def snapshots(self) -> Mapping[str, Snapshot]: ...


class Metrics:
    """The counters of one app.

    Parameters
    ----------
    node: whose snapshots and queries are measured when the metrics are read.
    """

    def __init__(self, node: _Measured) -> None:
        self._registry = CollectorRegistry()
        self.requests = Counter(
            "interurban_http_requests_total",
            "Requests answered.",
            ["method", "route", "status"],
            registry=self._registry,
        )
        self.seconds = Histogram(
            "interurban_http_request_seconds",
            "Seconds from a request to the first byte of its answer.",
            ["route"],
            buckets=_SECONDS,
            registry=self._registry,
        )
        self.in_flight = Gauge(
            "interurban_http_requests_in_flight",
            "Requests being answered.",
            registry=self._registry,
        )
        self.rows = Counter(
            "interurban_rows_served_total",
            "Rows given out as features or in files.",
            ["dataset", "format"],
            registry=self._registry,
        )
        self._registry.register(_SnapshotCollector(node))
        self._registry.register(_ActivityCollector(node))

    def exposition(self) -> bytes:
        """Every metric as text."""
        return generate_latest(self._registry)


class _SnapshotCollector(Collector):
    def __init__(self, node: _Measured) -> None:
        self._node = node

    def collect(self) -> Iterator[GaugeMetricFamily]:
        families = {
            "rows": GaugeMetricFamily(
                "interurban_snapshot_rows", "Rows of the newest snapshot.", labels=["dataset"]
            ),
            "left_out": GaugeMetricFamily(
                "interurban_snapshot_rows_left_out",
                "Rows of the source that the newest snapshot leaves out.",
                labels=["dataset"],
            ),
            "age": GaugeMetricFamily(
                "interurban_snapshot_age_seconds",
                "Seconds since the newest snapshot was committed.",
                labels=["dataset"],
            ),
            "version": GaugeMetricFamily(
                "interurban_snapshot_version",
                "Version of the newest snapshot.",
                labels=["dataset"],
            ),
        }
        now = datetime.now(UTC)
        for dataset, snapshot in sorted(self._node.snapshots().items()):
            families["rows"].add_metric([dataset], snapshot.rows)
            families["left_out"].add_metric([dataset], snapshot.left_out)
            age_s = (now - snapshot.committed_at).total_seconds()
            families["age"].add_metric([dataset], age_s)
            families["version"].add_metric([dataset], snapshot.version)
        yield from families.values()


class _ActivityCollector(Collector):
    def __init__(self, node: _Measured) -> None:
        self._node = node

    def collect(self) -> Iterator[Metric]:
        activity = self._node.activity
        yield GaugeMetricFamily(
            "interurban_queries_running",
            "Queries under way in the engine, downloads among them.",
            value=activity.running,
        )
        stopped = CounterMetricFamily(
            "interurban_queries_stopped",
            "Queries stopped before their end: the client hung up, or they took too long.",
            labels=["reason"],
        )
        stopped.add_metric(["abandoned"], activity.abandoned)
        stopped.add_metric(["overdue"], activity.overdue)
        yield stopped
