"""Signing and verifying links in one process, against raw HMAC-SHA256 and itsdangerous' own serializer."""

import hmac
import time
from collections.abc import Callable
from statistics import median

from itsdangerous import URLSafeTimedSerializer

from feedback.links.signing import keyring, open_survey, sign_survey
from feedback.links.tokens import LinkToken
from feedback.settings import Settings
from tests.bench.table import Row

SLICES = 10
KEY = b"0123456789abcdef0123456789abcdef"


def rows(settings: Settings, *, count: int, rounds: int) -> list[Row]:
    """Sign and verify, each as a share of raw HMAC and as a multiple of the serializer."""
    ring = keyring(settings)
    link = LinkToken(1, b"twelve bytes", "sw", int(time.time()))
    token = sign_survey(ring, link)
    body = token.partition(".")[0].encode()
    digest = hmac.new(KEY, body, "sha256").digest()
    serializer = URLSafeTimedSerializer(KEY, salt="bench")
    facts = {"purpose": "survey", "site": 1, "link": link.key.hex(), "locale": "sw"}
    dumped = serializer.dumps(facts)
    sides: dict[str, Callable[[], object]] = {
        "raw sign": lambda: hmac.new(KEY, body, "sha256").digest(),
        "raw verify": lambda: hmac.compare_digest(hmac.new(KEY, body, "sha256").digest(), digest),
        "sign": lambda: sign_survey(ring, link),
        "verify": lambda: open_survey(ring, token),
        "serializer sign": lambda: serializer.dumps(facts),
        "serializer verify": lambda: serializer.loads(dumped, max_age=3600),
    }
    rates: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(rounds * SLICES):  # short turns: a machine that slows down slows all of them
        for name, once in sides.items():
            rates[name].append(_rate(once, count // SLICES))
    found: list[Row] = []
    for verb, least in (("sign", 0.4), ("verify", 0.3)):
        ours = rates[verb]
        raw = [mine / other for mine, other in zip(ours, rates[f"raw {verb}"], strict=True)]
        multiple = [mine / other for mine, other in zip(ours, rates[f"serializer {verb}"], strict=True)]
        figure = f"{median(ours):,.0f}/s"
        found.append(Row(f"{verb} a link, of raw HMAC-SHA256", figure, median(raw), at_least=least))
        found.append(Row(f"{verb} a link, of URLSafeTimedSerializer", figure, median(multiple), at_least=3.0))
    found.append(Row("length of a link's token, characters", str(len(token)), len(token), at_most=64))
    return found


def _rate(once: Callable[[], object], count: int) -> float:
    started = time.perf_counter()
    for _ in range(count):
        once()
    return count / (time.perf_counter() - started)
