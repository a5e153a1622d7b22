"""Nothing that a person may read is missing in any of the six languages."""

from pathlib import Path

import feedback
from feedback.i18n import checks, coverage
from feedback.paths import STATIC, SURVEY_TEMPLATES, TEMPLATES, TRANSLATIONS

PACKAGE = Path(feedback.__file__).parent
SAME = checks.same_as_english(TRANSLATIONS)


def test_the_catalogues_are_complete_and_current() -> None:
    assert list(checks.catalogue_problems(TRANSLATIONS, PACKAGE, TEMPLATES)) == []


def test_the_shipped_surveys_speak_all_languages() -> None:
    assert list(coverage.survey_problems(SURVEY_TEMPLATES, SAME)) == []


def test_templates_and_scripts_say_nothing_that_is_not_translated() -> None:
    assert list(coverage.page_problems(TEMPLATES, SAME)) == []
    assert list(coverage.script_problems(STATIC / "js")) == []
