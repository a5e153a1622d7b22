"""A member of staff looks through what is held back, on a phone and all at once."""

import pytest
import requests
from bs4 import BeautifulSoup
from playwright.sync_api import Browser, expect

from tests.e2e.test_customer import fits
from tests.e2e.test_staff import sign_in
from tests.helpers.server import Service

pytestmark = pytest.mark.e2e


def test_all_that_is_held_back_is_chosen_at_once_and_each_beside_its_words(browser: Browser, service: Service) -> None:
    for words in ("http://a.example", "http://b.example", "<a href=http://c.example>c</a>"):
        form = BeautifulSoup(requests.get(f"{service.url}/message/shop", timeout=30).text, "html.parser")
        token = form.select_one("[name=fb_token]")
        assert token is not None
        sent = {"fb_token": token["value"], "message": words}
        assert requests.post(f"{service.url}/message/shop", data=sent, timeout=30).ok
    context = browser.new_context(viewport={"width": 360, "height": 640})
    page = context.new_page()
    sign_in(page, service)
    page.goto(f"{service.url}/console/shop/responses/held-back/")
    assert fits(page)
    boxes = page.locator("[name=chosen]")
    assert page.evaluate(
        "[...document.querySelectorAll('tr:has([name=chosen])')].every(row => {"
        " const [box, words] = ['[name=chosen]', '.list__title'].map(one => row.querySelector(one)"
        ".getBoundingClientRect()); return box.right <= words.left && Math.abs(box.top - words.top) < 16; })"
    )
    assert boxes.count() > 1
    page.locator("[data-choose]").click()
    assert all(box.is_checked() for box in boxes.all())
    page.locator("[data-choose]").click()
    assert not any(box.is_checked() for box in boxes.all())
    page.locator("[data-choose]").click()
    page.locator("button[value=spam]").click()
    expect(boxes).to_have_count(0)
    context.close()
