"""Loading catalogues: plurals as CLDR has them, compiled on the fly, the same from every thread."""

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel import Locale

from feedback.i18n import catalogue
from feedback.i18n.checks import plural_problems
from feedback.i18n.messages import PLURAL_FORMS, TRANSLATED, new_catalogue, write

ONE, OTHER = "%(n)s case", "%(n)s cases"


@pytest.fixture
def translations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Small catalogues of their own: the plural form says which it is."""
    for language in TRANSLATED:
        messages = new_catalogue(language)
        messages.add("Send", f"Send in {language}")
        messages.add((ONE, OTHER), ("one", "other"))
        messages.add("Fuzzy", "wrong", flags={"fuzzy"})
        write(catalogue.catalogue_path(tmp_path, language), messages, language)
    monkeypatch.setattr(catalogue, "TRANSLATIONS", tmp_path)
    catalogue.forget()
    yield tmp_path
    catalogue.forget()


@pytest.mark.parametrize("language", TRANSLATED)
def test_plural_forms_are_cldr_s_from_0_to_200(translations: Path, language: str) -> None:
    found = [catalogue.translator(language).ngettext(ONE, OTHER, n) for n in range(201)]
    assert found == [Locale(language).plural_form(n) for n in range(201)]
    assert list(plural_problems(language, PLURAL_FORMS[language])) == []


def test_english_needs_no_catalogue(translations: Path) -> None:
    english = catalogue.translator("en-GB")
    assert english.gettext("Send") == "Send"
    assert [english.ngettext(ONE, OTHER, n) for n in (0, 1, 2)] == [OTHER, ONE, OTHER]


def test_a_reader_of_dari_gets_the_persian_texts(translations: Path) -> None:
    assert catalogue.translator("prs-AF").gettext("Send") == "Send in fa"


def test_what_is_fuzzy_or_missing_is_english(translations: Path) -> None:
    assert catalogue.translator("sw").gettext("Fuzzy") == "Fuzzy"
    assert catalogue.translator("sw").gettext("New") == "New"
    assert catalogue.translator("sw").gettext("") == ""
    assert catalogue.translator("de").gettext("Send") == "Send"


def test_fractions_take_the_plural(translations: Path) -> None:
    assert catalogue.translator("sw").ngettext(ONE, OTHER, 1.5) == "other"


def test_a_catalogue_that_nobody_compiled_is_compiled_when_it_is_needed(translations: Path) -> None:
    machine = catalogue.catalogue_path(translations, "hy").with_suffix(".mo")
    assert not machine.exists()
    assert catalogue.translator("hy").gettext("Send") == "Send in hy"
    assert machine.exists()


def test_a_changed_catalogue_is_compiled_again(translations: Path) -> None:
    assert catalogue.translator("mn").gettext("Send") == "Send in mn"
    source = catalogue.catalogue_path(translations, "mn")
    source.write_text(source.read_text(encoding="utf-8").replace("Send in mn", "Илгээх"), encoding="utf-8")
    later = source.with_suffix(".mo").stat().st_mtime_ns + 1_000_000
    os.utime(source, ns=(later, later))
    catalogue.forget()
    assert catalogue.translator("mn").gettext("Send") == "Илгээх"


def test_a_directory_that_can_t_be_written_does_without_the_compiled_file(
    translations: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(catalogue, "write_atomically", full)  # root may write anywhere, so modes prove nothing
    assert catalogue.translator("ne").gettext("Send") == "Send in ne"


def test_many_threads_get_the_same_translator(translations: Path) -> None:
    found: list[catalogue.Translator] = []
    gate = threading.Barrier(16)

    def ask() -> None:
        gate.wait()
        found.append(catalogue.translator("fa"))

    threads = [threading.Thread(target=ask) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 16
    assert len({id(one) for one in found}) == 1


def test_a_marked_message_is_said_with_its_values(translations: Path) -> None:
    assert catalogue.translator("sw").say("At most %(max)s", {"max": 5}) == "At most 5"
    assert catalogue.translator("sw").say("100% sure") == "100% sure"
