"""Two sites with staff, customers and answers, for tests of the console: everything by the program's own actions."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from sqlalchemy import event, select

from feedback import clock
from feedback.actors import Actor, Role
from feedback.cases.models import Case
from feedback.customers.actions import CustomerFacts, upsert_customer
from feedback.db import Database
from feedback.events import ResponseSubmitted, emit
from feedback.responses.models import Answer, Response
from feedback.surveys.queries import live_survey
from tests.helpers.console import Town
from tests.helpers.kept import poured

LOW_SCORE_OF = {0: 1, 25: 2, 50: 3, 75: 4, 100: 5}


@dataclass
class Desk:
    """A town whose shop and bank each have somebody of every role they need."""

    database: Database
    town: Town = field(init=False)
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        self.town = Town(self.database, *poured(self.database, "desk", furnished))

    def site(self, key: str = "shop") -> int:
        """The id of a site."""
        return self.town.sites[key]

    def customer(self, name: str, *, site: str = "shop", locale: str = "sw", **more: Any) -> int:
        """A customer; its id."""
        facts = CustomerFacts(external_id=f"C-{next(self.numbers)}", name=name, locale=locale, **more)
        with self.database.write() as session:
            return upsert_customer(session, Actor.command(), self.site(site), facts).id

    def answer(
        self,
        name: str | None = "Neema",
        score: int = 0,
        words: str = "Nimesubiri sana",
        *,
        site: str = "shop",
        locale: str = "sw",
        why: tuple[str, ...] = (),
        slug: str = "support-csat",
        place: str | None = None,
        customer_id: int | None = None,
    ) -> str:
        """An answer to the shipped survey by a new customer (None: by anybody); the response's public id."""
        if name is not None:
            customer_id = self.customer(name, site=site, locale=locale)
        site_id, now = self.site(site), clock.now()
        with self.database.write() as session:
            survey = live_survey(session, site_id, slug)
            response = Response(
                site_id=site_id,
                survey_id=survey.survey_id,
                version_id=survey.version_id,
                customer_id=customer_id,
                state="complete",
                assurance="link" if customer_id else "anonymous",
                score=score,
                locale=locale,
                place=place,
                created_at=now,
                updated_at=now,
            )
            session.add(response)
            session.flush()
            rows: list[dict[str, Any]] = [{"question": "score", "number": LOW_SCORE_OF[score]}]
            rows += [{"question": "why", "option": option} for option in why]
            rows += [{"question": "words", "text": words}] if words else []
            for row in rows:
                session.add(Answer(site_id=site_id, response_id=response.id, **row))
            session.flush()
            emit(
                session,
                ResponseSubmitted(
                    site_id, response.id, customer_id, survey.survey_id, slug, score, response.state, locale
                ),
            )
            return response.public_id

    def cases(self, site: str = "shop") -> list[Case]:
        """Cases of a site, oldest first, as they are now."""
        with self.database.read() as session:
            query = select(Case).where(Case.site_id == self.site(site)).order_by(Case.id)
            found = list(session.scalars(query))
            session.expunge_all()
        return found

    def case(self, site: str = "shop") -> Case:
        """The newest case of a site."""
        return self.cases(site)[-1]


def furnished(database: Database) -> tuple[dict[str, int], dict[str, tuple[int, str]]]:
    """Sites and staff by their names."""
    town = Town(database)
    town.add_site("shop")
    town.add_site("bank", country="IR", locale="fa", time_zone="Asia/Tehran")
    town.add_staff("Asha", "shop", Role.AGENT)
    town.add_staff("Juma", "shop", Role.AGENT)
    town.add_staff("Lulu", "shop", Role.LEAD)
    town.add_staff("Parisa", "bank", Role.ADMIN, locale="fa")
    return town.sites, town.staff


class Statements:
    """Counts what is sent to a database while it is open."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.seen: list[str] = []

    def __enter__(self) -> "Statements":
        for engine in (self.database.writer, self.database.reader):
            event.listen(engine, "before_cursor_execute", self._note)
        return self

    def __exit__(self, *_error: object) -> None:
        for engine in (self.database.writer, self.database.reader):
            event.remove(engine, "before_cursor_execute", self._note)

    def _note(self, _connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if statement.split()[0].upper() in ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH"):
            self.seen.append(statement)
