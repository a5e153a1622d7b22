"""What an answer leaves to be done once somebody has been thanked."""

from sqlalchemy.orm import Session

from feedback.jobs import enqueue


def finish_later(session: Session, site_id: int, response_id: int) -> None:
    """Everything that needn't be done before somebody is thanked is one job."""
    enqueue(session, "responses.after", site_id=site_id, response_id=response_id)
