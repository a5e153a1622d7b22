"""Changes by a button in a list of the console: one row, and only as it was when the list was drawn."""

from collections.abc import Callable

from flask import g

from feedback.errors import Conflict
from feedback.web.forms import VersionedForm
from feedback.web.guard import current_staff
from feedback.web.transaction import writing


def changed(which: str, do: Callable[..., object], **what: object) -> bool:
    """Do this to the one with that name; False, and nothing done, where somebody has changed it meanwhile."""
    version = VersionedForm().expected_version
    try:
        with writing() as session:
            do(session, current_staff().actor, g.site_id, which, expected_version=version, **what)
    except Conflict:
        return False
    return True
