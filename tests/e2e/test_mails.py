"""Mails as mail programs draw them: at two widths, light and dark, in both directions; nothing is loaded."""

import pytest
from playwright.sync_api import Browser

from feedback.delivery.mails import inlined
from feedback.rendering import Reader, environment, reading_as
from feedback.sites.theme import theme_of
from tests.e2e.test_accessibility import AXE, RUN, TAGS

pytestmark = pytest.mark.e2e

URL = "https://feedback.shop.example/c/AgMAAAABc3VydmV5bGlua2tleQB0b2tlbg.abcdefghijklmnopqrstuv"
#: A mail stands in a page of somebody else's, whose landmarks and headings these are.
RULES = {"type": "tag", "values": [tag for tag in TAGS if tag != "best-practice"]}
#: Every part that a mail may have.
MAIL = """{% extends "mail/base.html" %}{% import "mail/_parts.html" as parts %}
{% block title %}{{ said }}{% endblock %}
{% block letter %}
{{ parts.heading(said) }}{{ parts.greeting(who) }}{{ parts.letter(said ~ "\\n\\n" ~ said) }}
{{ parts.words(words, by=who, language="sw") }}
{{ parts.facts([(who, words), (said, "ORDER-77-ABCDEFGHIJKLMNOPQRSTUVWXYZ-0123456789")]) }}
{{ parts.button(url, said) }}{{ parts.quiet(said) }}{{ parts.address(url) }}
{% endblock %}"""


@pytest.mark.parametrize(("tag", "brand"), [("en", None), ("fa-IR", "#ffe600")])
def test_a_mail_is_readable_on_a_phone_and_a_desk_in_light_and_dark(
    browser: Browser, tag: str, brand: str | None
) -> None:
    reader = Reader(tag)
    said = {
        "en": "Your case is not forgotten",
        "fa": "پرونده شما فراموش نشده است و به‌زودی پیگیری می‌شود",
    }[reader.language]
    told = {"who": "نرگس Lee", "words": "Nimesubiri wiki mbili\nbila jibu", "said": said, "url": URL}
    with reading_as(reader):
        template = environment().from_string(MAIL)
        html = template.render(
            reader=reader,
            site_name="Duka",
            can_answer=True,
            unsubscribe="",
            postal_address="",
            look=theme_of(brand),
            **told,
        )
    asked: list[str] = []
    context = browser.new_context(viewport={"width": 360, "height": 640}, bypass_csp=True)
    page = context.new_page()
    page.on("request", lambda request: asked.append(request.url))
    page.set_content(inlined(html))
    page.evaluate(AXE)
    for width in (360, 600):
        page.set_viewport_size({"width": width, "height": 640})
        assert page.evaluate("document.documentElement.scrollWidth") == width
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            assert page.evaluate(RUN, {"runOnly": RULES, "resultTypes": ["violations"]}) == [], (width, scheme)
    assert page.evaluate("getComputedStyle(document.querySelector('.card')).direction") == reader.direction
    assert asked == []
    context.close()
