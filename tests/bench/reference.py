"""R and Page of the budgets: what this stack can do at most, and nothing that a product needs.

R verifies a token, validates, inserts one response and one job in one transaction with SQLAlchemy Core and answers
JSON, behind gunicorn with the product's own configuration. On SQLite it writes through the product's one door, with
the same pragmas and ``synchronous``: without it R would be a straw man (13 times the tail). On PostgreSQL it has a
plain pool of as many connections as threads. ``/nothing`` is R without a database, ``/page`` is Page.
"""

import hashlib
import hmac
import json
import os
import time
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask, abort, jsonify, request
from sqlalchemy import Column, Connection, Index, Integer, MetaData, String, Table, Text, create_engine, insert

from feedback.db import Database
from feedback.settings import Settings

KEY = b"the reference signs with one key"
metadata = MetaData()
response = Table(
    "reference_response",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("link", String(32), nullable=False),
    Column("score", Integer, nullable=False),
    Column("answers", Text, nullable=False),
    Column("created_at", Integer, nullable=False),
    Index("uq_reference_link", "link", unique=True),
)
job = Table(
    "reference_job",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(80), nullable=False),
    Column("args", Text, nullable=False),
    Column("run_at", Integer, nullable=False),
    Index("ix_reference_job_run_at", "run_at"),
)
PAGE = """<!doctype html><html lang="{{ lang }}"><head><title>{{ title }}</title></head><body><form method="post">
{% for point in points %}<label><input type="radio" name="score" value="{{ point }}">{{ point }}</label>{% endfor %}
<p>{{ filler }}</p><button>Send</button></form></body></html>"""


def verified(token: str) -> str:
    """The link that a token names; 404 for one that we didn't sign."""
    body, _, signature = token.partition(".")
    expected = hmac.digest(KEY, body.encode(), "sha256")[:16]
    if not hmac.compare_digest(urlsafe_b64decode(signature + "=="), expected):
        abort(404)
    return body


def validated(form: Any) -> dict[str, str]:
    """Three answers, or 422."""
    found = {name: form.get(name, "") for name in ("score", "words", "contact")}
    fits = found["score"] in ("1", "2", "3", "4", "5") and found["contact"] in ("", "yes", "no")
    if not fits or len(found["words"]) > 4000:
        abort(422)
    return found


def make_app() -> Flask:
    """The reference as a WSGI application; engines are made at the first request after the fork."""
    settings = Settings.from_env()
    database = Database(settings)
    filler = "x" * max(0, int(os.environ.get("REFERENCE_PAGE_BYTES", "8000")) - 1000)
    app = Flask("reference")
    bare = app.jinja_env.from_string(PAGE)
    pool = {} if settings.is_sqlite else {"engine": create_engine(settings.database_url, pool_size=16, max_overflow=16)}

    @contextmanager
    def writing() -> Iterator[Connection]:
        if pool:
            with pool["engine"].begin() as connection:
                yield connection
            return
        with database.door(), database.writer.begin() as connection:
            yield connection

    @app.post("/submit/<token>")
    def submit(token: str) -> Any:
        link, given, now = verified(token), validated(request.form), int(time.time())
        row = {"link": link, "score": int(given["score"]), "answers": json.dumps(given), "created_at": now}
        with writing() as connection:
            key = connection.execute(insert(response).values(row).returning(response.c.id)).scalar_one()
            work = {"name": "after", "args": json.dumps({"response": key}), "run_at": now}
            connection.execute(insert(job).values(work))
        return jsonify(status="stored", response=hashlib.sha256(link.encode()).hexdigest()[:26])

    @app.post("/nothing/<token>")
    def nothing(token: str) -> Any:
        link, given = verified(token), validated(request.form)
        return jsonify(status="stored", response=hashlib.sha256(link.encode()).hexdigest()[:26], score=given["score"])

    @app.get("/page/<token>")
    def page(token: str) -> Any:
        verified(token)
        return bare.render(lang="en", title="How was it?", points=range(11), filler=filler)

    return app
