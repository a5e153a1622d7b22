"""Replying from the case page: canned words, a look at the letter, sending; who may not be written to; two at once."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from feedback.cases.models import Activity, CannedReply, Promise
from feedback.customers.models import Customer
from feedback.delivery.models import OutboxMail
from feedback.responses.models import Response
from tests.cases.test_console_case import case_path, stale_form, text_of
from tests.cases.world import NOON
from tests.helpers.console import HERE, Browser
from tests.helpers.desk import Desk, Statements
from tests.helpers.forms import Form, forms, soup

#: A Wednesday, noon in Nairobi, where staff read their clocks.
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(1)>{{7*7}}{config}\u202e\"'><b hx-get=/>"


@pytest.fixture
def neema(desk: Desk) -> str:
    """The address of the case of a customer who can be written to."""
    customer = desk.customer("Neema Mushi", email="neema@example.com")
    desk.answer(None, 0, "Nimesubiri wiki tatu", customer_id=customer)
    return case_path(desk)


def rows(desk: Desk, table: Any, site: str = "shop") -> list[Any]:
    """The rows of a table that belong to a site."""
    with desk.database.read() as session:
        found = list(session.scalars(select(table).where(table.site_id == desk.site(site)).order_by(table.id)))
        session.expunge_all()
    return found


def composer(reply: TestResponse) -> Form:
    """The form of a reply as the page has it now."""
    return next(form for form in forms(reply.text, HERE) if form.action.endswith("/reply#reply"))


def words(form: Form) -> str:
    """What stands in the composer, without the line break that a browser leaves out."""
    return form.fields["text"][0].removeprefix("\r\n")


def step(browser: Browser, path: str, go: str, **typed: Any) -> TestResponse:
    """Fill the form of a reply in and press one of its buttons."""
    fields = composer(browser.get(path)).fields
    return browser.post(f"{path}/reply", {**fields, **typed, "go": go})


def canned(desk: Desk, language: str, place: int = 0) -> CannedReply:
    """One of the shipped replies."""
    return [one for one in rows(desk, CannedReply) if one.language == language][place]


def test_the_composer_says_what_the_customer_reads_and_offers_their_language_first(asha: Browser, neema: str) -> None:
    page = soup(asha.get(neema).text)
    panel = page.select_one("#reply")
    assert panel is not None
    assert "Neema Mushi reads Kiswahili" in panel.text
    words = panel.select_one("textarea")
    assert words is not None
    assert (words["dir"], words["lang"]) == ("auto", "sw")
    groups = [str(group["label"]) for group in panel.select("optgroup")]
    assert groups[0] == "Kiswahili"
    assert len(groups) == 6


def test_a_canned_reply_is_put_below_what_was_typed_and_nothing_is_lost(asha: Browser, desk: Desk, neema: str) -> None:
    with time_machine.travel(NOON, tick=False):
        typed = {"text": "Kwanza", "what": "Pesa", "day": "2026-06-12", "clock": "16:00", "wait": "y"}
        reply = step(asha, neema, "insert", canned=canned(desk, "sw").public_id, **typed)
    assert reply.status_code == 200
    assert reply.headers["HX-Push-Url"] == "false"
    form = composer(reply)
    text = words(form)
    assert text.startswith("Kwanza\n\nHabari Neema Mushi,")
    assert "kufikia 12 Juni 2026, 16:00" in text, "by the clock of the customer, whose zone is the shop's"
    assert (form.fields["what"], form.fields["day"], form.fields["clock"]) == (["Pesa"], ["2026-06-12"], ["16:00"])
    assert form.fields["wait"] == ["y"]
    assert form.fields["canned"] == [""]
    assert rows(desk, OutboxMail) == []


def test_a_field_that_nothing_is_known_for_is_named_on_the_preview(asha: Browser, desk: Desk, neema: str) -> None:
    reply = step(asha, neema, "insert", canned=canned(desk, "sw").public_id)
    text = words(composer(reply))
    assert "{when}" in text
    shown = step(asha, neema, "preview", text=text + " […]")
    assert "Still to be filled in" in text_of(shown, ".notice--warn")
    assert "{when}" in text_of(shown, ".notice--warn")
    assert "[…]" in text_of(shown, ".notice--warn")


def test_the_preview_shows_the_letter_and_sends_nothing(asha: Browser, desk: Desk, neema: str) -> None:
    with time_machine.travel(NOON, tick=False):
        typed = {"what": "Pesa zitarudishwa", "day": "2026-06-12", "clock": "16:00"}
        shown = step(asha, neema, "preview", text="Pole sana.\n\nTunashughulikia.", **typed)
    assert shown.status_code == 200, shown.text
    letter = text_of(shown, ".letter")
    assert "Pole sana." in letter
    assert "Asha" in letter
    assert "Pesa zitarudishwa" in letter
    assert "12 Juni 2026, 16:00" in letter
    assert "/c/…" in letter
    assert "neema@example.com" in text_of(shown, ".case__main .facts")
    assert "#1" in text_of(shown, ".case__main .facts")
    assert rows(desk, OutboxMail) == []
    assert desk.case().version == 1
    back, frame = (
        next(one for one in forms(shown.text, HERE) if one.action.endswith(end)) for end in ("#reply", "/letter")
    )
    again = asha.post(f"{neema}/reply", {**back.fields, "go": "back"})
    assert words(composer(again)).split() == ["Pole", "sana.", "Tunashughulikia."]
    assert composer(again).fields["clock"] == ["16:00"]
    html = asha.post(f"{neema}/reply/letter", dict(frame.fields))
    policy = html.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox" in policy
    assert "script-src" not in policy
    assert html.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert "Tunashughulikia." in html.text
    assert 'lang="sw"' in html.text


def test_sending_keeps_the_first_promise_makes_the_new_one_and_waits(asha: Browser, desk: Desk, neema: str) -> None:
    with time_machine.travel(NOON, tick=False):
        typed = {"what": "Pesa zitarudishwa", "day": "2026-06-12", "clock": "16:00", "wait": "y"}
        shown = step(asha, neema, "preview", text="Pole sana", **typed)
        form = next(one for one in forms(shown.text, HERE) if one.action.endswith("#reply"))
        sent = asha.post(f"{neema}/reply", {**form.fields, "go": "send"})
        assert sent.status_code == 303, sent.text
        reply = asha.get(sent.location)
    assert "On its way to the customer." in text_of(reply, ".notice--ok")
    case = desk.case()
    assert (case.state, case.replied_at) == ("waiting", NOON)
    first, new = rows(desk, Promise)
    assert (first.state, new.state, new.what) == ("kept", "open", "Pesa zitarudishwa")
    assert new.due_at == datetime(2026, 6, 12, 13, 0, tzinfo=UTC), "16:00 on Asha's clock, in Nairobi"
    (mail,) = rows(desk, OutboxMail)
    assert (mail.name, mail.locale, mail.state) == ("case_reply", "sw", "queued")
    told = text_of(reply, ".timeline")
    assert "Replied by email: Waiting for the customer" in told
    assert "Pole sana" in told


def test_what_is_still_to_be_done_stays_open_unless_it_is_unticked(asha: Browser, desk: Desk, neema: str) -> None:
    soon = datetime.now(UTC) + timedelta(days=2)
    for what in ("Pesa", "Simu"):
        made = asha.fill(neema, f"{neema}/promise", what=what, day=f"{soon:%Y-%m-%d}", clock="10:00")
        assert made.status_code == 303, made.text
    form = composer(asha.get(neema))
    assert len(form.fields["still"]) == 2
    kept = [one for one in rows(desk, Promise) if one.what == "Pesa"]
    sent = step(asha, neema, "send", text="Tayari", still=[kept[0].public_id])
    assert sent.status_code == 303
    assert {one.what: one.state for one in rows(desk, Promise)} == {"": "kept", "Pesa": "open", "Simu": "kept"}


LATER = f"{datetime.now(UTC) + timedelta(days=200):%Y-%m-%d}"
WRONG: tuple[tuple[dict[str, str], str, str], ...] = (
    ({"text": "  "}, "text", "Please write a reply."),
    ({"text": "x" * 10_001}, "text", "10000"),
    ({"text": "Pole", "what": "Pesa"}, "day", "Choose the day."),
    ({"text": "Pole", "what": "Pesa", "day": LATER}, "clock", "Choose the time."),
    ({"text": "Pole", "day": LATER, "clock": "10:00"}, "what", "Say what you promise."),
    ({"text": "Pole", "what": "Pesa", "day": "2020-01-01", "clock": "10:00"}, "day", "This time has already passed."),
    ({"text": "Pole", "what": "Pesa", "day": "31.02.", "clock": "10:00"}, "day", "Not a valid date value."),
    ({"text": "Pole", "what": "p" * 501, "day": LATER, "clock": "10:00"}, "what", "500"),
)


def test_what_is_missing_is_said_at_its_field_before_anything_is_sent(asha: Browser, desk: Desk, neema: str) -> None:
    fields = composer(asha.get(neema)).fields
    for typed, field, says in WRONG:
        for go in ("preview", "send"):
            reply = asha.post(f"{neema}/reply", {**fields, **typed, "go": go})
            assert reply.status_code == 422, (typed, go)
            assert says in text_of(reply, f"#reply-{field}-error").replace(",", "")
            assert words(composer(reply)) == typed["text"]
    assert rows(desk, OutboxMail) == []


def test_a_promise_beyond_a_year_is_refused_when_it_is_sent(asha: Browser, desk: Desk, neema: str) -> None:
    far = f"{datetime.now(UTC) + timedelta(days=400):%Y-%m-%d}"
    reply = step(asha, neema, "send", text="Pole", what="Pesa", day=far, clock="10:00")
    assert reply.status_code == 422
    assert "within a year" in text_of(reply, "#reply-day-error")
    assert desk.case().version == 1


@pytest.mark.parametrize(
    ("why", "says"),
    [
        ("no_address", "no email address"),
        ("said_no", "does not want to be written to"),
        ("disowned", "not the customer"),
    ],
)
def test_who_may_not_be_written_to_has_no_composer_but_a_call_to_log(
    asha: Browser, desk: Desk, neema: str, why: str, says: str
) -> None:
    old = composer(asha.get(neema))
    with desk.database.write() as session:
        if why == "no_address":
            session.execute(update(Customer).where(Customer.site_id == desk.site()).values(email=None))
        elif why == "said_no":
            session.execute(update(Response).where(Response.site_id == desk.site()).values(contact="no"))
        else:
            session.execute(update(Response).where(Response.site_id == desk.site()).values(state="disowned"))
    reply = asha.get(neema)
    panel = soup(reply.text).select_one("#reply")
    assert panel is not None
    assert says in panel.text
    assert panel.select("select, button[name=go]") == []
    assert "#contact-text" in [link["href"] for link in panel.select("a")]
    for go in ("insert", "preview", "send", "back"):
        late = asha.post(f"{neema}/reply", {**old.fields, "text": "Pole sana", "go": go})
        assert late.status_code == 409
        assert "Pole sana" in text_of(late, ".conflict__side:last-child")
    assert rows(desk, OutboxMail) == []


def test_the_second_of_two_who_reply_sees_what_was_sent_and_keeps_the_words(
    asha: Browser, juma: Browser, desk: Desk, neema: str
) -> None:
    mine = composer(juma.get(neema)).fields
    assert step(asha, neema, "send", text="Pole sana, ni mimi Asha").status_code == 303
    inserted = juma.post(f"{neema}/reply", {**mine, "text": "Juma hapa", "go": "insert"})
    assert composer(inserted).fields["version"] == mine["version"], "a look at it is no leave to overwrite"
    for go in ("preview", "send"):
        late = juma.post(f"{neema}/reply", {**mine, "text": "Juma hapa", "go": go})
        assert late.status_code == 409
        theirs, ours = soup(late.text).select(".conflict__side")
        assert "Pole sana, ni mimi Asha" in theirs.text
        assert "Juma hapa" in ours.text
    assert len(rows(desk, OutboxMail)) == 1
    again = composer(late)
    assert words(again) == "Juma hapa"
    assert juma.post(f"{neema}/reply", {**again.fields, "go": "send"}).status_code == 303
    assert len(rows(desk, OutboxMail)) == 2


def test_pressing_send_twice_sends_once_and_is_no_clash(asha: Browser, juma: Browser, desk: Desk, neema: str) -> None:
    fields = {**composer(asha.get(neema)).fields, "text": "Pole sana", "go": "send"}
    first, second = asha.post(f"{neema}/reply", fields), asha.post(f"{neema}/reply", fields)
    assert (first.status_code, second.status_code) == (303, 303)
    assert first.location == second.location
    assert len(rows(desk, OutboxMail)) == 1
    somebody = {**fields, "csrf_token": juma.csrf()}
    assert juma.post(f"{neema}/reply", somebody).status_code == 409, "the same words of somebody else are another reply"


def test_a_letter_that_was_not_delivered_is_told_on_the_case(asha: Browser, desk: Desk, neema: str) -> None:
    assert step(asha, neema, "send", text="Pole").status_code == 303
    assert not soup(asha.get(neema).text).select(".notice--bad")
    with desk.database.write() as session:
        session.execute(update(OutboxMail).where(OutboxMail.site_id == desk.site()).values(state="failed"))
    assert "was not delivered" in text_of(asha.get(neema), ".notice--bad")


def test_a_promise_whose_time_is_over_cannot_be_ticked_to_stay(asha: Browser, desk: Desk, neema: str) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        assert asha.fill(neema, f"{neema}/promise", what="Pesa", day="2026-06-10", clock="13:00").status_code == 303
        clock.shift(timedelta(minutes=61))
        form = composer(asha.get(neema))
        assert "still" not in form.choices
        assert step(asha, neema, "send", text="Tumechelewa").status_code == 303
    assert {one.what: one.state for one in rows(desk, Promise)}["Pesa"] == "broken"


def test_a_persian_customer_reads_the_time_in_their_digits_and_calendar(parisa: Browser, desk: Desk) -> None:
    customer = desk.customer("رضا", site="bank", locale="fa", email="reza@example.com")
    desk.answer(None, 0, "بد بود", site="bank", locale="fa", customer_id=customer)
    path = case_path(desk, "bank")
    chosen = next(one for one in rows(desk, CannedReply, "bank") if one.language == "fa")
    with time_machine.travel(NOON, tick=False):
        form = composer(parisa.get(path)).fields
        typed = {"canned": chosen.public_id, "what": "پول", "day": "2026-06-12", "clock": "16:00", "go": "insert"}
        reply = parisa.post(f"{path}/reply", {**form, **typed})
    text = words(composer(reply))
    assert text.startswith("سلام رضا،")
    assert "۲۲ خرداد ۱۴۰۵ ساعت ۱۶:۳۰" in text, "16:00 in Nairobi is half past four in Tehran"


def test_a_resolved_case_has_no_composer(asha: Browser, desk: Desk, neema: str) -> None:
    action, fields = stale_form(asha, neema, "reply#reply")
    assert asha.fill(neema, f"{neema}/resolve", outcome="solved").status_code == 303
    assert soup(asha.get(neema).text).select("#reply") == []
    assert asha.post(action, {**fields, "text": "Bado", "go": "send"}).status_code == 409


def test_hostile_words_are_never_markup_in_page_preview_or_letter(asha: Browser, desk: Desk, neema: str) -> None:
    with desk.database.write() as session:
        session.execute(update(Customer).where(Customer.site_id == desk.site()).values(name=HOSTILE))
    day = f"{datetime.now(UTC) + timedelta(days=3):%Y-%m-%d}"
    typed = {"text": HOSTILE, "what": HOSTILE, "day": day, "clock": "10:00"}
    shown = step(asha, neema, "preview", **typed)
    letter = asha.post(f"{neema}/reply/letter", {**composer(asha.get(neema)).fields, **typed})
    assert step(asha, neema, "send", **typed).status_code == 303
    for reply in (shown, letter, asha.get(neema), asha.get(neema + "?print=1")):
        tree = soup(reply.text)
        assert not [one for one in tree.select("script") if not one.get("src")]
        assert not tree.select("img, [onerror], b[hx-get]")
        assert "{{7*7}}{config}" in reply.text
    assert "\u202e" not in text_of(shown, ".letter"), "the plain part turns nothing round"
    (said,) = [one for one in rows(desk, Activity) if one.kind == "replied"]
    assert said.text == HOSTILE, "stored as it was written"


def test_another_sites_case_is_not_there_for_any_step(asha: Browser, desk: Desk) -> None:
    desk.answer(
        None, 0, site="bank", locale="fa", customer_id=desk.customer("Reza", site="bank", email="r@example.com")
    )
    foreign = desk.case("bank").public_id
    token = asha.csrf()
    for site in ("shop", "bank"):
        for go in ("insert", "preview", "send", "back"):
            sent = {"csrf_token": token, "version": "1", "seen": "0", "text": "x", "go": go}
            assert asha.post(f"/console/{site}/cases/{foreign}/reply", sent).status_code == 404, (site, go)
        letter = {"csrf_token": token, "text": "x"}
        assert asha.post(f"/console/{site}/cases/{foreign}/reply/letter", letter).status_code == 404
    assert rows(desk, OutboxMail, "bank") == []


def test_the_case_page_takes_a_known_number_of_statements(asha: Browser, desk: Desk, neema: str) -> None:
    asha.get(neema)
    with Statements(desk.database) as counted:
        assert asha.get(neema).status_code == 200
    assert len(counted.seen) <= 16, "\n".join(one[:90] for one in counted.seen)
