"""Counters and timings for Prometheus; labels are endpoints and names of jobs, never anything about a person."""

import os
from collections.abc import Iterable, Iterator

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from feedback.events import Reading

REGISTRY = CollectorRegistry()

REQUESTS = Counter("feedback_requests", "Requests answered", ("endpoint", "method", "status"), registry=REGISTRY)
SECONDS = Histogram(
    "feedback_request_seconds",
    "Time to answer",
    ("endpoint",),
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
    registry=REGISTRY,
)


class _Readings(Collector):
    def __init__(self, readings: Iterable[Reading]) -> None:
        self._readings = tuple(readings)

    def collect(self) -> Iterator[Metric]:
        families: dict[str, GaugeMetricFamily] = {}
        for one in self._readings:
            new = GaugeMetricFamily(one.name, one.help, labels=tuple(one.labels))
            families.setdefault(one.name, new).add_metric(tuple(one.labels.values()), one.value)
        yield from families.values()


def exposition(readings: Iterable[Reading] = ()) -> tuple[bytes, str]:
    """The metrics in Prometheus' text format, and its content type: what all processes counted, and the readings."""
    counted = REGISTRY
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        counted = CollectorRegistry()
        MultiProcessCollector(counted)  # type: ignore[no-untyped-call]
    measured = CollectorRegistry()
    measured.register(_Readings(readings))
    return generate_latest(counted) + generate_latest(measured), CONTENT_TYPE_LATEST
