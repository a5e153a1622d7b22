"""Flask's session as a row of ours: only in the console, only for who signed in; signing in itself is elsewhere."""

import hashlib
import re
import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final, cast

from flask import Flask, Request, Response
from flask import session as current
from flask.sessions import SessionInterface, SessionMixin
from werkzeug.datastructures import CallbackDict

from feedback import clock
from feedback.actors import StaffPrincipal
from feedback.settings import Settings
from feedback.staff.actions import end_session, keep_session_data, note_seen, start_session
from feedback.staff.actions.entrance import IDLE, SEEN_EVERY
from feedback.staff.queries import open_session
from feedback.web.guard import is_console
from feedback.web.transaction import reading, writing, writing_in_a_get

_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{43}")
_BROWSERS: Final = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS: Final = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Macintosh", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


class OutsideSession(dict[str, Any], SessionMixin):
    """What public pages find instead of a session: a wall. They have no cookie, and using one is a bug."""

    principal: StaffPrincipal | None = None

    def _refuse(self, *_arguments: object, **_named: object) -> Any:
        raise RuntimeError("there is no session outside the console")

    __getitem__ = __setitem__ = __delitem__ = __contains__ = _refuse
    get = pop = setdefault = update = clear = _refuse


class ConsoleSession(CallbackDict[str, Any], SessionMixin):
    """The session of a browser in the console; without ``row_id`` nobody is signed in and nothing is kept."""

    def __init__(self, data: dict[str, Any] | None = None) -> None:
        def changed(this: "ConsoleSession") -> None:
            this.modified = True

        super().__init__(data, cast(Callable[[Any], None], changed))
        self.modified = False
        self.accessed = True
        self.row_id: int | None = None
        self.seen_at: datetime | None = None
        self.principal: StaffPrincipal | None = None
        self.token_hash: str | None = None
        self.new_token: str | None = None
        self.ended = False


class StaffSessions(SessionInterface):
    """Opens and keeps the sessions of staff. The cookie holds 32 random bytes, the row only their SHA-256."""

    def __init__(self, settings: Settings) -> None:
        self.is_https = settings.is_https
        self.cookie = "__Host-fb_session" if settings.is_https else "fb_session"

    def open_session(self, app: Flask, request: Request) -> SessionMixin:
        """The browser's session, if its cookie is one that we gave and that is still good."""
        if not is_console(request.path):
            return OutsideSession()
        token = request.cookies.get(self.cookie, "")
        if not _TOKEN.fullmatch(token):
            return ConsoleSession()
        digest = hash_of(token)
        found = open_session(reading(), digest)
        now = clock.now()
        if found is None or found.expires_at <= now or found.seen_at <= now - IDLE:
            return ConsoleSession()
        session = ConsoleSession(found.data)
        session.row_id, session.seen_at = found.id, found.seen_at
        session.principal, session.token_hash = found.principal, digest
        return session

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Set or drop the cookie, keep what changed, and note every few minutes that the session is in use."""
        if not isinstance(session, ConsoleSession):
            return
        response.vary.add("Cookie")
        if session.new_token is not None:
            self._set_cookie(response, session.new_token)
        elif session.ended:
            response.delete_cookie(self.cookie, path="/", secure=self.is_https, httponly=True, samesite="Lax")
        elif session.row_id is not None and session.principal is not None:
            self._keep(session, session.row_id, session.principal.id)

    def _set_cookie(self, response: Response, token: str) -> None:
        response.set_cookie(self.cookie, token, path="/", secure=self.is_https, httponly=True, samesite="Lax")

    def _keep(self, session: ConsoleSession, row_id: int, staff_id: int) -> None:
        if session.modified:
            with writing() as database:
                keep_session_data(database, row_id, dict(session))
        elif session.seen_at is not None and session.seen_at <= clock.now() - SEEN_EVERY:
            with writing_in_a_get("staff.seen") as database:
                note_seen(database, row_id, staff_id)


def sign_in(database: Any, staff_id: int, agent: str) -> None:
    """Start a session under a new token, in the caller's transaction, and end the one that this browser had."""
    session = browser_session()
    token = secrets.token_urlsafe(32)
    start_session(
        database,
        staff_id,
        token_hash=hash_of(token),
        data={"csrf_token": secrets.token_hex(20)},
        agent=described(agent),
        instead_of=session.token_hash,
    )
    session.new_token = token


def sign_out(database: Any) -> None:
    """End this browser's session."""
    session = browser_session()
    if session.row_id is not None and session.principal is not None:
        end_session(database, session.principal.actor, session.principal.id, session.row_id)
    session.clear()
    session.ended = True


def browser_session() -> ConsoleSession:
    """This request's session; only within the console."""
    found = cast(Any, current)._get_current_object()
    if not isinstance(found, ConsoleSession):
        raise RuntimeError("there is no session outside the console")
    return found


def hash_of(token: str) -> str:
    """What is kept of a cookie: whoever reads the database can't sign in with it."""
    return hashlib.sha256(token.encode()).hexdigest()


def described(agent: str) -> str:
    """Browser and system in two words, for the list of one's own sessions; the full header isn't kept."""
    browser = next((name for mark, name in _BROWSERS if f"{mark}/" in agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in agent), "")
    return ", ".join(part for part in (browser, system) if part)


__all__ = ["ConsoleSession", "OutsideSession", "StaffSessions", "browser_session", "sign_in", "sign_out"]
