"""The soak at full size: ``make soak`` runs it and prints what it measured."""

import os

import pytest

from tests.helpers.server import Service
from tests.soak import runs

pytestmark = [pytest.mark.soak, pytest.mark.timeout(900)]


def test_one_link_posted_by_200_threads_at_once_is_one_response_and_one_case(service: Service) -> None:
    for _ in range(3):
        runs.the_same_link_from_many_threads(service, 200)


def test_40_low_answers_of_one_customer_at_once_are_one_case(service: Service) -> None:
    for _ in range(3):
        runs.many_links_of_one_customer(service, 40)


def test_stalled_clients_delay_nobody(service: Service) -> None:
    for _ in range(3):
        runs.stalled_clients_delay_nobody(service, 16)


def test_2000_answers_survive_ten_kills_of_web_and_worker(service: Service) -> None:
    seed = int(os.environ.get("SOAK_SEED", "20261122"))
    runs.killed_at_random_moments(service, answers=2000, kills=10, seed=seed)
