"""API keys: told from a typing error without the database, stored as a hash, and never in a log."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback import clock
from feedback.actors import Actor
from feedback.api.actions import add_key, revoke_key
from feedback.api.keys import new_key, read_key
from feedback.api.models import ApiKey
from feedback.api.queries import caller_with
from feedback.audit import AuditRow
from feedback.errors import Invalid, NotFound
from feedback.observability.logging import redact
from feedback.sites.actions import add_site

COMMAND = Actor.command("test")
READ = ("preferences:read",)


def test_a_key_is_what_scanners_of_secrets_look_for() -> None:
    key = new_key()
    prefix, live, name, secret, check = key.text.split("_")
    assert (prefix, live, len(name), len(secret), len(check)) == ("fbk", "live", 8, 43, 6)
    assert read_key(key.text) == key
    assert new_key().text != key.text


@pytest.mark.parametrize(
    "damage", [lambda t: t[:-1], lambda t: t + "0", lambda t: t.swapcase(), lambda _: "", lambda t: t[9:]]
)
def test_a_damaged_key_is_none(damage: object) -> None:
    assert read_key(damage(new_key().text)) is None  # type: ignore[operator]


def test_one_wrong_character_is_noticed_wherever_it_is() -> None:
    text = new_key().text
    for place, there in enumerate(text):
        other = "x" if there != "x" else "y"
        assert read_key(text[:place] + other + text[place + 1 :]) is None, place


def test_no_log_shows_a_key() -> None:
    key = new_key()
    for line in (f"Authorization: Bearer {key.text}", f"/api/v1/may-send/{key.text}/x", f"key={key.text[:40]}"):
        assert key.text[18:40] not in redact(line)


def test_only_the_hash_is_stored_and_the_audit_trail_has_neither(session: Session) -> None:
    site = add_site(session, COMMAND, key="shop", name="Shop", country="TZ")
    row, text = add_key(session, COMMAND, site.id, " Newsletter ", READ)
    stored = repr([getattr(row, column.key) for column in ApiKey.__table__.columns])
    trail = repr(session.execute(select(AuditRow.after).where(AuditRow.action == "apikey.add")).all())
    secret = text.split("_")[3]
    assert secret not in stored
    assert secret not in trail
    assert row.hash not in trail
    assert "Newsletter" in trail


def test_a_key_works_until_it_is_revoked_or_over(session: Session) -> None:
    site = add_site(session, COMMAND, key="shop", name="Shop", country="TZ")
    other = add_site(session, COMMAND, key="bank", name="Bank", country="IR")
    now = clock.now()
    row, text = add_key(session, COMMAND, site.id, "A", READ, expires_at=now + timedelta(days=1))
    key = read_key(text)
    assert key is not None
    found = caller_with(session, key, now)
    assert found is not None
    assert (found.site_id, found.scopes) == (site.id, frozenset(READ))
    assert caller_with(session, key, now + timedelta(days=1)) is None
    with pytest.raises(NotFound):
        revoke_key(session, COMMAND, other.id, row.public_id)
    revoke_key(session, COMMAND, site.id, row.public_id)
    revoke_key(session, COMMAND, site.id, row.public_id)
    assert caller_with(session, key, now) is None
    assert len(session.execute(select(AuditRow).where(AuditRow.action == "apikey.revoke")).all()) == 1


@pytest.mark.parametrize(
    ("name", "scopes", "wrong"),
    [("", READ, "name"), ("x" * 81, READ, "name"), ("A", (), "scope"), ("A", ("cases:fly",), "scope")],
)
def test_a_key_needs_a_name_and_scopes_that_there_are(
    session: Session, name: str, scopes: tuple[str, ...], wrong: str
) -> None:
    site = add_site(session, COMMAND, key="shop", name="Shop", country="TZ")
    with pytest.raises(Invalid) as refused:
        add_key(session, COMMAND, site.id, name, scopes)
    assert [one.field for one in refused.value.problems] == [wrong]
