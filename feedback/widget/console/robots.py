"""What is asked of strangers, so that robots stay out; what was held back is shown among the responses."""

from collections.abc import Sequence

from flask import Response, redirect, url_for
from werkzeug.wrappers import Response as Reply

from feedback.actors import Role
from feedback.errors import Conflict
from feedback.sites.actions import change_spam_guard
from feedback.sites.spam import SpamGuard, spam_guard_from
from feedback.web.forms import CHANGED, show_problems
from feedback.web.guard import current_site, current_staff, staff_only
from feedback.web.templating import page
from feedback.web.transaction import settings, writing
from feedback.widget.console.blueprint import SAVED, on_or_off, pages, site_now
from feedback.widget.forms import RobotsForm


@pages.get("/robots")
@staff_only(Role.ADMIN)
def robots(site: str) -> Response:
    """The two switches."""
    present = site_now()
    guard = spam_guard_from(present.spam)
    shown = {"version": present.version, "proof_of_work": guard.proof_of_work, "akismet": guard.akismet}
    return _page(RobotsForm(formdata=None, data=shown))


@pages.post("/robots")
@staff_only(Role.ADMIN)
def save_robots(site: str) -> Reply | Response:
    """Keep them; whoever comes second is asked to look again."""
    form = RobotsForm()
    guard = SpamGuard(form.proof_of_work.data, form.akismet.data and settings().akismet_key is not None)
    try:
        with writing() as session:
            change_spam_guard(
                session, current_staff().actor, current_site().site_id, guard, version=form.expected_version
            )
    except Conflict:
        show_problems(form, (CHANGED,))
        present = site_now()
        form.now_for(present.version)
        there = spam_guard_from(present.spam)
        pairs = ((form.proof_of_work, there.proof_of_work), (form.akismet, there.akismet))
        differences = [
            (field.label.text, on_or_off(stored), on_or_off(field.data))
            for field, stored in pairs
            if stored != field.data
        ]
        return _page(form, differences, status=409)
    return redirect(url_for(".robots", done=SAVED), 303)


def _page(form: RobotsForm, differences: Sequence[tuple[str, str, str]] = (), status: int = 200) -> Response:
    has_key = settings().akismet_key is not None
    return page("console/widget/robots.html", status=status, form=form, has_key=has_key, differences=differences)
