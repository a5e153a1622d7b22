"""What the widget tells the features below: which surveys a site has taken off other people's pages."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback.events import KeptOffPages, answers
from feedback.widget.models import Placement


@answers(KeptOffPages)
def kept_off_pages(session: Session, question: KeptOffPages) -> list[bool]:
    """What the site says about all its pages; a survey that nobody has placed is on any."""
    off = select(Placement.id).where(
        Placement.site_id == question.site_id, Placement.survey_id == question.survey_id, Placement.live.is_(False)
    )
    return [True for _ in session.execute(off)]
