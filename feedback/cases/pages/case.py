"""The customer's own case: what they told us, what we promised, what was done; and what they say to it."""

import logging
from typing import Any

from flask import Response, redirect, request, url_for
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response as Reply

from feedback import clock
from feedback.actors import Actor
from feedback.cases.actions import customer_wrote, not_them
from feedback.cases.pages.arrival import lead_nowhere, opened, read_in, say, where_to_write
from feedback.cases.pages.blueprint import pages
from feedback.cases.pages.telling import CaseView, done_view, promises_view, recovery_view, state_sentence
from feedback.cases.queries.own import OwnLink, own_case
from feedback.cases.queries.recovery import Offered, offered
from feedback.cases.showing import Shows, shows
from feedback.errors import Invalid, NotFound
from feedback.i18n.text import N_
from feedback.links.models import Link
from feedback.links.queries import token_of
from feedback.links.signing import keyring, sign_survey
from feedback.rendering import current_reader
from feedback.responses.drawing import languages_view, site_view
from feedback.responses.limits import LINK_STEPS, counter, link_key
from feedback.web.documents import document, told
from feedback.web.errors import problem_reply, wants_json
from feedback.web.locale import asked_language
from feedback.web.origins import refuse_foreign
from feedback.web.templating import page
from feedback.web.transaction import reading, settings, writing

log = logging.getLogger(__name__)

REPLY, UNSOLVED, NOT_ME, LANGUAGE = "reply", "unsolved", "not_me", "lang:"
#: What became of a press of a button, by the code that the address carries after it.
DONE = {
    "stored": N_("Thank you, we have your message."),
    "reopened": N_("Thank you for telling us. We are working on it again."),
    "joined": N_("Thank you for telling us. We are handling this together with something else you told us."),
}
TOO_MANY = N_("Too many attempts in a short time. What you wrote is still here; please send it again later.")
FAILED = N_("Something went wrong on our side. Your answer is still here; please send it again.")


@pages.get("/c/<token>", strict_slashes=False)
def own(token: str) -> Response:
    """The case as it is now; drawn for whatever opens it, and nothing is stored."""
    try:
        found, token = opened(token)
    except NotFound as error:
        return lead_nowhere(error)
    return _draw(found, token, status=DONE.get(request.args.get("done", ""), ""))


@pages.post("/c/<token>", strict_slashes=False)
def tell(token: str) -> Response | Reply:
    """What the customer says: an answer, that it isn't solved, or that they aren't the customer."""
    try:
        found, token = opened(token)
    except NotFound as error:
        return lead_nowhere(error)
    refuse_foreign(by_link=True)
    do, text = _sent()
    shown = shows(found.behind, clock.now())
    if do == NOT_ME and shown is not Shows.ERASED:
        return _not_me(found, revoked=shown is Shows.REVOKED)
    if shown is not Shows.ALL:
        return _draw(found, token, code=410)
    if do.startswith(LANGUAGE):
        wish = do.removeprefix(LANGUAGE)
        return _page(found, token, read_in(found, wish), typed=text, wish=wish)
    return _take(found, token, text, unsolved=do == UNSOLVED)


def _sent() -> tuple[str, str]:
    try:
        fields: Any = document() if request.is_json else request.form
    except BadRequest:
        fields = {}
    fields = fields if hasattr(fields, "get") else {}
    do, text = fields.get("do"), fields.get("text")
    said = text.replace("\r\n", "\n").replace("\x00", "") if isinstance(text, str) else ""
    return str(do or REPLY), said


def _not_me(found: OwnLink, *, revoked: bool) -> Response:
    if not revoked:
        with writing() as session:
            not_them(session, found.site.site_id, found.case_id, found.link_id)
    if wants_json():
        return told("already" if revoked else "stored", NOT_ME)
    return say(NOT_ME, found)


def _take(found: OwnLink, token: str, text: str, *, unsolved: bool) -> Response | Reply:
    counts, key = counter(settings()), link_key(found.link_id)
    if counts.count(key) >= LINK_STEPS:
        return _refuse(found, token, text, 429, "too-many", TOO_MANY)
    site_id, actor = found.site.site_id, Actor.customer(found.link_id)
    try:
        with writing() as session:
            case = customer_wrote(session, actor, site_id, found.case_id, text, channel="page", unsolved=unsolved)
    except Invalid as wrong:
        return _wrong(found, token, text, wrong)
    except Exception:
        # Whatever it was, the words of somebody who waits for an answer are not thrown away with it.
        log.exception("what a customer wrote was not stored")
        return _refuse(found, token, text, 500, "not-stored", FAILED)
    counts.add(key)
    done = "reopened" if unsolved and found.is_resolved else "stored"
    if case.id != found.case_id:  # another one is open already, and everything goes on there
        done = "joined"
    if wants_json():
        return told("stored", done)
    return redirect(url_for("cases.own", token=token, done=done, lang=asked_language()), 303)


def _wrong(found: OwnLink, token: str, text: str, wrong: Invalid) -> Response:
    offered = read_in(found)
    if wants_json():
        title = current_reader().gettext(N_("Please check what you entered"))
        return problem_reply(422, title, code="invalid", problems=wrong.problems)
    error = " ".join(current_reader().say(problem) for problem in wrong.problems)
    return _page(found, token, offered, 422, error=error, typed=text)


def _refuse(found: OwnLink, token: str, text: str, code: int, name: str, message: str) -> Response:
    """The page again with everything that was typed, because of something that is no fault of the words."""
    offered = read_in(found)
    said = current_reader().gettext(message)
    if wants_json():
        reply = problem_reply(code, said, code=name)
    else:
        reply = _page(found, token, offered, code, error=said, typed=text)
    if code == 429:
        reply.headers["Retry-After"] = "1800"
    return reply


def _draw(found: OwnLink, token: str, *, code: int = 200, status: str = "") -> Response:
    shown = shows(found.behind, clock.now())
    if shown in (Shows.ERASED, Shows.REVOKED):
        return say(shown, found)
    offered = read_in(found)
    if code != 200 and wants_json():
        return problem_reply(code, state_sentence(found), code="case-closed")
    return _page(found, token, offered, code, status=current_reader().gettext(status) if status else "")


def _page(
    found: OwnLink,
    token: str,
    offered: tuple[str, ...],
    code: int = 200,
    *,
    status: str = "",
    error: str = "",
    typed: str = "",
    wish: str | None = None,
) -> Response:
    head: dict[str, Any] = {
        "site": site_view(found.site),
        "languages": languages_view(offered),
        "number": found.number,
        "state": state_sentence(found),
        "is_resolved": found.is_resolved,
        "action": url_for("cases.tell", token=token, lang=wish or asked_language()),
    }
    if shows(found.behind, clock.now()) is Shows.STATE:
        view = CaseView(**head, closed_at=found.behind.resolved_at, write_to=where_to_write(found))
        return page("public/case_closed.html", code, view=view)
    case = own_case(reading(), found.site.site_id, found.case_id)
    view = CaseView(
        **head,
        said=case.said,
        promises=promises_view(found, case.promised),
        done=done_view(case),
        recovery=recovery_view(_offered(found), _survey_address),
        status=status,
        error=error,
        typed=typed,
    )
    return page("public/case.html", code, view=view)


def _offered(found: OwnLink) -> Offered | None:
    return offered(reading(), found.site.site_id, found.case_id) if found.is_resolved else None


def _survey_address(link: Link, answer: str | None) -> str:
    token = sign_survey(keyring(settings()), token_of(link))
    return url_for("responses.survey", token=token, lang=current_reader().language, score=answer)
