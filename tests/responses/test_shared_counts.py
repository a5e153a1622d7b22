"""What the web processes of one machine count, they count together; nothing is kept longer than it is asked about."""

import os
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from feedback.api import limits as per_minute
from feedback.app import create_app
from feedback.responses import limits as per_hour
from feedback.settings import Settings
from feedback.web.shared_counts import SharedCounts


def in_another_process(act: Callable[[], None]) -> None:
    child = os.fork()
    if child == 0:
        act()
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0


def test_processes_that_are_forked_from_one_application_count_together(settings: Settings, noon: Any) -> None:
    create_app(settings)

    def answer_and_ask() -> None:
        for _ in range(3):
            per_hour.counter(settings).add(per_hour.network_key(per_hour.counter(settings), 1, "192.0.2.7"))
            per_minute.count(settings, 5)

    in_another_process(answer_and_ask)
    answer_and_ask()
    mine = per_hour.counter(settings)
    assert mine.count(per_hour.network_key(mine, 1, "192.0.2.8")) == 6
    assert per_minute.count(settings, 5).left == per_minute.QUOTA - 7


def test_many_names_hardly_get_into_each_other_s_way_and_none_counts_too_little(noon: Any) -> None:
    counts = SharedCounts(3600)
    for number in range(2_000):
        for _ in range(number % 3):
            counts.add(f"link:{number}")
    wrong = [number for number in range(2_000) if counts.count(f"link:{number}") != number % 3]
    assert len(wrong) < 20
    assert all(counts.count(f"link:{number}") > number % 3 for number in wrong)


def test_a_count_has_an_end(noon: Any) -> None:
    counts = SharedCounts(3600)
    for _ in range(70_000):
        counts.add("one")
    assert counts.count("one") == 65_535
    noon.shift(timedelta(hours=1))
    assert counts.count("one") == 0
