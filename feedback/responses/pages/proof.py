"""Proof of work, where a site asks strangers for it: the sum that a browser is given, and whether it was done.

The protocol is ALTCHA's, version 2, so that whoever builds a form of their own finds a client for it.
"""

import json
from base64 import b64decode
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from flask import Response, jsonify

from feedback import clock
from feedback.errors import NotFound
from feedback.links.keys import derived_secret, derived_secrets
from feedback.responses.actions.once import Once
from feedback.responses.models import SeenKind
from feedback.responses.pages.blueprint import pages
from feedback.sites.queries import site_by_key
from feedback.sites.spam import spam_guard_from
from feedback.web.transaction import reading, settings

#: About a second of a telephone's time; checking it takes one part in two hundred of that.
ALGORITHM, COST = "PBKDF2/SHA-256", 5000
#: As long as a form: whoever writes slowly, or is sent when the network is back, has done it already.
AGE = timedelta(hours=24)
#: More than a proof ever has; nothing longer is looked at.
_LONGEST = 2000
_SECRET = "proof"  # noqa: S105 - the name of a secret


@pages.get("/challenge/<site>")
def challenge(site: str) -> Response:
    """A sum for a browser, where the site asks for one; each can be used for one answer."""
    from altcha import create_challenge  # noqa: PLC0415 - a tenth of a second of start-up that most sites don't need

    found = site_by_key(reading(), site)
    if not spam_guard_from(found.spam).proof_of_work:
        raise NotFound(site)
    made = create_challenge(
        ALGORITHM,
        COST,
        expires_at=int((clock.now() + AGE).timestamp()),
        data={"site": found.id},
        hmac_secret=derived_secret(settings(), _SECRET),
    )
    return jsonify(made.to_dict())


def proof_of(site_id: int, payload: str) -> Once | None:
    """A sum of this site that was done and is not too old; it still has to be new. None for anything else."""
    from altcha import verify_solution  # noqa: PLC0415 - a tenth of a second of start-up that most sites don't need

    parameters, signature = _read(payload)
    data, until = parameters.get("data"), parameters.get("expiresAt")
    if not isinstance(data, dict) or data.get("site") != site_id or type(until) is not int:
        return None
    if not any(verify_solution(payload, secret).verified for secret in derived_secrets(settings(), _SECRET)):
        return None
    ends = datetime.fromtimestamp(until, UTC)  # the signature says that it is one of ours
    if ends <= clock.now():
        return None
    return Once(SeenKind.CHALLENGE, sha256(signature.encode()).hexdigest(), ends, "proof_again")


def _read(payload: str) -> tuple[dict[str, Any], str]:
    """What the payload says of its challenge, whoever wrote it."""
    if not payload or len(payload) > _LONGEST:
        return {}, ""
    try:
        found = json.loads(b64decode(payload, validate=True))["challenge"]
        parameters, signature = found["parameters"], found["signature"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return {}, ""
    return (parameters, signature) if isinstance(parameters, dict) and isinstance(signature, str) else ({}, "")
