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


@dataclass(frozen=True, slots=True)
class Membership:
    """A site that a staff member works on, and what they may do there."""

    site_id: int
    key: str
    name: str
    role: Role


@dataclass(frozen=True, slots=True)
class StaffPrincipal:
    """A signed-in staff member as the edges see them; ``sites`` is in order of name."""

    id: int
    public_id: str
    name: str
    locale: str
    time_zone: str
    sites: tuple[Membership, ...] = ()

    @property
    def roles(self) -> dict[int, Role]:
        """Their role on each site."""
        return {site.site_id: site.role for site in self.sites}

    @property
    def actor(self) -> Actor:
        """What actions take."""
        return Actor.staff(self.id, self.name)

    def on(self, key: str) -> Membership | None:
        """Their membership of the site with this key, or None: unknown and foreign sites look alike."""
        return next((site for site in self.sites if site.key == key), None)
