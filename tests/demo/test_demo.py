"""The demonstration makes itself once, only where nothing of anybody's is, and out of real actions."""

import io
import json
import socket
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from feedback import cli, clock
from feedback.cases.models import Activity, Case, EscalationStep, Promise
from feedback.customers.models import Customer
from feedback.db import Database
from feedback.delivery.models import InboundMail, OutboxMail
from feedback.demo.answers import answer_all
from feedback.demo.cast import ADMIN_EMAIL, COMPANIES, PASSWORD, Words, all_words
from feedback.jobs import Job
from feedback.links.signing import keyring, open_survey
from feedback.preferences.models import OptOut, Preference
from feedback.preferences.suspected import suspected
from feedback.responses.filling import fill
from feedback.responses.models import Answer, Response
from feedback.settings import Settings
from feedback.sites.models import Site, SiteOrigin, SiteSecret
from feedback.staff.hashing import verify_password
from feedback.staff.queries import account_by_email
from feedback.surveys.actions import templates

LANGUAGES = {"en", "sw", "ne", "fa", "mn", "hy"}


@dataclass(frozen=True)
class Run:
    """What became of a command."""

    returncode: int
    stdout: str
    stderr: str

    @property
    def told(self) -> dict[str, Any]:
        """Its JSON."""
        found = json.loads(self.stdout)
        assert isinstance(found, dict)
        return found


@pytest.fixture
def demo(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Callable[..., Run]:
    """``feedback demo --no-serve`` in a folder of its own."""

    def typed_in(*arguments: str) -> Run:
        monkeypatch.setattr("sys.stdin", io.StringIO())
        capsys.readouterr()
        code = cli.run(["demo", "--data-dir", str(tmp_path / "demo"), "--responses", "60", *arguments])
        told = capsys.readouterr()
        return Run(code, told.out, told.err)

    return typed_in


@pytest.fixture
def there(tmp_path: Path) -> Settings:
    """The settings with which the demonstration is served."""
    return Settings.from_env({"FEEDBACK_DATA_DIR": str(tmp_path / "demo")})


def test_it_makes_three_companies_that_have_a_past(
    demo: Callable[..., Run], there: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FEEDBACK_SMTP_URL", "smtp://127.0.0.1:1")  # its mails go nowhere, whatever is said here
    first = demo("--no-serve", "--json")
    assert first.returncode == 0, first.stderr
    assert set(first.told["surveys"]) == LANGUAGES
    sites = {company.key for company in COMPANIES}
    assert set(first.told["open"]) == set(first.told["messages"]) == set(first.told["kiosks"]) == sites
    assert set(first.told["cancel"]) == set(first.told["unsubscribe"]) == LANGUAGES
    assert first.told["host"] == {"en": "http://localhost:8001/en/", "fa": "http://localhost:8001/fa/"}
    for url in first.told["surveys"].values():
        assert url.startswith("http://127.0.0.1:8000/s/")
        open_survey(keyring(there), url.rpartition("/")[2])
    database = Database(there)
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(Site)) == 3
        customers = session.scalars(select(Customer).where(Customer.site_id.is_not(None))).all()
        assert len(customers) == 200
        assert any("\u200c" in (customer.name or "") for customer in customers)
        responses = session.scalars(select(Response).where(Response.site_id.is_not(None))).all()
        assert 40 <= len(responses) <= 110
        assert {response.locale.partition("-")[0] for response in responses} <= LANGUAGES
        ages = [(max(one.created_at for one in responses) - one.created_at).days for one in responses]
        assert max(ages) > 40, "the past is spread over ninety days"
        words = session.scalars(select(Answer.text).where(Answer.site_id.is_not(None), Answer.text.is_not(None))).all()
        assert words
        cases = session.scalars(select(Case).where(Case.site_id.is_not(None))).all()
        assert cases
        assert all(case.rule_name for case in cases)
        follow_through_is_shown(session, first.told)
        admin = account_by_email(session, ADMIN_EMAIL)
        people_have_left(session)
        the_shops_and_the_sites_know_each_other(session)
    assert admin is not None
    assert verify_password(admin.password_hash, PASSWORD)
    database.dispose()

    again = demo("--no-serve", "--host-port", "8009")
    assert again.returncode == 0, again.stderr
    assert again.stdout.splitlines()[-1] == "http://127.0.0.1:8000/console/"
    assert PASSWORD in again.stdout
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(Site)) == 3, "what is there is kept"
        assert session.scalar(select(func.count()).select_from(SiteSecret)) == 2, "so are the secrets"
        assert "http://localhost:8009" in session.scalars(select(SiteOrigin.origin)).all()
    database.dispose()


def follow_through_is_shown(session: Session, told: dict[str, Any]) -> None:
    """Every part of it is there, however few answers there are, and in each language a page to click."""
    assert set(told["cases"]) == LANGUAGES
    assert all(url.startswith("http://127.0.0.1:8000/c/") for url in told["cases"].values())
    promises = session.scalars(select(Promise).where(Promise.site_id.is_not(None))).all()
    assert {(one.kind, one.state) for one in promises} >= {("made", "open"), ("made", "kept"), ("made", "broken")}
    happened = set(session.scalars(select(Activity.kind).where(Activity.site_id.is_not(None))))
    assert happened >= {"replied", "customer_wrote", "promise_moved", "re_asked", "recovered", "not_recovered"}
    mails = session.scalars(select(InboundMail).where(InboundMail.site_id.is_not(None))).all()
    known = {facts["known"] for facts in session.scalars(select(Activity.facts)) if "known" in facts}
    assert (len({one.sender for one in mails}) > 1, known) == (True, {True, False})
    cases = session.scalars(select(Case).where(Case.site_id.is_not(None))).all()
    assert max(one.hand_offs for one in cases) >= 3
    assert {(one.score_before, one.score_after, one.state) for one in cases} >= {(0, 100, "resolved"), (0, 0, "open")}
    assert any(one.customer_at and one.replied_at and one.customer_at > one.replied_at for one in cases)
    sent = {path.name.split("-")[1] for path in Path(told["mails"]).glob("*.eml")}
    assert sent >= {"case_reply", "case_resolved", "promise_late", "promise_moved", "staff_assigned"}
    assert "failed" not in session.scalars(select(OutboxMail.state).where(OutboxMail.site_id.is_not(None))).all()
    assert session.scalars(select(EscalationStep.enabled).where(EscalationStep.site_id.is_not(None))).all()
    assert session.scalars(select(Job).where(Job.done_at.is_(None), Job.run_at <= clock.now())).all() == []


def people_have_left(session: Session) -> None:
    """Every way of stopping mails, of every company; some took less instead, some said why, and nothing is robots'."""
    left = session.scalars(select(OptOut).where(OptOut.site_id.is_not(None))).all()
    assert {one.channel for one in left} >= {"page", "oneclick", "mailto", "bounce"}
    assert len({one.site_id for one in left}) == 3
    assert {bool(one.undone_at) for one in left} == {True, False}
    wishes = session.scalars(select(Preference).where(Preference.site_id.is_not(None))).all()
    assert {one.paused_until is None for one in wishes} == {True, False}
    cases = session.scalars(select(Case).where(Case.site_id.is_not(None), Case.family == "opt_out")).all()
    assert {one.kind for one in cases} >= {"competitor", "data_quality", "unsubscribe"}
    assert {one.state for one in cases} == {"open", "resolved"}
    assert [suspected(session, site_id) for site_id in session.scalars(select(Site.id))] == [[], [], []]


def the_shops_and_the_sites_know_each_other(session: Session) -> None:
    """The pages' origin is registered, there is a secret to sign with, and cancelling leads back to the shop."""
    assert session.scalars(select(SiteOrigin.origin)).all() == ["http://localhost:8001"] * 2
    assert session.scalars(select(SiteSecret.algorithm)).all() == ["HS256"] * 2
    urls = session.scalars(select(Site.return_url).where(Site.return_url.is_not(None)))
    assert set(urls) == {"http://localhost:8001/en/", "http://localhost:8001/fa/"}


def test_it_leaves_a_database_alone_that_it_did_not_make(demo: Callable[..., Run], there: Settings) -> None:
    there.data_dir.mkdir(parents=True)
    there.sqlite_path.write_bytes(b"something of somebody's")
    refused = demo("--no-serve")
    assert refused.returncode == 1
    assert str(there.data_dir) in refused.stderr
    assert there.sqlite_path.read_bytes() == b"something of somebody's"


def test_one_that_was_interrupted_is_made_again(demo: Callable[..., Run], there: Settings) -> None:
    there.data_dir.mkdir(parents=True)
    there.sqlite_path.write_bytes(b"half a database")
    (there.data_dir / "demo.json").write_text(json.dumps({"complete": False}), encoding="utf-8")
    assert demo("--no-serve", "--json").returncode == 0


def test_a_port_in_use_is_said_before_anything_is_made(demo: Callable[..., Run], there: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        refused = demo("--port", str(taken.getsockname()[1]))
    assert refused.returncode == 1
    assert "--port" in refused.stderr
    assert not there.data_dir.exists()


@pytest.mark.parametrize("mood", [0.0, 0.5, 1.0])
def test_what_it_answers_is_what_the_form_would_take(mood: float) -> None:
    chance = Random(1)
    words = all_words()
    assert set(words) == LANGUAGES
    for definition in templates():
        filled = fill(definition, answer_all(definition, mood, words["hy"], chance))
        required = [problem for problem in filled.problems if definition.slug != "message"]
        assert required == [], definition.slug
        if definition.score:
            assert filled.score == {0.0: 0, 0.5: 50, 1.0: 100}[mood], definition.slug


def test_nobody_writes_a_text_in_another_language() -> None:
    everything = [words for one in all_words().values() for words in vars_of(one)]
    assert not [text for text, count in Counter(everything).items() if count > 1 and text != "👍"]


def vars_of(words: Words) -> list[str]:
    """Every text of a language."""
    return [text for field in fields(words) for text in getattr(words, field.name)]
