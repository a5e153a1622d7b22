"""A tablet with a real browser on it, and what the service has stored of its taps."""

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from playwright.sync_api import Browser, BrowserContext, Page, Route
from sqlalchemy import select

from feedback.actors import SYSTEM
from feedback.db import Database
from feedback.links.signing import keyring, sign_kiosk
from feedback.links.tokens import KioskToken
from feedback.responses.actions import kiosks
from feedback.responses.models import Kiosk, Response
from feedback.settings import Settings
from feedback.sites.queries import site_by_key
from tests.helpers.server import Service


@dataclass
class Stand:
    """A place at which a tablet was paired; the database is looked into from here."""

    service: Service
    place: str
    survey: str = "support-csat"
    url: str = field(init=False)

    def __post_init__(self) -> None:
        settings = Settings.from_env(self.service.environ)
        with self._database() as database, database.write() as session:
            site = site_by_key(session, "shop")
            paired = kiosks.pair(session, SYSTEM, site.id, place=self.place, survey=self.survey)
            token = KioskToken(site.id, paired.id, int(paired.created_at.timestamp()))
        self.url = f"{self.service.url}/kiosk/shop/{self.survey}?token={sign_kiosk(keyring(settings), token)}"

    @contextmanager
    def _database(self) -> Iterator[Database]:
        database = Database(Settings.from_env(self.service.environ))
        try:
            yield database
        finally:
            database.dispose()

    def stored(self) -> list[Response]:
        """What was stored of this tablet, in the order in which it came."""
        with self._database() as database, database.read() as session:
            site_id = site_by_key(session, "shop").id
            mine = select(Kiosk.id).where(Kiosk.site_id == site_id, Kiosk.place == self.place)
            query = select(Response).where(Response.site_id == site_id, Response.kiosk_id.in_(mine))
            return list(session.scalars(query.order_by(Response.id)))


def screen_of(context: BrowserContext, url: str) -> Page:
    """The tablet's page, by a clock that the test moves on; mistakes of its script are collected on it."""
    page = context.new_page()
    page.clock.install()
    page.goto(url)
    page.wait_for_function("document.querySelector('.taps') && !location.search.includes('token')")
    return page


def touch(page: Page, selector: str) -> None:
    """A touch, once the screen that has just come is ready for it."""
    page.clock.run_for(400)
    page.locator(f"#kiosk {selector}").click()


def tap_with_the_network_cut_at_random(browser: Browser, stand: Stand, taps: int, seed: int) -> None:
    """So many people one after the other, while requests and replies get lost; then the network is back."""
    chance = random.Random(seed)
    context = browser.new_context(viewport={"width": 1280, "height": 800}, service_workers="block")
    page = screen_of(context, stand.url)
    cut = True

    def lose(route: Route) -> None:
        if route.request.method != "POST" or not cut or chance.random() < 0.4:
            route.continue_()
        elif chance.random() < 0.5:
            route.abort()
        else:
            route.fetch()  # it is stored, but the tablet never hears of it
            route.abort()

    context.route("**/kiosk/**", lose)
    for _ in range(taps):
        score = chance.randint(1, 5)
        touch(page, f".taps button[value='{score}']")
        if score <= 3 and chance.random() < 0.5:
            touch(page, ".taps button[value='slow']")
        page.clock.run_for(chance.choice([10_500, 20_000]))
    cut = False
    page.clock.run_for(120_000)
    wait_until_sent(page)
    context.close()


def wait_until_sent(page: Page) -> None:
    """Until nothing is kept on the tablet any more."""
    wait_until(page, f"async () => await ({KEPT})() === 0")


def wait_until(page: Page, asked: str) -> None:
    """Until the page says so; its own clock moves on meanwhile."""
    for _ in range(200):
        if page.evaluate(asked):
            return
        page.clock.run_for(500)
        time.sleep(0.02)
    raise AssertionError(asked)


KEPT = """async () => {
  const database = await new Promise(done => {
    const opening = indexedDB.open('feedback-kiosk');
    opening.onsuccess = () => done(opening.result);
  });
  const kept = await new Promise(done => {
    const counting = database.transaction('taps').objectStore('taps').count();
    counting.onsuccess = () => done(counting.result);
  });
  database.close();
  return kept;
}"""
