"""``make bench``: measures what the budgets are about and prints figure, budget and verdict; never fails a test."""

import argparse
import os
import platform
import sqlite3
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

from feedback.actors import Actor
from feedback.customers.actions import import_customers
from feedback.customers.queries import customer_by_external_id
from feedback.customers.rows import CustomerFacts
from feedback.links.actions import issue_survey_link
from feedback.links.urls import survey_url
from feedback.settings import Settings
from feedback.sites.queries import site_by_key
from feedback.surveys.queries import survey_by_slug
from feedback.wiring import wire
from tests.bench import http, mails, signing
from tests.bench.servers import Sides, sides
from tests.bench.table import Row, printed
from tests.conftest import POSTGRES
from tests.helpers.crowd import SITE, opened

LOCALES = {"en": "en", "sw": "sw-TZ", "ne": "ne-NP", "fa": "fa-IR", "mn": "mn-MN", "hy": "hy-AM"}


def main() -> int:
    """Measure, print, and leave the judging to whoever reads it."""
    wanted = _arguments()
    wire()
    print(_header())
    rows: list[Row] = []
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="feedback-bench-") as name:
        folder = Path(name)
        settings = Settings.from_env({"FEEDBACK_DATA_DIR": str(folder / "keys")})
        rows += signing.rows(settings, count=wanted.count * 10, rounds=wanted.rounds)
        for kind in wanted.databases:
            _say(f"{kind}: submits and pages, {wanted.rounds} rounds of {wanted.count}")
            with sides(folder / kind, kind) as side:
                rows += http.submits_and_pages(side, count=wanted.count, rounds=wanted.rounds)
                if kind == "sqlite":
                    rows += _once(side, folder, wanted)
            _say(f"{kind}: mails")
            rows += mails.rows(folder / f"mails-{kind}", kind, count=wanted.count // 3, rounds=wanted.rounds)
    print(printed(rows))
    over = [row for row in rows if not row.holds]
    print(f"\n{len(rows)} figures in {time.monotonic() - began:.0f} s, {len(over)} over their budget")
    return 0  # a busy day is no failure: the table says what is over


def _once(side: Sides, folder: Path, wanted: argparse.Namespace) -> list[Row]:
    urls = _a_link_per_language(side.settings)
    rows = http.page_bytes(urls)
    _say("cold start")
    path = urlsplit(urls["en"]).path
    environ = {name: value for name, value in os.environ.items() if not name.startswith("FEEDBACK_")}
    environ |= {"FEEDBACK_DATA_DIR": str(side.settings.data_dir), "FEEDBACK_LOG_FORMAT": "json"}
    environ |= {"FEEDBACK_SECRET_KEYS": ",".join(side.settings.secret_keys)} if side.settings.secret_keys else {}
    rows += http.cold_start(side, folder, environ, path, rounds=max(3, wanted.rounds))
    _say(f"memory over {wanted.memory_requests:,} requests")
    return rows + http.memory(side, total=wanted.memory_requests)


def _a_link_per_language(settings: Settings) -> dict[str, str]:
    found: dict[str, str] = {}
    with opened(settings) as database, database.write() as session:
        site = site_by_key(session, SITE)
        survey_id = survey_by_slug(session, site.id, "support-csat").id
        actor = Actor.command("bench")
        for language, locale in LOCALES.items():
            facts = CustomerFacts(f"bench-{language}", name="Neema", email=f"{language}@example.com", locale=locale)
            import_customers(session, actor, site.id, [facts])
            customer = customer_by_external_id(session, site.id, facts.external_id)
            link = issue_survey_link(
                session, actor, site.id, survey_id=survey_id, customer_id=customer.id, locale=locale
            )
            found[language] = survey_url(settings, link)
    return found


def _header() -> str:
    return (
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {os.cpu_count()} cores, "
        f"load {os.getloadavg()[0]:.1f}; PostgreSQL {'measured' if POSTGRES else 'NOT measured'}"
    )


def _say(text: str) -> None:
    print(f"… {text}", file=sys.stderr, flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the requests: for trying, not for reporting")
    parser.add_argument("--count", type=int, default=1200, help="requests per round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--memory-requests", type=int, default=20_000, help="100000 for the budget's full size")
    parser.add_argument("--database", choices=("sqlite", "postgres"), action="append", dest="databases")
    wanted = parser.parse_args()
    wanted.databases = wanted.databases or (["sqlite", "postgres"] if POSTGRES else ["sqlite"])
    if wanted.quick:
        wanted.count, wanted.memory_requests = 150, 2_000
    return wanted


if __name__ == "__main__":
    sys.exit(main())
