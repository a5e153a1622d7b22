"""The surveys that every site starts with: valid, complete in six languages, asked as the articles ask."""

import re
import unicodedata
from pathlib import Path

import pytest

from feedback.i18n.negotiation import LANGUAGES
from feedback.paths import SURVEY_TEMPLATES
from feedback.surveys.answering import read_answers, score_of
from feedback.surveys.branching import layout_of, visible_questions
from feedback.surveys.definition import Layout, Purpose, Role, SurveyDefinition, every_text
from feedback.surveys.document import to_yaml
from feedback.surveys.kinds import kind_of
from feedback.surveys.parsing import parse_yaml
from feedback.surveys.translation import completeness, missing_texts, publishing_problems

NAMES = (
    "cancel",
    "ces",
    "expectations",
    "happy",
    "message",
    "needs",
    "nps",
    "recovery",
    "satisfied",
    "support-csat",
    "unsubscribe",
)
FILES = {path.stem: path for path in sorted(SURVEY_TEMPLATES.glob("*.yaml"))}


def template(name: str) -> SurveyDefinition:
    return parse_yaml(FILES[name].read_bytes())


def test_these_are_shipped() -> None:
    assert tuple(FILES) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_template_is_complete_in_every_language(name: str) -> None:
    survey = template(name)
    assert survey.slug == name
    assert survey.languages == LANGUAGES
    assert publishing_problems(survey) == ()
    assert all(completeness(survey, language)[0] == completeness(survey, language)[1] for language in LANGUAGES)


@pytest.mark.parametrize("name", NAMES)
def test_a_template_reads_the_same_after_pull_and_push(name: str) -> None:
    assert parse_yaml(to_yaml(template(name))) == template(name)


@pytest.mark.parametrize("name", NAMES)
def test_its_texts_are_written_in_their_own_script_and_spelling(name: str) -> None:
    scripts = {"ne": "DEVANAGARI", "fa": "ARABIC", "mn": "CYRILLIC", "hy": "ARMENIAN"}
    for path, text in every_text(template(name)):
        for language, string in text.items():
            assert string == unicodedata.normalize("NFC", string), path
            assert language == "en" or string != text["en"], path
            if language in scripts:
                assert any(unicodedata.name(sign, "").startswith(scripts[language]) for sign in string), path
        assert not re.search("[يك]", text["fa"]), path
        assert "?" not in text["fa"], path
        assert "?" not in text["hy"], path
        assert ("؟" in text["fa"]) == ("?" in text["en"]) or text["en"].startswith("Your email"), path
        assert ("՞" in text["hy"]) == ("?" in text["en"]), path


@pytest.mark.parametrize("name", [name for name in NAMES if name not in ("cancel", "message", "unsubscribe")])
def test_the_scored_question_is_called_score_comes_first_and_is_needed(name: str) -> None:
    survey = template(name)
    assert survey.score == "score"
    assert survey.questions[0].key == "score"
    assert survey.questions[0].required


def asked(survey: SurveyDefinition, **sent: str) -> list[str]:
    answers, problems = read_answers(survey, lambda name: [sent[name]] if name in sent else [])
    assert not problems
    return [question.key for question in visible_questions(survey, answers)]


def test_after_support_only_a_low_score_is_asked_what_went_wrong() -> None:
    survey = template("support-csat")
    assert asked(survey, score="3") == ["score", "why", "words", "contact"]
    assert asked(survey, score="4") == ["score", "words"]
    assert asked(survey, score="4", words="but") == ["score", "words", "contact"]
    contact = survey.with_role(Role.CONTACT)
    assert contact is not None
    assert not any(point.checked for point in kind_of(contact).show(contact, "en").points)
    why = survey.with_role(Role.REASON)
    assert why is not None
    assert why.other is why.options[-1]


def test_not_really_is_offered_an_alternative() -> None:
    survey = template("needs")
    assert asked(survey, score="no") == ["score", "alternative", "words"]
    assert asked(survey, score="partly") == ["score", "words"]
    assert asked(survey, score="yes") == ["score"]
    assert survey.purpose is Purpose.NEEDS


@pytest.mark.parametrize(("answer", "score"), [("yes", 100), ("partly", 50), ("no", 0)])
@pytest.mark.parametrize("name", ["happy", "expectations", "needs", "recovery"])
def test_yes_partly_and_no_are_worth_100_50_and_0(name: str, answer: str, score: int) -> None:
    survey = template(name)
    answers, _ = read_answers(survey, lambda key: [answer] if key == "score" else [])
    assert score_of(survey, answers) == score


def test_the_message_form_is_one_page_and_needs_only_the_message() -> None:
    survey = template("message")
    assert layout_of(survey) is Layout.PAGE
    assert [question.key for question in survey.questions if question.required] == ["message"]
    assert survey.purpose is Purpose.MESSAGE
    assert survey.score is None


@pytest.mark.parametrize("name", ["satisfied", "happy", "expectations", "nps", "ces"])
def test_two_questions_share_a_page(name: str) -> None:
    assert layout_of(template(name)) is Layout.PAGE


def test_a_missing_text_is_named_by_path_and_language(tmp_path: Path) -> None:
    text = FILES["nps"].read_text()
    survey = parse_yaml(text.replace("    sw: Uwezekano mkubwa sana\n", "").replace("    fa: اصلاً احتمال ندارد\n", ""))
    assert missing_texts(survey) == {"sw": ("questions[0].high",), "fa": ("questions[0].low",)}
    assert [problem.field for problem in publishing_problems(survey)] == [
        "questions[0].high.sw",
        "questions[0].low.fa",
    ]
    done, total = completeness(survey, "sw")
    assert done == total - 1
