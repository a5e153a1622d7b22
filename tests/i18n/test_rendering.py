"""Pages and mails drawn for a reader: language, digits, escaping and values that can't turn a sentence around."""

import datetime as dt
from collections.abc import Iterator
from contextvars import Context
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from jinja2 import DictLoader, UndefinedError
from markupsafe import Markup

from feedback import rendering
from feedback.i18n import catalogue
from feedback.i18n.messages import new_catalogue, write
from feedback.i18n.text import FSI, PDI
from feedback.rendering import Reader, reading_as

MOMENT = dt.datetime(2026, 3, 21, 12, 30, tzinfo=dt.UTC)
NOW = dt.datetime(2026, 3, 20, 12, 0, tzinfo=dt.UTC)
PERSIAN = Reader("fa", "Asia/Tehran")
ENGLISH = Reader("en", "Europe/London")


@pytest.fixture(autouse=True)
def translations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    messages = new_catalogue("fa")
    messages.add("Thank you, %(name)s & co.", "ممنونیم، %(name)s & ...")
    messages.add(("%(n)s case", "%(n)s cases"), ("%(n)s پرونده", "%(n)s پرونده"))
    messages.add("At most %(max)s letters.", "حداکثر %(max)s حرف.")
    write(catalogue.catalogue_path(tmp_path, "fa"), messages, "fa")
    monkeypatch.setattr(catalogue, "TRANSLATIONS", tmp_path)
    catalogue.forget()
    yield
    catalogue.forget()


def draw(source: str, reader: Reader, file: str = "page.html", /, **context: Any) -> str:
    environment = rendering.make_environment()
    environment.loader = DictLoader({file: source, "macros.html": MACROS})
    with reading_as(reader):
        return environment.get_template(file).render(**context)


MACROS = "{% macro greet(name) %}{{ _('Thank you, %(name)s & co.', name=name) }} {{ fmt.number(7) }}{% endmacro %}"


def test_one_template_speaks_every_reader_s_language() -> None:
    environment = rendering.make_environment()
    environment.loader = DictLoader(
        {"page.html": "{{ ngettext('%(n)s case', '%(n)s cases', n) }} {{ locale.direction }}"}
    )
    drawn = []
    for reader in (ENGLISH, PERSIAN, ENGLISH):
        with reading_as(reader):
            drawn.append(environment.get_template("page.html").render(n=1234))
    assert drawn == ["1,234 cases ltr", "۱٬۲۳۴ پرونده rtl", "1,234 cases ltr"]


def test_constants_are_not_formatted_for_whoever_reads_first() -> None:
    environment = rendering.make_environment()
    environment.loader = DictLoader({"page.html": "{{ 42|number }} {{ 42|plain_number }} {{ 0.5|percent }}"})
    drawn = []
    for reader in (ENGLISH, PERSIAN):
        with reading_as(reader):
            drawn.append(environment.get_template("page.html").render())
    assert drawn == ["42 42 50%", "۴۲ ۴۲ ۵۰٪"]


def test_macros_imported_without_context_know_the_reader() -> None:
    source = "{% import 'macros.html' as m %}{{ m.greet('رضا') }}"
    assert draw(source, PERSIAN) == "ممنونیم، رضا &amp; ... ۷"


def test_translations_and_values_are_escaped_and_markup_is_not() -> None:
    source = "{{ _('Thank you, %(name)s & co.', name=name) }}"
    assert draw(source, ENGLISH, name="<b>") == "Thank you, &lt;b&gt; &amp; co."
    assert draw(source, ENGLISH, name=Markup("<b>A</b>")) == "Thank you, <b>A</b> &amp; co."


def test_plain_text_is_not_escaped() -> None:
    assert draw("{{ _('Thank you, %(name)s & co.', name='A<B') }}", ENGLISH, "mail.txt") == "Thank you, A<B & co."


def test_a_foreign_name_is_isolated_and_a_home_one_is_not() -> None:
    source = "{{ _('Thank you, %(name)s & co.', name=name) }}"
    assert draw(source, PERSIAN, "m.txt", name="Amina") == f"ممنونیم، {FSI}Amina{PDI} & ..."
    assert draw(source, PERSIAN, "m.txt", name="رضا\u202e") == "ممنونیم، رضا & ..."
    assert draw(source, ENGLISH, "m.txt", name="Amina") == "Thank you, Amina & co."


def test_numbers_and_dates_in_sentences_are_the_reader_s_own() -> None:
    assert draw("{{ _('By %(when)s: %(n)s', when=m, n=n) }}", ENGLISH, m=MOMENT, n=1200) == (
        "By 21 March 2026, 12:30: 1,200"
    )
    assert draw("{{ _('By %(when)s: %(n)s', when=m, n=n) }}", Reader("mn"), m=MOMENT.date(), n=1.5) == (
        "By 2026.03.21: 1.5"
    )


def test_a_percent_sign_needs_no_doubling_where_there_are_no_values() -> None:
    assert draw("{{ _('100% sure') }}", ENGLISH) == "100% sure"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{{ m|when(now) }}", "فردا ساعت ۱۶:۰۰"),
        ("{{ m|datetime }}", "۱ فروردین ۱۴۰۵ ساعت ۱۶:۰۰"),
        ("{{ m|date }}", "۱ فروردین ۱۴۰۵"),
        ("{{ m|date_short }}", "۱۴۰۵/۱/۱"),
        ("{{ m|time }}", "۱۶:۰۰"),
        ("{{ m|relative(now) }}", "۱ روز دیگر"),
        ("{{ m|weekday }}", "شنبه"),
        ("{{ 7200|duration }}", "۲ ساعت"),
        ("{{ [1, 2]|map('plain_number')|listed }}", "۱ و ۲"),
        ("{{ 2.5|number(1) }}", "۲٫۵"),
        ("{{ fmt.date(m) }}", "۱ فروردین ۱۴۰۵"),
        ("{{ m|time_tag('date') }}", '<time datetime="2026-03-21T12:30:00Z">۱ فروردین ۱۴۰۵</time>'),
        ("{{ 'a@example.com'|mask_address }}", "a•••@e•••.com"),
        ("{{ '<i>'|bdi }}", "<bdi>&lt;i&gt;</bdi>"),
    ],
)
def test_filters_write_as_the_reader_does(source: str, expected: str) -> None:
    assert draw(source, PERSIAN, m=MOMENT, now=NOW) == expected


def test_localized_texts_come_in_the_reader_s_language_or_say_which_they_are_in() -> None:
    text = {"en": "Hello <", "sw": "Habari"}
    assert draw("{{ t|text }}/{{ t|text(locale) }}/{{ t|text('sw') }}", PERSIAN, t=text) == (
        "Hello &lt;/Hello &lt;/Habari"
    )
    assert draw("{{ t|text_language }}", PERSIAN, t=text) == "en"
    assert draw("{{ t|localized }}", PERSIAN, t=text) == '<span lang="en" dir="ltr">Hello &lt;</span>'
    assert draw("{{ t|localized }}", Reader("sw-KE"), t=text) == "Habari"
    assert draw("{{ t|localized('sw') }}", PERSIAN, t=text) == '<span lang="sw" dir="ltr">Habari</span>'


@dataclass(frozen=True)
class Complaint:
    """Shaped like a problem."""

    message: str
    params: dict[str, Any] = field(default_factory=dict)


def test_problems_are_said_in_the_reader_s_language_and_digits() -> None:
    problem = Complaint("At most %(max)s letters.", {"max": 2000})
    assert draw("{{ p|say }}", PERSIAN, p=problem) == "حداکثر ۲٬۰۰۰ حرف."
    assert PERSIAN.say(problem) == "حداکثر ۲٬۰۰۰ حرف."
    assert ENGLISH.say(problem) == "At most 2,000 letters."


def test_code_without_templates_has_the_same_sentences() -> None:
    assert PERSIAN.ngettext("%(n)s case", "%(n)s cases", 3) == "۳ پرونده"
    assert ENGLISH.gettext("Thank you, %(name)s & co.", name="A") == "Thank you, A & co."


def test_a_name_that_nobody_gave_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        draw("{{ nobody }}", ENGLISH)


def test_a_page_drawn_for_nobody_is_an_error() -> None:
    environment = rendering.make_environment()
    environment.loader = DictLoader({"page.html": "{{ _('Send') }}"})
    with pytest.raises(LookupError):  # in a context that no other test has read in
        Context().run(environment.get_template("page.html").render)


def test_a_reader_of_a_language_we_lack_gets_english_left_to_right() -> None:
    reader = Reader("ur-PK", "Asia/Karachi")
    assert (reader.language, reader.direction) == ("en", "ltr")
