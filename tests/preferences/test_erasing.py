"""Erasing, from the mailbox to the last file: of what marks a customer nothing is left, and their no holds."""

import json
import logging
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import JSON, Column, String, Table, Text, select, update
from sqlalchemy.orm import Session

from feedback import clock
from feedback.actors import SYSTEM, Role
from feedback.cases import actions as cases
from feedback.cases.models import Case
from feedback.customers.actions import (
    InteractionFacts,
    change_address,
    erase_customer,
    record_interaction,
    upsert_customer,
)
from feedback.customers.queries import customer_by_id
from feedback.customers.rows import CustomerFacts
from feedback.db import Base
from feedback.delivery.models import InboundKind, InboundMail, OutboxMail
from feedback.events import PersonalDataOf, gather
from feedback.preferences.models import Suppression
from feedback.preferences.queries import key_of_address
from feedback.responses.actions import Submission, submit
from feedback.responses.drafts import save_draft
from feedback.responses.filling import fill
from feedback.responses.models import Assurance
from feedback.surveys.queries import live_survey
from tests.helpers.console import Town
from tests.preferences.conftest import Postbox, Unsub, link_in
from tests.preferences.test_unsubscribe import reason
from tests.responses.shop import NOON, Shop

Centre = Callable[..., str]
MARK = "xyzzymarker"
OLD, NEW = f"old-{MARK}@example.com", f"{MARK}@example.org"
#: Hashes are no marks, and a currency has room for none: these are looked at one by one.
UNMARKED = {("customer", "address_key"), ("customer", "currency")}
#: Everything else is in the file that somebody gets of what is held about them.
UNTOLD = {"outbox_mail-facts", "outbox_mail-last_error", "case-search_key", "customer_sign-source"}
PHONE = "+255754998877"


def personal_columns() -> list[tuple[Table, Column[Any]]]:
    """Every column that erasure must empty, as the tables themselves say."""
    return [
        (table, column)
        for table in Base.metadata.sorted_tables
        for column in table.c
        if column.info.get("personal", "no") in ("blank", "delete")
    ]


def dump(session: Session) -> str:
    rows = [
        [table.name, *(str(value) for value in row)]
        for table in Base.metadata.sorted_tables
        for row in session.execute(select(table))
    ]
    return json.dumps(rows, ensure_ascii=False).casefold()


def live(shop: Shop, unsub: Unsub, post: Postbox) -> None:
    """A customer's life: they come, answer, complain, write back, move, and stop some of our mails."""
    Town(shop.database, sites={"shop": shop.site_id}).add_staff("Grace", "shop", Role.LEAD)
    customer_id = shop.customer(f"{MARK}-1", email=OLD, name=f"{MARK} Mushi", segment=f"{MARK}-plus", phone=PHONE)
    path, _ = unsub(customer_id=customer_id, email=OLD)
    with shop.database.write() as session:
        record_interaction(session, SYSTEM, shop.site_id, customer_id, InteractionFacts(f"{MARK}-T", "visit"))
    survey, link = shop.link(customer_id=customer_id)
    page = shop.fill(shop.open(survey), score="1")
    shop.fill(page, why="slow", words=f"Bado {MARK}", contact="yes")
    shop.send_json(survey, {"score": "1", "why": "slow", "words": f"Bado sana {MARK}", "contact": "yes"})
    begun, _ = shop.link(customer_id=customer_id)
    shop.fill(shop.open(begun), score="2")
    with shop.database.write() as session:
        case = session.scalars(select(Case).where(Case.site_id == shop.site_id)).one()
        cases.note(session, SYSTEM, shop.site_id, case.public_id, f"{MARK} rang twice")
        session.add(
            InboundMail(
                site_id=shop.site_id, link_id=link.id, kind=InboundKind.REPLY, message_key="k" * 64,
                received_at=clock.now(),
            )
        )  # fmt: skip
        signs = Base.metadata.tables.get("customer_sign")
        if signs is not None:
            said = {"sign": MARK, "source": MARK, "at": clock.now()}
            session.execute(signs.insert().values(site_id=shop.site_id, customer_id=customer_id, **said))
    shop.post(path, {"go": "stop"})
    with shop.database.write() as session:
        change_address(session, SYSTEM, shop.site_id, customer_id, NEW)
    post.new()
    with time_machine.travel(clock.now() + timedelta(days=3), tick=False):  # the promise is broken, staff are told
        post.new()


@pytest.fixture
def daytime() -> Iterator[None]:
    """A working day at noon, whenever this runs: at night staff are not written to."""
    with time_machine.travel(NOON):
        yield


def mark_every_column(shop: Shop) -> list[str]:
    """Put the mark into whatever the tables call personal; those of which there is no row."""
    without = []
    with shop.database.write() as session:
        for table, column in personal_columns():
            if table.name == "customer" or (table.name, column.name) in UNMARKED:
                continue  # whoever is erased is found by these: they carry the mark from the beginning
            mark = f"{MARK}-{table.name}-{column.name}"
            value: Any = {"word": mark} if isinstance(column.type, JSON) else mark
            if (table.name, column.name) == ("inbound_mail", "attachments"):
                value = [mark]
            assert isinstance(column.type, JSON | String | Text), column
            done = session.execute(update(table).values({column: value}))
            if done.rowcount == 0:  # type: ignore[attr-defined]
                without.append(str(column))
    return without


def test_nothing_that_marks_a_customer_is_left_anywhere(
    daytime: None, shop: Shop, unsub: Unsub, centre: Centre, post: Postbox, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    live(shop, unsub, post)
    customer_id = shop.customer_id(f"{MARK}-1")
    path = centre(customer_id=customer_id, email=NEW)
    shop.post(path, {"do": "address", "email": f"another-{MARK}@example.net"})
    shop.post(path, {"do": "erase"})
    (confirm,) = [link_in(mail, "/mine/") for mail in post.new() if mail["To"] == OLD]
    assert mark_every_column(shop) == [], "of every table with something personal there is a row"
    with shop.database.read() as session:
        told = str([part.rows for part in gather(session, PersonalDataOf(shop.site_id, customer_id))])
    held = {f"{MARK}-{table.name}-{column.name}" for table, column in personal_columns() if table.name != "customer"}
    assert {mark.removeprefix(f"{MARK}-") for mark in held if mark not in told} == UNTOLD
    assert f"'previous_email': '{OLD}'" in told
    files = list(shop.settings.mail_dir.glob("*.eml"))
    assert any("staff" in file.name for file in files)

    assert shop.post(confirm, {}).status == 200
    post.new()

    with shop.database.read() as session:
        left = dump(session)
        customer = customer_by_id(session, shop.site_id, customer_id)
        assert [customer.address_key, customer.currency, customer.erased_at is None] == [None, None, False]
        assert session.scalars(select(OutboxMail.state).where(OutboxMail.state.in_(("queued", "sending")))).all() == []
    assert [where for where in left.split("], [") if MARK in where or PHONE in where] == []
    written = {str(file): file.read_bytes() for file in shop.settings.data_dir.rglob("*.eml")}
    assert [name for name, text in written.items() if MARK.encode() in text.lower() or MARK in name] == []
    assert MARK not in caplog.text.casefold()
    if shop.settings.is_sqlite:  # not in free pages either
        with shop.database.writer.connect() as connection:
            connection.exec_driver_sql("COMMIT")
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.exec_driver_sql("BEGIN")
        files = sorted(shop.settings.data_dir.glob("feedback.db*"))
        assert files
        assert [file.name for file in files if MARK.encode() in file.read_bytes().lower()] == []


def test_the_no_of_an_erased_customer_holds_when_they_are_imported_again(
    shop: Shop, unsub: Unsub, centre: Centre, post: Postbox
) -> None:
    live(shop, unsub, post)
    shop.post(centre(customer_id=shop.customer_id(f"{MARK}-1"), email=NEW), {"do": "erase"})
    (confirm,) = [link_in(mail, "/mine/") for mail in post.new() if mail["To"] == OLD]
    shop.post(confirm, {})
    with shop.database.write() as session:
        again = upsert_customer(session, SYSTEM, shop.site_id, CustomerFacts("new", email=NEW.upper()))
        assert again.erased_at is None
    for address in (OLD, NEW):
        assert reason(shop, email=address) == reason(shop, "surveys", address) == "suppressed_address"
        with shop.database.read() as session:
            key = key_of_address(session, shop.site_id, address)
            rows = session.scalars(select(Suppression).where(Suppression.address_key == key)).all()
            assert {(row.reason, row.email) for row in rows if row.scope == "address"} == {("erasure", "")}


def test_what_was_on_its_way_while_somebody_was_erased_goes_a_little_later(shop: Shop, post: Postbox) -> None:
    customer_id = shop.customer()
    told, begun, said = (shop.link("nps", customer_id=customer_id) for _ in range(3))
    shop.send_json(told[0], {"score": "1"})
    with shop.database.write() as session:
        case = session.scalars(select(Case).where(Case.site_id == shop.site_id)).one()
        erase_customer(session, SYSTEM, shop.site_id, customer_id)
    post.new()
    with shop.database.write() as session:  # as requests do that had been let in before
        survey = live_survey(session, shop.site_id, "nps")
        raw = {"score": ["1"], "why": [MARK]}
        answers = fill(survey.definition, raw).answers
        whose = (shop.site_id, survey.survey_id, survey.slug, survey.version_id)
        late = Submission(*whose, answers, 10, "en", Assurance.LINK, link_id=said[1].id, customer_id=customer_id)
        submit(session, SYSTEM, late)
        kept: dict[str, Any] = {"locale": "en", "step": "why", "scored": True, "version_id": survey.version_id}
        save_draft(session, shop.site_id, begun[1].id, values=raw, **kept)
        cases.customer_wrote(session, SYSTEM, shop.site_id, case.id, MARK, channel="page")
    post.new()
    with shop.database.read() as session:
        assert dump(session).count(MARK) > 3
    with time_machine.travel(clock.now() + timedelta(minutes=11), tick=False):
        post.new()
    with shop.database.read() as session:
        assert MARK not in dump(session)
