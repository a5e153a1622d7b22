"""Who lives in the demonstration once it is made: its companies with their surveys, staff and customers."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from feedback.actors import Actor
from feedback.demo.cast import Company
from feedback.i18n.negotiation import language_of
from feedback.surveys.queries import LiveSurvey


@dataclass(frozen=True, slots=True)
class Client:
    """A customer as the story needs them."""

    id: int
    external_id: str
    locale: str
    mood: float
    name: str = ""
    email: str = ""

    @property
    def language(self) -> str:
        """The shipped language that they write in."""
        return language_of(self.locale)


@dataclass(frozen=True, slots=True)
class Colleague:
    """A staff member as the story needs them."""

    id: int
    name: str
    languages: tuple[str, ...]

    @property
    def actor(self) -> Actor:
        """Them, doing something."""
        return Actor.staff(self.id, self.name)


@dataclass(frozen=True, slots=True)
class Place:
    """A company that was made: its site, its surveys and everybody in it."""

    company: Company
    site_id: int
    zone: ZoneInfo
    surveys: dict[str, LiveSurvey]
    clients: tuple[Client, ...]
    team: tuple[Colleague, ...]

    def readers(self, language: str) -> list[Colleague]:
        """Those of the team who read a language; everybody where nobody does."""
        return [one for one in self.team if language in one.languages] or list(self.team)
