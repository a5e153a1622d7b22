"""The screens on which somebody cancels: why, and the one thing that could be instead; nothing is decided here."""

from dataclasses import dataclass, replace
from typing import Final

from flask import Response, url_for

from feedback.i18n.text import N_, mask_address
from feedback.rendering import current_reader
from feedback.responses.drawing import (
    Screen,
    languages_view,
    localized,
    privacy_line,
    question_view,
    site_view,
)
from feedback.responses.filling import Filled
from feedback.responses.queries import Door
from feedback.responses.view import LanguageView, QuestionView, SiteView, Text
from feedback.surveys.cancelling import OFFER, asked_first, offer_for
from feedback.surveys.definition import Offer, Role, SurveyDefinition
from feedback.surveys.kinds import other_field
from feedback.web.templating import page

#: ``fb_step`` of the two screens on which something is decided.
WHY: Final = "why"
INSTEAD: Final = "instead"
MEANS: Final = {
    Offer.PAUSE: N_("You can pause instead of cancelling. You can still cancel at any time."),
    Offer.PERSON: N_("You can talk to one of us first. Nothing changes for now, and you can still cancel at any time."),
}
NOTHING: Final = N_("We have nothing else to suggest for that. You can cancel now.")


@dataclass(frozen=True, slots=True)
class Leaving:
    """Somebody who is about to cancel: what they are asked, where the forms post to, and how to speak to them.

    ``token`` is that of their link, empty where staff try the survey; ``hidden`` goes with every form.
    """

    door: Door
    token: str
    action: str
    definition: SurveyDefinition
    version_id: int
    offered: tuple[str, ...]
    hidden: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class CancelView:
    """A screen on which something is decided; ``offers`` are the reasons for which there is another way."""

    site: SiteView
    title: Text
    intro: Text | None
    languages: tuple[LanguageView, ...]
    action: str
    hidden: tuple[tuple[str, str], ...]
    questions: tuple[QuestionView, ...] = ()
    contact: QuestionView | None = None
    privacy: Text | None = None
    notice: str = ""
    offers: tuple[str, ...] = ()
    #: The offer as its question asks it, what its button says and sends, and what taking it means.
    asked: Text | None = None
    offer: Text | None = None
    offer_key: str = ""
    means: str = ""
    answering_for: str | None = None
    not_me_url: str = ""


def ask_why(leaving: Leaving, filled: Filled, *, notice: str = "", status: int = 200) -> Response:
    """What is cancelled, why if they like, and the button that does it."""
    reader, asked = current_reader(), leaving.door.asked
    screen = Screen(filled, (), filled.raw, (), seed=leaving.token or leaving.definition.slug)
    questions = tuple(question_view(one, screen, reader, asked) for one in asked_first(leaving.definition))
    contact = leaving.definition.with_role(Role.CONTACT)
    reason = leaving.definition.with_role(Role.REASON)
    view = replace(
        _deciding(leaving, WHY),
        intro=localized(leaving.definition.intro, reader, asked) if leaving.definition.intro else None,
        questions=tuple(one for one in questions if contact is None or one.key != contact.key),
        contact=next((one for one in questions if contact is not None and one.key == contact.key), None),
        privacy=privacy_line(asked, reader),
        notice=notice,
        offers=tuple(one.key for one in reason.options if one.offer) if reason else (),
    )
    return page("public/cancel/why.html", status, view=view)


def offer_instead(leaving: Leaving, filled: Filled, *, notice: str = "") -> Response:
    """The one thing that could be instead, beside cancelling; the answers so far go along."""
    reader, asked = current_reader(), leaving.door.asked
    option = offer_for(leaving.definition, filled.answers)
    question = leaving.definition.question(OFFER)
    if option is None or question is None:
        return ask_why(leaving, filled, notice=reader.gettext(NOTHING))
    own = {name for one in asked_first(leaving.definition) for name in (one.key, other_field(one))}
    kept = tuple((name, value) for name, values in filled.raw.items() if name in own for value in values)
    view = _deciding(leaving, INSTEAD)
    view = replace(
        view,
        hidden=(*view.hidden, *kept),
        asked=localized(question.text, reader, asked),
        offer=localized(option.text, reader, asked),
        offer_key=option.key,
        means=reader.gettext(MEANS[Offer(option.key)]),
        notice=notice,
    )
    return page("public/cancel/instead.html", view=view)


def _deciding(leaving: Leaving, step: str) -> CancelView:
    door, reader = leaving.door, current_reader()
    return CancelView(
        site=site_view(door.asked),
        title=localized(leaving.definition.title, reader, door.asked),
        intro=None,
        languages=languages_view(leaving.offered),
        action=leaving.action,
        hidden=(("fb_step", step), ("fb_lang", reader.language), *leaving.hidden),
        answering_for=mask_address(door.customer.email) if door.customer and door.customer.email else None,
        not_me_url=url_for("responses.not_me", token=leaving.token) if leaving.token else "",
    )
