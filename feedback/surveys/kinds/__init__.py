"""Rule: the kinds of question there are, by name; each is a class that checks, shows, scores and sums up."""

from collections.abc import Mapping
from types import MappingProxyType

from feedback.surveys.definition import Question
from feedback.surveys.kinds.base import Bar, Checked, Kind, Point, Shown, Summary, Tally, other_field
from feedback.surveys.kinds.chosen import Choice, Choices, YesNo
from feedback.surveys.kinds.scales import MOODS, Ces, Faces, Nps, Stars
from feedback.surveys.kinds.words import Email, Text

_ALL: tuple[Kind, ...] = (
    Faces(),
    Stars(),
    Nps(),
    Ces(),
    YesNo(),
    Choice(),
    Choices(),
    Text(),
    Email(),
)
KINDS: Mapping[str, Kind] = MappingProxyType({kind.name: kind for kind in _ALL})


def kind_of(question: Question) -> Kind:
    """The kind of a question."""
    return KINDS[question.kind]


__all__ = ["KINDS", "MOODS", "Bar", "Checked", "Kind", "Point", "Shown", "Summary", "Tally", "kind_of", "other_field"]
