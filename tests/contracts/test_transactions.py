"""Nothing waits between BEGIN and COMMIT: no file, no network, no password hash, no page drawn."""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import argon2
import jinja2
import pytest
from sqlalchemy import event

from feedback.db import Database
from feedback.settings import Settings
from feedback.worker import Worker
from tests.contracts.test_tenancy import answer_in_every_way, work_on_cases
from tests.contracts.test_tenancy import shop as shop
from tests.helpers.console import Browser
from tests.responses.shop import Shop

_SLOW = {
    argon2.PasswordHasher.hash.__code__: "hashes a password",
    argon2.PasswordHasher.verify.__code__: "checks a password",
    jinja2.Template.render.__code__: "draws a template",
}
_SLOW_AUDITED = {"open": "opens a file", "socket.connect": "talks over the network", "time.sleep": "sleeps"}
_here = threading.local()


def _audit(name: str, arguments: tuple[Any, ...]) -> None:
    if name in _SLOW_AUDITED and getattr(_here, "writing", False):
        # What Python itself reads while it imports a module for the first time is not ours.
        if name == "open" and str(arguments[0]).endswith((".py", ".pyc", ".so")):
            return
        _here.waited.append(f"{_SLOW_AUDITED[name]} {arguments[:1]}")


sys.addaudithook(_audit)


@contextmanager
def watched(database: Database) -> Iterator[list[str]]:
    """What waited while this thread had the write transaction open."""
    _here.waited, _here.writing, begun = [], False, []

    def profile(frame: FrameType, kind: str, _argument: Any) -> None:
        if kind == "call" and _here.writing and frame.f_code in _SLOW:
            _here.waited.append(_SLOW[frame.f_code])

    def begin(_connection: Any) -> None:
        _here.writing = True
        begun.append(1)

    def end(_connection: Any) -> None:
        _here.writing = False

    writer = database.writer
    listeners = (("begin", begin), ("commit", end), ("rollback", end))
    for name, listener in listeners:
        event.listen(writer, name, listener)
    sys.setprofile(profile)
    try:
        yield _here.waited
    finally:
        sys.setprofile(None)
        for name, listener in listeners:
            event.remove(writer, name, listener)
        _here.writing = False
    assert len(begun) > 5


@pytest.fixture
def settled(shop: Shop, settings: Settings) -> Shop:
    """The shop once the worker has done what a new site asks of it, such as reckoning its holidays."""
    worker = Worker(settings, shop.database, "a secret for tests")
    worker.drain()
    worker.close()
    return shop


def test_nothing_waits_while_a_customers_answer_is_written(settled: Shop) -> None:
    shop = settled
    with watched(shop.database) as waited:
        answer_in_every_way(shop)
    assert waited == []


def test_nothing_waits_while_staff_write(settled: Shop, app: Any) -> None:
    shop = settled
    answer_in_every_way(shop)
    browser = Browser(app)
    with watched(shop.database) as waited:
        browser.sign_in("ada@example.com")
        work_on_cases(shop, browser)
    assert waited == []
