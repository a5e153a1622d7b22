"""What of an answer is the customer's: quotes of many programs and languages go, a word of theirs never."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.delivery.inbound.quoting import parted, without_links

PUBLIC_URL = "https://feedback.shop.example"
TOKEN = "AQBlbmZhOTk3a2V5MTJieXRlc2lk12.c2lnbmF0dXJlX29mXzIyY2"
LINK = f"{PUBLIC_URL}/c/{TOKEN}"
MINE = "My own words, with a number: 42."

#: How programs introduce what they quote, in the languages they are used in.
INTRODUCTIONS = [
    "On Fri, Nov 20, 2026 at 10:04 AM Shop <feedback@shop.example> wrote:",
    "On Fri, Nov 20, 2026 at 10:04 AM Acme Shop with a long name <\nfeedback@shop.example> wrote:",
    "On Friday 20 November 2026 at 10:04 Acme Shop with a very long name\n<feedback@shop.example> wrote:",
    "On 20 Nov 2026, at 10:04, Shop <feedback@shop.example> wrote:",
    "Shop <feedback@shop.example> schrieb am Fr., 20. Nov. 2026, 10:04:",
    "Am 20.11.2026 um 10:04 schrieb Shop:",
    "Acme Shop with a very long name <feedback@shop.example> schrieb am\nFr., 20. Nov. 2026, 10:04:",
    "Le ven. 20 nov. 2026 à 10:04, Shop <feedback@shop.example> a écrit :",
    "Le 20/11/2026 à 10:04, Shop a écrit\u00a0:",
    "El vie, 20 nov 2026 a las 10:04, Shop (<feedback@shop.example>) escribió:",
    "Il giorno ven 20 nov 2026 alle ore 10:04 Shop <feedback@shop.example> ha scritto:",
    "Op vr 20 nov. 2026 om 10:04 schreef Shop <feedback@shop.example>:",
    "W dniu 20.11.2026 o 10:04, Shop <feedback@shop.example> pisze:",
    "пт, 20 нояб. 2026 г. в 10:04, Shop <feedback@shop.example>:",
    "20.11.2026 10:04, Shop пишет:",
    "Пятница, 20 ноября 2026, 10:04 +03:00 от Shop <feedback@shop.example>:",
    "در تاریخ جمعه ۲۰ نوامبر ۲۰۲۶،\u200f ۱۰:۰۴ \u202aShop\u202c\u200f <\u202afeedback@shop.example\u202c\u200f> نوشت:",
    "\u202bدر تاریخ ۲۹ آبان ۱۴۰۵، ساعت ۱۰:۰۴، Shop نوشته است:\u202c",
    "Ուրբ, 20 նոյեմբերի, 2026 թ. ժամը 10:04-ին Shop <feedback@shop.example>-ը գրել է․",
    "2026 թ. նոյեմբերի 20, 10:04, Shop գրել է։",
    "2026 оны 11-р сарын 20, Ба 10:04 цагт Shop <feedback@shop.example> бичсэн:",
    "शुक्र, नोभेम्बर २०, २०२६ मा १०:०४ बजे Shop <feedback@shop.example> ले लेख्नुभयो:",
    "Mnamo Ijumaa, 20 Novemba 2026 saa 10:04 Shop <feedback@shop.example> aliandika:",
    "20 Kas 2026 Cum, saat 10:04 tarihinde Shop <feedback@shop.example> şunu yazdı:",
    "2026年11月20日(金) 10:04 Shop <feedback@shop.example>:",
]
#: The headers that Outlook and telephones write above a mail that they don't mark otherwise.
HEADERS = [
    "From: Shop <f@shop.example>\nSent: Friday, November 20, 2026 10:04 AM\nTo: Ann\nSubject: case",
    "*From:* Shop <f@shop.example>\n*Date:* Friday, November 20, 2026 10:04\n*To:* Ann\n*Subject:* case",
    "-----Original Message-----\nFrom: Shop\nTo: Ann\nSubject: case",
    "-------- Original message --------\nFrom: Shop <f@shop.example>\nDate: 20/11/2026 10:04 (GMT+03:00)\nTo: Ann",
    "________________________________\nVon: Shop <f@shop.example>\nGesendet: Freitag\nAn: Ann\nBetreff: case",
    "-----Ursprüngliche Nachricht-----\nVon: Shop",
    "Gesendet: Freitag, 20. November 2026 um 10:04 Uhr\nVon: Shop <f@shop.example>\nAn: Ann\nBetreff: case",
    "De : Shop\nEnvoyé : vendredi 20 novembre\nÀ : Ann\nObjet : case",
    "-----Исходное сообщение-----\nОт: Shop\nКому: Ann\nТема: case",
    "От: Shop <f@shop.example>\nОтправлено: 20 ноября 2026 г. 10:04\nКому: Ann\nТема: case",
    "از: Shop\nارسال شده: جمعه ۲۰ نوامبر\nبه: Ann\nموضوع: case",
    "-------- پیام اصلی --------\nاز: Shop",
    "Ուղարկող: Shop\nՈւղարկվել է: 20 նոյ\nՈւմ: Ann\nԹեմա: case",
    "Илгээгч: Shop\nИлгээсэн: 2026.11.20\nХэнд: Ann\nСэдэв: case",
    "प्रेषक: Shop\nमिति: २० नोभेम्बर\nप्रति: Ann\nविषय: case",
    "Kutoka: Shop\nTarehe: 20/11/2026\nKwa: Ann\nMada: case",
    "差出人: Shop\n送信日時: 2026年11月20日\n宛先: Ann\n件名: case",
]


@pytest.mark.parametrize("introduction", INTRODUCTIONS)
def test_a_quote_goes_with_the_line_that_introduces_it(introduction: str) -> None:
    assert parted(f"{MINE}\n\n{introduction}\n\n> theirs\n> and more\n").text == MINE
    assert parted(f"{introduction}\n> theirs\n>> older\n\n{MINE}\n").text == MINE
    assert parted(f"{MINE}\n{introduction}\n> theirs").text == MINE


@pytest.mark.parametrize("introduction", [line for line in INTRODUCTIONS if "@" in line])
def test_a_quote_without_marks_goes_below_the_line_that_introduces_it(introduction: str) -> None:
    found = parted(f"{MINE}\n\n{introduction}\n\ntheirs without marks\n")
    assert found.text == MINE
    assert "theirs without marks" in found.quoted


@pytest.mark.parametrize("headers", HEADERS)
def test_what_stands_below_the_headers_of_the_original_goes(headers: str) -> None:
    found = parted(f"{MINE}\n\n{headers}\n\ntheirs\n\n> older\n")
    assert found.text == MINE
    assert "theirs" in found.quoted
    assert "older" in found.quoted


@pytest.mark.parametrize(
    "text",
    [
        "> all of it\n> is quoted",
        "From: Shop\nSent: Friday\nTo: Ann\nSubject: case\n\ntheirs, and mine below, who knows",
        "--\nAnn",
        "Sent from my iPhone",
        "On 20 Nov 2026, at 10:04, Shop <f@shop.example> wrote:\n> theirs",
        "Only my words.",
        "",
    ],
)
def test_when_nothing_would_be_left_everything_stays(text: str) -> None:
    assert parted(text).text == text


@pytest.mark.parametrize(
    "text",
    [
        "My details:\nName: Ann\nDate: 20.11.2026 10:04\nTo: the same address",
        "Name: Ann\nEmail: ann@mail.example\nDate: 12.05.2026 10:00\nOrder: 77",
        "From: Berlin\nI moved to: Hamburg",
        "I ordered at 10:30 on 12 May 2026.\nYour agent said:\nwe will call you.",
        "On 12 May your agent wrote:\nwe will call you.\nNobody did.",
        "---\nurgent\n---\nplease",
        "-----\nA line above\n-----",
        "5 > 3 and 3 < 5",
        "Thanks --\nAnn",
        "Forwarded to you as asked:\nFrom: Courier\nDate: Monday\nTo: Ann\nSubject: lost\n\nThe parcel was lost.",
        "Begin forwarded message:\n\nFrom: Courier\nDate: Monday\nTo: Ann\nSubject: lost\n\nLost.",
        "---------- Weitergeleitete Nachricht ---------\nVon: Kurier\nDatum: Montag\nAn: Ann\nBetreff: weg\n\nWeg.",
        "I write this from my iPhone",
        "Sent from my iPhone and still no answer?",
        "2026: a year of waiting, and then:\nnothing",
    ],
)
def test_what_only_looks_like_a_quote_is_the_customers(text: str) -> None:
    assert parted(text).text == text
    assert parted(text).quoted == ""


def test_a_line_that_ends_in_a_colon_above_a_quote_is_the_customers() -> None:
    assert (
        parted("Your promise of 10:30:\n> we will call you\nNobody did.").text
        == "Your promise of 10:30:\n\nNobody did."
    )
    assert parted("Call me at 10:30\nShop wrote:\n> hello\nYes").text == "Call me at 10:30\nShop wrote:\n\nYes"


def test_answers_between_the_quotes_all_stay_in_order() -> None:
    text = "> one?\nyes\n> two?\n\nno,\n\nreally not\n\n> three?\n> four?\n\nmaybe\n"
    assert parted(text).text == "yes\n\nno,\n\nreally not\n\nmaybe"
    assert parted(text).quoted == "> one?\n> two?\n> three?\n> four?"


def test_a_mark_behind_a_direction_mark_is_a_mark() -> None:
    assert parted("جواب من\n\u200f> سؤال شما\n\u202b> دوم\u202c").text == "جواب من"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (f"{MINE}\n\n-- \nAnn\nShop 1, Street 2", MINE),
        (f"{MINE}\n--\nAnn", MINE),
        (f"{MINE}\n-- \nAnn\n\n> theirs", MINE),
        (f"> theirs\n{MINE}\n-- \nAnn", MINE),
        (
            f"{MINE}\n-- \n" + "more of my words\n" * 30,
            f"{MINE}\n--\n" + "more of my words\n" * 29 + "more of my words",
        ),
        (f"one\n-- \n> theirs\n{MINE}", f"one\n--\n\n{MINE}"),
        (f"{MINE}\n\nSent from my iPhone", MINE),
        (f"{MINE}\n\nVon meinem iPhone gesendet\n\n> theirs", MINE),
        (f"{MINE}\nОтправлено с iPhone", MINE),
        (f"{MINE}\nGet Outlook for Android<https://aka.ms/AAb9ysg>", MINE),
        (f"{MINE}\nSent from Yahoo Mail on Android", MINE),
        (f"{MINE}\n\nAnn\n+49 30 1234567", f"{MINE}\n\nAnn\n+49 30 1234567"),
        (f"{MINE}\nSent from somewhere on the way", f"{MINE}\nSent from somewhere on the way"),
    ],
)
def test_a_signature_goes_where_it_is_one(text: str, kept: str) -> None:
    assert parted(text).text == kept


@given(st.lists(st.sampled_from(["mine", "> theirs", "", "-- ", "On 1 Jan 2026 10:00 X <x@y.z> wrote:", "From: a"])))
def test_every_line_ends_up_on_one_of_the_two_sides(lines: list[str]) -> None:
    found = parted("\n".join(lines))
    words = [line.rstrip() for line in lines if line.strip()]
    kept = [line for line in f"{found.text}\n{found.quoted}".split("\n") if line]
    assert sorted(words) == sorted(kept)


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        (f"see {LINK} please", f"see {PUBLIC_URL}/c/… please"),
        (f"see <{LINK}>", f"see <{PUBLIC_URL}/c/…>"),
        (f"({LINK}).", f"({PUBLIC_URL}/c/…)."),
        (f"{LINK}?lang=fa#top", f"{PUBLIC_URL}/c/…?lang=fa#top"),
        (f"{LINK.upper()[:8]}{LINK[8:]}", f"HTTPS://{LINK[8:].partition('/c/')[0]}/c/…"),
        (f"{LINK[:70]}\n{LINK[70:]}\nnext", f"{PUBLIC_URL}/c/…\nnext"),
        (f"> {LINK[:70]}\n> {LINK[70:]} next", f"> {PUBLIC_URL}/c/… next"),
        (f"{LINK[:70]}=\n{LINK[70:]}", f"{PUBLIC_URL}/c/…"),
        (f"{LINK}\nnext line", f"{PUBLIC_URL}/c/…\nnext line"),
        (f"{LINK}\n{LINK}", f"{PUBLIC_URL}/c/…\n{PUBLIC_URL}/c/…"),
        (f"https://safe.example/?url=https%3A%2F%2Ffeedback%2Fc%2F{TOKEN}&x=1", None),
        (f"token {TOKEN} alone", "token … alone"),
        ("write to case+abcdefghij234567klmn@shop.example", "write to case+…@shop.example"),
        ("CASE+ABCDEFGHIJ234567KLMN@shop.example", "CASE+…@shop.example"),
        (f"{PUBLIC_URL}/survey/default/nps stays", f"{PUBLIC_URL}/survey/default/nps stays"),
        (f"{PUBLIC_URL}/privacy/default", f"{PUBLIC_URL}/privacy/default"),
        ("https://shop.example/a-very-long-path-of-somebody-else.html", None),
    ],
)
def test_our_own_links_are_left_out(text: str, safe: str | None) -> None:
    found = without_links(text, PUBLIC_URL)
    assert TOKEN not in found
    if safe is not None:
        assert found == safe
    if "somebody-else" in text:
        assert found == text
