"""Secrets of a site's back ends: at most two in use, shown once, retired for good."""

import json
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback.actors import SYSTEM
from feedback.audit import AuditRow
from feedback.errors import Invalid, NotFound
from feedback.settings import Settings
from feedback.sites.actions import add_site
from feedback.sites.commands import site
from feedback.sites.identity import Secret
from feedback.sites.secrets import active_secrets, add_secret, all_secrets, retire_secret
from feedback.terminal import Terminal
from tests.sites.test_identity import PRIVATE_PEM, PUBLIC_PEM
from tests.sites.test_site_and_staff_commands import add_shop, run, terminal  # noqa: F401 - a fixture


@pytest.fixture
def shop(session: Session) -> int:
    """A site's inner key."""
    return add_site(session, SYSTEM, key="shop", name="Shop").id


def test_two_secrets_are_in_use_at_most_and_a_retired_one_makes_room(session: Session, shop: int) -> None:
    first = add_secret(session, SYSTEM, shop)
    second = add_secret(session, SYSTEM, shop, public_key=PUBLIC_PEM)
    assert active_secrets(session, shop) == (Secret("HS256", first.key), Secret("EdDSA", PUBLIC_PEM))
    with pytest.raises(Invalid, match="retire one"):
        add_secret(session, SYSTEM, shop)
    retire_secret(session, SYSTEM, shop, first.public_id)
    retire_secret(session, SYSTEM, shop, first.public_id)
    third = add_secret(session, SYSTEM, shop)
    assert active_secrets(session, shop) == (Secret("EdDSA", PUBLIC_PEM), Secret("HS256", third.key))
    assert [row.public_id for row in all_secrets(session, shop)] == [
        third.public_id,
        second.public_id,
        first.public_id,
    ]


def test_a_made_secret_has_256_bits_and_is_never_the_same(session: Session, shop: int) -> None:
    keys = {add_secret(session, SYSTEM, shop).key for _ in range(2)}
    assert len(keys) == 2
    assert all(len(key) == 43 for key in keys)


def test_a_secret_is_its_own_sites(session: Session, shop: int) -> None:
    other = add_site(session, SYSTEM, key="other", name="Other").id
    row = add_secret(session, SYSTEM, shop)
    assert active_secrets(session, other) == ()
    with pytest.raises(NotFound):
        retire_secret(session, SYSTEM, other, row.public_id)
    assert len(active_secrets(session, shop)) == 1


@pytest.mark.parametrize(
    "typed",
    ["", "hello", PRIVATE_PEM, PUBLIC_PEM[:-40], "x" * 2000],
    ids=["nothing", "a word", "the private half", "cut off", "too long"],
)
def test_only_the_public_half_of_a_key_is_taken(session: Session, shop: int, typed: str) -> None:
    with pytest.raises(Invalid):
        add_secret(session, SYSTEM, shop, public_key=typed)
    assert active_secrets(session, shop) == ()


def test_the_trail_says_who_and_when_but_not_the_secret(session: Session, shop: int) -> None:
    row = add_secret(session, SYSTEM, shop)
    retire_secret(session, SYSTEM, shop, row.public_id)
    session.flush()
    trail = session.scalars(select(AuditRow).where(AuditRow.action.like("site.secret-%")).order_by(AuditRow.id)).all()
    assert [one.action for one in trail] == ["site.secret-add", "site.secret-retire"]
    assert all(row.key not in f"{one.before}{one.after}{one.subject_id}" for one in trail)


def test_at_the_terminal_a_secret_is_made_listed_and_retired(
    terminal: Terminal,
    settings: Settings,
    tmp_path: Path,
) -> None:
    add_shop(terminal)
    key = run(terminal, site, "secret", "add").output.splitlines()[-1]
    assert len(key) == 43
    pem = tmp_path / "public.pem"
    pem.write_text(PUBLIC_PEM)
    told = json.loads(run(terminal, site, "secret", "add", "--public-key", str(pem), "--json").output)
    assert (told["algorithm"], told["key"]) == ("EdDSA", None)
    run(terminal, site, "secret", "retire", told["id"])
    listed = run(terminal, site, "secret", "list").output
    assert key not in listed
    rows = json.loads(run(terminal, site, "secret", "list", "--json").output)["items"]
    assert [(row["algorithm"], row["retired_at"] is None) for row in rows] == [("EdDSA", False), ("HS256", True)]
