"""One POST of a survey form, understood: which survey version, what was kept before, what was sent now."""

import secrets
from dataclasses import dataclass
from hashlib import blake2b

from flask import request

from feedback import clock
from feedback.customers.rows import CustomerFacts
from feedback.errors import NotFound
from feedback.links.signing import keyring, open_draft, open_edit, open_form, sign_draft, sign_edit, sign_form
from feedback.links.tokens import BadToken, FormToken
from feedback.links.tokens import EditToken as Edit
from feedback.responses.filling import Raw, as_raw, clean_raw
from feedback.responses.forms import WHOLE_PAGE, PlainFields, Posted, laid_over, read_post, sent_questions
from feedback.responses.queries import Door, Earlier, definition_of, earlier_by_id, stored_answers
from feedback.surveys.branching import layout_of
from feedback.surveys.definition import Layout, Question, SurveyDefinition
from feedback.web.documents import document
from feedback.web.errors import wants_json
from feedback.web.transaction import reading, settings


@dataclass(frozen=True, slots=True)
class Visit:
    """``own`` are the values that this browser sent on earlier steps; only they are ever shown again (L-12)."""

    door: Door
    definition: SurveyDefinition
    version_id: int
    form: FormToken
    own: Raw
    posted: Posted | None = None
    #: The form was open for too long, or carries no signature of ours: it is shown again with everything kept.
    stale: bool = False
    edit: str = ""
    editing: Earlier | None = None
    #: Whom the site's own back end names.
    known: CustomerFacts | None = None

    @property
    def on_one_page(self) -> bool:
        """Whether all questions stand on one page."""
        return layout_of(self.definition) is Layout.PAGE

    @property
    def step(self) -> Question | None:
        """The question of the step that was posted; None for the whole form."""
        if self.posted is None or self.posted.step in (None, WHOLE_PAGE) or self.on_one_page:
            return None
        return self.definition.question(self.posted.step or "")

    @property
    def is_strangers(self) -> bool:
        """Whether nobody says who it is: neither a link nor the site's own back end."""
        return self.door.link_id is None and self.known is None

    @property
    def seed(self) -> str:
        """Decides the order of shuffled options: the same through all steps of one form."""
        return self.form.nonce.hex()

    @property
    def trap(self) -> str:
        """Name of the field that only robots fill in; other for each form, so that no browser knows it."""
        if self.door.link_id is not None:
            return ""
        return "fb_" + blake2b(self.form.nonce, key=b"trap", digest_size=4).hexdigest()

    def values(self) -> Raw:
        """What is known now: the link's draft, what this browser sent before, and what it sends now."""
        posted = self.posted
        if posted is None:
            return self.kept()
        before = dict(self.own)
        if self.step is not None and self.editing is None:
            before = {**self.kept(), **before}
        return laid_over(self.definition, before, posted.fields, self.answered_now())

    def shown(self) -> Raw:
        """What this browser has sent, now and before."""
        if self.posted is None:
            return self.own
        return laid_over(self.definition, self.own, self.posted.fields, self.answered_now())

    def answered_now(self) -> tuple[Question, ...]:
        """The questions that this POST answers: its step's, and whatever else it has values for."""
        if self.posted is None:
            return ()
        sent = sent_questions(self.definition, self.posted.fields)
        if self.posted.step == WHOLE_PAGE or (self.on_one_page and self.posted.step is not None):
            return self.definition.questions
        step = self.step
        return sent if step is None or step in sent else (step, *sent)

    def kept(self) -> Raw:
        """The draft of the link, whoever wrote it: decides where to go on, and is never shown."""
        return clean_raw(self.definition, self.door.draft.values) if self.door.draft else {}

    @property
    def is_whole(self) -> bool:
        """Whether the POST holds all there will be: programs send everything at once, browsers step by step."""
        if self.posted is None:
            return False
        step = self.step
        if step is None or self.posted.at_once:
            return True
        order = [question.key for question in self.definition.questions]
        return any(
            order.index(question.key) > order.index(step.key)
            for question in sent_questions(self.definition, self.posted.fields)
        )

    def hidden(self, step: Question | None, language: str, own: Raw) -> tuple[tuple[str, str], ...]:
        """The fields that a form carries without showing them."""
        ring = keyring(settings())
        fields = [
            ("fb_step", WHOLE_PAGE if step is None else step.key),
            ("fb_token", sign_form(ring, self.form)),
            ("fb_lang", language),
        ]
        if step is not None and own:
            fields.append(("fb_draft", sign_draft(ring, self.form.nonce, own)))
        if self.door.frame is not None and self.door.link_id is None:
            fields.append(("fb_identity", ""))  # the host page says who it is, through frame.js
        if self.edit:
            fields.append(("fb_edit", self.edit))
        return tuple(fields)


def arriving(door: Door) -> Visit:
    """A first look at the survey. Raises NotFound where no version is open."""
    wanted = (door.draft.version_id if door.draft else None, door.asked.version_id)
    version_id, definition = definition_of(reading(), door.asked, wanted)
    return Visit(door, definition, version_id, _new_form(door, version_id), {})


def posting(door: Door) -> Visit:
    """A POST of the form. Raises NotFound where no version is open, TooLate for an edit whose time is over."""
    fields = PlainFields(document()) if request.is_json else request.form
    posted = read_post(fields, at_once=wants_json())
    form, fresh = _form_of(door, posted)
    editing = _editing(door, posted)
    wanted = (
        form.version_id if form else None,
        editing.version_id if editing else None,
        door.draft.version_id if door.draft else None,
        door.asked.version_id,
    )
    version_id, definition = definition_of(reading(), door.asked, wanted)
    if form is not None and version_id != form.version_id:
        form = None  # signed for another survey
    stale = not fresh if form else bool(posted.token) or (door.link_id is None and editing is None)
    own: Raw = {}
    if form is not None and posted.draft:
        try:
            own = clean_raw(definition, open_draft(keyring(settings()), posted.draft, form.nonce))
        except BadToken:
            stale = True
    current = _new_form(door, version_id, form)
    return Visit(door, definition, version_id, current, own, posted, stale, posted.edit, editing)


class TooLate(NotFound):
    """An answer that can't be changed any more."""


def reopened(visit: Visit) -> Visit | None:
    """The form of an answer that somebody wants to change, filled in; None for any other POST."""
    posted, editing = visit.posted, visit.editing
    if posted is None or editing is None or posted.step is not None or visit.answered_now():
        return None
    answers = stored_answers(reading(), visit.door.asked.site_id, editing.id)
    return Visit(
        visit.door,
        visit.definition,
        visit.version_id,
        visit.form,
        as_raw(visit.definition, answers),
        edit=visit.edit,
        editing=editing,
    )


def edit_token(site_id: int, response_id: int) -> str:
    """The right to change an answer, for the reply to the submit."""
    issued_at = int(clock.now().timestamp())
    return sign_edit(keyring(settings()), Edit(site_id, response_id, issued_at))


def _form_of(door: Door, posted: Posted) -> tuple[FormToken | None, bool]:
    """The form's token if it is ours and made for this door, and whether it is fresh."""
    if not posted.token:
        return None, False
    try:
        form, fresh = open_form(keyring(settings()), posted.token)
    except BadToken:
        return None, False
    if form.site_id != door.asked.site_id or form.link_id != (door.link_id or 0):
        return None, False
    return form, fresh


def _editing(door: Door, posted: Posted) -> Earlier | None:
    if not posted.edit:
        return None
    try:
        edit = open_edit(keyring(settings()), posted.edit)
        if edit.site_id != door.asked.site_id:
            raise TooLate("edit")
        if door.link_id is not None:
            if door.earlier is None or door.earlier.id != edit.response_id:
                raise TooLate("edit")
            return door.earlier
        return earlier_by_id(reading(), edit.site_id, door.asked.survey_id, edit.response_id)
    except NotFound as error:
        raise TooLate("edit") from error


def _new_form(door: Door, version_id: int, before: FormToken | None = None) -> FormToken:
    """A form's token; of an old form it keeps the nonce and, while it is fresh, the moment it was first drawn."""
    now = int(clock.now().timestamp())
    age = now - before.issued_at if before else 0
    return FormToken(
        door.asked.site_id,
        version_id,
        door.link_id or 0,
        before.nonce if before else secrets.token_bytes(12),
        before.issued_at if before and age < _RENEW else now,
    )


#: A form is signed anew once it is half as old as it may get, so that nobody who goes on is ever too late.
_RENEW = 12 * 3600
