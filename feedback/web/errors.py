"""Turns errors into answers: a page that says what to do next, or problem+json (RFC 9457); never a stack trace."""

import logging
from typing import Any

from flask import Flask, Response, json, request
from jinja2 import TemplateNotFound
from sqlalchemy.exc import OperationalError, TimeoutError
from werkzeug.exceptions import HTTPException, InternalServerError, ServiceUnavailable

from feedback.errors import Conflict, Invalid, NotAllowed, NotFound, Problem
from feedback.i18n.text import N_
from feedback.rendering import current_reader
from feedback.web.origins import Foreign
from feedback.web.templating import page

log = logging.getLogger(__name__)

#: status → what happened, and what to do next.
SAYINGS: dict[int, tuple[str, str]] = {
    400: (N_("We could not read that request"), N_("Go back, reload the page and try again.")),
    403: (
        N_("This is not open to you"),
        N_("If you think it should be, ask the people who run this service."),
    ),
    404: (
        N_("There is no page at this address"),
        N_("Check the address, or open the link from the email again."),
    ),
    405: (N_("This address does not work that way"), N_("Go back and use the button on the page.")),
    409: (N_("Somebody else got there first"), N_("Reload the page to see what is there now.")),
    410: (N_("This is no longer here"), N_("Ask for a new link.")),
    413: (N_("That is too long"), N_("Shorten the text and send it again.")),
    428: (N_("Somebody else got there first"), N_("Reload the page to see what is there now.")),
    429: (N_("Too many attempts in a short time"), N_("Wait a few minutes and try again. Nothing is lost.")),
    500: (N_("Something went wrong on our side"), N_("Please try again in a minute.")),
    503: (N_("We are not ready yet"), N_("Please try again in a minute.")),
}


def install(app: Flask) -> None:
    """Answer every domain error, HTTP error and bug."""
    app.register_error_handler(NotFound, lambda _error: error_reply(404))
    app.register_error_handler(Conflict, lambda _error: error_reply(409))
    app.register_error_handler(NotAllowed, _not_allowed)
    app.register_error_handler(Foreign, _foreign)
    app.register_error_handler(Invalid, _invalid)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(OperationalError, _away)
    app.register_error_handler(TimeoutError, _away)
    app.register_error_handler(Exception, _bug)


def wants_json() -> bool:
    """Whether the client asked for JSON rather than for a page."""
    accept = request.headers.get("Accept", "")
    return request.path.startswith("/api/") or ("json" in accept and "text/html" not in accept)


def error_reply(
    status: int, *, code: str | None = None, detail: str | None = None, problems: tuple[Problem, ...] = ()
) -> Response:
    """The answer to an error: problem+json for programs, else a page in the reader's language."""
    heading, advice = SAYINGS.get(status, SAYINGS[400] if status < 500 else SAYINGS[500])
    reader = current_reader()
    title = reader.gettext(heading)
    if wants_json():
        return problem_reply(status, title, code=code, detail=detail, problems=problems)
    try:
        return page("errors/error.html", status, code=status, heading=title, advice=detail or reader.gettext(advice))
    except TemplateNotFound:
        return Response(f"{title}\n{reader.gettext(advice)}\n", status, mimetype="text/plain")


def problem_reply(
    status: int,
    title: str,
    *,
    code: str | None = None,
    detail: str | None = None,
    problems: tuple[Problem, ...] = (),
) -> Response:
    """An application/problem+json answer; ``errors`` lists every problem with its stable code."""
    body: dict[str, Any] = {"type": "about:blank", "title": title, "status": status}
    if code:
        body["code"] = code
    if detail:
        body["detail"] = detail
    if problems:
        reader = current_reader()
        body["errors"] = [
            {"field": problem.field, "code": problem.code, "message": reader.say(problem)} for problem in problems
        ]
    response = Response(json.dumps(body), status, mimetype="application/problem+json")
    response.headers["Content-Language"] = current_reader().language
    return response


def _not_allowed(error: NotAllowed) -> Response:
    return error_reply(409, code=error.code, detail=current_reader().gettext(error.message))


def _foreign(error: Foreign) -> Response:
    return error_reply(403, code=error.code, detail=current_reader().gettext(error.message))


def _invalid(error: Invalid) -> Response:
    detail = None if wants_json() else "\n".join(current_reader().say(problem) for problem in error.problems)
    return error_reply(422, code="invalid", detail=detail, problems=error.problems)


def _http(error: HTTPException) -> Response:
    if error.response is not None:
        return error.response  # type: ignore[return-value]
    reply = error_reply(error.code or 500)
    for name, value in error.get_headers():
        if name.lower() in ("allow", "retry-after", "www-authenticate"):
            reply.headers[name] = value
    return reply


def _away(error: Exception) -> Response:
    """The database can't be asked just now: whoever sends again later, as mail programs do, is answered then."""
    log.error("the database can't be asked", exc_info=error)
    reply = error_reply(ServiceUnavailable.code)
    reply.headers["Retry-After"] = "60"
    return reply


def _bug(error: Exception) -> Response:
    log.exception("request failed", exc_info=error)
    return error_reply(InternalServerError.code)
