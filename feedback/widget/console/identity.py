"""How a site's back end says who its customers are: its secrets, and whether answers of unknown people are refused."""

from collections.abc import Sequence

from flask import Response, redirect, url_for
from werkzeug.wrappers import Response as Reply

from feedback.actors import Role
from feedback.errors import Conflict, Invalid, Problem
from feedback.i18n.text import N_
from feedback.sites.actions import change_identity_required
from feedback.sites.identity import CLAIMS, LONGEST_LIFE, has_cryptography
from feedback.sites.models import Algorithm
from feedback.sites.secrets import MAX_ACTIVE, active_secrets, add_secret, all_secrets, retire_secret
from feedback.web.forms import CHANGED, show_problems
from feedback.web.guard import current_site, current_staff, staff_only
from feedback.web.notices import notice
from feedback.web.templating import page
from feedback.web.transaction import reading, writing
from feedback.widget.console.blueprint import SAVED, on_or_off, pages, site_now
from feedback.widget.forms import EnforceForm, SecretForm

RETIRED = notice("secret-retired", N_("Retired. Nothing signed with it is accepted any more."))
_NO_SECRET = Problem(
    "required", "no-secret", N_("No secret is in use: with this on, nobody could answer. Create one first.")
)


@pages.get("/identity")
@staff_only(Role.ADMIN)
def identity(site: str) -> Response:
    """The secrets, and the switch."""
    return _page()


@pages.post("/identity/secrets")
@staff_only(Role.ADMIN)
def new_secret(site: str) -> Response:
    """Make a secret; this reply is the only one that shows it."""
    try:
        with writing() as session:
            key = add_secret(session, current_staff().actor, current_site().site_id).key
    except Invalid as error:
        return _page(problems=error.problems, status=422)
    return _page(shown=key)


@pages.post("/identity/keys")
@staff_only(Role.ADMIN)
def new_key(site: str) -> Reply | Response:
    """Believe what is signed with the other half of a public key."""
    form = SecretForm()
    try:
        with writing() as session:
            add_secret(session, current_staff().actor, current_site().site_id, public_key=form.public_key.data or "")
    except Invalid as error:
        show_problems(form, error.problems)
        return _page(form, status=422)
    return redirect(url_for(".identity", done=SAVED), 303)


@pages.post("/identity/secrets/<public_id>/retire")
@staff_only(Role.ADMIN)
def drop_secret(site: str, public_id: str) -> Reply:
    """Believe nothing any more that was signed with it."""
    with writing() as session:
        retire_secret(session, current_staff().actor, current_site().site_id, public_id)
    return redirect(url_for(".identity", done=RETIRED), 303)


@pages.post("/identity/required")
@staff_only(Role.ADMIN)
def save_required(site: str) -> Reply | Response:
    """Refuse answers of unknown people, or take them; whoever comes second sees what is there now."""
    form, site_id = EnforceForm(), current_site().site_id
    if form.required.data and not active_secrets(reading(), site_id):
        show_problems(form, (_NO_SECRET,))
        return _page(enforce=form, status=422)
    try:
        with writing() as session:
            change_identity_required(
                session, current_staff().actor, site_id, form.required.data, version=form.expected_version
            )
    except Conflict:
        show_problems(form, (CHANGED,))
        present = site_now()
        form.now_for(present.version)
        shown = (on_or_off(present.identity_required), on_or_off(form.required.data))
        return _page(enforce=form, differences=[(form.required.label.text, *shown)], status=409)
    return redirect(url_for(".identity", done=SAVED), 303)


def _page(
    form: SecretForm | None = None,
    *,
    enforce: EnforceForm | None = None,
    shown: str | None = None,
    differences: Sequence[tuple[str, str, str]] = (),
    problems: Sequence[Problem] = (),
    status: int = 200,
) -> Response:
    present = site_now()
    if enforce is None:
        enforce = EnforceForm(formdata=None, data={"version": present.version, "required": present.identity_required})
    form = form or SecretForm(formdata=None)
    show_problems(form, problems)
    secrets = all_secrets(reading(), present.id)
    active = [secret for secret in secrets if secret.retired_at is None]
    return page(
        "console/widget/identity.html",
        status=status,
        form=form,
        enforce=enforce,
        differences=differences,
        present=present,
        shown=shown,
        active=active,
        retired=[secret for secret in secrets if secret.retired_at is not None],
        has_room=len(active) < MAX_ACTIVE,
        may_paste=has_cryptography(),
        algorithms=Algorithm,
        minutes=LONGEST_LIFE // 60,
        claims=CLAIMS,
    )
