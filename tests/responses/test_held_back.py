"""What is held back as possible spam: staff see it with its reasons, let it through, or leave it to be forgotten."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select, update

from feedback import clock
from feedback.audit import AuditRow
from feedback.cases.models import Case
from feedback.jobs import JobContext
from feedback.responses.jobs import forget_what_was_held_back
from feedback.responses.models import Answer, Response, ResponseRevision, Seen
from tests.helpers.console import Browser
from tests.helpers.desk import Desk
from tests.helpers.forms import soup
from tests.responses.shop import Page
from tests.responses.test_races import at_once

LIST = "/console/shop/responses/held-back/"
LINKS = "http://a.example http://b.example http://c.example"


def write(app: Flask, words: str, *, site: str = "shop", trap: bool = False) -> None:
    """Somebody sends a message."""
    client = app.test_client()
    page = Page(client.get(f"/message/{site}"))
    fields: dict[str, Any] = {**page.fields, "message": words}
    if trap:
        fields[str(page.soup.select_one(".trap input")["name"])] = "x"  # type: ignore[index]
    assert client.post(f"/message/{site}", data=fields).status_code == 200


def held(desk: Desk, site: str = "shop") -> list[Response]:
    with desk.database.read() as session:
        query = select(Response).where(Response.site_id == desk.site(site)).order_by(Response.id)
        found = list(session.scalars(query))
        session.expunge_all()
    return found


def count(desk: Desk, model: Any, site: str = "shop") -> int:
    with desk.database.read() as session:
        return session.scalar(select(func.count()).select_from(model).where(model.site_id == desk.site(site))) or 0


def rows(browser: Browser, path: str = LIST) -> list[str]:
    reply = browser.get(path)
    assert reply.status_code == 200, reply.text
    return [" ".join(row.get_text(" ").split()) for row in soup(reply.text).select("tbody tr")]


def rail(browser: Browser) -> str:
    """What the rail says beside the page."""
    found = soup(browser.get("/console/shop/responses/").text).select_one(f'.nav a[href="{LIST}"]')
    assert found is not None
    return " ".join(found.get_text(" ").split())


def judge(browser: Browser, do: str, *chosen: str) -> str:
    reply = browser.post(LIST, {"csrf_token": browser.csrf(), "chosen": list(chosen), "do": do})
    assert reply.status_code == 303
    told = soup(browser.get(reply.headers["Location"]).text).select_one("main .notice")
    return told.text if told else ""


def test_staff_see_what_is_held_back_and_why(asha: Browser, app: Flask, desk: Desk) -> None:
    assert rail(asha) == "Possible spam"
    write(app, f"Look at these {LINKS}")
    write(app, "Buy this", trap=True)
    write(app, "Nobody has answered my letter of last week")
    assert rail(asha) == "Possible spam 2"
    newest, older = rows(asha)
    assert "Buy this" in newest
    assert "A field that people do not see was filled in." in newest
    assert "It contains many links." in older
    assert len(rows(asha, LIST + "?survey=message")) == 2
    assert rows(asha, LIST + "?survey=nps") == []
    page = asha.get(f"/console/shop/responses/{held(desk)[0].public_id}").text
    assert "It contains many links." in page
    assert LINKS in page


def test_one_or_several_are_let_through_and_followed_up(asha: Browser, app: Flask, desk: Desk) -> None:
    for number in range(3):
        write(app, f"Look at number {number}: {LINKS}")
    one, two, three = [row.public_id for row in held(desk)]
    assert judge(asha, "release", one, two).startswith("Let through.")
    assert [row.state for row in held(desk)] == ["complete", "complete", "quarantined"]
    assert count(desk, Case) == 2
    assert rail(asha) == "Possible spam 1"
    assert judge(asha, "release", one, three).startswith("Let through.")
    assert judge(asha, "release", one).startswith("Nothing was chosen, or somebody else got there first.")
    assert judge(asha, "release").startswith("Nothing was chosen")
    assert count(desk, Case) == 3
    with desk.database.read() as session:
        query = select(AuditRow.action).where(AuditRow.site_id == desk.site(), AuditRow.action.like("response.%"))
        assert session.scalars(query).all() == ["response.release"] * 3


def test_what_is_spam_stays_and_waits_for_nobody(asha: Browser, app: Flask, desk: Desk) -> None:
    write(app, f"Look at this {LINKS}")
    (spam,) = held(desk)
    assert judge(asha, "spam", spam.public_id) == "It stays here until it is deleted."
    assert rail(asha) == "Possible spam"
    assert rows(asha) == []
    assert len(rows(asha, LIST + "?list=spam")) == 1
    assert held(desk)[0].state == "quarantined"
    assert judge(asha, "release", spam.public_id).startswith("Let through.")
    assert count(desk, Case) == 1


def test_two_who_let_the_same_through_at_once_open_one_case(
    asha: Browser, juma: Browser, app: Flask, desk: Desk
) -> None:
    write(app, f"Look at this {LINKS}")
    (row,) = held(desk)
    sent = [(one, one.csrf()) for one in (asha, juma)]

    def send(_client: Any, number: int) -> int:
        browser, token = sent[number]
        data = {"csrf_token": token, "chosen": row.public_id, "do": "release"}
        return browser.post(LIST, data).status_code

    assert at_once(SimpleNamespace(app=app), 2, send) == [303, 303]  # type: ignore[arg-type]
    assert count(desk, Case) == 1


def test_another_site_s_staff_see_and_change_nothing(asha: Browser, parisa: Browser, app: Flask, desk: Desk) -> None:
    write(app, f"Look at this {LINKS}")
    (row,) = held(desk)
    assert parisa.get(LIST).status_code == 404
    assert rows(parisa, LIST.replace("shop", "bank")) == []
    there = LIST.replace("shop", "bank")
    for do in ("release", "spam"):
        parisa.post(there, {"csrf_token": parisa.csrf(), "chosen": row.public_id, "do": do})
    assert (held(desk)[0].state, held(desk)[0].judged_at) == ("quarantined", None)
    assert asha.post(LIST, {"chosen": row.public_id, "do": "release"}).status_code == 400
    assert held(desk)[0].state == "quarantined"


def test_taps_at_feedback_screens_stand_by_themselves(asha: Browser, app: Flask, desk: Desk) -> None:
    write(app, f"Look at this {LINKS}")
    write(app, "Buy this", trap=True)
    with desk.database.write() as session:
        session.execute(
            update(Response)
            .where(Response.site_id == desk.site(), Response.id == held(desk)[0].id)
            .values(channel="kiosk", flags=["mashed"], score=25, place="Door <2>")
        )
    (tapped,) = rows(asha, f"{LIST}?list=screens")
    assert ("25" in tapped, "Door <2>" in tapped) == (True, True)
    assert rail(asha) == "Possible spam 1"
    assert [len(rows(asha, LIST + query)) for query in ("", "?list=screens", "?list=spam", "?list=x")] == [1, 1, 0, 1]


@pytest.mark.parametrize("number", [1, 120])
def test_the_rail_counts_to_a_hundred(asha: Browser, app: Flask, desk: Desk, number: int) -> None:
    write(app, f"Look at this {LINKS}")
    (row,) = held(desk)
    with desk.database.write() as session:
        for place in range(1, number):
            session.add(
                Response(
                    site_id=row.site_id, survey_id=row.survey_id, version_id=row.version_id, public_id=f"P{place:025}",
                    state="quarantined", contact="not_asked", assurance="anonymous", locale="en", channel="message",
                    flags=["trap"], created_at=row.created_at, updated_at=row.updated_at,
                )
            )  # fmt: skip
    assert rail(asha) == ("Possible spam 1" if number == 1 else "Possible spam 99+")


def test_what_nobody_lets_through_is_forgotten_after_thirty_days(app: Flask, desk: Desk) -> None:
    with time_machine.travel(clock.now(), tick=False) as now:
        write(app, f"Look at this {LINKS}")
        write(app, f"و این را هم ببینید {LINKS}", site="bank")
        write(app, "Somebody who has something to say")
        now.shift(timedelta(days=29))
        write(app, f"Look at that {LINKS}")
        forget_what_was_held_back(JobContext(desk.database, desk.database.settings, {}))
        assert (count(desk, Response), count(desk, Response, "bank")) == (3, 1)
        now.shift(timedelta(days=1, seconds=1))
        forget_what_was_held_back(JobContext(desk.database, desk.database.settings, {}))
        assert [row.state for row in held(desk)] == ["complete", "quarantined"]
        assert count(desk, Response, "bank") == count(desk, Answer, "bank") == 0
        assert (count(desk, Answer), count(desk, ResponseRevision), count(desk, Seen)) == (2, 0, 0)
        assert count(desk, Case) == 1


def test_the_page_speaks_persian_to_who_reads_it(parisa: Browser, app: Flask) -> None:
    write(app, f"ببینید {LINKS}", site="bank")
    page = soup(parisa.get(LIST.replace("shop", "bank")).text)
    assert page.html["dir"] == "rtl"  # type: ignore[index]
    assert page.select_one("tbody bdi").text.startswith("ببینید")  # type: ignore[union-attr]
