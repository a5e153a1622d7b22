"""What speaks for spam in a stranger's answer: asked of its form, its words, and whomever the site wants asked."""

from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256

from flask import request

from feedback import clock
from feedback.rendering import current_reader
from feedback.responses import akismet
from feedback.responses.actions.once import Once
from feedback.responses.filling import Filled
from feedback.responses.limits import OPEN_ANSWERS, counter, network_of
from feedback.responses.models import SeenKind
from feedback.responses.pages.proof import proof_of
from feedback.responses.pages.visit import Visit
from feedback.responses.suspicion import TOO_FAST, Written, holds_back, is_in_doubt, same_words, signs_in
from feedback.sites.spam import spam_guard_from
from feedback.surveys.definition import Role
from feedback.web.transaction import done_reading, settings

#: Within that time nobody else says the same in the same words.
SAME_WORDS = timedelta(days=1)
_WHO = frozenset({Role.NAME, Role.EMAIL})


@dataclass(frozen=True, slots=True)
class Suspicion:
    """The signs that were found, and what must not have come before; their sender sees nothing of either (P-1)."""

    flags: tuple[str, ...] = ()
    once: tuple[Once, ...] = ()

    @property
    def holds_back(self) -> bool:
        """Whether the answer waits until somebody has looked at it."""
        return holds_back(self.flags)


def suspicion_of(visit: Visit, filled: Filled, network: str) -> Suspicion:
    """Look at a stranger's answer before it is stored; ``network`` is under what it is counted.

    No transaction may be open: somebody else may be asked, who takes up to two seconds to answer.
    """
    flags, once = _signs_of_the_form(visit, network), []
    written = _written(filled)
    if words := same_words(written):
        until = clock.now() + SAME_WORDS
        once.append(Once(SeenKind.WORDS, sha256(words.encode()).hexdigest(), until, "repeated"))
    guard = spam_guard_from(visit.door.asked.spam)
    if guard.proof_of_work:
        proof = proof_of(visit.door.asked.site_id, _sent(visit, "fb_proof"))
        if proof is None:
            flags.append("no_proof")
        else:
            once.append(proof)
    flags += signs_in(written)
    if guard.akismet and settings().akismet_key and written.words and not holds_back(flags):
        flags += _asked_of_akismet(written, flags)
    return Suspicion(tuple(flags), tuple(once))


def _signs_of_the_form(visit: Visit, network: str) -> list[str]:
    flags = []
    if visit.posted is not None and any(visit.posted.fields.getlist(visit.trap)):
        flags.append("trap")
    if clock.now().timestamp() - visit.form.issued_at < TOO_FAST:
        flags.append("too_fast")
    if counter(settings()).count(network) >= OPEN_ANSWERS:
        flags.append("many")
    return flags


def _sent(visit: Visit, name: str) -> str:
    values = visit.posted.fields.getlist(name) if visit.posted else []
    return str(values[0]) if values else ""


def _written(filled: Filled) -> Written:
    who = {question.key for question in filled.definition.questions if question.role in _WHO}
    name = filled.role(Role.NAME)
    return Written(
        tuple(
            value.text
            for answer in filled.answers.values()
            if answer.question not in who
            for value in answer.values
            if value.text
        ),
        next((value.text for value in name.values if value.text), "") if name else "",
    )


def _asked_of_akismet(written: Written, flags: list[str]) -> list[str]:
    done_reading()
    try:
        is_spam = akismet.is_spam(
            settings(),
            "\n".join(written.words),
            language=current_reader().language,
            network=network_of(request.remote_addr),
        )
    except akismet.Silent:
        return ["akismet_silent"] if is_in_doubt(flags, written) else []
    return ["akismet"] if is_spam else []
