"""What programs send as JSON, read whole or refused, and what they get for it instead of a page."""

import json
from typing import Any, Literal

from flask import Response, abort, jsonify, request


def document() -> Any:
    """The JSON that was sent. Raises BadRequest for what is none, however deep it is nested.

    Half a character, which no database takes and programs leave that cut texts by their length, becomes a ``?``.
    """
    try:
        found = request.get_json()
        if b"\\ud" in request.get_data().lower():
            found = json.loads(json.dumps(found, ensure_ascii=False).encode("utf-8", "replace"))
    except RecursionError:
        abort(400)
    return found


def told(status: Literal["stored", "updated", "already"], done: str, **more: Any) -> Response:
    """What became of a POST that answers no survey: the four keys that all replies have, and what was done."""
    return jsonify({"status": status, "response": None, "follow_up": None, "next": None, "done": done, **more})
