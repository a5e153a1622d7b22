"""What monitoring asks: /healthz, /readyz, /metrics, security.txt, and the front page that says what this is."""

import ipaddress
import math
import time
from datetime import datetime, timedelta

from flask import Blueprint, Response, abort, g, json, request
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from feedback import __version__, clock
from feedback.events import Reading, Readings, gather
from feedback.jobs import GIVE_UP_AFTER, Job, WorkerBeat
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
    session = transaction.reading()
    found: list[Reading] = gather(session, Readings(clock.now()))
    body, content_type = metrics.exposition([*_measured(session, clock.now()), *found])
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


def _measured(session: Session, now: datetime) -> list[Reading]:
    todo = (Job.done_at.is_(None), Job.run_at <= now)
    due, oldest = session.execute(
        select(func.count(), func.min(Job.run_at)).where(*todo, Job.attempts < GIVE_UP_AFTER)
    ).one()
    given_up = session.scalar(select(func.count()).where(*todo, Job.attempts >= GIVE_UP_AFTER)) or 0
    seen = session.scalar(select(func.max(WorkerBeat.seen_at)).where(WorkerBeat.name.like("worker:%")))
    waited = (now - oldest).total_seconds() if oldest else 0.0
    age = (now - seen).total_seconds() if seen else math.inf
    return [
        Reading("feedback_jobs_due", "Jobs whose time has come and that nobody has done", due),
        Reading("feedback_jobs_oldest_due_seconds", "How long the oldest of them has been due", waited),
        Reading("feedback_jobs_failed", "Jobs that were given up", given_up),
        Reading("feedback_worker_age_seconds", "Seconds since a worker was last alive; +Inf if never", age),
    ]


def _json(body: dict[str, str], status: int = 200) -> Response:
    return Response(json.dumps(body), status, mimetype="application/json")
