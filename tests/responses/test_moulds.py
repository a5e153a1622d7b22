"""A page that many get from one drawing: everything of their own is theirs, and nothing of anybody else's."""

from typing import Any

import pytest

from feedback.web import templating
from tests.responses.shop import Shop

BROWSER = {"Accept-Language": "en"}


@pytest.fixture(autouse=True)
def no_moulds_from_before(shop: Shop) -> None:
    templating._moulds.clear()


def test_two_customers_get_the_same_page_but_for_what_is_their_own(shop: Shop) -> None:
    first, _ = shop.link(customer_id=shop.customer("C-1", email="asha@example.com"))
    second, _ = shop.link(customer_id=shop.customer("C-2", email="zawadi@example.com"))
    one = shop.open(first, headers=BROWSER)
    kept = len(templating._moulds)
    two = shop.open(second, headers=BROWSER)
    assert len(templating._moulds) == kept == 1
    assert one.form["action"] == first
    assert two.form["action"] == second
    assert one.fields["fb_token"] != two.fields["fb_token"]
    assert "z•••@e•••.com" in two.text
    assert "a•••@" not in two.text
    assert first not in two.response.text
    assert one.response.headers["Content-Security-Policy"] == two.response.headers["Content-Security-Policy"]
    assert "sha256-" in two.response.headers["Content-Security-Policy"]


def test_a_page_from_a_mould_is_the_page_that_would_be_drawn(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    path, _ = shop.link(customer_id=shop.customer("C-3", email="neema@example.com"))
    for language in ("en", "fa", "hy"):
        shop.open(path, query_string={"lang": language})
        moulded = shop.open(path, query_string={"lang": language})
        monkeypatch.setattr("feedback.responses.drawing.Screen.is_as_for_everybody", False)
        drawn = shop.open(path, query_string={"lang": language})
        monkeypatch.undo()
        tokens = [page.fields["fb_token"][0] for page in (moulded, drawn)]
        assert moulded.response.text.replace(tokens[0], "") == drawn.response.text.replace(tokens[1], "")


def test_values_are_escaped_into_their_holes(shop: Shop) -> None:
    path, _ = shop.link(customer_id=shop.customer("C-4", email="<i>asha&co@example.com"))
    for _ in range(2):
        page = shop.open(path, headers=BROWSER)
        assert "<•••@e•••.com" in page.text
        assert "&lt;•••@e•••.com" in page.response.text


def test_nothing_that_was_answered_is_kept_in_a_mould(shop: Shop) -> None:
    path, _ = shop.link("nps")
    page = shop.open(path, headers=BROWSER)
    shop.open(path + "?score=3", headers=BROWSER)
    page = shop.fill(page, score="2")
    typed: dict[str, Any] = {**page.fields, "why": "My secret reason", "fb_go": "lang:sw"}
    assert "My secret reason" in shop.post(page.form["action"], typed).response.text
    kept = "".join("".join(mould.texts) for mould in templating._moulds.values())
    assert "My secret reason" not in kept
    assert '" checked' not in kept
    assert path not in kept


def test_no_more_than_a_few_hundred_are_kept(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(templating, "_MOST_MOULDS", 2)
    path, _ = shop.link()
    for language in ("en", "sw", "fa", "ne"):
        assert shop.open(path, query_string={"lang": language}).status == 200
        assert len(templating._moulds) <= 2
