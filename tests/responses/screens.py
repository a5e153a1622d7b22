"""A tablet at a door: paired by the program's own action, it sends taps as its script does."""

from dataclasses import dataclass, field
from itertools import count
from typing import Any

from sqlalchemy import select
from werkzeug.test import TestResponse

from feedback.actors import SYSTEM
from feedback.links.signing import keyring, sign_kiosk
from feedback.links.tokens import KioskToken
from feedback.responses.actions import kiosks
from feedback.responses.models import Kiosk, Response
from tests.responses.shop import Shop

_numbers = count(1)


@dataclass
class Tablet:
    """A tablet with the token of a screen, or none."""

    shop: Shop
    slug: str = "support-csat"
    place: str = "Main entrance"
    token: str = field(init=False, default="")
    key: str = field(init=False, default="")

    @property
    def path(self) -> str:
        return f"/kiosk/shop/{self.slug}"

    def pair(self) -> "Tablet":
        with self.shop.database.write() as session:
            paired = kiosks.pair(session, SYSTEM, self.shop.site_id, place=self.place, survey=self.slug)
        self.key = paired.public_id
        issued_at = int(paired.created_at.timestamp())
        self.token = sign_kiosk(keyring(self.shop.settings), KioskToken(self.shop.site_id, paired.id, issued_at))
        return self

    def send(self, *taps: dict[str, Any], **more: Any) -> TestResponse:
        body = {"kiosk": self.token, "taps": list(taps), **more}
        return self.shop.client.post(self.path, json=body, headers={"Accept": "application/json"})

    def told(self, *taps: dict[str, Any], **more: Any) -> list[str]:
        """What became of each tap."""
        reply = self.send(*taps, **more)
        assert reply.status_code == 200, reply.text
        return [one["status"] for one in reply.get_json()["taps"]]

    def row(self) -> Kiosk:
        with self.shop.database.read() as session:
            query = select(Kiosk).where(Kiosk.site_id == self.shop.site_id, Kiosk.public_id == self.key)
            return session.scalars(query).one()


def tap(score: int | str = 5, *, waited: float = 0, key: str = "", **answers: str) -> dict[str, Any]:
    """A tap as a tablet sends it; ``waited`` in seconds."""
    return {
        "id": key or f"tap-{next(_numbers):030}",
        "waited": waited * 1000,
        "language": "en",
        "answers": {"score": str(score), **answers},
    }


def stored(shop: Shop) -> list[Response]:
    """Every response of the shop, in the order of their moments."""
    with shop.database.read() as session:
        query = select(Response).where(Response.site_id == shop.site_id).order_by(Response.created_at, Response.id)
        return list(session.scalars(query))
