"""Many at the same moment: one answer per link, and no change lost or stored twice."""

import threading
from collections.abc import Callable
from typing import Any

from feedback.cases.models import Case
from feedback.responses.models import Answer, ResponseRevision
from tests.responses.shop import Shop

MANY = 40


def at_once(shop: Shop, count: int, send: Callable[[Any, int], Any]) -> list[Any]:
    """Each with a client of its own, all let go at the same moment."""
    barrier = threading.Barrier(count)
    replies: list[Any] = [None] * count

    def run(number: int) -> None:
        client = shop.app.test_client()
        barrier.wait()
        replies[number] = send(client, number)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return replies


def test_one_link_posted_by_many_threads_is_one_answer_and_one_case(shop: Shop) -> None:
    path, link = shop.link()

    def send(client: Any, _number: int) -> Any:
        return client.post(
            path, data={"score": "1", "words": "Mbaya"}, headers={"Accept": "application/json"}
        ).get_json()

    replies = at_once(shop, MANY, send)
    assert sorted(one["status"] for one in replies) == ["already"] * (MANY - 1) + ["stored"]
    assert len({one["response"] for one in replies}) == 1
    assert shop.count() == shop.count(Case) == 1
    assert shop.count(Answer) == 2
    assert shop.response(link).state == "complete"


def test_different_answers_at_once_end_in_one_of_them_with_the_others_kept(shop: Shop) -> None:
    path, link = shop.link("nps")

    def send(client: Any, number: int) -> Any:
        return client.post(path, data={"score": str(number)}, headers={"Accept": "application/json"}).get_json()

    replies = at_once(shop, 10, send)
    assert sorted(one["status"] for one in replies) == ["stored"] + ["updated"] * 9
    assert shop.count() == shop.count(Answer) == 1
    assert shop.count(ResponseRevision) == 9
    response = shop.response(link)
    assert response.score == shop.said(response)["score"][0] * 10


def test_many_low_answers_of_one_customer_are_one_case(shop: Shop) -> None:
    customer_id = shop.customer()
    paths = [shop.link(customer_id=customer_id)[0] for _ in range(10)]

    def send(client: Any, number: int) -> Any:
        return client.post(paths[number], data={"score": "1"}, headers={"Accept": "application/json"}).get_json()

    replies = at_once(shop, len(paths), send)
    assert {one["status"] for one in replies} == {"stored"}
    assert shop.count() == 10
    assert shop.count(Case) == 1
