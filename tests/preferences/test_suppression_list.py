"""The suppression list in the console: finding, adding, lifting, who may, and nobody else's."""

import pytest
from sqlalchemy import select

from feedback.audit import AuditRow
from feedback.preferences.actions import Wanted, forget, stop
from feedback.preferences.listing import list_suppressions
from feedback.preferences.models import Channel, OptOut, Reason, Suppression
from feedback.preferences.policy import MailClass, Scope
from feedback.preferences.queries import key_of_address, may_send_to
from tests.helpers.console import Browser
from tests.helpers.desk import Desk
from tests.helpers.desk_fixtures import asha, desk, lulu, parisa  # noqa: F401 - fixtures
from tests.helpers.forms import soup

LIST = "/console/shop/suppressions/"


def stopped(desk: Desk, email: str, *, site: str = "shop", scope: Scope = Scope.MARKETING, **more: object) -> str:
    """Stop mails to an address; the public id of the row."""
    site_id = desk.site(site)
    with desk.database.write() as session:
        key = key_of_address(session, site_id, email)
        stop(session, site_id, Wanted([key], scope, email=email, **more))  # type: ignore[arg-type]
        query = select(Suppression.public_id).where(Suppression.site_id == site_id, Suppression.address_key == key)
        return session.scalars(query.order_by(Suppression.id.desc())).first() or ""


def rows(browser: Browser, query: str = "") -> list[str]:
    page = soup(browser.get(LIST + query).text)
    return [" ".join(row.get_text(" ").split()) for row in page.select("table.list tbody tr")]


def test_the_newest_is_first_and_tells_what_why_and_how(lulu: Browser, desk: Desk) -> None:
    stopped(desk, "juma@example.com", channel=Channel.ONE_CLICK)
    stopped(desk, "neema@example.com", scope=Scope.TOPIC, topic="news", channel=Channel.PAGE)
    stopped(desk, "old@example.com", scope=Scope.ADDRESS, channel=Channel.BOUNCE, source="=HYPERLINK(1)")
    first, second, third = rows(lulu)
    assert first.startswith("old@example.com All emails except those they ask for the address does not work")
    assert "=HYPERLINK(1)" in first
    assert second.startswith("neema@example.com News and offers unsubscribed · on the page behind a link")
    assert third.startswith("juma@example.com All marketing emails unsubscribed · by their email program")


def test_leads_find_parts_of_addresses_and_agents_whole_ones_behind_a_mask(
    lulu: Browser, asha: Browser, desk: Desk
) -> None:
    stopped(desk, "Neema.J@Example.com")
    stopped(desk, "juma_50%@example.com")
    assert len(rows(lulu, "?q=NEEMA")) == 1
    assert len(rows(lulu, "?q=_50%25")) == 1
    assert len(rows(lulu, "?q=%25%25")) == 0
    assert rows(asha, "?q=neema") == []
    (found,) = rows(asha, "?q=%20neema.j@example.COM")
    assert found.startswith("N•••@E•••.com All marketing")
    assert "Neema.J" not in asha.get(LIST).text


def test_an_erased_address_is_found_by_whoever_knows_it(lulu: Browser, desk: Desk) -> None:
    stopped(desk, "neema@example.com")
    with desk.database.write() as session:
        forget(session, desk.site(), [key_of_address(session, desk.site(), "neema@example.com")])
    assert rows(lulu, "?q=neema") == []
    (found,) = rows(lulu, "?q=neema@example.com")
    assert found.startswith("erased; it is still recognised")


def test_an_address_is_added_with_evidence_and_nothing_more_is_sent(lulu: Browser, desk: Desk) -> None:
    said = {"email": "neema@example.com", "scope": "topic", "topic": "news", "reason": "complaint", "note": "By phone"}
    assert lulu.fill(LIST + "new", **said).headers["Location"].endswith("done=suppressed")
    assert lulu.fill(LIST + "new", **said).headers["Location"].endswith("done=suppressed_before")
    with desk.database.read() as session:
        decision = may_send_to(session, desk.site(), "neema@example.com", MailClass.MARKETING, "news")
        (row,) = list_suppressions(session, desk.site())
        evidence = session.scalars(select(OptOut).where(OptOut.site_id == desk.site())).one()
        (audited,) = session.scalars(select(AuditRow).where(AuditRow.action == "suppression.add"))
    assert decision.reason == "suppressed_topic"
    assert (row.scope, row.reason, row.source, evidence.channel) == ("topic", Reason.COMPLAINT, "By phone", "complaint")
    assert (audited.actor_label, audited.subject_id) == ("Lulu", row.public_id)
    assert "neema" not in repr((audited.after, audited.before))


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"email": "neema"}, "email"),
        ({"email": ""}, "email"),
        ({"scope": "world"}, "scope"),
        ({"scope": "topic", "topic": "parties"}, "topic"),
        ({"reason": "erasure"}, "reason"),
        ({"note": "x" * 201}, "note"),
    ],
)
def test_what_can_not_be_added_is_said_at_its_field(
    lulu: Browser, desk: Desk, change: dict[str, str], field: str
) -> None:
    said = {"email": "neema@example.com", "scope": "address", "topic": "news", "reason": "manual", **change}
    reply = lulu.fill(LIST + "new", **said)
    assert reply.status_code == 422
    assert soup(reply.text).select_one(f".summary-of-errors a[href='#{field}']") is not None
    with desk.database.read() as session:
        assert list_suppressions(session, desk.site()) == []


def test_lifting_needs_a_reason_is_done_once_and_leaves_the_row(lulu: Browser, desk: Desk, asha: Browser) -> None:
    which = stopped(desk, "neema@example.com")
    refused = lulu.fill(LIST, f"{which}/lift", because="  ")
    assert (refused.status_code, "Say why" in refused.text) == (422, True)
    form = lulu.form(LIST, f"{which}/lift")
    path, data = form.action.removeprefix("http://127.0.0.1:8000"), {**form.fields, "because": "She asked by phone"}
    assert lulu.post(path, data).headers["Location"].endswith("done=suppression_lifted")
    assert lulu.post(path, data).headers["Location"].endswith("done=suppression_moved_on")
    assert rows(lulu) == []
    (told,) = rows(lulu, "?list=lifted")
    assert "by Lulu She asked by phone" in told
    with desk.database.read() as session:
        assert may_send_to(session, desk.site(), "neema@example.com", MailClass.MARKETING, "news").allowed
        assert len(session.scalars(select(AuditRow).where(AuditRow.action == "suppression.lift")).all()) == 1
    stopped(desk, "neema@example.com")
    assert len(rows(asha)) == 1


def test_agents_look_and_change_nothing(asha: Browser, desk: Desk) -> None:
    which = stopped(desk, "neema@example.com")
    assert "lift" not in asha.get(LIST).text.lower().replace("lifted", "")
    token = {"csrf_token": asha.csrf()}
    assert asha.get(LIST + "new").status_code == 403
    assert asha.post(LIST + "new", {**token, "email": "a@example.com"}).status_code == 403
    assert asha.post(f"{LIST}{which}/lift", {**token, "because": "Because"}).status_code == 403
    assert len(rows(asha)) == 1


def test_a_site_sees_and_lifts_its_own_rows_only(lulu: Browser, parisa: Browser, desk: Desk) -> None:
    theirs = stopped(desk, "neema@example.com", site="bank")
    assert rows(lulu, "?q=neema@example.com") == []
    assert lulu.post(f"{LIST}{theirs}/lift", {"csrf_token": lulu.csrf(), "because": "Mine"}).status_code == 404
    assert parisa.get(LIST).status_code == 404
    with desk.database.read() as session:
        assert len(list_suppressions(session, desk.site("bank"))) == 1
    without = lulu.post(LIST + "new", {"email": "a@example.com", "scope": "address", "reason": "manual"})
    assert without.status_code == 400


def test_pages_lead_down_and_up_again_without_losing_a_row(lulu: Browser, desk: Desk) -> None:
    site_id = desk.site()
    with desk.database.write() as session:
        for number in range(120):
            email = f"c{number}@example.com"
            key = key_of_address(session, site_id, email)
            stop(session, site_id, Wanted([key], Scope.MARKETING, email=email))
    seen: list[str] = []
    query, pages = "", []
    while True:
        page = soup(lulu.get(LIST + query).text)
        pages.append([row.get_text(" ").split()[0] for row in page.select("table.list tbody tr")])
        seen += pages[-1]
        on = page.select_one("a[rel=next]")
        if on is None:
            break
        query = "?" + str(on["href"]).partition("?")[2]
    assert seen == [f"c{number}@example.com" for number in reversed(range(120))]
    up = soup(lulu.get(LIST + query).text).select_one("a[rel=prev]")
    assert up is not None
    above = soup(lulu.get(LIST + "?" + str(up["href"]).partition("?")[2]).text)
    assert [row.get_text(" ").split()[0] for row in above.select("table.list tbody tr")] == pages[-2]
