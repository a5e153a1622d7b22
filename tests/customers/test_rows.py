"""What a row of an import file may say, and how a file of any make is cut into rows."""

import io
from datetime import date

import pytest

from feedback.customers.addresses import address_key
from feedback.customers.rows import check_customer
from feedback.customers.sheet import open_sheet
from feedback.errors import Invalid
from feedback.paths import DEMO_DATA

BAD_FILE = DEMO_DATA / "customers-bad.csv"


def codes(**cells: str) -> list[tuple[str, str]]:
    """Columns and codes of what is wrong with a row."""
    _, problems = check_customer({"external_id": "C-1", **cells})
    return [(problem.field, problem.code) for problem in problems]


def test_a_full_row_is_taken_as_it_stands() -> None:
    facts, problems = check_customer(
        {
            "external_id": " C-7 ",
            "email": "Leila@EXAMPLE.com",
            "name": "لیلا ملک‌زاده",
            "locale": "fa_IR",
            "time_zone": "Asia/Tehran",
            "segment": "plus",
            "value_minor": "۱۲۰۰",
            "currency": "irr",
            "phone": "+98 912 000 00 00",
            "onboarded_on": "2024-02-29",
            "renews_on": "",
            "city": "تهران",
        }
    )
    assert problems == []
    assert facts is not None
    assert facts.external_id == "C-7"
    assert facts.email == "Leila@example.com"
    assert facts.name == "لیلا ملک‌زاده", "the joiner inside the name is part of its spelling"
    assert facts.locale == "fa-IR"
    assert facts.value_minor == 1200
    assert facts.currency == "IRR"
    assert facts.phone == "+989120000000"
    assert facts.onboarded_on == date(2024, 2, 29)
    assert facts.renews_on is None
    assert facts.attributes == {"city": "تهران"}


@pytest.mark.parametrize(
    ("column", "cell", "code"),
    [
        ("email", "not-an-address", "email"),
        ("email", "a@example.com\nBcc: b@example.com", "control_character"),
        ("locale", "xx-YY", "locale"),
        ("locale", "root", "locale"),
        ("locale", "en_US@../../x", "locale"),
        ("time_zone", "Mars/Olympus_Mons", "time_zone"),
        ("value_minor", "12.50", "integer"),
        ("value_minor", "9" * 30, "integer"),
        ("phone", "phone me", "phone"),
        ("onboarded_on", "31/02/2024", "date"),
        ("onboarded_on", "2024-02-30", "date"),
        ("onboarded_on", "20240230", "date"),
        ("renews_on", "0001-01-01", "date"),
        ("name", "x" * 201, "too_long"),
        ("name", "a\0b", "control_character"),
    ],
)
def test_each_wrong_cell_is_named_with_a_code(column: str, cell: str, code: str) -> None:
    found = codes(**{column: cell, **({"currency": "KES"} if column == "value_minor" else {})})
    assert found == [(column, code)]


def test_everything_wrong_in_a_row_is_said_at_once() -> None:
    assert codes(email="x", currency="POUNDS", value_minor="a") == [
        ("email", "email"),
        ("currency", "currency"),
        ("value_minor", "integer"),
    ]


def test_an_amount_without_a_currency_is_refused() -> None:
    assert codes(value_minor="5") == [("currency", "required")]


def test_a_row_without_a_number_is_refused() -> None:
    assert codes(external_id=" ") == [("external_id", "required")]


def test_one_address_has_one_key_however_it_is_typed() -> None:
    key = address_key("salt", "Zoe\u0308@Example.com ")
    assert key == address_key("salt", "zo\u00eb@example.com")
    assert key != address_key("other", "zo\u00eb@example.com")
    assert len(key) == 64


def test_a_semicolon_file_with_a_byte_order_mark_is_read() -> None:
    sheet = open_sheet(io.BytesIO("\ufeffExternal_ID;name\r\nC-1;Ann, Lee\r\n".encode()))
    assert sheet.columns == ("external_id", "name")
    assert [record.cells for record in sheet.records] == [("C-1", "Ann, Lee")]


def test_a_cell_may_hold_a_line_break_and_lines_are_still_counted() -> None:
    sheet = open_sheet(io.BytesIO(b'external_id,name\n1,"two\nlines"\n2,next\n'))
    assert [(record.line, record.cells) for record in sheet.records] == [
        (2, ("1", "two\nlines")),
        (4, ("2", "next")),
    ]


def test_a_forgotten_quote_costs_one_row_and_not_the_file() -> None:
    lines = [b"external_id,name\n", b'1,"open\n', *[b"%d,x\n" % number for number in range(2, 90)]]
    records = list(open_sheet(lines).records)
    assert records[0].problem is not None
    assert records[0].problem.code == "open_quote"
    assert [record.cells[0] for record in records[1:]] == [str(number) for number in range(2, 90)]


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00bad", b"a,b,a\n"])
def test_a_file_without_a_usable_header_is_refused(content: bytes) -> None:
    with pytest.raises(Invalid):
        open_sheet(io.BytesIO(content))


def test_the_hostile_file_loses_only_its_bad_rows() -> None:
    good: list[str] = []
    bad: dict[int, list[str]] = {}
    with BAD_FILE.open("rb") as file:
        sheet = open_sheet(file)
        for record in sheet.records:
            facts, problems = (
                (None, [record.problem])
                if record.problem
                else check_customer(dict(zip(sheet.columns, record.cells, strict=True)))
            )
            if facts:
                good.append(facts.external_id)
            else:
                bad[record.line] = [problem.code for problem in problems if problem]
    assert good == ["B-1", "B-1", "B-17", "B-18", "B-19"], "a number used twice is the import's business"
    assert bad[3] == ["email"]
    assert bad[4] == ["locale"]
    assert bad[5] == ["date"]
    assert bad[7] == ["required"]
    assert bad[8] == ["control_character"]
    assert bad[9] == ["too_long"]
    assert bad[10] == ["currency"]
    assert bad[11] == ["wrong_width"]
    assert bad[12] == ["not_utf8"]
    assert bad[17] == ["open_quote"]


def test_a_further_column_may_have_several_lines_but_nothing_that_can_not_be_stored() -> None:
    facts, problems = check_customer({"external_id": "C-1", "address": "Mtaa wa Uhuru 7\r\nDar es Salaam"})
    assert problems == []
    assert facts is not None
    assert facts.attributes == {"address": "Mtaa wa Uhuru 7\r\nDar es Salaam"}
    assert codes(address="Uhuru 7\0") == [("address", "control_character")]
