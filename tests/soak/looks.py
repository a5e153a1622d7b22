"""What a page that changes nothing bears: hundreds of looks a second, and a browser that runs scripts and waits."""

from __future__ import annotations

import hashlib
import http.client
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import sync_playwright

from feedback.db import Database
from feedback.settings import Settings
from feedback.wiring import wire
from tests.helpers.find_chromium import FLAGS, chromium
from tests.helpers.server import Service
from tests.preferences.test_nothing_changes import dump

THREADS = 12
AGENTS = ("Mozilla/5.0 (X11; Linux x86_64) Chrome/140", "Mimecast-URL-Protect", "Barracuda Sentinel (EE)", "curl/8.5")


def unsubscribe_link(service: Service, folder: Path) -> str:
    """Somebody's address to stop mails by."""
    rows = folder / "customers.csv"
    rows.write_text("external_id,email,name,locale\nL-1,neema@mail.example,Neema,sw-TZ\n", "utf-8")
    service.command("customers", "import", "--site", "default", str(rows))
    return service.last_line("link", "unsubscribe", "--site", "default", "--customer", "L-1")


@contextmanager
def nothing_changes(service: Service) -> Iterator[None]:
    """Within the block no row and no sequence changes, and on SQLite not one byte of the files.

    The worker, which tells now and then that it lives, is away meanwhile.
    """
    service.kill("worker")
    wire()
    settings = Settings.from_env(service.environ)
    before = _state(settings)
    yield
    after = _state(settings)
    service.start("worker")
    assert after[0] == before[0], [name for name in before[0] if before[0][name] != after[0][name]]
    assert after[1] == before[1]


def _state(settings: Settings) -> tuple[dict[str, list[tuple[Any, ...]]], dict[str, str]]:
    database = Database(settings)
    rows = dump(database)
    database.dispose()
    files = [] if not settings.is_sqlite else [settings.data_dir / "feedback.db", settings.data_dir / "feedback.db-wal"]
    return rows, {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files if file.exists()}


def looked_at(service: Service, folder: Path, *, rate: int, seconds: float) -> None:
    """So many GETs a second of one link from several threads, each at its own moment, whatever the others wait for."""
    url = urlsplit(unsubscribe_link(service, folder))
    took: list[float] = []
    answers: Counter[int] = Counter()
    lock = threading.Lock()
    start = time.monotonic() + 0.5
    due = iter(range(int(rate * seconds)))

    def look() -> None:
        connection = http.client.HTTPConnection(url.netloc, timeout=30)
        while True:
            with lock:
                number = next(due, None)
            if number is None:
                break
            moment = start + number / rate
            time.sleep(max(0.0, moment - time.monotonic()))
            connection.request("GET", url.path, headers={"User-Agent": AGENTS[number % len(AGENTS)]})
            reply = connection.getresponse()
            reply.read()
            with lock:
                # Counted from when it was due: what waits behind a slow one is slow as well.
                took.append(time.monotonic() - moment)
                answers[reply.status] += 1
        connection.close()

    look_once(url.netloc, url.path)
    with nothing_changes(service):
        threads = [threading.Thread(target=look) for _ in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        lasted = time.monotonic() - start
    took.sort()
    p50, p99 = (took[int(len(took) * share)] for share in (0.5, 0.99))
    print(
        f"{len(took)} looks in {lasted:.1f} s ({len(took) / lasted:.0f}/s): {dict(answers)}, "
        f"p50 {p50 * 1000:.0f} ms, p99 {p99 * 1000:.0f} ms, longest {took[-1] * 1000:.0f} ms"
    )
    assert len(took) == int(rate * seconds)
    assert [status for status in answers if status >= 500] == []


def look_once(netloc: str, path: str) -> None:
    """Whatever is kept after a first look is kept then."""
    connection = http.client.HTTPConnection(netloc, timeout=30)
    connection.request("GET", path)
    connection.getresponse().read()
    connection.close()


def waited_on(service: Service, folder: Path, *, seconds: float) -> None:
    """A browser with JavaScript opens the link, and the page has all the time in the world to act by itself."""
    path = chromium()
    assert path is not None
    url = unsubscribe_link(service, folder)
    look_once(urlsplit(url).netloc, urlsplit(url).path)
    with nothing_changes(service), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        context = browser.new_context()
        page = context.new_page()
        sent: list[str] = []
        page.on("request", lambda request: sent.append(request.method))
        page.goto(url)
        page.mouse.move(40, 40)
        page.wait_for_timeout(seconds * 1000)
        assert set(sent) == {"GET"}, sent
        assert page.locator("button.primary").count() == 1
        assert context.cookies() == []
        browser.close()
    print(f"a browser with JavaScript waited {seconds:.0f} s: {len(sent)} requests, all of them GET; nothing changed")
