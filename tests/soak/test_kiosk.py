"""A tablet all day long at full size: 500 people, and a network that comes and goes."""

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.e2e.tablet import Stand, tap_with_the_network_cut_at_random
from tests.helpers.find_chromium import FLAGS, chromium
from tests.helpers.server import Service

pytestmark = [pytest.mark.soak, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = chromium()
    if path is None:
        pytest.skip("no Chromium: apt install chromium")
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield found
        found.close()


def test_500_taps_with_the_network_cut_at_random_are_500_rows(browser: Browser, service: Service) -> None:
    service.command("site", "add", "--key", "shop", "--name", "Duka", "--locale", "en")
    stand = Stand(service, "Main entrance")
    seed = int(os.environ.get("SOAK_SEED", "20261122"))
    tap_with_the_network_cut_at_random(browser, stand, taps=500, seed=seed)
    rows = (
        stand.stored()
    )  # a day pressed into a minute looks like one hand playing; which of them count is told elsewhere
    print(f"500 taps, seed {seed}: {len(rows)} rows, {len({row.nonce for row in rows})} of them different")
    assert len(rows) == 500
