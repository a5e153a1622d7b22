"""Who does something: a staff member, a customer by link, an API key, a command or the system itself."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Self


class Role(StrEnum):
    """What a staff member may do on a site; each role covers the ones before it."""

    AGENT = "agent"
    LEAD = "lead"
    ADMIN = "admin"

    def covers(self, needed: "Role") -> bool:
        """Whether somebody with this role may do what asks for ``needed``."""
        order = list(Role)
        return order.index(self) >= order.index(needed)


class ActorKind(StrEnum):
    """The kinds of actor, as stored in audit and activity rows."""

    STAFF = "staff"
    CUSTOMER = "customer"
    API_KEY = "api_key"
    COMMAND = "command"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Actor:
    """Handed to every action; ``id`` is the row id of the staff member, link or key, if there is one."""

    kind: ActorKind
    id: int | None = None
    label: str = ""

    @classmethod
    def staff(cls, staff_id: int, label: str = "") -> Self:
        """A signed-in staff member."""
        return cls(ActorKind.STAFF, staff_id, label)

    @classmethod
    def customer(cls, link_row_id: int | None = None) -> Self:
        """Whoever holds a customer's link; None for an anonymous visitor."""
        return cls(ActorKind.CUSTOMER, link_row_id)

    @classmethod
    def command(cls, label: str = "") -> Self:
        """Somebody at the terminal."""
        return cls(ActorKind.COMMAND, None, label)


SYSTEM = Actor(ActorKind.SYSTEM)
