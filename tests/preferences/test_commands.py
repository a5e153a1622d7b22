"""Topics and the customers' own addresses at the terminal."""

import json
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from feedback.errors import Invalid
from feedback.links.models import Link
from feedback.links.signing import keyring, open_preferences
from feedback.preferences.commands import preferences, topic, unsubscribe
from feedback.terminal import Terminal
from tests.responses.shop import Shop


def run(shop: Shop, command: Any, *arguments: str) -> Result:
    terminal = Terminal(shop.settings, shop.database)
    return CliRunner().invoke(command, list(arguments), obj=terminal, env={"LANG": "en_GB.UTF-8"})


def test_a_topic_is_added_and_listed(shop: Shop) -> None:
    made = run(shop, topic, "add", "--key", "offers", "--name", "Offers", "--name", "sw=Ofa", "--frequency", "weekly")
    assert (made.exit_code, made.stdout) == (0, "offers\n")
    rows = json.loads(run(shop, topic, "list", "--json").stdout)["items"]
    assert [row["key"] for row in rows] == ["surveys", "news", "offers"]
    assert rows[-1] == {
        "key": "offers",
        "name": {"en": "Offers", "sw": "Ofa"},
        "frequencies": ["weekly"],
        "archived": False,
    }
    assert "offers                Offers" in run(shop, topic, "list", "--site", "shop").stdout
    again = run(shop, topic, "add", "--key", "offers", "--name", "Others")
    assert (again.exit_code, again.stdout) == (1, "")
    assert "offers" in again.stderr
    assert json.loads(run(shop, topic, "add", "--key", "tips", "--name", "Tips", "--json").stdout) == {"key": "tips"}


def test_a_key_that_cannot_stand_in_links_is_refused(shop: Shop) -> None:
    assert isinstance(run(shop, topic, "add", "--key", "a b", "--name", "x").exception, Invalid)


def test_an_unsubscribe_address_stops_the_news_unless_told_otherwise(shop: Shop) -> None:
    shop.customer("C-1", locale="fa-AF")
    done = run(shop, unsubscribe, "--customer", "C-1")
    assert done.exit_code == 0
    path = done.stdout.strip().removeprefix(shop.settings.public_url)
    page = shop.open(path)
    assert (page.status, page.soup.html["lang"]) == (200, "fa")
    assert shop.client.post(path).status_code == 200
    other = run(shop, unsubscribe, "--customer", "C-1", "--topic", "surveys", "--locale", "hy", "--json")
    told = json.loads(other.stdout)
    assert told["expires_at"] is None
    assert shop.open(told["url"].removeprefix(shop.settings.public_url)).soup.html["lang"] == "hy"
    assert [one.topic for one in links(shop)] == ["news", "surveys"]


def test_a_preferences_address_is_of_that_purpose(shop: Shop) -> None:
    shop.customer("C-1")
    url = run(shop, preferences, "--customer", "C-1").stdout.strip()
    path = url.removeprefix(shop.settings.public_url)
    assert path.startswith("/p/")
    (link,) = links(shop)
    assert open_preferences(keyring(shop.settings), path.removeprefix("/p/")).key == link.key
    assert (link.purpose, link.topic) == ("preferences", "")
    assert shop.client.post(path.replace("/p/", "/u/")).status_code == 404


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--customer", "C-404"), "C-404"),
        (("--customer", "C-1", "--topic", "x"), "x"),
        (("--customer", "C-2"), "email"),
    ],
)
def test_what_there_is_not_is_said(shop: Shop, arguments: tuple[str, ...], said: str) -> None:
    shop.customer("C-1")
    shop.customer("C-2", email="")
    done = run(shop, unsubscribe, *arguments)
    assert done.exit_code == 1
    assert said in done.stderr
    assert links(shop) == []
    assert isinstance(run(shop, unsubscribe, "--customer", "C-1", "--locale", "tlh").exception, Invalid)


def links(shop: Shop) -> list[Link]:
    """Every link, oldest first."""
    with shop.database.read() as session:
        return list(session.scalars(select(Link).where(Link.site_id == shop.site_id).order_by(Link.id)))
