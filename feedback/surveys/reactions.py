"""What surveys do when something happened elsewhere: a new site gets its copy of every template."""

from sqlalchemy.orm import Session

from feedback.actors import SYSTEM
from feedback.events import SiteCreated, on
from feedback.surveys.actions import create_from_template, templates


@on(SiteCreated)
def give_templates(session: Session, fact: SiteCreated) -> None:
    """Copy every shipped survey to the site and publish it; a later release never changes the copies."""
    for definition in templates():
        create_from_template(session, SYSTEM, fact.site_id, definition)
