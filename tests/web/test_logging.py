"""What stands in logs: errors without what people wrote, and no line that takes long to be looked through."""

import time
import traceback

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from feedback.db import Database
from feedback.observability.redaction import redact, redact_lines, redact_path, redact_unreadable
from feedback.responses.models import Answer

WORDS = "Nimesubiri sana\n\nBado sana"


def test_a_row_that_the_database_refuses_is_told_without_its_words(database: Database) -> None:
    with pytest.raises(IntegrityError) as refused, database.write() as session:
        session.execute(insert(Answer).values(site_id=1, response_id=None, question="words", text=WORDS))
    told = redact_lines("".join(traceback.format_exception(refused.value)))
    assert "sana" not in told
    assert "response_id" in told
    assert "INSERT INTO answer" in told
    assert "The above exception" in told


@pytest.mark.parametrize("sign", ["a", "A-", "a.", "eyJ", "eyJaaaaaaa.", "fbk_a", "/a%", "%4", "a@", "DETAIL:  Key \n"])
def test_a_line_of_any_length_is_looked_through_at_once(sign: str) -> None:
    began = time.process_time()
    redact_lines(sign * (100_000 // len(sign)))
    assert time.process_time() - began < 5


def test_what_is_taken_out_of_a_line() -> None:
    said = "of Asha%40example.com, asha@example.com%3DeyJhbGciOiJI.eyJhdWQiOiJ.sig /s/IQIAAAABjqaXDfvcgbn4R47gawLbCA.JQ"
    assert redact(said) == "of [address], [address] /s/[token].JQ"


@pytest.mark.parametrize("damage", ["{}{}.{}", "{}=\r\n{}.{}", "{} {}.{}", "{}{}.{}_", "{}{}.{}/reason", "{}{}"])
def test_of_a_token_that_a_mail_program_broke_up_nothing_is_left(damage: str) -> None:
    parts = ("KAEAAAACJDgseI7hhEO", "7WGCawLiZQA", "rNYXjaoN-1O65Eja4VFHLw")
    for place in ("/u/", "/p/", "/s/", "/c/", "/mine/", "/undo/", "/console/join/", "/console/reset/", "//u/"):
        told = redact_path(place + damage.format(*parts))
        assert told.startswith(f"{place}[token]")
        assert not [part for part in parts if part in told]


@pytest.mark.parametrize(
    ("told", "left"),
    [
        ("Invalid request from ip=203.0.113.7: Invalid HTTP request line: 'GET /a b\\n'", "Invalid HTTP request line"),
        ("Invalid request from ip=2001:db8::7: Invalid HTTP header name: 'asha mushi'", "Invalid HTTP header name"),
        ("Invalid request from ip=: Error parsing headers: 'limit'", "Error parsing headers"),
    ],
)
def test_of_a_request_that_cannot_be_read_nothing_but_why_is_told(told: str, left: str) -> None:
    assert redact_unreadable(told) == f"Invalid request: {left}"
