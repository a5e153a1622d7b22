"""Canned replies of a site: shipped ones, adding, changing, deleting; who may; fields; two people at once."""

from sqlalchemy import select

from feedback.audit import AuditRow
from feedback.cases.models import CannedReply
from feedback.i18n.negotiation import LANGUAGES
from tests.cases.test_console_case import text_of
from tests.helpers.console import HERE, Browser
from tests.helpers.desk import Desk
from tests.helpers.forms import forms, soup

REPLIES = "/console/shop/cases/replies/"
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(1)>{{7*7}}{config}"


def stored(desk: Desk, site: str = "shop", language: str = "en") -> list[CannedReply]:
    """The canned replies of a site in one language, oldest first."""
    with desk.database.read() as session:
        query = select(CannedReply).where(CannedReply.site_id == desk.site(site), CannedReply.language == language)
        found = list(session.scalars(query.order_by(CannedReply.id)))
        session.expunge_all()
    return found


def test_a_new_site_has_three_in_every_language_the_readers_own_first(
    lulu: Browser, parisa: Browser, desk: Desk
) -> None:
    assert [len(stored(desk, language=language)) for language in LANGUAGES] == [3] * 6
    assert text_of(lulu.get(REPLIES), "h2") == "English"
    assert text_of(parisa.get("/console/bank/cases/replies/"), "h2") == "فارسی"


def test_a_lead_adds_changes_and_deletes_and_it_is_audited(lulu: Browser, desk: Desk) -> None:
    made = lulu.fill(REPLIES + "new", title="Angry courier", language="sw", text="Habari {customer}\r\n\r\n{when}")
    assert made.status_code == 303, made.text
    reply = stored(desk, language="sw")[-1]
    assert (reply.title, reply.text) == ("Angry courier", "Habari {customer}\n\n{when}")
    changed = lulu.fill(REPLIES + reply.public_id, title="Courier", text="Habari")
    assert changed.status_code == 303
    assert stored(desk, language="sw")[-1].title == "Courier"
    deleted = lulu.fill(REPLIES + reply.public_id, f"{reply.public_id}/delete")
    assert deleted.status_code == 303
    assert "Deleted." in text_of(lulu.get(deleted.location), ".notice--ok")
    assert len(stored(desk, language="sw")) == 3
    with desk.database.read() as session:
        query = select(AuditRow.action).where(AuditRow.subject == "canned_reply").order_by(AuditRow.id)
        assert list(session.scalars(query)) == ["canned_reply.add", "canned_reply.change", "canned_reply.delete"]


def test_what_is_no_field_is_kept_and_said(lulu: Browser, asha: Browser, desk: Desk) -> None:
    made = lulu.fill(REPLIES + "new", title=HOSTILE, language="en", text=HOSTILE + " {customer}")
    assert made.status_code == 303
    reply = stored(desk)[-1]
    assert reply.text == HOSTILE + " {customer}"
    for page in (lulu.get(REPLIES), asha.get(REPLIES), lulu.get(REPLIES + reply.public_id)):
        tree = soup(page.text)
        assert not tree.select("img, [onerror]")
        assert not [one for one in tree.select("script") if not one.get("src")]
        told = " ".join(one.text for one in tree.select(".tag--warn, .notice--warn"))
        assert "{{7*7}}" in told
        assert "{config}" in told
        assert "{customer}" not in told


def test_agents_read_them_and_change_nothing(asha: Browser, desk: Desk) -> None:
    page = asha.get(REPLIES)
    assert page.status_code == 200
    assert "Add a canned reply" not in page.text
    reply = stored(desk)[0].public_id
    token = {"csrf_token": asha.csrf(), "title": "x", "language": "en", "text": "x", "version": "1"}
    for path in ("new", reply):
        assert asha.get(REPLIES + path).status_code == 403
        assert asha.post(REPLIES + path, token).status_code == 403
    assert asha.post(f"{REPLIES}{reply}/delete", token).status_code == 403
    assert len(stored(desk)) == 3


def test_nothing_is_saved_without_a_name_a_language_and_words(lulu: Browser, desk: Desk) -> None:
    for wrong in ({"title": " "}, {"text": ""}, {"language": "xx"}, {"title": "x" * 121}, {"text": "x" * 10_001}):
        reply = lulu.fill(REPLIES + "new", **{"title": "A", "language": "en", "text": "B", **wrong})
        assert reply.status_code == 422, wrong
        assert soup(reply.text).select(".field__error"), wrong
    assert len(stored(desk)) == 3


def test_the_second_of_two_sees_both_versions_and_keeps_the_words(lulu: Browser, desk: Desk) -> None:
    there = stored(desk)[0]
    path = REPLIES + there.public_id
    mine = lulu.form(path).fields
    assert lulu.fill(path, title="Theirs").status_code == 303
    late = lulu.post(path, {**mine, "title": "Mine"})
    assert late.status_code == 409
    assert "Theirs" in text_of(late, ".conflict__side")
    form = next(one for one in forms(late.text, HERE + path) if "title" in one.fields)
    assert form.fields["title"] == ["Mine"]
    assert lulu.post(path + "/delete", {"csrf_token": lulu.csrf(), "version": mine["version"]}).status_code == 409
    assert lulu.post(path, dict(form.fields)).status_code == 303
    assert stored(desk)[0].title == "Mine"


def test_another_sites_are_not_there(lulu: Browser, desk: Desk) -> None:
    foreign = stored(desk, "bank", "fa")[0].public_id
    token = {"csrf_token": lulu.csrf(), "title": "x", "language": "en", "text": "x", "version": "1"}
    for site in ("shop", "bank"):
        path = f"/console/{site}/cases/replies/{foreign}"
        assert lulu.get(path).status_code == 404
        assert lulu.post(path, token).status_code == 404
        assert lulu.post(path + "/delete", token).status_code == 404
    assert stored(desk, "bank", "fa")[0].version == 1
    assert "مشکلی" not in lulu.get("/console/bank/cases/replies/").text
