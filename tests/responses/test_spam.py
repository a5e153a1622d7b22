"""Answers of strangers that may be spam: the same words twice, a sum that was not done, what Akismet says."""

import json
import socket
import threading
from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs

import pytest
from altcha import Challenge, Payload, solve_challenge
from sqlalchemy import select

from feedback.actors import SYSTEM
from feedback.app import create_app
from feedback.cases.models import Case
from feedback.links.keys import read_file, rotate_file
from feedback.responses import akismet
from feedback.responses.models import Response, Seen
from feedback.responses.pages import proof, suspicion
from feedback.settings import Settings, SettingsError
from feedback.sites.actions import add_site, change_spam_guard
from feedback.sites.queries import site_by_id, site_by_key
from feedback.sites.spam import SpamGuard
from tests.helpers.statements import statements_of
from tests.responses.shop import Shop
from tests.responses.test_races import at_once

DOOR = "/message/shop"
WORDS = "Nobody has called me back since Monday morning"


pytestmark = pytest.mark.usefixtures("noon")


def guard(shop: Shop, site_id: int | None = None, **said: bool) -> None:
    with shop.database.write() as session:
        site = site_by_id(session, site_id or shop.site_id)
        change_spam_guard(session, SYSTEM, site.id, SpamGuard(**said), version=site.version)


def form(shop: Shop, noon: Any, door: str = DOOR) -> dict[str, Any]:
    """The fields of a form that was read for a while."""
    fields = shop.open(door, headers={"Accept-Language": "en"}).fields
    noon.shift(timedelta(seconds=5))
    return fields


def send(shop: Shop, noon: Any, door: str = DOOR, **answers: str) -> Any:
    reply = shop.send_json(door, {**form(shop, noon, door), **answers})
    assert reply.status_code == 200, reply.text
    return reply.get_json()["status"]


def flags(shop: Shop) -> list[list[str]]:
    with shop.database.read() as session:
        query = select(Response.flags).where(Response.site_id == shop.site_id).order_by(Response.id)
        return list(session.scalars(query))


def test_the_same_words_in_another_form_are_held_back_for_a_day(shop: Shop, noon: Any) -> None:
    assert send(shop, noon, message=WORDS) == "stored"
    assert send(shop, noon, message=f"  {WORDS.upper()} ") == "quarantined"
    assert send(shop, noon, "/survey/shop/nps", score="9", why=WORDS) == "quarantined"
    assert flags(shop)[1:] == [["repeated"], ["repeated"]]
    assert shop.count(Case) == 1
    noon.shift(timedelta(days=1))
    assert send(shop, noon, message=WORDS) == "stored"
    assert shop.count(Seen) == 1


def test_the_words_of_one_site_say_nothing_about_another(shop: Shop, noon: Any) -> None:
    with shop.database.write() as session:
        add_site(session, SYSTEM, key="bank", name="Bank", country="IR")
    assert send(shop, noon, message=WORDS) == "stored"
    assert send(shop, noon, "/message/bank", message=WORDS) == "stored"


def test_a_form_that_is_sent_again_repeats_nothing(shop: Shop, noon: Any) -> None:
    fields = form(shop, noon)
    told = [shop.send_json(DOOR, {**fields, "message": words}).get_json() for words in (WORDS, WORDS, "No", WORDS)]
    assert [one["status"] for one in told] == ["stored", "already", "updated", "updated"]
    assert shop.response().state == "complete"
    assert shop.response().flags == []


def test_a_form_that_is_sent_again_when_its_network_has_sent_many_is_still_the_same_answer(
    shop: Shop, noon: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(suspicion, "OPEN_ANSWERS", 1)
    fields = form(shop, noon) | {"message": WORDS}
    assert [shop.send_json(DOOR, fields).get_json()["status"] for _ in range(3)] == ["stored", "already", "already"]
    assert shop.response().state == "complete"


def test_one_form_sent_ten_times_at_once_is_one_answer_that_counts(shop: Shop, noon: Any) -> None:
    fields = form(shop, noon) | {"message": WORDS}
    replies = at_once(
        shop,
        10,
        lambda client, _: client.post(DOOR, data=fields, headers={"Accept": "application/json"}).get_json()["status"],
    )
    assert sorted(replies) == ["already"] * 9 + ["stored"]
    assert (shop.count(), shop.count(Case), shop.count(Seen)) == (1, 1, 1)


def test_ten_forms_with_the_same_words_at_once_are_one_answer_that_counts(shop: Shop, noon: Any) -> None:
    ten = [form(shop, noon) | {"message": WORDS} for _ in range(10)]
    replies = at_once(
        shop,
        10,
        lambda client, number: client.post(DOOR, data=ten[number], headers={"Accept": "application/json"}).get_json()[
            "status"
        ],
    )
    assert sorted(replies) == ["quarantined"] * 9 + ["stored"]
    assert shop.count(Case) == 1


def test_words_take_one_statement_more_and_none_without_them(shop: Shop, noon: Any) -> None:
    counts = []
    for why in ("", WORDS):
        fields = form(shop, noon, "/survey/shop/nps") | {"score": "9", "why": why}
        with statements_of(shop.database) as heard:
            shop.send_json("/survey/shop/nps", fields)
        counts.append(len(heard))
    # Words are a second answer in the same insert.
    assert counts[1] == counts[0] + 1
    assert counts[0] <= 9


def test_a_message_takes_few_statements(shop: Shop, noon: Any) -> None:
    send(shop, noon, message="The first one makes the connections")
    fields = form(shop, noon) | {"message": WORDS}
    with statements_of(shop.database) as heard:
        assert shop.send_json(DOOR, fields).get_json()["status"] == "stored"
    assert len(heard) <= 14, "\n".join(one[:90] for one in heard)


# Proof of work


def solved(shop: Shop, site: str = "shop") -> dict[str, str]:
    """What a browser sends that has done the sum."""
    reply = shop.client.get(f"/challenge/{site}")
    challenge = Challenge.from_dict(reply.get_json())
    solution = solve_challenge(challenge)
    assert solution is not None
    return {"fb_proof": Payload(challenge, solution).to_base64()}


@pytest.fixture
def proving(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """A shop that asks strangers for a sum, an easy one."""
    monkeypatch.setattr(proof, "COST", 2)
    guard(shop, proof_of_work=True)
    return shop


def test_without_the_sum_an_answer_is_kept_and_looked_at_first(proving: Shop, noon: Any) -> None:
    page = proving.post(DOOR, form(proving, noon) | {"message": WORDS})
    assert "Thank you, we have your message." in page.text
    assert (proving.response().state, proving.response().flags) == ("quarantined", ["no_proof"])
    assert proving.count(Case) == 0


def test_a_sum_that_was_done_lets_one_answer_pass_and_no_other(proving: Shop, noon: Any) -> None:
    done = solved(proving)
    fields = form(proving, noon) | {"message": WORDS} | done
    assert proving.send_json(DOOR, fields).get_json()["status"] == "stored"
    assert proving.send_json(DOOR, fields).get_json()["status"] == "already"
    assert send(proving, noon, message="Something else altogether, again and again", **done) == "quarantined"
    assert flags(proving) == [[], ["proof_again"]]


def test_the_sum_of_another_site_does_not_do(proving: Shop, noon: Any) -> None:
    with proving.database.write() as session:
        bank = add_site(session, SYSTEM, key="bank", name="Bank", country="IR").id
    guard(proving, bank, proof_of_work=True)
    assert send(proving, noon, message=WORDS, **solved(proving, "bank")) == "quarantined"
    assert flags(proving) == [["no_proof"]]


def test_a_sum_is_as_good_as_a_form_and_no_longer(proving: Shop, noon: Any) -> None:
    early = solved(proving)
    late = solved(proving)
    noon.shift(timedelta(hours=23, minutes=59))
    assert send(proving, noon, message=WORDS, **early) == "stored"
    noon.shift(timedelta(minutes=2))
    assert send(proving, noon, message="It is another day and nobody has called", **late) == "quarantined"


def test_a_sum_that_was_begun_before_the_keys_were_replaced_still_counts(proving: Shop, noon: Any) -> None:
    path = proving.settings.key_file
    early, late = solved(proving), solved(proving)
    rotate_file(path)
    assert send(proving, noon, message=WORDS, **early) == "stored"
    rotate_file(path, read_file(path)[0].id)
    assert send(proving, noon, message="Somebody else knows the key by now", **late) == "quarantined"


def tampered(payload: str, **changes: Any) -> str:
    found = json.loads(b64decode(payload))
    found["challenge"]["parameters"].update(changes)
    return b64encode(json.dumps(found).encode()).decode()


def test_hostile_proofs_prove_nothing_and_break_nothing(proving: Shop, noon: Any) -> None:
    good = solved(proving)["fb_proof"]
    bad = [
        "", "x", "é", "A" * 3000, "\x00", "e30=", b64encode(b"[1]").decode(), b64encode(b'{"challenge": 1}').decode(),
        b64encode(b"[" * 1400).decode(), good[:-8], good + "AAAA",
        tampered(good, cost=1, keyPrefix=""), tampered(good, data={"site": 10**9}), tampered(good, data=None),
        tampered(good, expiresAt="tomorrow"), tampered(good, expiresAt=10**18), tampered(good, expiresAt=None),
        tampered(good, algorithm="ARGON2ID", cost=10**6), tampered(good, nonce="zz"), tampered(good, salt=[1]),
    ]  # fmt: skip
    for number, payload in enumerate(bad):
        assert send(proving, noon, message=f"Number {number} of many different ones", fb_proof=payload) == "quarantined"
    assert {tuple(one) for one in flags(proving)} == {("no_proof",)}


def test_links_of_customers_and_sites_that_do_not_ask_need_no_sum(proving: Shop, noon: Any) -> None:
    path, _ = proving.link()
    assert proving.open(path).soup.select_one("[data-challenge]") is None
    assert proving.send_json(path, {"score": "1", "words": WORDS}).get_json()["status"] == "stored"
    with proving.database.write() as session:
        add_site(session, SYSTEM, key="bank", name="Bank", country="IR")
    assert proving.open("/message/bank").soup.select_one("[data-challenge]") is None
    assert proving.client.get("/challenge/bank").status_code == 404
    assert proving.client.get("/challenge/nobody").status_code == 404


def test_the_page_names_what_its_script_needs_and_allows_it(proving: Shop) -> None:
    page = proving.open(DOOR)
    assert page.form["data-challenge"] == "/challenge/shop"
    assert page.form["data-proving"]
    assert "worker-src 'self'" in page.response.headers["Content-Security-Policy"]
    reply = proving.client.get("/challenge/shop")
    assert reply.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in reply.headers


# Akismet


class Stub(BaseHTTPRequestHandler):
    """Takes what is sent to ``comment-check`` and answers as it was told to."""

    answer: str | None = "false"
    heard: list[dict[str, str]]
    given_up: threading.Event

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.heard.append({"path": self.path, **{name: values[0] for name, values in parse_qs(body).items()}})
        if self.answer is None:  # never in time
            self.given_up.wait()
            return
        reply = self.answer.encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(reply)))
        self.end_headers()
        self.wfile.write(reply)

    def log_message(self, *_: Any) -> None:
        """Nothing."""


@contextmanager
def listening(answer: str | None) -> Iterator[tuple[str, list[dict[str, str]]]]:
    handler = type("Answering", (Stub,), {"answer": answer, "heard": [], "given_up": threading.Event()})
    server = HTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", handler.heard  # type: ignore[attr-defined]
    finally:
        handler.given_up.set()  # type: ignore[attr-defined]
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def keyed(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """A shop that wants Akismet asked, on an installation that has a key."""
    akismet._client.cache_clear()
    settings = replace(shop.settings, akismet_key="a key")
    app = create_app(settings, shop.database)
    guard(shop, akismet=True)
    return replace(shop, app=app, settings=settings, client=app.test_client())


@pytest.mark.parametrize(("answer", "status"), [("true", "quarantined"), ("false", "stored")])
def test_akismet_is_shown_the_words_and_the_network_and_nothing_else(
    keyed: Shop, noon: Any, monkeypatch: pytest.MonkeyPatch, answer: str, status: str
) -> None:
    with listening(answer) as (address, heard):
        monkeypatch.setattr("akismet._common._API_URL", address)
        assert send(keyed, noon, message=WORDS, name="Neema", email="neema@example.com") == status
    assert heard == [
        {
            "path": "/1.1/comment-check",
            "api_key": "a key",
            "blog": "http://127.0.0.1:8000",
            "user_ip": "127.0.0.0",
            "comment_type": "contact-form",
            "comment_content": WORDS,
            "blog_lang": "en",
            "blog_charset": "UTF-8",
        }
    ]
    assert flags(keyed) == ([["akismet"]] if answer == "true" else [[]])


def test_akismet_is_asked_by_nobody_who_did_not_ask_for_it(
    keyed: Shop, shop: Shop, noon: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with listening("true") as (address, heard):
        monkeypatch.setattr("akismet._common._API_URL", address)
        assert send(shop, noon, message=WORDS) == "stored"  # the installation has no key
        path, _ = keyed.link()
        assert keyed.send_json(path, {"score": "1", "words": WORDS}).get_json()["status"] == "stored"
        unsubscribe, _ = keyed.link("unsubscribe")
        keyed.send_json(unsubscribe, {"reason": "other", "words": WORDS})
        assert send(keyed, noon, "/survey/shop/nps", score="9") == "stored"  # no words
        guard(keyed)
        assert send(keyed, noon, message="Something that is quite different") == "stored"
    assert heard == []


def closed_port() -> str:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{found.getsockname()[1]}"


def test_where_akismet_is_silent_other_signs_decide(keyed: Shop, noon: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("akismet._common._API_URL", closed_port())
    assert send(keyed, noon, message=WORDS) == "stored"
    assert send(keyed, noon, message="Look at https://shop.example/1, it is broken there") == "quarantined"
    assert flags(keyed) == [[], ["akismet_silent"]]


@pytest.mark.parametrize("answer", [None, "invalid", "<html>", ""])
def test_an_answer_that_is_late_or_none_is_no_answer(
    keyed: Shop, noon: Any, monkeypatch: pytest.MonkeyPatch, answer: str | None
) -> None:
    if answer is None:
        monkeypatch.setattr(akismet, "PATIENCE", 0.5)
    with listening(answer) as (address, heard):
        monkeypatch.setattr("akismet._common._API_URL", address)
        assert send(keyed, noon, message=WORDS) == "stored"
        assert len(heard) == 1


def test_no_transaction_is_open_while_akismet_is_asked(keyed: Shop, noon: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    if not keyed.settings.is_sqlite:
        pytest.skip("one writer at a time is SQLite's")
    asked = akismet.is_spam

    def meanwhile(*given: Any, **more: Any) -> bool:
        with keyed.database.write() as session:  # waits for ever if somebody else is writing
            site_by_key(session, "shop")
        return asked(*given, **more)

    monkeypatch.setattr(akismet, "is_spam", meanwhile)
    with listening("false") as (address, _):
        monkeypatch.setattr("akismet._common._API_URL", address)
        assert send(keyed, noon, message=WORDS) == "stored"


def test_what_a_site_does_about_spam_is_kept_and_recorded(shop: Shop) -> None:
    guard(shop, proof_of_work=True)
    with shop.database.read() as session:
        assert site_by_id(session, shop.site_id).spam == {"proof_of_work": True, "akismet": False}


def test_a_key_for_akismet_without_what_talks_to_it_is_said_at_start(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Settings.from_env({"FEEDBACK_AKISMET_KEY": "a key"}).akismet_key == "a key"
    monkeypatch.setattr("feedback.settings.find_spec", lambda _name: None)
    with pytest.raises(SettingsError, match="FEEDBACK_AKISMET_KEY needs the extra akismet"):
        Settings.from_env({"FEEDBACK_AKISMET_KEY": "a key"})
    assert Settings.from_env({}).akismet_key is None
