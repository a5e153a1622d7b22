"""Who answers, where a site's own back end says so with a token; links and paired screens speak for themselves."""

import logging
from dataclasses import dataclass, replace

from feedback import clock
from feedback.customers.rows import CustomerFacts, check_customer
from feedback.errors import DomainError
from feedback.i18n.text import N_
from feedback.responses.pages.visit import Visit
from feedback.responses.queries import Door
from feedback.responses.ways import Way
from feedback.sites.identity import BadIdentity, Flaw, Identity, verify
from feedback.sites.secrets import active_secrets
from feedback.web.transaction import reading

log = logging.getLogger(__name__)

WANTED = N_("Only signed-in customers can answer here. Sign in and come back: what you wrote is still here.")
DOUBTED = N_(
    "We could not tell who you are, perhaps because this page was open for a long time. What you wrote is still "
    "here: send it again, and it will count without your name."
)


@dataclass
class NotProven(DomainError):
    """An answer that nobody vouches for, or whose token is not believed; ``flaw`` is for developers."""

    code: str
    message: str
    flaw: Flaw | None = None


def needs_signing_in(door: Door) -> bool:
    """Whether there is no use in asking: nobody but the site's own pages could say here who answers."""
    return door.asked.identity_required and door.way in (Way.OPEN, Way.MESSAGE)


def proven(visit: Visit) -> Visit:
    """The same visit with whoever the token names. Raises NotProven.

    A link in the address is believed before any token; without a token, anybody may answer unless the site says no.
    """
    door, token = visit.door, visit.posted.identity if visit.posted else ""
    if door.link_id is not None or door.way.is_its_own_authority:
        return visit
    wanted = door.asked.identity_required
    if not token:
        if wanted:
            raise NotProven("identity-required", WANTED)
        return visit
    try:
        secrets = active_secrets(reading(), door.asked.site_id)
        found = _facts(verify(token, secrets, audience=door.asked.site_key, now=clock.now()))
    except BadIdentity as error:
        log.info("identity on %s refused: %s", door.asked.site_key, error.flaw.value)
        raise NotProven("identity-invalid", WANTED if wanted else DOUBTED, error.flaw) from error
    return replace(visit, known=found)


def _facts(identity: Identity) -> CustomerFacts:
    """What the token says about the customer; what can't be right is left out, and costs nobody their answer."""
    cells = {"external_id": identity.external_id, **identity.claims}
    facts, problems = check_customer(cells)
    if facts is None:
        wrong = {problem.field for problem in problems}
        facts, _ = check_customer({name: text for name, text in cells.items() if name not in wrong})
    if facts is None:
        raise BadIdentity(Flaw.SUBJECT)
    return facts
