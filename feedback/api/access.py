"""The door of the API: a key in the Authorization header, its scope, its share of the minute."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Final, cast

from flask import Response, g, make_response, request

from feedback import clock
from feedback.api.actions import is_due, note_use
from feedback.api.keys import read_key
from feedback.api.limits import count
from feedback.api.queries import Caller, caller_with
from feedback.i18n.text import N_
from feedback.rendering import current_reader
from feedback.web.errors import error_reply, problem_reply
from feedback.web.transaction import reading, settings, writing_in_a_get

_REALM: Final = 'Bearer realm="feedback"'
NO_KEY: Final = N_("A key is needed here")
SEND_ONE: Final = N_("Send it as “Authorization: Bearer fbk_live_…”. “feedback apikey add” makes one.")
BAD_KEY: Final = N_("This key does not work. It may be mistyped, revoked or expired.")
NO_SCOPE: Final = N_("This key is not allowed to do that. It needs the scope %(scope)s.")


def needs(scope: str) -> Callable[[Callable[..., Any]], Callable[..., Response]]:
    """For keys that have this scope; gives ``caller()``."""

    def wrap(view: Callable[..., Any]) -> Callable[..., Response]:
        @wraps(view)
        def called(**arguments: Any) -> Response:
            found = _caller()
            if isinstance(found, Response):
                return found
            g.caller = found
            allowance = count(settings(), found.key_id)
            if allowance.refused:
                response = error_reply(429, code="too-many")
            elif scope not in found.scopes:
                response = _refused(403, "insufficient-scope", NO_SCOPE, "insufficient_scope", scope=scope)
            else:
                response = make_response(view(**arguments))
            response.headers.update(allowance.headers)
            response.headers["Cache-Control"] = "no-store"
            if is_due(found.last_used_at, clock.now()):
                with writing_in_a_get("api_key.used") as session:
                    note_use(session, found.site_id, found.key_id)
            return response

        return called

    return wrap


def caller() -> Caller:
    """Whose key this request came with; only behind ``needs``."""
    return cast(Caller, g.caller)


def _caller() -> Caller | Response:
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not text.strip():
        return _refused(401, "no-key", SEND_ONE)
    key = read_key(text.strip())
    found = caller_with(reading(), key, clock.now()) if key else None
    return found or _refused(401, "invalid-key", BAD_KEY, "invalid_token")


def _refused(status: int, code: str, detail: str, error: str = "", **params: str) -> Response:
    reader = current_reader()
    told = reader.gettext(detail, **params)
    response = (
        problem_reply(401, reader.gettext(NO_KEY), code=code, detail=told)
        if status == 401
        else error_reply(status, code=code, detail=told)
    )
    scope = f', scope="{params["scope"]}"' if "scope" in params else ""
    response.headers["WWW-Authenticate"] = _REALM + (f', error="{error}"' if error else "") + scope
    response.headers["Cache-Control"] = "no-store"
    return response
