"""What customers send from the page of their case: answers, that it isn't solved, that it isn't theirs."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from feedback.cases import actions
from feedback.cases.models import Activity
from feedback.cases.states import Outcome
from feedback.jobs import Job
from feedback.responses.limits import LINK_STEPS, link_key
from feedback.responses.limits import counter as hourly
from feedback.sites.actions import add_origin
from tests.cases.customer import HERE, Counter
from tests.cases.world import NOON
from tests.contracts.test_reading import dump
from tests.responses.shop import Page
from tests.responses.test_doors import ORIGINS


def said(page: Page) -> str:
    """The line that says what became of a press of a button."""
    line = page.soup.select_one("#done, #problems")
    assert line is not None
    assert line["role"] == ("status" if line["id"] == "done" else "alert")
    return str(line.get_text(" ", strip=True))


def test_what_they_write_joins_the_case_and_stands_on_the_page(counter: Counter) -> None:
    case, path = counter.complain(locale="en")
    counter.do(actions.reply, case.public_id, "Which colour?", wait=True)
    page = counter.open(path)
    assert "We are waiting for your answer" in page.text
    page = counter.press(page, "reply", text="  Red.\r\nOr blue. ")
    assert said(page) == "Thank you, we have your message."
    assert "We are working on it" in page.text
    assert page.soup.select(".theirs .words")[-1].text == "Red.\nOr blue."
    assert page.soup.textarea.text.strip() == ""
    again = counter.press(counter.open(path), "reply", text="Red.\nOr blue.")
    assert said(again) == "Thank you, we have your message."
    assert counter.happened(case).count("customer_wrote") == 1
    assert counter.now(case).customer_at == NOON


def test_that_it_is_not_solved_opens_the_case_again_with_the_same_owner(counter: Counter) -> None:
    case, path = counter.complain(locale="en")
    counter.do(actions.resolve, case.public_id, Outcome.SOLVED)
    page = counter.press(counter.open(path), "unsolved")
    assert said(page) == "Thank you for telling us. We are working on it again."
    assert counter.now(case).owner_id == counter.asha.id
    assert [one["class"][1] for one in page.soup.select(".promises > li")] == ["open", "kept"]
    assert [one["value"] for one in page.soup.select("main [name=do]")] == ["reply"]


def test_adding_something_to_a_closed_case_leaves_it_closed(counter: Counter) -> None:
    case, path = counter.complain(locale="en")
    counter.do(actions.resolve, case.public_id, Outcome.SOLVED)
    page = counter.press(counter.open(path), "reply", text="Thank you, all is well")
    assert said(page) == "Thank you, we have your message."
    assert "Thank you, all is well" in page.text
    assert counter.now(case).state == "resolved"


def test_what_goes_on_in_another_case_says_so(counter: Counter) -> None:
    first, path = counter.complain("C-1", locale="en", words="The first thing")
    counter.do(actions.resolve, first.public_id, Outcome.SOLVED)
    second, _ = counter.complain("C-1", locale="en", words="The second thing")
    assert second.id != first.id
    page = counter.press(counter.open(path), "unsolved", text="Still the first thing")
    assert said(page) == "Thank you for telling us. We are handling this together with something else you told us."
    assert "The second thing" not in page.text
    assert "together with something else" in page.soup.select(".event")[-1].text
    mailed, _ = counter.link(second)
    text = counter.open(mailed).text
    assert all(words in text for words in ("The first thing", "The second thing", "Still the first thing"))


def test_what_is_refused_is_said_and_everything_typed_is_kept(counter: Counter) -> None:
    case, path = counter.complain(locale="en")
    counter.do(actions.resolve, case.public_id, Outcome.SOLVED)
    before = dump(counter.database)
    too_long = "Too long: at most 10,000 characters."
    for do, text, problem in (
        ("reply", " \n ", "Please write something first."),
        ("reply", "x" * 10_001, too_long),
        ("unsolved", "ن" * 10_001, too_long),
    ):
        page = counter.press(counter.open(path), do, text=text)
        assert (page.status, said(page)) == (422, problem)
        area = page.soup.textarea
        assert area.text.removeprefix("\n") == text
        assert area["aria-invalid"] == "true"
        described = [page.soup.find(id=one).get_text(strip=True) for one in area["aria-describedby"].split()]
        assert described[-1] == problem
        assert page.soup.select_one("#problems a")["href"] == f"#{area['id']}"
        assert page.soup.title.text.startswith(problem)
        told = counter.shop.send_json(path, {"do": do, "text": text})
        assert told.status_code == 422
        assert [one["field"] for one in told.get_json()["errors"]] == ["text"]
    assert dump(counter.database) == before


def test_a_failing_server_costs_nothing_that_was_typed(counter: Counter) -> None:
    case, path = counter.complain(locale="en")
    with counter.database.writer.begin() as connection:
        connection.exec_driver_sql('ALTER TABLE "case" RENAME COLUMN search_key TO gone')
    page = counter.press(counter.open(path), "reply", text="A long story")
    with counter.database.writer.begin() as connection:
        connection.exec_driver_sql('ALTER TABLE "case" RENAME COLUMN gone TO search_key')
    assert (page.status, page.soup.textarea.text.strip()) == (500, "A long story")
    assert said(page).startswith("Something went wrong on our side.")
    assert said(counter.press(page, "reply")) == "Thank you, we have your message."
    assert counter.happened(case)[-1] == "customer_wrote"


def test_a_link_takes_sixty_messages_an_hour_and_keeps_what_comes_after(counter: Counter, noon: Any) -> None:
    case, _ = counter.complain(locale="en")
    path, link = counter.link(case)
    for _ in range(LINK_STEPS - 1):
        hourly(counter.shop.settings).add(link_key(link.id))
    assert counter.shop.send_json(path, {"do": "reply", "text": "The sixtieth"}).status_code == 200
    page = counter.shop.post(path, {"do": "reply", "text": "One more"})
    assert (page.status, page.soup.textarea.text.strip()) == (429, "One more")
    assert int(page.response.headers["Retry-After"]) > 0
    assert counter.shop.send_json(path, {"do": "reply", "text": "One more"}).get_json()["code"] == "too-many"
    other, _ = counter.link(case)
    assert counter.shop.send_json(other, {"do": "reply", "text": "By another link"}).status_code == 200
    noon.shift(timedelta(hours=1))
    assert counter.shop.send_json(path, {"do": "reply", "text": "One more"}).status_code == 200


def test_programs_get_a_word_for_what_became_of_it(counter: Counter) -> None:
    case, path = counter.complain(locale="en")

    def send(**fields: str) -> Any:
        return counter.shop.client.post(path, json=fields, headers={"Accept": "application/json"}).get_json()["done"]

    assert send(do="reply", text="Hello?") == "stored"
    assert send(do="unsolved", text="It is open anyway") == "stored"
    counter.do(actions.resolve, case.public_id, Outcome.SOLVED)
    assert send(do="unsolved") == "reopened"
    assert send(do="not_me") == "not_me"


def test_junk_is_refused(counter: Counter) -> None:
    _, path = counter.complain(locale="en")
    before = dump(counter.database)
    for body in (
        b"[]",
        b"{",
        b"[" * 20_000,
        b'{"do": 1, "text": {"a": 1}}',
        b'{"do": "reply", "text": "\\u0000"}',
        b"\xff",
    ):
        reply = counter.shop.client.post(path, data=body, content_type="application/json")
        assert reply.status_code == 422, body
    assert dump(counter.database) == before


# ---- not theirs ----


def test_that_it_is_not_their_case_takes_two_steps_stops_the_link_and_tells_staff(counter: Counter) -> None:
    case, path = counter.complain(locale="en")
    older, _ = counter.link(case)
    page = counter.open(path)
    button = page.soup.select_one("[value=not_me]")
    assert button.find_parent("details") is not None
    assert not button.find_parent("details").has_attr("open")
    for _ in range(2):
        page = counter.shop.post(path, {"do": "not_me"})
        assert page.status == 200
        assert "this was not you" in page.text
        assert "Nimesubiri" not in page.text
    assert counter.open(path).status == 410
    assert counter.open(older).status == 200
    assert counter.happened(case).count("link_disowned") == 1
    assert counter.now(case).version > case.version
    with counter.database.read() as session:
        assert session.scalars(select(Job).where(Job.name == "delivery.send")).all()


def test_only_our_own_page_can_send(counter: Counter) -> None:
    with counter.database.write() as session:
        add_origin(session, counter.asha, counter.site_id, "https://partner.example")
    for origin, fetch_site, by_link, _ in ORIGINS:
        case, path = counter.complain(locale="en")
        headers = {name: value for name, value in (("Origin", origin), ("Sec-Fetch-Site", fetch_site)) if value}
        own = by_link and origin != "https://partner.example"  # it may ask surveys, and no more
        for do, taken in (("reply", 303), ("unsolved", 303), ("not_me", 200)):
            reply = counter.shop.client.post(path, data={"do": do, "text": do}, headers=headers)
            assert reply.status_code == (taken if own else 403), (origin, fetch_site)
        assert ("link_disowned" in counter.happened(case)) is own


def test_where_a_message_came_from_is_kept_with_it(counter: Counter) -> None:
    case, _ = counter.complain(locale="en")
    path, link = counter.link(case)
    counter.shop.post(path, {"do": "reply", "text": "By this link"})
    with counter.database.read() as session:
        row = session.scalars(
            select(Activity).where(Activity.site_id == counter.site_id, Activity.kind == "customer_wrote")
        ).one()
    assert (row.actor_kind, row.actor_id, row.facts["channel"]) == ("customer", link.id, "page")


def test_the_reply_sets_no_cookie_and_leads_back_to_the_page(counter: Counter) -> None:
    _, path = counter.complain(locale="en")
    reply = counter.shop.client.post(path + "?lang=fa", data={"do": "reply", "text": "Salaam"})
    assert reply.status_code == 303
    assert reply.location.removeprefix(HERE) == f"{path}?done=stored&lang=fa"
    assert "Set-Cookie" not in reply.headers
    assert reply.headers["Cache-Control"] == "no-store"
