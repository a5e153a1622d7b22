"""The pages of surveys: list, address and QR code, definition as a file or text, publishing, previews."""

from io import BytesIO

from feedback.surveys.console import KINDS as NAMES
from feedback.surveys.kinds import KINDS
from feedback.surveys.queries import latest_survey, survey_lines
from tests.helpers.console import HERE, Browser
from tests.helpers.desk import Desk, Statements
from tests.helpers.forms import forms, soup

SURVEYS = "/console/shop/surveys/"
NEW = """
slug: parcel
languages: [en, fa]
score: stars
title: {en: Your parcel, fa: بسته شما}
questions:
- {key: stars, kind: stars, points: 5, required: true, text: {en: How was the parcel?, fa: بسته چطور بود؟}}
"""


def drafts(desk: Desk, slug: str) -> tuple[int | None, int | None]:
    """Numbers of the live version and of the draft."""
    with desk.database.read() as session:
        line = next(one for one in survey_lines(session, desk.site(), archived=True) if one.slug == slug)
    return line.live, line.draft


def test_the_list_names_every_survey_with_its_state(asha: Browser, desk: Desk) -> None:
    reply = asha.get(SURVEYS)
    rows = [" ".join(row.text.split()) for row in soup(reply.text).select("table.list tbody tr")]
    assert len(rows) == 11
    assert all("Live" in row and "en sw ne fa mn hy" in row for row in rows)
    assert not soup(reply.text).select(f"a[href='{SURVEYS}new']")
    with Statements(desk.database) as counted:
        asha.get(SURVEYS)
    assert len(counted.seen) <= 6, "\n".join(one[:90] for one in counted.seen)


def test_a_survey_shows_its_address_and_a_qr_code_of_it(asha: Browser) -> None:
    page = soup(asha.get(SURVEYS + "nps").text)
    assert page.select_one("#address")["value"] == f"{HERE}/survey/shop/nps"  # type: ignore[index]
    code = asha.get(SURVEYS + "nps/qr.svg")
    assert (code.status_code, code.mimetype) == (200, "image/svg+xml")
    assert code.data.startswith(b"<svg")
    assert b"<script" not in code.data
    saved = asha.get(SURVEYS + "nps/qr.svg?download=1")
    assert saved.headers["Content-Disposition"] == 'attachment; filename="nps.svg"'
    assert asha.get(f"{HERE}/survey/shop/nps").status_code == 200


def test_a_survey_goes_out_as_yaml_and_comes_back_unchanged(lulu: Browser, desk: Desk) -> None:
    saved = lulu.get(SURVEYS + "nps/definition.yaml")
    assert saved.mimetype == "application/yaml"
    assert lulu.fill(SURVEYS + "nps/edit", text=saved.text).status_code == 303
    assert drafts(desk, "nps") == (1, None)


def test_a_file_becomes_a_draft_and_customers_get_it_once_published(lulu: Browser, desk: Desk) -> None:
    sent = lulu.fill(SURVEYS + "new", text="", file=(BytesIO(NEW.encode()), "parcel.yaml"))
    assert sent.status_code == 303, sent.text
    assert drafts(desk, "parcel") == (None, 1)
    assert lulu.get("/survey/shop/parcel").status_code != 200 or "parcel?" not in lulu.get("/survey/shop/parcel").text
    assert lulu.fill(SURVEYS + "parcel", SURVEYS + "parcel/publish").status_code == 303
    assert drafts(desk, "parcel") == (1, None)
    assert "How was the parcel?" in lulu.get("/survey/shop/parcel?lang=en").text
    assert lulu.fill(SURVEYS + "parcel", SURVEYS + "parcel/close").status_code == 303
    assert "Closed" in lulu.get(SURVEYS + "parcel").text
    assert lulu.fill(SURVEYS + "parcel", SURVEYS + "parcel/publish").status_code == 303
    assert "Closed" not in lulu.get(SURVEYS + "parcel").text


def test_what_is_wrong_is_listed_with_path_and_line_and_the_text_stays(lulu: Browser) -> None:
    broken = NEW.replace("kind: stars", "kind: starz")
    refused = lulu.fill(SURVEYS + "new", text="", file=(BytesIO(broken.encode()), "x.yaml"))
    assert refused.status_code == 422
    told = soup(refused.text).select_one(".summary-of-errors")
    assert told is not None
    assert "Line 7" in told.text
    assert "questions[0].kind" in told.text
    assert soup(refused.text).select_one("#text").text.strip() == broken.strip()  # type: ignore[union-attr]
    for hostile in (b"\xff\xfe", b"a: &a [*a]", b"{" * 4000, b"", b"<script>alert(1)</script>"):
        reply = lulu.fill(SURVEYS + "new", text="", file=(BytesIO(hostile), "x.yaml"))
        assert reply.status_code == 422
        assert "<script>alert" not in reply.text


def test_a_language_with_missing_texts_is_not_published_and_the_page_says_which(lulu: Browser, desk: Desk) -> None:
    half = NEW.replace(", fa: بسته چطور بود؟", "")
    assert lulu.fill(SURVEYS + "new", text=half).status_code == 303
    refused = lulu.fill(SURVEYS + "parcel", SURVEYS + "parcel/publish")
    assert refused.status_code == 422
    told = soup(refused.text).select_one(".summary-of-errors")
    assert told is not None
    assert "questions[0].text.fa" in told.text
    assert drafts(desk, "parcel") == (None, 1)


def test_the_second_of_two_sees_what_is_stored_and_keeps_the_text(lulu: Browser, desk: Desk) -> None:
    lulu.fill(SURVEYS + "new", text=NEW)
    form = lulu.form(SURVEYS + "parcel/edit")
    assert lulu.fill(SURVEYS + "parcel/edit", text=NEW.replace("Your parcel", "First")).status_code == 303
    late = lulu.post(SURVEYS + "parcel/edit", {**form.fields, "text": NEW.replace("Your parcel", "Second")})
    assert late.status_code == 409
    assert "First" in soup(late.text).select_one("#present").text  # type: ignore[union-attr]
    again = next(one for one in forms(late.text, HERE) if one.action.endswith("/edit"))
    assert "Second" in again.fields["text"][0]
    assert lulu.post(SURVEYS + "parcel/edit", dict(again.fields)).status_code == 303
    with desk.database.read() as session:
        assert latest_survey(session, desk.site(), "parcel").definition.title["en"] == "Second"


def test_a_survey_keeps_its_name_and_names_are_not_taken_twice(lulu: Browser) -> None:
    renamed = lulu.fill(SURVEYS + "nps/edit", text=NEW)
    assert renamed.status_code == 422
    assert "can’t be changed" in renamed.text
    taken = lulu.fill(SURVEYS + "new", text=NEW.replace("slug: parcel", "slug: nps"))
    assert taken.status_code == 409
    assert "There is already a survey with that name." in taken.text


def test_agents_look_and_leads_change(asha: Browser, desk: Desk) -> None:
    assert asha.get(SURVEYS + "nps").status_code == 200
    assert "/nps/publish" not in asha.get(SURVEYS + "nps").text
    for path in ("new", "nps/edit"):
        assert asha.get(SURVEYS + path).status_code == 403
    for path in ("new", "nps/edit", "nps/publish", "nps/close"):
        assert asha.post(SURVEYS + path, {"csrf_token": asha.csrf()}).status_code == 403


def test_another_sites_surveys_are_404(lulu: Browser, parisa: Browser, desk: Desk) -> None:
    lulu.fill(SURVEYS + "new", text=NEW)
    token = parisa.csrf()
    for site in ("shop", "bank"):
        start = f"/console/{site}/surveys/parcel"
        for path in ("", "/definition.yaml", "/qr.svg", "/edit"):
            assert parisa.get(start + path).status_code == 404, path
        for path in ("/edit", "/publish", "/close"):
            assert parisa.post(start + path, {"csrf_token": token, "text": NEW}).status_code == 404, path
        assert parisa.get(f"/console/{site}/responses/preview/parcel").status_code == 404
        assert parisa.get(f"/console/{site}/responses/surveys/parcel").status_code == 404
    assert drafts(desk, "parcel") == (None, 1)


def test_staff_have_a_name_for_every_kind_of_question() -> None:
    assert list(NAMES) == list(KINDS)
