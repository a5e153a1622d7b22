"""A site with staff, customers and a survey, and answers as they are stored: what cases are made from."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback import clock
from feedback.actors import SYSTEM, Actor, Role
from feedback.cases.actions import create_default_rules
from feedback.cases.models import Activity, Case, Promise
from feedback.customers.models import Customer
from feedback.events import ResponseSubmitted, emit
from feedback.responses.models import Answer, Response
from feedback.sites.models import Site
from feedback.staff.models import StaffMember, StaffRole
from feedback.surveys.models import Survey, SurveyVersion

#: A Wednesday, 12:00 in Dar es Salaam: four working hours later it is 16:00 there.
NOON = datetime(2026, 6, 10, 9, 0, tzinfo=UTC)
_numbers = count(1)


@dataclass
class World:
    """One site in one session; every name is new, so that several fit into one database."""

    session: Session
    site: Site
    version: SurveyVersion
    staff: dict[str, StaffMember] = field(default_factory=dict)

    def add_staff(
        self, name: str, *languages: str, role: Role = Role.AGENT, away_until: datetime | None = None
    ) -> StaffMember:
        """Somebody with a role on the site."""
        address = f"{name.lower()}{next(_numbers)}@example.com"
        member = StaffMember(
            email=address,
            email_key=address,
            name=name,
            languages=list(languages),
            away_until=away_until,
            created_at=clock.now(),
        )
        self.session.add(member)
        self.session.flush()
        self.session.add(StaffRole(site_id=self.site.id, staff_id=member.id, role=role.value))
        self.session.flush()
        self.staff[name] = member
        return member

    def add_customer(self, name: str = "Neema", locale: str = "sw", **more: Any) -> Customer:
        """A customer of the site."""
        number = next(_numbers)
        customer = Customer(
            site_id=self.site.id,
            external_id=f"C-{number}",
            name=name,
            search_key=name.casefold(),
            email=more.pop("email", f"c{number}@example.com"),
            locale=locale,
            created_at=clock.now(),
            updated_at=clock.now(),
            **more,
        )
        self.session.add(customer)
        self.session.flush()
        return customer

    def store(
        self,
        customer: Customer | None,
        score: int | None,
        words: str = "",
        *,
        locale: str = "sw",
        contact: str = "not_asked",
        options: dict[str, list[str]] | None = None,
    ) -> Response:
        """A stored response that nobody has been told of yet."""
        now = clock.now()
        response = Response(
            site_id=self.site.id,
            survey_id=self.version.survey_id,
            version_id=self.version.id,
            customer_id=customer.id if customer else None,
            state="complete",
            contact=contact,
            assurance="link" if customer else "anonymous",
            score=score,
            locale=locale,
            created_at=now,
            updated_at=now,
        )
        self.session.add(response)
        self.session.flush()
        for question, chosen in (options or {}).items():
            for option in chosen:
                self._answer(response, question, option=option)
        if words:
            self._answer(response, "more", text=words)
        self.session.flush()
        return response

    def _answer(self, response: Response, question: str, **value: Any) -> None:
        self.session.add(Answer(site_id=self.site.id, response_id=response.id, question=question, **value))

    def submitted(self, response: Response, survey: str = "support-csat") -> ResponseSubmitted:
        """What is told about a response."""
        return ResponseSubmitted(
            self.site.id,
            response.id,
            response.customer_id,
            response.survey_id,
            survey,
            response.score,
            response.state,
            response.locale,
        )

    def answer(self, customer: Customer | None, score: int | None, words: str = "", **more: Any) -> Response:
        """A stored response that everybody has been told of."""
        survey = more.pop("survey", "support-csat")
        response = self.store(customer, score, words, **more)
        emit(self.session, self.submitted(response, survey))
        return response

    def cases(self) -> list[Case]:
        """All cases of the site as they are now, oldest first."""
        query = select(Case).where(Case.site_id == self.site.id).order_by(Case.id)
        return list(self.session.scalars(query.execution_options(populate_existing=True)))

    def case(self) -> Case:
        """The only case."""
        (found,) = self.cases()
        return found

    def customer_of(self, case: Case) -> Customer:
        """The customer whose case it is."""
        query = select(Customer).where(Customer.site_id == self.site.id, Customer.id == case.customer_id)
        return self.session.scalars(query).one()

    def happened(self, case: Case) -> list[str]:
        """Kinds of what happened on a case, in order."""
        query = select(Activity.kind).where(Activity.site_id == self.site.id, Activity.case_id == case.id)
        return list(self.session.scalars(query.order_by(Activity.id)))

    def promises(self, case: Case) -> list[Promise]:
        """The promises of a case, oldest first."""
        query = select(Promise).where(Promise.site_id == self.site.id, Promise.case_id == case.id)
        return list(self.session.scalars(query.order_by(Promise.id).execution_options(populate_existing=True)))

    def actor(self, name: str) -> Actor:
        """A staff member at work."""
        return Actor.staff(self.staff[name].id, name)


def build(session: Session, **site: Any) -> World:
    """A Tanzanian shop with default rules, one survey and no staff yet."""
    number = next(_numbers)
    values: dict[str, Any] = {
        "key": f"shop{number}",
        "name": "Duka",
        "locale": "sw",
        "languages": ["sw", "en"],
        "time_zone": "Africa/Dar_es_Salaam",
        "country": "TZ",
        "salt": "s" * 32,
        "created_at": clock.now(),
    }
    shop = Site(**(values | site))
    session.add(shop)
    session.flush()
    survey = Survey(site_id=shop.id, slug="support-csat", created_at=clock.now())
    session.add(survey)
    session.flush()
    version = SurveyVersion(
        site_id=shop.id, survey_id=survey.id, number=1, definition={"questions": []}, created_at=clock.now()
    )
    session.add(version)
    session.flush()
    create_default_rules(session, SYSTEM, shop.id)
    return World(session, shop, version)
