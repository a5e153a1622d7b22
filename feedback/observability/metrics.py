"""Counters and timings for Prometheus; labels are endpoints and names of jobs, never anything about a person."""

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)

REGISTRY = CollectorRegistry()

REQUESTS = Counter("feedback_requests", "Requests answered", ("endpoint", "method", "status"), registry=REGISTRY)
SECONDS = Histogram(
    "feedback_request_seconds",
    "Time to answer",
    ("endpoint",),
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
    registry=REGISTRY,
)
JOBS_DUE = Gauge("feedback_jobs_due", "Jobs whose time has come and that nobody has done", registry=REGISTRY)
JOBS_FAILED = Gauge("feedback_jobs_failed", "Jobs that were given up", registry=REGISTRY)
WORKER_AGE = Gauge("feedback_worker_age_seconds", "Seconds since a worker was last alive", registry=REGISTRY)


def exposition() -> tuple[bytes, str]:
    """The metrics in Prometheus' text format, and its content type."""
    return generate_latest(REGISTRY), CONTENT_TYPE_LATEST
