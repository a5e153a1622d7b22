"""The customer's page of their case: what each link shows of it, in whose language, and what never stands there."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from feedback.actors import SYSTEM, Actor
from feedback.cases import actions
from feedback.cases.models import Case
from feedback.cases.states import Outcome, Priority
from feedback.customers.actions import erase_customer
from feedback.links.actions import revoke_link
from feedback.links.queries import token_of
from feedback.links.signing import keyring, sign_case, sign_survey
from feedback.observability.redaction import redact_path
from tests.cases.customer import ANSWER, HERE, Counter
from tests.cases.world import NOON
from tests.contracts.test_reading import dump
from tests.helpers.statements import statements_of
from tests.links.test_signing import DAMAGE
from tests.responses.shop import Page

DAY = timedelta(days=1)
PROBLEM = "application/problem+json"


def sections(page: Page) -> dict[str, str]:
    """What stands under each heading."""
    return {one.h2.get_text(" ", strip=True): one.get_text(" ", strip=True) for one in page.soup.select("section")}


# ---- a link in each state: what it shows ----


def fresh(counter: Counter, noon: Any) -> str:
    return counter.complain(locale="en")[1]


def forwarded(counter: Counter, noon: Any) -> str:
    """Somebody else opens it, in another language: it says the same, and nothing of whose it is."""
    return counter.complain(locale="en")[1] + "?lang=en"


def of_an_older_mail(counter: Counter, noon: Any) -> str:
    case, path = counter.complain(locale="en")
    noon.shift(20 * DAY)
    counter.link(case)
    counter.link(case)
    return path


def resolved(counter: Counter, noon: Any) -> str:
    case, path = counter.complain(locale="en")
    counter.do(actions.resolve, case.public_id, Outcome.SOLVED)
    noon.shift(89 * DAY)
    return path


def resolved_long_ago(counter: Counter, noon: Any) -> str:
    path = resolved(counter, noon)
    noon.shift(DAY)
    return path


def revoked(counter: Counter, noon: Any) -> str:
    case, _ = counter.complain(locale="en")
    path, link = counter.link(case)
    with counter.database.write() as session:
        revoke_link(session, SYSTEM, counter.site_id, link.id)
    return path


def of_somebody_who_was_erased(counter: Counter, noon: Any) -> str:
    case, path = counter.complain(locale="en")
    with counter.database.write() as session:
        erase_customer(session, SYSTEM, counter.site_id, case.customer_id or 0)
    return path


def tampered(counter: Counter, noon: Any) -> str:
    path = fresh(counter, noon)
    return path[:-3] + ("AAA" if not path.endswith("AAA") else "BBB")


def truncated(counter: Counter, noon: Any) -> str:
    return fresh(counter, noon)[:30]


def for_another_purpose(counter: Counter, noon: Any) -> str:
    case, _ = counter.complain(locale="en")
    return "/c/" + sign_survey(keyring(counter.shop.settings), token_of(counter.link(case)[1]))


def of_another_site(counter: Counter, noon: Any) -> str:
    case, _ = counter.complain(locale="en")
    token = token_of(counter.link(case)[1])._replace(site_id=counter.site_id + 1)
    return "/c/" + sign_case(keyring(counter.shop.settings), token)


def unknown(counter: Counter, noon: Any) -> str:
    case, _ = counter.complain(locale="en")
    token = token_of(counter.link(case)[1])._replace(key=bytes(12))
    return "/c/" + sign_case(keyring(counter.shop.settings), token)


ALL = ["What we promised", "What you told us", "What we have done"]
WRITE = ["/message/shop?lang=en"]
NOWHERE = (404, "This link does not work", [], "Copy the whole address from the email", ["/lost/shop?lang=en"])
#: What each link shows: status, heading, sections, a sentence, and what can be done: buttons, or where to write.
STATES: list[tuple[Callable[[Counter, Any], str], int, str, list[str], str, list[str]]] = [
    (fresh, 200, "Your case", ALL, "We have received it", ["reply", "not_me"]),
    (forwarded, 200, "Your case", ALL, "We have received it", ["reply", "not_me"]),
    (of_an_older_mail, 200, "Your case", ALL, "We are late with this. We are sorry.", ["reply", "not_me"]),
    (resolved, 200, "Your case", ALL, "We consider this solved", ["unsolved", "reply", "not_me"]),
    (resolved_long_ago, 200, "Your case", [], "It was closed on 10 June 2026", WRITE),
    (revoked, 410, "This link no longer works", [], "open the link in our latest email", WRITE),
    (of_somebody_who_was_erased, 200, "Nothing more will be sent", [], "We have deleted what we knew about you.", []),
    (tampered, *NOWHERE),
    (truncated, *NOWHERE),
    (for_another_purpose, *NOWHERE),
    (of_another_site, *NOWHERE),
    (unknown, *NOWHERE),
]


def test_what_each_link_shows(counter: Counter, noon: Any, subtests: pytest.Subtests) -> None:
    for make, status, heading, shown, sentence, can in STATES:
        with subtests.test(make.__name__):
            noon.move_to(NOON)
            path = make(counter, noon)
            before = dump(counter.database)
            page = counter.open(path)
            for method in ("head", "options"):
                getattr(counter.shop.client, method)(path)
            assert (page.status, page.soup.h1.get_text(" ", strip=True).split(" #")[0]) == (status, heading)
            assert [one for one in sections(page) if one in ALL] == shown
            assert sentence in page.text
            buttons = page.soup.select("main [name=do], footer [name=do], main a.button:not([href^='/s/'])")
            assert [one.get("value") or one["href"] for one in buttons] == can
            assert ("Nimesubiri saa tatu" in page.text) is bool(shown)
            assert dump(counter.database) == before
            headers = page.response.headers
            assert headers["Cache-Control"] == "no-store"
            assert headers["Referrer-Policy"] == "same-origin"
            assert "noindex" in headers["X-Robots-Tag"]
            assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
            assert "Accept-Language" in headers["Vary"]
            assert "Set-Cookie" not in headers
            assert "private.example" not in page.response.text
            assert "Neema" not in page.response.text


def test_what_is_sent_to_a_link_that_shows_no_case_is_not_taken(
    counter: Counter, noon: Any, subtests: pytest.Subtests
) -> None:
    for make, status in (
        (revoked, 410),
        (resolved_long_ago, 410),
        (of_somebody_who_was_erased, 200),
        (tampered, 404),
        (unknown, 404),
    ):
        with subtests.test(make.__name__):
            noon.move_to(NOON)
            path = make(counter, noon)
            before = dump(counter.database)
            for do in ("reply", "unsolved", ""):
                assert counter.shop.client.post(path, data={"do": do, "text": "Bado"}).status_code == status
                told = counter.shop.send_json(path, {"do": do, "text": "Bado"})
                assert (told.status_code, told.mimetype) == (status, PROBLEM if status >= 400 else "application/json")
            assert dump(counter.database) == before


def test_every_address_that_leads_nowhere_looks_alike_and_a_right_one_speaks_its_language(
    counter: Counter, noon: Any
) -> None:
    case, path = counter.complain(locale="fa")
    ring, token = keyring(counter.shop.settings), token_of(counter.link(case, "fa")[1])
    persian = {"Accept-Language": "fa"}
    bad = [path[:-1], path[:-2] + "AA", "/c/" + "x" * 5000, "/c/" + sign_survey(ring, token), "/c/x"]
    pages = {counter.open(one, headers=persian).response.get_data() for one in bad}
    assert len(pages) == 1
    lost = counter.open("/c/" + sign_case(ring, token._replace(key=bytes(12))), headers={"Accept-Language": "hy"})
    assert (lost.status, lost.soup.html["lang"], lost.soup.html["dir"]) == (404, "fa", "rtl")
    assert lost.response.get_data() in pages


def test_what_a_mail_program_did_to_the_address_does_no_harm(counter: Counter) -> None:
    _, path = counter.complain()
    token = path.removeprefix("/c/")
    harmless = [one for one in DAMAGE if "\r" not in one]
    assert len(harmless) >= 14
    for damage in harmless:
        page = counter.open("/c/" + damage.format(token).replace("%20", "%2520"))
        assert page.status == 200, damage
        assert page.soup.select_one("#reply")["action"] == path, damage


# ---- what it tells ----


@pytest.fixture
def told(counter: Counter, noon: Any) -> tuple[Counter, Case, str]:
    """A case on which everything happened that can."""
    case, path = counter.complain(locale="sw")
    counter.complain(words="MTEJA MWINGINE")
    counter.do(actions.take, case.public_id)
    counter.do(actions.note, case.public_id, "SECRET note")
    noon.shift(timedelta(hours=1))
    made = counter.do(actions.make_promise, case.public_id, "Pesa zako zitarudishwa", NOON + 2 * DAY)
    gone = counter.do(actions.make_promise, case.public_id, "Tutakupigia simu", NOON + DAY)
    text = "Habari,\n\nPole sana kwa kusubiri."
    counter.do(actions.reply, case.public_id, text, still=[made.public_id, gone.public_id])
    counter.do(actions.cancel_promise, case.public_id, gone.public_id, reason="Umeomba kuandikiwa tu")
    counter.do(actions.move_promise, case.public_id, made.public_id, NOON + 3 * DAY, reason="Benki imefungwa")
    with counter.database.write() as session:
        mail = {"channel": "mail", "known": False, "attachments": ["picha.jpg"], "from": "other@private.example"}
        actions.customer_wrote(session, Actor.customer(), counter.site_id, case.id, "Asante", **mail)
    counter.do(actions.contact, case.public_id, "SECRET call", still=[made.public_id])
    counter.do(actions.set_priority, case.public_id, Priority.LOW)
    return counter, case, path


def test_promises_stand_with_what_became_of_them_and_why(told: tuple[Counter, Case, str]) -> None:
    counter, _, path = told
    promises = [one.get_text(" ", strip=True) for one in counter.open(path + "?lang=en").soup.select(".promises > li")]
    assert [one.split(" By ")[0].split(" Kept")[0].split(" No longer")[0] for one in promises] == [
        "Pesa zako zitarudishwa", "Tutakupigia simu", "An answer to what you told us",
    ]  # fmt: skip
    money, call, answer = promises
    assert "By 13 June 2026, 12:00 Postponed: it was to be done by 12 June 2026, 12:00 . Benki imefungwa" in money
    assert call.endswith("No longer needed Umeomba kuandikiwa tu")
    assert answer.endswith("Kept today, 13:00")


def test_what_they_told_us_stands_in_the_language_in_which_they_did(told: tuple[Counter, Case, str]) -> None:
    counter, _, path = told
    page = counter.open(path + "?lang=fa")
    assert page.soup.html["dir"] == "rtl"
    answers = page.soup.select_one(".told dl")
    assert (answers["lang"], answers["dir"]) == ("sw", "auto")
    pairs = {one.dt.get_text(strip=True): one.dd.get_text(strip=True) for one in answers.select("div")}
    assert "Nimesubiri saa tatu" in pairs.values()
    assert "Ilichukua muda mrefu mno" in pairs.values()
    assert answers.select_one(".words")["lang"].startswith("sw")
    assert counter.open(path).soup.select_one(".told dl").get("lang") is None


def test_what_was_done_is_told_in_order_with_words_only_where_they_were_for_the_customer(
    told: tuple[Counter, Case, str],
) -> None:
    counter, _, path = told
    page = counter.open(path + "?lang=en")
    events = [one.get_text(" ", strip=True) for one in page.soup.select(".event")]
    assert [one.split(" today")[0] for one in events] == [
        "You told us how it went",
        "Somebody is working on it",
        "We answered you · Asha",
        "You wrote to us By email, from an address we do not know ·",
        "We spoke with you",
    ]
    assert "Pole sana kwa kusubiri." in events[2]
    assert "These attachments did not reach us: picha.jpg" in events[3]
    words = page.soup.select(".words")
    assert words
    assert all(one.get("dir") == "auto" for one in words)


def test_nothing_stands_there_that_is_staffs_own_or_somebody_elses(told: tuple[Counter, Case, str]) -> None:
    counter, case, path = told
    counter.do(actions.resolve, case.public_id, Outcome.EXPLAINED, note="SECRET ending")
    counter.do(actions.reopen, case.public_id, note="SECRET reopening")
    for lang in ("en", "sw", "fa"):
        html = counter.open(f"{path}?lang={lang}").response.text
        for secret in ("SECRET", "private.example", "Neema", "MTEJA MWINGINE", "Low score", case.public_id, "priority"):
            assert secret not in html, (lang, secret)


def test_words_are_words_whatever_is_in_them(counter: Counter) -> None:
    evil = "<script>alert(1)</script><img src=x onerror=alert(1)>\u202e"
    case, path = counter.complain(words=evil)
    counter.do(actions.make_promise, case.public_id, evil, NOON + DAY)
    counter.do(actions.reply, case.public_id, evil)
    page = counter.open(path)
    assert [one["src"].split("?")[0] for one in page.soup.select("script")] == ["/static/js/survey.js"]
    assert not page.soup.select("img")


def test_an_answer_that_was_not_theirs_is_left_out_and_its_link_stops(counter: Counter) -> None:
    case, _ = counter.complain(words="Maneno yangu")
    survey, _ = counter.shop.link(customer_id=case.customer_id, locale="en")
    stranger = counter.shop.send_json(survey, ANSWER | {"words": "Maneno ya mgeni"}).get_json()
    shown = stranger["follow_up"]["url"].removeprefix(HERE)
    assert "Maneno ya mgeni" in counter.open(shown).text
    counter.shop.post(survey + "/not-me", {})
    assert counter.open(shown).status == 410
    mailed, _ = counter.link(case)
    text = counter.open(mailed).text
    assert "Maneno yangu" in text
    assert "Maneno ya mgeni" not in text


# ---- how it is drawn ----


def test_the_link_speaks_its_language_and_the_page_can_be_switched(counter: Counter) -> None:
    case, _ = counter.complain(locale="sw")
    for lang in ("en", "sw", "ne", "fa", "mn", "hy"):
        path, _ = counter.link(case, lang)
        page = counter.open(path, headers={"Accept-Language": "en"})
        assert page.soup.html["lang"] == page.response.headers["Content-Language"] == lang
        assert page.soup.html["dir"] == ("rtl" if lang == "fa" else "ltr")
        assert ("#१" in page.text, "#۱" in page.text) == (lang == "ne", lang == "fa")
        assert ("What we promised" in page.text) is (lang == "en")
        assert counter.open(path + "?lang=hy").soup.html["lang"] == "hy"
        assert counter.open(path + "?lang=../x").soup.html["lang"] == lang


def test_times_are_those_of_the_customers_own_clock_where_it_is_known(counter: Counter) -> None:
    _, path = counter.complain("C-1", locale="en")
    promise = counter.open(path).soup.select_one(".promises time")
    assert (promise["datetime"], promise.text) == ("2026-06-10T13:00:00Z", "today, 16:00")
    counter.shop.customer("C-1", locale="en", time_zone="Asia/Kathmandu")
    promise = counter.open(path).soup.select_one(".promises time")
    assert (promise["datetime"], promise.text) == ("2026-06-10T13:00:00Z", "today, 18:45")


def test_switching_the_language_keeps_what_was_typed_and_stores_nothing(counter: Counter) -> None:
    _, path = counter.complain(locale="sw")
    before = dump(counter.database)
    page = counter.press(counter.open(path), "lang:fa", text="Nusu ya sentensi")
    assert page.soup.html["lang"] == "fa"
    assert page.soup.textarea.text.strip() == "Nusu ya sentensi"
    assert dump(counter.database) == before
    page = counter.press(page, "reply")
    assert page.soup.html["lang"] == "fa"
    assert "Nusu ya sentensi" in page.text


def test_the_page_asks_the_database_six_times_at_most(told: tuple[Counter, Case, str]) -> None:
    counter, _, path = told
    with statements_of(counter.database) as cold:
        assert counter.open(path).status == 200
    with statements_of(counter.database) as warm:
        assert counter.open(path).status == 200
    assert len(warm) <= len(cold) <= 6, cold
    assert all("site_id" in one for one in cold)


def test_logs_know_nothing_of_its_token(counter: Counter) -> None:
    _, path = counter.complain()
    token = path.removeprefix("/c/")
    for written in (path, path + "?lang=fa", path + "%20", path[:-1], path + "."):
        assert not set(token.split(".")) & set(redact_path(written).split("/"))
        assert "[token]" in redact_path(written)
