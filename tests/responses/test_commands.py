"""feedback link and feedback keys at the terminal."""

import json
from typing import Any

import pytest
from click.testing import CliRunner, Result

from feedback.customers.models import Interaction
from feedback.errors import Invalid
from feedback.links.commands import keys
from feedback.links.models import Link
from feedback.responses.commands import link
from feedback.settings import Settings
from feedback.terminal import Terminal
from tests.responses.shop import Shop


def run(shop: Shop, command: Any, *arguments: str, settings: Settings | None = None) -> Result:
    terminal = Terminal(settings or shop.settings, shop.database)
    return CliRunner().invoke(command, list(arguments), obj=terminal, env={"LANG": "en_GB.UTF-8"})


def test_a_link_is_printed_alone_on_the_last_line_and_works(shop: Shop) -> None:
    shop.customer("C-1", locale="fa-AF")
    done = run(shop, link, "survey", "--survey", "support-csat", "--customer", "C-1")
    assert done.exit_code == 0
    address = done.stdout.splitlines()[-1]
    assert address.startswith("http://127.0.0.1:8000/s/")
    page = shop.open(address.removeprefix("http://127.0.0.1:8000"))
    assert (page.status, page.soup.html["lang"]) == (200, "fa")
    other = run(shop, link, "survey", "--survey", "support-csat", "--customer", "C-1", "--locale", "hy", "--json")
    told = json.loads(other.stdout)
    assert told["url"] != address
    assert told["expires_at"]
    assert shop.open(told["url"].removeprefix("http://127.0.0.1:8000")).soup.html["lang"] == "hy"


def test_the_same_interaction_gives_the_same_link(shop: Shop) -> None:
    shop.customer("C-1")
    shop.customer("C-2")
    asked = ["survey", "--survey", "nps", "--customer", "C-1", "--interaction", "T-7"]
    one, two = run(shop, link, *asked), run(shop, link, *asked, "--site", "shop")
    assert one.exit_code == two.exit_code == 0
    assert one.stdout == two.stdout
    assert shop.count(Link) == shop.count(Interaction) == 1
    other = run(shop, link, "survey", "--survey", "satisfied", "--customer", "C-1", "--interaction", "T-7")
    assert other.stdout != one.stdout
    wrong = run(shop, link, "survey", "--survey", "nps", "--customer", "C-2", "--interaction", "T-7")
    assert wrong.exit_code == 1
    assert "T-7" in wrong.stderr


@pytest.mark.parametrize(("survey", "customer"), [("nothing", "C-1"), ("nps", "C-404")])
def test_what_there_is_not_is_said(shop: Shop, survey: str, customer: str) -> None:
    shop.customer("C-1")
    done = run(shop, link, "survey", "--survey", survey, "--customer", customer)
    assert done.exit_code == 1
    assert ("nothing" in done.stderr) or ("C-404" in done.stderr)
    wrong = run(shop, link, "survey", "--survey", "nps", "--customer", "C-1", "--locale", "!!")
    assert isinstance(wrong.exception, Invalid)


def test_keys_are_listed_by_name_and_replaced(shop: Shop) -> None:
    path, _ = shop.link("nps")
    before = json.loads(run(shop, keys, "list", "--json").stdout)["items"]
    assert [key["state"] for key in before] == ["signs"]
    secret = json.loads(shop.settings.key_file.read_text())[0]["key"]
    done = run(shop, keys, "rotate")
    assert done.exit_code == 0
    listed = run(shop, keys, "list")
    assert secret not in listed.output + done.output
    assert [line.split()[0] for line in listed.stdout.splitlines()] == [before[0]["id"], done.stdout.split()[-1]]
    assert "signs and verifies" in listed.stdout
    assert shop.open(path).status == 200


def test_a_key_that_others_know_is_refused_from_then_on(shop: Shop) -> None:
    path, _ = shop.link("nps")
    name = json.loads(run(shop, keys, "list", "--json").stdout)["items"][0]["id"]
    unknown = run(shop, keys, "rotate", "--compromised", "nothing")
    assert unknown.exit_code == 1
    assert "nothing" in unknown.stderr
    assert run(shop, keys, "rotate", "--compromised", name, "--json").exit_code == 0
    states = [key["state"] for key in json.loads(run(shop, keys, "list", "--json").stdout)["items"]]
    assert states == ["compromised", "signs"]
    from feedback.links.signing import keyring  # noqa: PLC0415 - the ring is asked to look again at once

    keyring(shop.settings)._look_at = 0.0
    assert shop.open(path).status == 404


def test_keys_from_the_environment_are_printed_not_changed(shop: Shop) -> None:
    old = "an-old-key-that-is-long-enough-for-all"
    settings = Settings(shop.settings.data_dir, shop.settings.database_url, secret_keys=(old,))
    done = run(shop, keys, "rotate", settings=settings)
    assert done.exit_code == 1
    line = done.stdout.splitlines()[-1]
    assert line.startswith(f"FEEDBACK_SECRET_KEYS={old},")
    name = json.loads(run(shop, keys, "list", "--json", settings=settings).stdout)["items"][0]["id"]
    done = run(shop, keys, "rotate", "--compromised", name, settings=settings)
    assert done.stdout.splitlines()[-1].startswith(f"FEEDBACK_SECRET_KEYS=!{old},")
