"""Fixtures of cases: the time, and a shop with staff."""

from collections.abc import Iterator

import pytest
import time_machine
from flask import Flask
from sqlalchemy.orm import Session

from feedback.actors import Role
from feedback.db import Database
from feedback.settings import Settings
from tests.cases.customer import Counter, open_counter
from tests.cases.mailroom import Mailroom, mailroom
from tests.cases.world import NOON, World, build
from tests.helpers.desk_fixtures import asha, desk, juma, lulu, parisa  # noqa: F401 - fixtures


@pytest.fixture
def noon() -> Iterator[time_machine.Traveller]:
    """It is noon on a working day in Dar es Salaam, and stays so until moved."""
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def world(session: Session, noon: time_machine.Traveller) -> World:
    """A shop with two agents who read Swahili, one who reads Persian, and a lead."""
    shop = build(session)
    shop.add_staff("Asha", "sw", "en")
    shop.add_staff("Juma", "sw")
    shop.add_staff("Parisa", "fa")
    shop.add_staff("Rehema", "sw", role=Role.LEAD)
    return shop


@pytest.fixture
def counter(noon: time_machine.Traveller, app: Flask, settings: Settings, database: Database) -> Counter:
    """The shop's desk, and its customers at it."""
    return open_counter(app, settings, database)


@pytest.fixture
def room(settings: Settings, database: Database, noon: time_machine.Traveller) -> Iterator[Mailroom]:
    """The shop's mails to its staff."""
    with mailroom(settings, database, noon) as found:
        yield found
