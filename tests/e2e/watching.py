"""What happens on a host page while it is used: everything that must not, and what the widget tells."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import BrowserContext, Frame, Page, Response
from sqlalchemy import text

from feedback.db import Database
from feedback.settings import Settings
from tests.helpers.server import Service

#: In every frame, before anything else runs.
WATCHING = """(() => {
  const seen = { violations: [], shifts: [], events: [], errors: [], names: Object.getOwnPropertyNames(window) };
  Object.defineProperty(window, "__seen", { value: seen });
  addEventListener("securitypolicyviolation", (event) => seen.violations.push(
    `${event.effectiveDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`));
  addEventListener("error", (event) => seen.errors.push(`${event.message}`));
  addEventListener("unhandledrejection", (event) => seen.errors.push(`${event.reason}`));
  for (const name of ["ready", "shown", "answered", "submitted", "dismissed", "error"])
    addEventListener(`feedback:${name}`, (event) => seen.events.push({ name, detail: event.detail }));
  new PerformanceObserver((list) => list.getEntries().forEach((entry) => entry.hadRecentInput || seen.shifts.push(
    [entry.value, ...entry.sources.map((source) => source.node?.outerHTML?.slice(0, 80) ?? "")])))
    .observe({ type: "layout-shift", buffered: true });
})()"""
#: Keys of everything that a page can keep; null where it may keep nothing.
KEPT = """() => {
  try { return [...Object.keys(localStorage), ...Object.keys(sessionStorage)]; } catch { return null; }
}"""


class Watched:
    """A page in a context that is watched from its first moment."""

    def __init__(self, context: BrowserContext) -> None:
        self.context = context
        self.page: Page = context.new_page()
        self.page.set_default_timeout(30_000)
        self.page.add_init_script(WATCHING)
        self.said: list[str] = []
        self.cookies: list[str] = []
        self.page.on("console", lambda message: self.said.append(f"{message.type}: {message.text}"))
        self.page.on("pageerror", lambda error: self.said.append(f"uncaught: {error}"))
        self.page.on("response", self._cookie)

    def _cookie(self, response: Response) -> None:
        if "set-cookie" in response.headers:
            self.cookies.append(response.url)

    @property
    def frame(self) -> Frame:
        """The first frame with a survey in it, waited for."""
        return self.frames()[0]

    def frames(self, many: int = 1) -> list[Frame]:
        """The frames with surveys, as soon as there are so many that can be used."""
        self.until(lambda: len(self._framed()) >= many)
        for frame in self._framed():
            frame.wait_for_selector("main")
        return self._framed()

    def _framed(self) -> list[Frame]:
        return [frame for frame in self.page.frames if "/embed/" in frame.url]

    def until(self, happened: Callable[[], Any], seconds: float = 30) -> Any:
        """What ``happened`` gives as soon as it gives something."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if found := happened():
                return found
            self.page.wait_for_timeout(20)
        raise AssertionError((self.page.url, self.said, self.events(), [frame.url for frame in self.page.frames]))

    def events(self) -> list[str]:
        """The names of what the widget told the host's window, in order."""
        return [event["name"] for event in self.details()]

    def details(self) -> list[dict[str, Any]]:
        """What the widget told the host's window."""
        found: list[dict[str, Any]] = self.page.evaluate("__seen.events")
        return found

    def told(self, name: str) -> None:
        """Wait until the widget told this."""
        self.until(lambda: name in self.events())

    def kept(self) -> list[str] | None:
        """The keys that the host page keeps."""
        found: list[str] | None = self.page.evaluate(KEPT)
        return found

    def wrong(self) -> list[Any]:
        """Everything that should not have happened."""
        found: list[Any] = [*self.said, *self.cookies, *self.context.cookies()]
        for frame in self.page.frames:
            found += frame.evaluate("[...__seen.violations, ...__seen.errors]")
        return found

    def shifts(self) -> list[Any]:
        """What moved on the host page without its reader having done anything."""
        found: list[Any] = self.page.evaluate("__seen.shifts")
        return found


def answer(frame: Frame, words: str, score: int = 9) -> None:
    """Answer the question about recommending, up to the thank-you in the same frame."""
    fill_in(frame, words, score)
    thanked(frame)


def fill_in(frame: Frame, words: str, score: int = 9) -> None:
    """Answer and send, as people do."""
    frame.locator("label.point").nth(score).click()
    frame.locator("textarea").fill(words)
    frame.locator("button.primary").click()


def thanked(frame: Frame) -> None:
    """Wait for the thank-you, which stands where the survey stood."""
    frame.wait_for_selector("[data-frame=done]", timeout=20_000)
    assert frame.locator("form#survey").count() == 0


@dataclass(frozen=True, slots=True)
class Stored:
    """A response as it is in the database."""

    words: str
    score: int
    state: str
    assurance: str
    locale: str
    channel: str
    customer: str | None


def stored(service: Service, words: str) -> list[Stored]:
    """Every response with these words."""
    database = Database(Settings.from_env(service.environ))
    with database.read() as session:
        rows = session.execute(
            text(
                "SELECT answer.text, score, state, assurance, response.locale, channel, customer.external_id"
                " FROM answer JOIN response ON response.id = response_id"
                " LEFT JOIN customer ON customer.id = customer_id WHERE answer.text = :words"
            ),
            {"words": words},
        ).all()
    database.dispose()
    return [Stored(*row) for row in rows]
