"""Short confirmations after a redirect: a code in the address, its text from a list; never what was typed."""

from flask import request

_TEXTS: dict[str, str] = {}


def notice(code: str, message: str) -> str:
    """Register a confirmation under a code and give the code back, for ``url_for(…, done=code)``."""
    _TEXTS[code] = message
    return code


def current_notice() -> str | None:
    """The marked text of the confirmation that this page was asked to show."""
    return _TEXTS.get(request.args.get("done", ""))
