"""The page of a case: the customer's words first, every move a form, and two people at once."""

from typing import Any

from werkzeug.test import TestResponse

from tests.helpers.console import HERE, Browser
from tests.helpers.desk import Desk
from tests.helpers.forms import forms, soup


def case_path(desk: Desk, site: str = "shop") -> str:
    """The address of the newest case."""
    return f"/console/{site}/cases/{desk.case(site).public_id}"


def text_of(reply: TestResponse, selector: str) -> str:
    """The text of the first such element."""
    found = soup(reply.text).select_one(selector)
    assert found is not None, f"no {selector} in {reply.text}"
    return " ".join(found.text.split())


def moves(reply: TestResponse) -> set[str]:
    """What can be done: the last part of where its forms go."""
    found = {form.action.rpartition("/")[2] for form in forms(reply.text, HERE) if "/cases/" in form.action}
    return found


def stale_form(browser: Browser, path: str, move: str) -> tuple[str, dict[str, Any]]:
    """A form as it stands now, to be sent later."""
    form = browser.form(path, f"{path}/{move}")
    return form.action.removeprefix(HERE), dict(form.fields)


def test_the_page_begins_with_what_the_customer_said(asha: Browser, desk: Desk) -> None:
    desk.answer("Neema Mushi", 25, "Nimesubiri\nwiki tatu", why=("slow", "rude"), place="Arusha")
    reply = asha.get(case_path(desk))
    assert reply.status_code == 200, reply.text
    words = soup(reply.text).select_one(".words blockquote")
    assert words is not None
    assert (words.text, words["lang"], words["dir"]) == ("Nimesubiri\nwiki tatu", "sw", "auto")
    said = text_of(reply, ".words .facts")
    assert "2 of 5" in said
    assert "Dissatisfied" in said
    assert "Sijaridhika" in said
    assert "It took too long" in said
    assert "Arusha" in text_of(reply, ".words__meta")
    why = text_of(reply, ".case__side .facts")
    assert "Rule “Low score”" in why
    assert "score 25, at most 40" in why
    assert "Promised for" in text_of(reply, ".promise")


def test_the_same_page_speaks_the_readers_language(parisa: Browser, desk: Desk) -> None:
    desk.answer("Reza", 0, "بد بود", site="bank", locale="fa")
    reply = parisa.get(case_path(desk, "bank"))
    page = soup(reply.text)
    assert page.html is not None
    assert (page.html["lang"], page.html["dir"]) == ("fa", "rtl")
    assert "۱ از ۵" in text_of(reply, ".words .facts")
    assert "#۱" in text_of(reply, ".page-head__count")


def test_taken_noted_spoken_to_and_resolved(asha: Browser, juma: Browser, desk: Desk) -> None:
    desk.answer("Neema", 0)
    path = case_path(desk)
    mine = asha if desk.case().owner_id == desk.town.staff["Asha"][0] else juma
    assert {"take", "note", "contact", "resolve", "priority"} <= moves(mine.get(path))
    assert mine.fill(path, f"{path}/take").status_code == 303
    assert desk.case().state == "open"
    assert "take" not in moves(mine.get(path))
    assert mine.fill(path, f"{path}/note", text="Anapendelea jioni").status_code == 303
    assert mine.fill(path, f"{path}/contact", text="Nimempigia", channel="phone").status_code == 303
    assert mine.fill(path, f"{path}/priority", priority="high").status_code == 303
    assert mine.fill(path, f"{path}/wait").status_code == 303
    assert mine.fill(path, f"{path}/resume").status_code == 303
    done = mine.fill(path, f"{path}/resolve", outcome="solved", note="Amebadilishiwa")
    assert done.status_code == 303
    assert desk.case().outcome == "solved"
    reply = mine.get(done.location)
    assert "Resolved." in text_of(reply, ".notice--ok")
    told = text_of(reply, ".timeline")
    for sentence in ("Resolved: Solved", "Amebadilishiwa", "Spoke to the customer: By phone", "Promise kept", "Taken"):
        assert sentence in told
    assert moves(reply) == {"note", "reopen"}
    assert mine.fill(path, f"{path}/reopen", note="Si kweli").status_code == 303
    assert desk.case().state == "open"


def test_a_hand_off_needs_a_word_and_keeps_what_was_chosen(asha: Browser, desk: Desk) -> None:
    desk.answer("Neema", 0)
    path, juma_id = case_path(desk), desk.town.staff["Juma"][1]
    to = juma_id if desk.case().owner_id != desk.town.staff["Juma"][0] else desk.town.staff["Asha"][1]
    refused = asha.fill(path, f"{path}/assign", owner=to, note="")
    assert refused.status_code == 422
    assert "Say what the next person needs to know." in refused.text
    chosen = soup(refused.text).select_one(f"#assign-owner option[value='{to}']")
    assert chosen is not None
    assert chosen.has_attr("selected")
    assert asha.fill(path, f"{path}/assign", owner=to, note="Anajua gari").status_code == 303
    assert desk.case().hand_offs == 1
    assert asha.fill(path, f"{path}/assign", owner="team", note="Sipo kesho").status_code == 303
    assert desk.case().owner_id is None


def test_nothing_is_resolved_without_an_outcome(asha: Browser, desk: Desk) -> None:
    desk.answer("Neema", 0)
    path = case_path(desk)
    refused = asha.fill(path, f"{path}/resolve", note="Nimeongea naye")
    assert refused.status_code == 422
    assert "Please choose an outcome." in text_of(refused, ".summary-of-errors")
    assert text_of(refused, "#resolve-note") == "Nimeongea naye"
    assert desk.case().state == "new"


def test_the_second_of_two_sees_both_versions_and_keeps_the_words(asha: Browser, juma: Browser, desk: Desk) -> None:
    desk.answer("Neema", 0)
    path = case_path(desk)
    action, fields = stale_form(juma, path, "resolve")
    assert asha.fill(path, f"{path}/note", text="Nimempigia sasa hivi").status_code == 303
    late = juma.post(action, {**fields, "outcome": "explained", "note": "Nimemweleza bei"})
    assert late.status_code == 409
    assert late.headers["HX-Push-Url"] == "false"
    theirs, ours = soup(late.text).select(".conflict__side")
    assert "Nimempigia sasa hivi" in theirs.text
    assert "Asha" in theirs.text
    assert "Nimemweleza bei" in ours.text
    assert "Explained" in ours.text
    assert desk.case().state == "new"
    again = next(form for form in forms(late.text, HERE) if form.action.endswith("/resolve"))
    assert again.fields["note"][0].strip() == "Nimemweleza bei"
    assert again.fields["outcome"] == ["explained"]
    assert juma.post(action, dict(again.fields)).status_code == 303
    assert desk.case().outcome == "explained"


def test_what_can_no_longer_be_done_still_shows_what_was_typed(asha: Browser, juma: Browser, desk: Desk) -> None:
    desk.answer("Neema", 0)
    path = case_path(desk)
    action, fields = stale_form(juma, path, "contact")
    assert asha.fill(path, f"{path}/resolve", outcome="solved").status_code == 303
    late = juma.post(action, {**fields, "text": "Nimempigia pia", "channel": "phone"})
    assert late.status_code == 409
    assert "this can no longer be done" in late.text
    assert "Nimempigia pia" in text_of(late, ".conflict__side:last-child")


def test_two_who_take_at_once_one_gets_it(asha: Browser, juma: Browser, desk: Desk) -> None:
    desk.answer(None, 0, locale="hy")
    path = case_path(desk)
    assert desk.case().owner_id is None
    action, fields = stale_form(juma, path, "take")
    assert asha.fill(path, f"{path}/take").status_code == 303
    assert juma.post(action, fields).status_code == 409
    assert desk.case().owner_id == desk.town.staff["Asha"][0]


def test_history_of_the_customer_stands_on_the_page(asha: Browser, desk: Desk) -> None:
    customer = desk.customer("Neema")
    desk.answer(None, 0, "Mara ya kwanza", customer_id=customer)
    path = case_path(desk)
    asha.fill(path, f"{path}/resolve", outcome="solved")
    desk.answer(None, 100, "Nzuri sana", customer_id=customer)
    desk.answer(None, 0, "Mara ya pili", customer_id=customer)
    reply = asha.get(case_path(desk))
    assert text_of(reply, ".words blockquote") == "Mara ya pili"
    history = text_of(reply, ".case__main > section:nth-of-type(2)")
    assert "Case #1" in history
    assert "Nzuri sana" in history


def test_a_case_opened_by_hand_for_a_customer_who_was_looked_up(asha: Browser, desk: Desk) -> None:
    desk.customer("Neema Mushi")
    desk.customer("Neema Swai")
    asked = asha.fill("/console/shop/cases/new", look_for="neema", words="Simu ilikatika", go="find")
    assert asked.status_code == 200
    found = soup(asked.text).select("input[name=customer]")
    assert len(found) == 2
    assert text_of(asked, "#words") == "Simu ilikatika"
    (form,) = [one for one in forms(asked.text, HERE) if one.action.endswith("/cases/new")]
    unchosen = asha.post("/console/shop/cases/new", {**form.fields, "go": "open"})
    assert unchosen.status_code == 422
    assert "choose one" in unchosen.text
    sent = {**form.fields, "customer": str(found[0]["value"]), "go": "open", "kind": "price", "mine": "y"}
    opened = asha.post("/console/shop/cases/new", sent)
    assert opened.status_code == 303
    case = desk.case()
    assert (case.kind, case.excerpt, case.owner_id) == ("price", "Simu ilikatika", desk.town.staff["Asha"][0])
    assert "Simu ilikatika" in asha.get(opened.location).text
    twice = asha.post("/console/shop/cases/new", sent)
    assert twice.status_code == 409
    assert f"Case #{case.number}" in twice.text
    assert text_of(twice, "#words") == "Simu ilikatika"


def test_a_case_opened_by_hand_without_a_customer(asha: Browser, desk: Desk) -> None:
    empty = asha.fill("/console/shop/cases/new", words="  ", go="open")
    assert empty.status_code == 422
    assert asha.fill("/console/shop/cases/new", words="Alipiga simu", language="fa", go="open").status_code == 303
    assert desk.case().language == "fa"


def test_another_sites_customer_is_not_found_and_not_taken(asha: Browser, desk: Desk) -> None:
    desk.customer("Reza", site="bank", locale="fa")
    desk.answer("Sara", 0, site="bank", locale="fa")
    asked = asha.fill("/console/shop/cases/new", look_for="Reza", go="find")
    assert "Nothing found" in asked.text
    foreign = asha.get(f"/console/shop/cases/{desk.case('bank').public_id}")
    assert foreign.status_code == 404


def test_every_address_of_a_case_is_404_for_another_site(asha: Browser, desk: Desk) -> None:
    desk.answer("Reza", 0, site="bank", locale="fa")
    foreign = desk.case("bank").public_id
    token = asha.csrf()
    sent = {"csrf_token": token, "version": "1", "seen": "0", "text": "x", "owner": "team", "note": "x"}
    sent |= {"outcome": "solved", "priority": "low", "channel": "phone"}
    moves_there = ("take", "assign", "note", "contact", "priority", "wait", "resume", "resolve", "reopen")
    for site in ("shop", "bank"):
        assert asha.get(f"/console/{site}/cases/{foreign}").status_code == 404
        for move in moves_there:
            assert asha.post(f"/console/{site}/cases/{foreign}/{move}", sent).status_code == 404, move
    assert desk.case("bank").version == 1
