"""Opening a case by hand: finding the customer, or none, and saying what it is about."""

from flask import Response, g, redirect, request, url_for
from werkzeug.wrappers import Response as Reply

from feedback.actors import Role
from feedback.cases import actions
from feedback.cases.console.blueprint import pages
from feedback.cases.forms import NewCaseForm
from feedback.cases.queries import CaseHead, case_head
from feedback.cases.states import Kind, Priority
from feedback.customers.queries import customer_by_public_id, find_customers
from feedback.errors import Conflict, Invalid, NotFound, Problem
from feedback.i18n.text import N_
from feedback.web.forms import show_problems
from feedback.web.guard import current_staff, staff_only
from feedback.web.notices import notice
from feedback.web.templating import form_page
from feedback.web.transaction import reading, writing

OPENED = notice("case_opened", N_("The case is open."))
_SHOWN = 20


@pages.get("/new")
@staff_only(Role.AGENT)
def new(site: str) -> Response:
    """An empty form; ``look_for`` in the address fills in the customer."""
    form = NewCaseForm(formdata=None, look_for=request.args.get("look_for", ""))
    return _draw(form)


@pages.post("/new")
@staff_only(Role.AGENT)
def open_new(site: str) -> Reply | Response:
    """Look the customer up, or open the case."""
    form = NewCaseForm()
    if request.form.get("go") == "find" or not form.validate():
        return _draw(form, status=200 if request.form.get("go") == "find" else 422)
    me = current_staff()
    try:
        customer_id = _customer_id(form)
        with writing() as session:
            opened = actions.open_by_hand(
                session,
                me.actor,
                g.site_id,
                customer_id=customer_id,
                kind=Kind(form.kind.data),
                priority=Priority(form.priority.data),
                words=form.words.data or "",
                language=form.language.data or "",
                owner_id=me.id if form.mine.data else None,
            )
            public_id = case_head(session, g.site_id, opened.case_id).public_id
    except Conflict as clash:
        return _draw(form, status=409, there=clash.present)
    except Invalid as wrong:
        show_problems(form, wrong.problems)
        return _draw(form, status=422)
    return redirect(url_for(".show", public_id=public_id, done=OPENED), 303)


def _customer_id(form: NewCaseForm) -> int | None:
    """The customer chosen. One that was typed but not chosen is asked about: a case without them would be lost."""
    if form.customer.data:
        try:
            return customer_by_public_id(reading(), g.site_id, form.customer.data).id
        except NotFound as gone:
            raise Invalid([Problem("look_for", "unknown", N_("This customer no longer exists."))]) from gone
    if (form.look_for.data or "").strip():
        raise Invalid([Problem("look_for", "choose", N_("Find the customer and choose one, or leave this empty."))])
    return None


def _draw(form: NewCaseForm, *, status: int = 200, there: CaseHead | None = None) -> Response:
    wanted = (form.look_for.data or "").strip()
    found = find_customers(reading(), g.site_id, wanted, limit=_SHOWN) if wanted else []
    if len(found) == 1 and not form.customer.data:
        form.customer.data = found[0].public_id
    return form_page("console/cases/new.html", status, form=form, found=found, wanted=wanted, there=there)
