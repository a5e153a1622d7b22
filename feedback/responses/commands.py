"""``feedback link``: signed addresses for a site's own mails and pages."""

import json
import os

import click

from feedback.actors import Actor
from feedback.customers.actions import InteractionFacts, record_interaction
from feedback.customers.models import Customer
from feedback.customers.queries import customer_named, interaction_by_external_id
from feedback.errors import Misused, NotFound, Problem
from feedback.i18n.catalogue import translator
from feedback.i18n.negotiation import LANGUAGES, canonical, lookup, terminal_language
from feedback.i18n.text import N_
from feedback.links.actions import issue_survey_link
from feedback.links.urls import survey_url
from feedback.sites.queries import choose_site
from feedback.surveys.queries import live_survey
from feedback.terminal import Terminal

_ACTOR = Actor.command("link")


@click.group()
def link() -> None:
    """Signed addresses for customers.

    Example: feedback link survey --survey nps --customer C-1007
    """


@link.command("survey")
@click.option("--survey", "slug", metavar="SLUG", required=True, help="Which survey, such as nps.")
@click.option("--customer", metavar="ID", required=True, help="Your number for the customer, or our id.")
@click.option("--interaction", metavar="ID", help="Your number for what is asked about; gives the same link again.")
@click.option("--locale", metavar="TAG", help="Language of the link; the customer's, unless given.")
@click.option("--site", "site_key", metavar="KEY", help="Site; may be left out while there is only one.")
@click.option("--json", "as_json", is_flag=True, help="Print the address as JSON.")
@click.pass_obj
def survey(
    terminal: Terminal,
    slug: str,
    customer: str,
    interaction: str | None,
    locale: str | None,
    site_key: str | None,
    as_json: bool,
) -> None:
    """Print the address of a survey for one customer. Nobody needs to sign in to answer there.

    Without an interaction each call gives a new link, and each link is answered once.

    Example: feedback link survey --survey support-csat --customer C-1007 --interaction T-88
    """
    if locale is not None and lookup([locale], LANGUAGES) is None:
        message = N_("“%(locale)s” is not one of our languages; fa or fa-AF would be right.")
        raise Misused([Problem("locale", "locale", message, {"locale": locale})])
    with terminal.database.write() as session:
        site = choose_site(session, site_key)
        try:
            asked = live_survey(session, site.id, slug)
        except NotFound:
            asked = None
        if asked is None or asked.archived:
            raise _fail(N_("There is no published survey %(name)s here."), slug)
        try:
            who: Customer = customer_named(session, site.id, customer)
        except NotFound as error:
            raise _fail(N_("There is no customer %(customer)s here."), customer) from error
        about = None
        if interaction:
            about = interaction_by_external_id(session, site.id, interaction) or record_interaction(
                session, _ACTOR, site.id, who.id, InteractionFacts(interaction)
            )
            if about.customer_id != who.id:
                raise _fail(N_("The interaction %(name)s belongs to another customer."), interaction)
        found = issue_survey_link(
            session,
            _ACTOR,
            site.id,
            survey_id=asked.survey_id,
            customer_id=who.id,
            locale=canonical(locale) or who.locale or site.locale,
            interaction_id=about.id if about else None,
            address_key=who.address_key,
        )
    address = survey_url(terminal.settings, found)
    if as_json:
        expires_at = found.expires_at.isoformat() if found.expires_at else None
        click.echo(json.dumps({"url": address, "expires_at": expires_at}))
    else:
        click.echo(address)


def _fail(message: str, name: str) -> click.ClickException:
    return click.ClickException(
        translator(terminal_language(os.environ)).say(message, {"name": name, "customer": name})
    )
