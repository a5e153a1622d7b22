"""What the survey page shows, as small frozen dataclasses between ``pages.py`` and the templates; no HTML."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from feedback.responses.ways import Frame


@dataclass(frozen=True, slots=True)
class Text:
    """A text in the language it is really in (the reader's, or the fallback, which then needs a lang attribute)."""

    text: str
    language: str
    direction: str = "ltr"

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class PointView:
    """One choice: a face, star, number or option; ``value`` is what the form sends."""

    value: str
    label: Text
    chosen: bool = False
    #: Of faces: 1 (worst) to 5 (best), spread so that three faces are 1, 3, 5.
    mood: int | None = None
    #: Whether a text of one's own goes with it ("other").
    takes_text: bool = False


@dataclass(frozen=True, slots=True)
class QuestionView:
    """A question ready to draw; ``kind`` picks ``templates/public/kinds/<kind>.html``."""

    key: str
    kind: str
    text: Text
    hint: Text | None
    required: bool
    points: tuple[PointView, ...] = ()
    #: What the ends of a scale mean ("Not at all likely").
    low: Text | None = None
    high: Text | None = None
    #: What was typed so far, exactly, also when it was refused.
    value: str = ""
    other_value: str = ""
    other_name: str = ""
    max_length: int | None = None
    #: An example inside an empty field, and what browsers may fill in ("name", "email").
    placeholder: str = ""
    autocomplete: str = ""
    #: Already translated.
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LanguageView:
    """One language that the page can switch to, in its own name."""

    tag: str
    name: str
    current: bool


@dataclass(frozen=True, slots=True)
class SiteView:
    """The company that asks, or whose mails they are."""

    name: str
    privacy_url: str
    #: CSS custom properties of the brand, light and dark: ``Theme.variables()`` of ``feedback/sites/theme.py``.
    variables: Mapping[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class SurveyView:
    """One screen of a survey. Buttons send ``fb_go`` = ``next``, ``back``, ``send`` or ``lang:<tag>``."""

    site: SiteView
    title: Text
    intro: Text | None
    action: str
    questions: tuple[QuestionView, ...]
    hidden: tuple[tuple[str, str], ...]
    languages: tuple[LanguageView, ...]
    step: int
    steps: int
    can_go_back: bool
    is_last: bool
    privacy: Text
    #: Masked address of the customer whose link this is, or None.
    answering_for: str | None = None
    not_me_url: str | None = None
    #: One line on top: what was wrong, or that the form was old and is kept ("error", "info").
    notice: tuple[str, str] | None = None
    #: Set where it stands inside somebody else's page.
    frame: Frame | None = None
    #: Whether the token with which that page says who somebody is was not believed.
    refused: bool = False
    #: Name of the trap field that people never see and robots fill in; none is drawn without a name.
    trap: str = ""
    #: Where a browser gets the sum that it is to do first; empty where none is asked for.
    challenge: str = ""


@dataclass(frozen=True, slots=True)
class ThanksView:
    """What happens next. ``by`` is the promised moment, ``who`` a name, or None for the team."""

    site: SiteView
    mood: str  # "high", "low" or "neutral"
    languages: tuple[LanguageView, ...]
    thanks: Text | None = None
    by: datetime | None = None
    who: str | None = None
    may_write: bool = True
    #: The address of the customer's page of the case: shown in this reply only.
    case_url: str = ""
    updated: bool = False
    #: Hidden fields of the "Change my answer" button, empty once the edit window is over.
    edit_action: str = ""
    edit_hidden: tuple[tuple[str, str], ...] = ()
    edit_until: datetime | None = None
    frame: Frame | None = None


@dataclass(frozen=True, slots=True)
class NoticeView:
    """A page that says one thing and what to do next: answered, expired, closed, broken, not me."""

    site: SiteView | None
    heading: str
    body: str
    languages: tuple[LanguageView, ...] = field(default=())
    #: (label, address) of what to do next.
    next_step: tuple[str, str] | None = None
    #: (label, action, hidden fields): a button that posts.
    button: tuple[str, str, tuple[tuple[str, str], ...]] | None = None
    frame: Frame | None = None
    #: Whether it says that nothing can be asked here.
    failed: bool = False
    #: Where somebody has their link mailed to them again, where the site is known.
    lost_url: str = ""


@dataclass(frozen=True, slots=True)
class PrivacyView:
    """How answers are processed: the site's own notice, or the standard one where it has none."""

    site: SiteView
    languages: tuple[LanguageView, ...] = ()
    notice: Text | None = None
    #: Where the company can be written to, or None.
    reply_to: str | None = None
