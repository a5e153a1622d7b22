"""What each language needs beside its catalogue and the texts of surveys, so that adding one forgets nothing."""

import pytest

from feedback.i18n.formats.dates import LAYOUTS
from feedback.i18n.messages import PLURAL_FORMS
from feedback.i18n.negotiation import DEFAULT, LANGUAGES, OWN_NAMES
from feedback.i18n.register import FULL_STOPS
from feedback.links.tokens import LOCALES
from feedback.preferences.actions.topics import FIRST


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_has_its_name_its_dates_its_place_in_links_and_the_first_topics(language: str) -> None:
    assert language in OWN_NAMES
    assert language in LAYOUTS
    assert language in LOCALES
    assert all(language in names for names in FIRST.values())


@pytest.mark.parametrize("language", [one for one in LANGUAGES if one != DEFAULT])
def test_a_language_that_is_translated_into_has_its_plurals_and_its_full_stop(language: str) -> None:
    assert language in PLURAL_FORMS
    assert language in FULL_STOPS


def test_the_languages_in_links_that_were_sent_keep_their_numbers() -> None:
    assert LOCALES[:8] == ("", "en", "sw", "ne", "fa", "mn", "hy", "fa-AF")
