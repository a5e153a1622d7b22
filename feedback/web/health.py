"""What monitoring asks: /healthz, /readyz, /metrics, security.txt, and the front page that says what this is."""

import ipaddress
import time
from datetime import timedelta

from flask import Blueprint, Response, abort, g, json, request
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from feedback import __version__, clock
from feedback.jobs import Job, WorkerBeat
from feedback.migrations import revision
from feedback.observability import metrics
from feedback.web import transaction
from feedback.web.templating import page

pages = Blueprint("health", __name__)
#: Each that is counted by itself; what clients make up would be a series of its own each time.
_METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE"})


@pages.before_app_request
def start_clock() -> None:
    """Remember when the request began."""
    g.started = time.perf_counter()


@pages.after_app_request
def count(response: Response) -> Response:
    """Count and time every request by endpoint; addresses never become labels."""
    endpoint = request.endpoint or "none"
    method = request.method if request.method in _METHODS else "other"
    metrics.REQUESTS.labels(endpoint, method, response.status_code).inc()
    metrics.SECONDS.labels(endpoint).observe(time.perf_counter() - g.get("started", time.perf_counter()))
    return response


@pages.get("/")
def index() -> Response:
    """What this is; names no site."""
    return page("public/index.html")


@pages.get("/healthz")
def healthz() -> Response:
    """The process answers."""
    return _json({"status": "ok", "version": __version__})


@pages.get("/readyz")
def readyz() -> Response:
    """The database can be read and its schema is the one this program knows."""
    try:
        current = revision.current(transaction.database())
    except SQLAlchemyError:
        return _json({"status": "unavailable", "reason": "database"}, 503)
    if current != revision.head():
        return _json({"status": "unavailable", "reason": "migrations"}, 503)
    return _json({"status": "ok"})


@pages.get("/metrics")
def prometheus() -> Response:
    """Counters, for the networks of METRICS_ALLOW only."""
    try:
        address = ipaddress.ip_address(request.remote_addr or "")
    except ValueError:  # a socket's, or whatever a proxy takes for one
        abort(404)
    if not any(address in network for network in transaction.settings().metrics_allow):
        abort(404)
    _measure(transaction.reading())
    body, content_type = metrics.exposition()
    return Response(body, content_type=content_type)


@pages.get("/.well-known/security.txt")
def security_txt() -> Response:
    """RFC 9116; absent while SECURITY_CONTACT isn't set."""
    settings = transaction.settings()
    if not settings.security_contact:
        abort(404)
    expires = (clock.now() + timedelta(days=180)).replace(hour=0, minute=0, second=0, microsecond=0)
    text = (
        f"Contact: {settings.security_contact}\n"
        f"Expires: {expires.isoformat().replace('+00:00', 'Z')}\n"
        f"Canonical: {settings.public_url}/.well-known/security.txt\n"
        "Preferred-Languages: en\n"
    )
    return Response(text, content_type="text/plain; charset=utf-8")


def _measure(session: Session) -> None:
    now = clock.now()
    todo = (Job.done_at.is_(None), Job.run_at <= now)
    metrics.JOBS_DUE.set(session.scalar(select(func.count()).where(*todo)) or 0)
    metrics.JOBS_FAILED.set(session.scalar(select(func.count()).where(*todo, Job.attempts >= 20)) or 0)
    seen = session.scalar(select(func.max(WorkerBeat.seen_at)).where(WorkerBeat.name.like("worker:%")))
    metrics.WORKER_AGE.set((now - seen).total_seconds() if seen else -1)


def _json(body: dict[str, str], status: int = 200) -> Response:
    return Response(json.dumps(body), status, mimetype="application/json")
