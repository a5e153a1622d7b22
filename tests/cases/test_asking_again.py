"""Asked again over HTTP: resolved in the console, asked by mail and on the page, answered, and what staff see of it."""

import email
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import policy
from email.message import EmailMessage
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from flask import Flask

from feedback.cases.models import Case
from feedback.db import Database
from feedback.settings import Settings
from feedback.worker import Worker
from tests.helpers.console import HERE, Browser
from tests.helpers.desk import Desk
from tests.helpers.forms import Form, forms, soup


@dataclass
class Neema:
    """A customer with a mailbox and a browser that has no JavaScript."""

    settings: Settings
    worker: Worker
    browser: Browser
    seen: set[str] = field(default_factory=set)

    def mail(self) -> EmailMessage:
        """The one mail to her that is new, after the worker did what is due."""
        self.worker.drain()
        new = [path for path in self.settings.mail_dir.glob("*.eml") if path.name not in self.seen]
        self.seen |= {path.name for path in new}
        found = [email.message_from_bytes(path.read_bytes(), policy=policy.default) for path in new]
        (message,) = [one for one in found if one["To"] == "neema@example.com"]
        assert isinstance(message, EmailMessage)
        return message

    def open(self, address: str) -> Any:
        """A page, by an address of a mail."""
        parts = urlsplit(address)
        reply = self.browser.get(f"{parts.path}?{parts.query}")
        assert reply.status_code == 200, reply.text
        return reply

    def answer(self, address: str, **more: str) -> Any:
        """Open the address of an answer, and send what it has chosen, with words where they are asked for."""
        page = self.open(address)
        while (form := _survey(page.text)) is not None:
            values = {**form.fields, **{name: value for name, value in more.items() if name in form.fields}}
            button = ("fb_go", "send") if ("fb_go", "send") in form.buttons else ("fb_go", "next")
            page = self.browser.post(urlsplit(form.action).path, {**values, button[0]: button[1]})
            assert page.status_code == 200, page.text
        return page


def _survey(html: str) -> Form | None:
    return next((form for form in forms(html, HERE) if "fb_step" in form.fields), None)


@pytest.fixture
def neema(settings: Settings, database: Database, app: Flask, desk: Desk) -> Iterator[Neema]:
    """Neema said 0 of 100, and it is Asha's case."""
    customer_id = desk.customer("Neema", email="neema@example.com")
    desk.answer(None, 0, "Nimesubiri wiki mbili", why=("slow",), customer_id=customer_id)
    worker = Worker(settings, database, "a secret for tests")
    worker.drain()
    seen = {path.name for path in settings.mail_dir.glob("*.eml")}
    yield Neema(settings, worker, Browser(app), seen)
    worker.close()


def resolved(asha: Browser, case: Case) -> str:
    """Asha resolves it in the console; its path."""
    path = f"/console/shop/cases/{case.public_id}"
    assert asha.fill(path, f"{path}/resolve", outcome="solved").status_code == 303
    return path


def plain(message: EmailMessage) -> str:
    part = message.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def answers_in(message: EmailMessage) -> dict[str, str]:
    """The address of each answer in a mail; both of its parts have the same."""
    rich = message.get_body(("html",))
    assert rich is not None
    linked = {str(link["href"]) for link in soup(str(rich.get_content())).find_all("a")}
    found = {address.rpartition("=")[2]: address for address in re.findall(r"https?://\S+\?score=\w+", plain(message))}
    assert set(found.values()) <= linked
    return found


def test_resolved_asked_and_better(neema: Neema, asha: Browser, desk: Desk) -> None:
    path = resolved(asha, desk.case())
    message = neema.mail()
    answers = answers_in(message)
    assert list(answers) == ["yes", "partly", "no"]
    assert "je, sasa hali imekuwa nzuri zaidi?" in str(message["Subject"])
    assert "Nimesubiri" not in message.as_string(), "her own words are on her page, not in the mail"
    for address in answers.values():
        chosen = soup(neema.open(address).text).select("input[checked]")
        assert [one["value"] for one in chosen] == [address.rpartition("=")[2]]
    assert desk.case().score_after is None, "opening an address answers nothing"
    (own,) = re.findall(r"https?://\S+/c/\S+", plain(message))
    offered = [str(link["href"]) for link in soup(neema.open(own).text).select(".better a")]
    assert [one.rpartition("=")[2] for one in offered] == ["yes", "partly", "no"]
    assert urlsplit(offered[0]).path == urlsplit(answers["yes"]).path, "by the same link"
    thanks = neema.answer(urljoin(HERE, offered[0]))
    assert soup(thanks.text).select(".promise") == []
    assert (desk.case().state, desk.case().score_after) == ("resolved", 100)
    assert soup(neema.open(own).text).select(".better") == []
    for shown in (path, "/console/shop/cases/?state=resolved"):
        assert "0 now 100" in soup(asha.get(shown).text).get_text(" ", strip=True)


def test_resolved_asked_and_not_solved(neema: Neema, asha: Browser, desk: Desk) -> None:
    path = resolved(asha, desk.case())
    first = answers_in(neema.mail())
    thanks = neema.answer(first["no"], words="Bado hakuna maji")
    promised = soup(thanks.text).select_one(".promise")
    assert promised is not None
    assert "Asha" in promised.get_text()
    case = desk.case()
    assert (len(desk.cases()), case.state, case.owner_id) == (1, "open", desk.town.staff["Asha"][0])
    time = promised.find("time")
    assert time is not None
    assert str(time["datetime"]) == case.due_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    shown = soup(asha.get(path).text)
    assert "Bado hakuna maji" in [one.get_text(strip=True) for one in shown.select("blockquote")]
    resolved(asha, case)
    again = answers_in(neema.mail())
    assert again["yes"] != first["yes"]
    neema.answer(again["yes"])
    assert (desk.case().state, desk.case().score_after) == ("resolved", 100)
