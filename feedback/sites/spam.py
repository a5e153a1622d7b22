"""Rule: what a site does about spam beyond what every site does; read from its row and stored there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class SpamGuard:
    """Both are off unless the site asks for them.

    ``proof_of_work``: a stranger's browser does a little arithmetic before it sends; whoever can't is held back.
    ``akismet``: what strangers write is shown to Akismet, which needs a key in the settings and a word in the notice.
    """

    proof_of_work: bool = False
    akismet: bool = False


def spam_guard_from(raw: Mapping[str, Any]) -> SpamGuard:
    """From the site's row; what isn't there is off."""
    return SpamGuard(raw.get("proof_of_work") is True, raw.get("akismet") is True)


def spam_guard_as_json(guard: SpamGuard) -> dict[str, Any]:
    """As kept in the site's row."""
    return {"proof_of_work": guard.proof_of_work, "akismet": guard.akismet}
