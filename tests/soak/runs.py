"""What is done to a real service, small in every test run and at full size in the soak; prints what it measured."""

import random
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from statistics import median
from typing import Any
from urllib.parse import urlsplit

import requests
from sqlalchemy import func, select

from feedback.cases.models import Case, CaseResponse, Promise
from feedback.db import Database
from feedback.jobs import Job
from feedback.links.models import Link
from feedback.links.signing import keyring, open_survey
from feedback.responses.models import Answer, Response
from feedback.settings import Settings
from tests.helpers.crowd import links_of_new_customers, links_of_one_customer, opened
from tests.helpers.server import Service

ANGRY = {"score": "1", "why": "slow", "words": "Nimesubiri wiki mbili bila jibu", "contact": "yes"}
JSON = {"Accept": "application/json"}
CLIENTS = 16
#: Within which everybody else is answered, in seconds.
PROMPT = 1.0


@dataclass
class Found:
    """What the database holds about some links."""

    responses: int = 0
    cases: int = 0
    on_cases: int = 0
    promises: int = 0
    answers: int = 0
    #: How many links have how many responses.
    per_link: Counter[int] = field(default_factory=Counter)
    #: How many responses are on how many cases.
    per_response: Counter[int] = field(default_factory=Counter)


def settings_of(service: Service) -> Settings:
    """The service's own settings."""
    return Settings.from_env(service.environ)


def keys_of_links(settings: Settings, urls: list[str]) -> list[bytes]:
    """The keys inside the links' tokens."""
    ring = keyring(settings)
    return [open_survey(ring, urlsplit(url).path.rpartition("/")[2]).key for url in urls]


def look(database: Database, keys: list[bytes]) -> Found:
    """Count what came of these links."""
    found = Found()
    with database.read() as session:
        for start in range(0, len(keys), 500):
            some = keys[start : start + 500]
            links = select(Link.id).where(Link.key.in_(some))
            rows = session.execute(
                select(Link.id, Response.id).outerjoin(Response, Response.link_id == Link.id).where(Link.key.in_(some))
            ).all()
            per_link = Counter(link for link, response in rows if response is not None)
            found.per_link.update(per_link.get(link, 0) for link in {link for link, _ in rows})
            responses = [response for _, response in rows if response is not None]
            found.responses += len(responses)
            mine = Response.link_id.in_(links)
            on_case = dict(
                session.execute(
                    select(CaseResponse.response_id, func.count())
                    .join(Response, Response.id == CaseResponse.response_id)
                    .where(mine)
                    .group_by(CaseResponse.response_id)
                ).all()
            )
            found.per_response.update(on_case.get(response, 0) for response in responses)
            cases = set(
                session.scalars(
                    select(CaseResponse.case_id).join(Response, Response.id == CaseResponse.response_id).where(mine)
                )
            )
            found.cases += session.scalar(select(func.count()).select_from(Case).where(Case.id.in_(cases))) or 0
            found.promises += (
                session.scalar(select(func.count()).select_from(Promise).where(Promise.case_id.in_(cases))) or 0
            )
            found.on_cases += sum(on_case.values())
            found.answers += (
                session.scalar(
                    select(func.count())
                    .select_from(Answer)
                    .join(Response, Response.id == Answer.response_id)
                    .where(mine)
                )
                or 0
            )
    return found


def all_at_once(tasks: list[Callable[[], requests.Response]]) -> list[requests.Response]:
    """Start every task in a thread of its own, at the same moment."""
    gate = threading.Barrier(len(tasks))

    def wait_and_do(task: Callable[[], requests.Response]) -> requests.Response:
        gate.wait(60)
        return task()

    with ThreadPoolExecutor(len(tasks)) as pool:
        return list(pool.map(wait_and_do, tasks))


def send(url: str) -> requests.Response:
    """An unhappy answer, all at once, as a program sends it."""
    return requests.post(url, data=ANGRY, headers=JSON, timeout=60)


def the_same_link_from_many_threads(service: Service, threads: int) -> None:
    """One response and one case, and everybody is told the same."""
    settings = settings_of(service)
    (url,) = links_of_new_customers(settings, 1)
    began = time.monotonic()
    replies = all_at_once([lambda: send(url)] * threads)
    seconds = time.monotonic() - began
    assert Counter(reply.status_code for reply in replies) == {200: threads}
    said = Counter(reply.json()["status"] for reply in replies)
    assert said["stored"] == 1
    assert said["already"] == threads - 1
    assert len({reply.json()["response"] for reply in replies}) == 1
    promised = {(reply.json()["follow_up"] or {}).get("by") for reply in replies}
    assert len(promised) == 1
    assert promised != {None}
    with opened(settings) as database:
        found = look(database, keys_of_links(settings, [url]))
    assert (found.responses, found.cases, found.on_cases, found.promises) == (1, 1, 1, 1)
    assert found.answers == 4
    print(f"\n{threads} threads, one link: 1 response, 1 case, in {seconds:.1f} s")


def many_links_of_one_customer(service: Service, links: int) -> None:
    """As many responses, all of them on one case."""
    settings = settings_of(service)
    urls = links_of_one_customer(settings, links)
    began = time.monotonic()
    replies = all_at_once([lambda url=url: send(url) for url in urls])  # type: ignore[misc]
    seconds = time.monotonic() - began
    assert Counter((reply.status_code, reply.json().get("status")) for reply in replies) == {(200, "stored"): links}
    with opened(settings) as database:
        found = look(database, keys_of_links(settings, urls))
        with database.read() as session:
            case_number = session.scalars(
                select(Case.number)
                .join(CaseResponse, CaseResponse.case_id == Case.id)
                .join(Response, Response.id == CaseResponse.response_id)
                .join(Link, Link.id == Response.link_id)
                .where(Link.key.in_(keys_of_links(settings, urls)))
                .distinct()
            ).all()
    assert (found.responses, found.cases, found.on_cases) == (links, 1, links)
    assert len(case_number) == 1
    print(f"\n{links} links of one customer: {links} responses, 1 case, in {seconds:.1f} s")


class Crowd:
    """Customers who answer at once; whoever gets no reply sends the same form again, as people do."""

    def __init__(self, urls: list[str]) -> None:
        self.todo = list(reversed(urls))
        self.thanked: dict[str, str] = {}
        self.replies: Counter[str] = Counter()
        self.waits: list[float] = []
        self._lock = threading.Lock()
        self._clients = [threading.Thread(target=self._answer, daemon=True) for _ in range(CLIENTS)]

    def start(self) -> None:
        """All of them."""
        for client in self._clients:
            client.start()

    def wait_until(self, thanked: float) -> None:
        """Until so many were thanked, or nobody is left."""
        while len(self.thanked) < thanked and any(client.is_alive() for client in self._clients):
            time.sleep(0.002)

    def finish(self) -> None:
        """Until nobody is left."""
        for client in self._clients:
            client.join(timeout=240)

    def _answer(self) -> None:
        while True:
            with self._lock:
                if not self.todo:
                    return
                url = self.todo.pop()
            since = time.monotonic()
            told = self._until_thanked(url)
            with self._lock:
                self.replies[told["status"]] += 1
                self.thanked[url] = told["response"]
                self.waits.append(time.monotonic() - since)

    def _until_thanked(self, url: str) -> dict[str, Any]:
        while True:
            try:
                reply = send(url)
            except requests.RequestException:
                said = "no reply"
            else:
                if reply.status_code == 200:
                    return dict(reply.json())
                assert reply.status_code >= 500, reply.text
                said = f"status {reply.status_code}"
            with self._lock:
                self.replies[said] += 1
            time.sleep(0.25)


def killed_at_random_moments(service: Service, *, answers: int, kills: int, seed: int) -> None:
    """Every answer that was thanked for is there with its case, none twice, whatever died meanwhile."""
    settings = settings_of(service)
    urls = links_of_new_customers(settings, answers)
    chance = random.Random(seed)
    marks = sorted(chance.uniform(0.03, 0.95) for _ in range(kills))
    victims = [chance.choice(("web", "worker", "both")) for _ in range(kills)]
    crowd = Crowd(urls)
    began = time.monotonic()
    crowd.start()
    for mark, victim in zip(marks, victims, strict=True):
        crowd.wait_until(mark * answers)
        time.sleep(chance.uniform(0, 0.02))
        names = ("web", "worker") if victim == "both" else (victim,)
        for name in names:
            service.kill(name)
        for name in names:
            service.start(name)
        service.wait_ready()
    crowd.finish()
    seconds = time.monotonic() - began
    assert len(crowd.thanked) == answers
    with opened(settings) as database:
        found = look(database, keys_of_links(settings, urls))
        with database.read() as session:
            stored = set(session.scalars(select(Response.public_id)))
            left = session.scalar(select(func.count()).select_from(Job).where(Job.done_at.is_(None)))
    assert set(crowd.thanked.values()) <= stored
    assert len(set(crowd.thanked.values())) == answers
    assert found.per_link == {1: answers}
    assert found.per_response == {1: answers}
    assert (found.cases, found.promises, found.answers) == (answers, answers, 4 * answers)
    print(
        f"\n{answers} answers, {kills} kills (seed {seed}: {dict(Counter(victims))}), {seconds:.1f} s: "
        f"each is there with its case, none twice; replies {dict(crowd.replies)}; jobs still to do {left}; "
        f"longest wait {max(crowd.waits):.2f} s"
    )


def stalled_clients_delay_nobody(service: Service, stalled: int) -> None:
    """Clients that send half a request and stop hold a thread each; the others don't wait for them."""
    settings = settings_of(service)
    urls = links_of_new_customers(settings, 20)
    for url in urls[12:]:  # each worker has drawn its first page before anybody counts
        requests.get(url, timeout=30)
        send(url)
    address = urlsplit(service.url)
    assert address.hostname is not None
    assert address.port is not None
    halves = []
    try:
        for number in range(stalled):
            half = socket.create_connection((address.hostname, address.port), timeout=30)
            head = f"POST {urlsplit(urls[0]).path} HTTP/1.1\r\nHost: {address.netloc}\r\n".encode()
            # Some stop within the head, some within the body.
            half.sendall(head if number % 2 else head + b"Content-Length: 400\r\n\r\nscore=1&wor")
            halves.append(half)
        time.sleep(0.3)
        taken = []
        for url in urls[1:12]:
            for once in (lambda url=url: requests.get(url, timeout=30), lambda url=url: send(url)):  # type: ignore[misc]
                since = time.monotonic()
                assert once().status_code == 200
                taken.append(time.monotonic() - since)
    finally:
        for half in halves:
            half.close()
    waited = f"{median(taken) * 1000:.0f} ms, at most {max(taken) * 1000:.0f} ms"
    print(f"\n{stalled} stalled clients: the others waited {waited}")
    assert max(taken) < PROMPT


def clients_that_hang_up_half_way_are_let_go(service: Service) -> None:
    """Who closes their end within a request: nothing is read as if it were whole, and nobody waits for the rest."""
    address = urlsplit(service.url)
    form = b"Content-Type: application/x-www-form-urlencoded\r\n"
    for half in (form, form + b"Content-Length: 400\r\n\r\nscore=1&wor"):
        with socket.create_connection((address.hostname, address.port), timeout=8) as client:
            client.sendall(f"POST /message/default HTTP/1.1\r\nHost: {address.netloc}\r\n".encode() + half)
            client.shutdown(socket.SHUT_WR)
            with suppress(ConnectionResetError):
                assert client.recv(16) == b""
