"""The invented shops' own server: a strict page on another origin, which knows its customers and stops in time."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from urllib.request import urlopen

import pytest
from bs4 import BeautifulSoup

from feedback import clock
from feedback.demo.host import Company, Host, _Server, host_from, policy, shop_page
from feedback.demo.shop import SHOPS
from feedback.sites.identity import Secret, verify
from feedback.sites.returning import Said, address_with

SERVICE = "http://127.0.0.1:8000"
SECRET = "a-secret-of-thirty-two-letters-or-more"
COMPANIES = tuple(Company(words.site, words.site.title(), SECRET, f"C-{words.site}", "Neema") for words in SHOPS)


@pytest.fixture
def host() -> Iterator[Host]:
    """The server, running."""
    with _Server(Host(SERVICE, 0, 0, COMPANIES)) as server:
        server.service_actions = lambda: None  # type: ignore[method-assign]
        found = Host(SERVICE, server.server_address[1], 0, COMPANIES)
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield found
        server.shutdown()
        thread.join()


def test_its_pages_hold_nothing_that_a_strict_policy_refuses(host: Host) -> None:
    for path in ("/en/", "/fa/", "/"):
        with urlopen(f"http://127.0.0.1:{host.port}{path}") as reply:
            page = BeautifulSoup(reply.read(), "html.parser")
            assert reply.headers["Content-Security-Policy"] == policy(SERVICE)
        assert all(script.get("src") for script in page.find_all("script"))
        assert not page.find_all("style")
        assert not page.select("[style], [onclick]")
    assert "unsafe" not in policy(SERVICE)
    assert "require-trusted-types-for 'script'" in policy(SERVICE)
    for path in ("/host.css", "/host.js"):
        with urlopen(f"http://127.0.0.1:{host.port}{path}") as reply:
            assert reply.status == 200


def test_whoever_signs_in_there_is_known_here(host: Host) -> None:
    for words in SHOPS:
        page = BeautifulSoup(shop_page(host, words, {"customer": ["1"]}), "html.parser")
        token = str(page.body["data-identity"]) if page.body else ""
        found = verify(token, [Secret("HS256", SECRET)], audience=words.site, now=clock.now())
        assert (found.external_id, found.claims["name"]) == (f"C-{words.site}", "Neema")
    assert "data-identity" not in shop_page(host, SHOPS[0], {})


def test_what_somebody_who_comes_back_decided_is_believed_only_if_we_signed_it(host: Host) -> None:
    words = SHOPS[0]
    told = words.came_back.partition("%")[0]
    back = f"{host.origin}/{words.language}/"
    url = address_with(
        back,
        Said("C-duka", "kept", "r1"),
        Secret("HS256", SECRET),
        issuer=SERVICE,
        now=clock.now(),
        number="1",
    )
    token = url.rpartition("=")[2]
    assert f"{told}kept" in shop_page(host, words, {"feedback": [token]})
    forged = f"{token[:-3]}{'AAA' if token[-3:] != 'AAA' else 'BBB'}"
    assert told not in shop_page(host, words, {"feedback": [forged]})


def test_it_stops_with_the_demonstration(host: Host) -> None:
    orphan = Host(SERVICE, 0, -1, COMPANIES)
    assert host_from(orphan.as_json()) == orphan
    done = subprocess.run(
        [sys.executable, "-c", "from feedback.demo.host import main; main()"],
        input=orphan.as_json(),
        text=True,
        timeout=20,
        check=False,
    )
    assert done.returncode == 0
