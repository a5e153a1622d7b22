"""The triage list as staff see it: order, filters, counts, paging, search, and nothing of another site."""

import pytest
from flask import Flask

from feedback.app import create_app
from feedback.db import Database
from feedback.settings import Settings
from tests.helpers.console import Browser
from tests.helpers.desk import Desk, Statements
from tests.helpers.forms import soup


@pytest.fixture
def desk(database: Database) -> Desk:
    """A shop and a bank with staff."""
    return Desk(database)


@pytest.fixture
def app(settings: Settings, database: Database) -> Flask:
    """The whole program."""
    return create_app(settings, database)


@pytest.fixture
def asha(app: Flask, desk: Desk) -> Browser:
    """An agent of the shop, signed in."""
    browser = Browser(app)
    assert browser.sign_in("asha@example.com").status_code == 303
    return browser


def test_a_low_answer_is_in_the_list_with_the_customers_words(asha: Browser, desk: Desk) -> None:
    desk.answer("Neema Mushi", 0, "Nimesubiri wiki tatu")
    reply = asha.get("/console/shop/cases/")
    assert reply.status_code == 200, reply.text
    (row,) = soup(reply.text).select("table.list tbody tr")
    assert "Neema Mushi" in row.text
    assert "#1" in row.text
    words = row.select_one(".list__words bdi")
    assert words is not None
    assert (words.text, words["lang"]) == ("Nimesubiri wiki tatu", "sw")
