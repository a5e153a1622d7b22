"""The soak's runs in small: many at once store once, nothing thanked for is lost, stalled clients delay nobody."""

from tests.helpers.server import Service
from tests.soak import runs


def test_one_link_posted_by_many_threads_at_once_is_one_response_and_one_case(service: Service) -> None:
    runs.the_same_link_from_many_threads(service, 40)


def test_many_low_answers_of_one_customer_at_once_are_one_case(service: Service) -> None:
    runs.many_links_of_one_customer(service, 15)


def test_stalled_clients_delay_nobody(service: Service) -> None:
    runs.stalled_clients_delay_nobody(service, 16)


def test_clients_that_hang_up_half_way_are_let_go(service: Service) -> None:
    runs.clients_that_hang_up_half_way_are_let_go(service)


def test_an_answer_that_was_thanked_for_survives_kills_of_web_and_worker(service: Service) -> None:
    runs.killed_at_random_moments(service, answers=120, kills=2, seed=7)
