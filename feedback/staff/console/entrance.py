"""The way in: sign-in, forgotten passwords, links that set one, sign-out; none of these pages has a session yet."""

import hashlib
import hmac
import secrets
from collections.abc import Callable
from datetime import timedelta
from typing import Final

from flask import Response, current_app, redirect, request, url_for
from werkzeug.wrappers import Response as Reply
from wtforms import Form

from feedback import clock
from feedback.actors import Actor
from feedback.errors import NotFound, Problem
from feedback.i18n.text import N_
from feedback.links.actions import consume
from feedback.links.purposes import Purpose
from feedback.links.queries import open_link_of
from feedback.links.signing import Keyring, keyring, open_form, open_staff_join, open_staff_reset, sign_form
from feedback.links.tokens import BadToken, FormToken, LinkToken, repaired
from feedback.rendering import current_reader
from feedback.staff import sessions
from feedback.staff.actions import (
    TooSoon,
    Tries,
    ask_reset,
    claim_try,
    forget_tries,
    note_failure,
    renew_hash,
    set_password,
)
from feedback.staff.console.blueprint import pages
from feedback.staff.forms import ForgotForm, NewPasswordForm, SignInForm
from feedback.staff.hashing import hash_password, needs_rehash, verify_password
from feedback.staff.passwords import password_problems
from feedback.staff.queries import Holder, account_by_email, email_key, holder_of
from feedback.web.destinations import console_path
from feedback.web.forms import show_problems
from feedback.web.guard import home_of, maybe_staff, open_to_all, signed_in
from feedback.web.templating import page
from feedback.web.throttle import Patience, network_of
from feedback.web.transaction import reading, settings, writing

#: Somebody at one place with one account; an account from everywhere; a network; everything together.
PAIR: Final = Patience(5, timedelta(minutes=15))
ACCOUNT: Final = Patience(25, timedelta(minutes=1))
NETWORK: Final = Patience(50, timedelta(minutes=5))
EVERYBODY: Final = Patience(1000, timedelta(seconds=2))
RESETS: Final = Patience(3, timedelta(hours=1))
RESETS_OF_NETWORK: Final = Patience(30, timedelta(minutes=15))

_LONGEST_EMAIL: Final = 300
_STALE = Problem("", "stale", N_("This page was open for a long time. Please send it again."))
_WRONG = Problem("", "sign-in", N_("Email and password don't match. Check both, or ask for a new password."))


@pages.get("/console/")
@signed_in
def home() -> Reply | Response:
    """The triage list of the first site, or a friendly word for whoever belongs to none."""
    staff = maybe_staff()
    if staff is not None and staff.sites:
        return redirect(home_of(staff.sites[0]))
    return page("console/staff/no_site.html")


@pages.get("/console/sign-in")
@open_to_all
def sign_in() -> Reply | Response:
    """The form, or onwards for whoever is signed in already."""
    wanted = console_path(request.args.get("next"))
    if maybe_staff() is not None:
        return redirect(wanted or url_for("staff_console.home"))
    return _sign_in_page(SignInForm(formdata=None, data={"next": wanted or ""}))


@pages.post("/console/sign-in")
@open_to_all
def check_sign_in() -> Reply | Response:
    """Check address and password: the same words and the same time, whatever was wrong."""
    form = SignInForm()
    email, password = (form.email.data or "")[:_LONGEST_EMAIL], form.password.data or ""
    if not _is_fresh(form.fb_token.data):
        return _sign_in_page(form, _STALE)
    counted = counted_for(email)
    try:
        with writing() as database:
            claimed = claim_try(database, list(counted.values()))
    except TooSoon as error:
        return _too_soon(form, error, _sign_in_page)
    account = account_by_email(reading(), email)
    right = verify_password(account.password_hash if account else None, password)
    if account is None or not right or not account.is_enabled:
        with writing() as database:
            note_failure(database, account.id if account else None)
        return _sign_in_page(form, _WRONG)
    renewed = hash_password(password) if needs_rehash(account.password_hash or "") else None
    with writing() as database:
        forget_tries(database, claimed, [counted["pair"].who, counted["account"].who])
        if renewed is not None:
            renew_hash(database, account.id, renewed)
        sessions.sign_in(database, account.id, request.user_agent.string)
    return redirect(console_path(form.next.data) or url_for("staff_console.home"), 303)


@pages.post("/console/sign-out")
@signed_in
def sign_out() -> Reply:
    """End this browser's session."""
    with writing() as database:
        sessions.sign_out(database)
    return redirect(url_for("staff_console.sign_in"), 303)


@pages.get("/console/forgot")
@open_to_all
def forgot() -> Response:
    """Ask for a link that sets a new password."""
    return _forgot_page(ForgotForm(formdata=None))


@pages.post("/console/forgot")
@open_to_all
def ask_for_reset() -> Response:
    """Mail the link, if there is such an account; the answer is the same if there isn't."""
    form = ForgotForm()
    email = (form.email.data or "")[:_LONGEST_EMAIL]
    if not _is_fresh(form.fb_token.data):
        return _forgot_page(form, _STALE)
    if "@" not in email:
        problem = Problem("email", "email", N_("This is not an email address we can write to."))
        return _forgot_page(form, problem)
    network = Tries(_keyed("resets-from", _network()), RESETS_OF_NETWORK)
    try:
        with writing() as database:
            claim_try(database, [network])
    except TooSoon as error:
        return _too_soon(form, error, _forgot_page)
    try:
        with writing() as database:
            claim_try(database, [Tries(_keyed("resets", email_key(email)), RESETS)])
            ask_reset(database, email)
    except TooSoon:
        pass  # mailed often enough; saying so would tell that the account exists
    return page("console/staff/forgot.html", form=form, sent=True, email=email)


@pages.route("/console/join/<token>", methods=["GET", "POST"])
@open_to_all
def join(token: str) -> Reply | Response:
    """Choose a first password, by the link in the invitation."""
    return _by_link(token, Purpose.STAFF_JOIN, open_staff_join)


@pages.route("/console/reset/<token>", methods=["GET", "POST"])
@open_to_all
def reset(token: str) -> Reply | Response:
    """Choose a new password, by the link in the mail."""
    return _by_link(token, Purpose.STAFF_RESET, open_staff_reset)


def counted_for(email: str) -> dict[str, Tries]:
    """What a try at signing in is counted by. Names and networks are kept as keyed hashes only."""
    account, network = email_key(email), _network()
    return {
        "pair": Tries(_keyed("pair", f"{account}|{network}"), PAIR),
        "account": Tries(_keyed("account", account), ACCOUNT),
        "network": Tries(_keyed("network", network), NETWORK),
        "everybody": Tries(_keyed("everybody", ""), EVERYBODY),
    }


def _by_link(token: str, purpose: Purpose, opened: Callable[[Keyring, str], LinkToken]) -> Reply | Response:
    """Show the form for as often as somebody (or their mail scanner) looks; the POST uses the link up."""
    try:
        said = opened(keyring(settings()), repaired(token))
        link = open_link_of(reading(), said.site_id, purpose, said.key)
        member = holder_of(reading(), link.staff_id or 0)
    except NotFound:  # tampered with, expired, used, or its account was disabled
        return page("console/staff/link_over.html", status=404, purpose=purpose.value)
    form = NewPasswordForm()
    if request.method != "POST":
        return _password_page(form, purpose, member)
    if not _is_fresh(form.fb_token.data):
        return _password_page(form, purpose, member, _STALE)
    chosen = form.password.data or ""
    problems = password_problems(chosen, (member.email, member.name))
    if problems:
        return _password_page(form, purpose, member, *problems)
    hashed = hash_password(chosen)
    with writing() as database:
        if not consume(database, link.site_id, link.id):
            return page("console/staff/link_over.html", status=404, purpose=purpose.value)
        set_password(database, Actor.staff(member.id, member.name), member.id, hashed)
        sessions.sign_in(database, member.id, request.user_agent.string)
    return redirect(url_for("staff_console.home"), 303)


def _sign_in_page(form: SignInForm, *problems: Problem, status: int = 200) -> Response:
    show_problems(form, problems)
    return page(
        "console/staff/sign_in.html", status=422 if problems and status == 200 else status, form=form, token=_token()
    )


def _forgot_page(form: ForgotForm, *problems: Problem, status: int = 200) -> Response:
    show_problems(form, problems)
    status = 422 if problems and status == 200 else status
    return page("console/staff/forgot.html", status=status, form=form, token=_token(), sent=False)


def _password_page(form: NewPasswordForm, purpose: Purpose, member: Holder, *problems: Problem) -> Response:
    show_problems(form, problems)
    return page(
        "console/staff/new_password.html",
        status=422 if problems else 200,
        form=form,
        token=_token(),
        member=member,
        is_first=purpose is Purpose.STAFF_JOIN,
    )


def _too_soon(form: Form, error: TooSoon, shown: Callable[..., Response]) -> Response:
    wait = max(error.until - clock.now(), timedelta(seconds=1))
    message = N_("Too many attempts. Please wait %(time)s and try again.")
    told = Problem("", error.code, message, {"time": current_reader().formats.duration(wait)})
    response = shown(form, told, status=429)
    response.headers["Retry-After"] = str(int(wait.total_seconds()) + 1)
    return response


def _token() -> str:
    """What stands in for a session's token on a page without session; it names no site."""
    form = FormToken(0, 0, 0, secrets.token_bytes(12), int(clock.now().timestamp()))
    return sign_form(keyring(settings()), form)


def _is_fresh(token: str | None) -> bool:
    try:
        form, fresh = open_form(keyring(settings()), token or "")
    except BadToken:
        return False
    return fresh and form.site_id == 0 and form.version_id == 0


def _network() -> str:
    return network_of(request.remote_addr)


def _keyed(kind: str, value: str) -> str:
    key = current_app.secret_key or ""
    secret = key.encode() if isinstance(key, str) else key
    return hmac.new(secret, f"{kind}|{value}".encode(), hashlib.sha256).hexdigest()
