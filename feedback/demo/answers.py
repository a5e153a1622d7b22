"""What somebody in a certain mood answers to a survey, as the form would send it; stores nothing."""

from random import Random

from feedback.demo.cast import Words
from feedback.responses.filling import Raw, fill
from feedback.surveys.definition import Question, Role, SurveyDefinition

COMPLAINS_BELOW = 0.42
MIXED_BELOW = 0.68
_SCALES = {"nps": (0, 10), "ces": (1, 7)}


def answer_all(definition: SurveyDefinition, mood: float, words: Words, chance: Random) -> Raw:
    """Form values for every question that this mood leads to; 0 is furious and 1 delighted."""
    raw: Raw = {}
    for question in definition.questions:
        if question.show_if is None or question in fill(definition, raw).visible:
            value = _answer(question, mood, words, chance)
            if value:
                raw[question.key] = value
    return raw


def words_for(mood: float, words: Words, chance: Random) -> str:
    """What is written in this mood: often nothing, often little, now and then two sentences."""
    if mood < COMPLAINS_BELOW:
        fitting, share = words.complaint, 0.85
    elif mood < MIXED_BELOW:
        fitting, share = words.mixed, 0.5
    else:
        fitting, share = words.praise, 0.3
    if chance.random() > share:
        return ""
    if mood >= COMPLAINS_BELOW and chance.random() < 0.35:
        return chance.choice(words.curt)
    count = 2 if chance.random() < 0.25 else 1
    return " ".join(chance.sample(list(fitting), count))


def _answer(question: Question, mood: float, words: Words, chance: Random) -> list[str]:
    if question.role is Role.CONTACT:
        return ["yes" if chance.random() < 0.8 else "no"]
    if question.kind in ("text", "email"):
        wanted = question.kind == "text" and question.role in (None, Role.COMMENT)
        text = words_for(mood, words, chance) if wanted else ""
        return [text] if text else []
    if question.kind == "choices":
        known = [option.key for option in question.options if not option.other]
        return chance.sample(known, min(len(known), chance.choice((1, 1, 2))))
    if question.options:
        return [_option(question, mood, chance)]
    low, high = _SCALES.get(question.kind, (1, question.points or 5))
    return [str(low + round(mood * (high - low)))]


def _option(question: Question, mood: float, chance: Random) -> str:
    scored = [option for option in question.options if option.score is not None]
    if not scored:
        return chance.choice([option.key for option in question.options if not option.other])
    # Few people choose the middle of three.
    wanted = 0 if mood < COMPLAINS_BELOW else 50 if mood < MIXED_BELOW - 0.1 else 100
    return min(scored, key=lambda option: abs((option.score or 0) - wanted)).key
