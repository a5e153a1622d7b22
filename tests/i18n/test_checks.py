"""What feedback i18n check finds, each on a small program with one thing wrong."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from feedback.i18n import checks, commands, coverage, messages
from feedback.i18n.catalogue import catalogue_path
from feedback.i18n.register import lost_its_full_stop, objections

GOOD = {"sw": "Tuma {x}", "ne": "{x} पठाउनुहोस्", "fa": "ارسال {x}", "mn": "{x} илгээх", "hy": "Ուղարկել {x}"}


class Program:
    """A package with one module and one page, and its catalogues."""

    def __init__(self, root: Path) -> None:
        self.package, self.templates, self.directory = root / "shop", root / "templates", root / "translations"
        for folder in (self.package, self.templates, self.directory):
            folder.mkdir()
        (self.package / "mails.py").write_text('TITLE = N_("Send %(name)s")\n', encoding="utf-8")
        (self.templates / "page.html").write_text(
            '<p>{{ ngettext("%(n)s case", "%(n)s cases", n) }}</p>', encoding="utf-8"
        )
        self.refresh()
        for language in messages.TRANSLATED:
            self.fill(language, GOOD[language].format(x="%(name)s"))

    def refresh(self) -> None:
        template = messages.extract(self.package, self.templates)
        messages.write(messages.template_path(self.directory), template, None)
        for language in messages.TRANSLATED:
            catalogue = messages.update(self.directory, template, language)
            messages.write(catalogue_path(self.directory, language), catalogue, language)

    def fill(self, language: str, text: str, one: str = "%(n)s x1", other: str = "%(n)s x2") -> None:
        path = catalogue_path(self.directory, language)
        catalogue = messages.read_catalogue(path, language)
        catalogue["Send %(name)s"].string = text
        catalogue["%(n)s case"].string = (one, other)
        messages.write(path, catalogue, language)

    def edit(self, language: str, change: Callable[[str], str]) -> None:
        path = catalogue_path(self.directory, language)
        path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")

    def problems(self) -> list[str]:
        return list(checks.catalogue_problems(self.directory, self.package, self.templates))


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program(tmp_path)


def test_a_complete_program_has_no_problems(program: Program) -> None:
    assert program.problems() == []


def test_a_text_that_nobody_translated_is_found(program: Program) -> None:
    program.fill("ne", "")
    assert program.problems() == ["ne: 'Send %(name)s': not translated"]


def test_a_plural_of_which_one_form_is_empty_is_found(program: Program) -> None:
    program.fill("sw", "Tuma %(name)s", other="")
    assert program.problems() == ["sw: '%(n)s case': not translated"]


def test_a_fuzzy_text_is_found(program: Program) -> None:
    program.edit("hy", lambda text: text.replace('msgid "Send', '#, fuzzy\nmsgid "Send'))
    assert "hy: 'Send %(name)s': fuzzy" in program.problems()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("Tuma", "placeholders differ (-name)"),
        ("Tuma %(jina)s", "placeholders differ (-name +jina)"),
        ("Tuma %(name)s 5% k", "has a % that is neither a placeholder nor %%"),
    ],
)
def test_placeholders_must_be_the_same(program: Program, text: str, why: str) -> None:
    program.fill("sw", text)
    assert program.problems() == [f"sw: 'Send %(name)s': {why}"]


def test_the_plural_form_may_not_lose_its_number(program: Program) -> None:
    program.fill("sw", "Tuma %(name)s", one="suala moja", other="masuala")
    assert set(program.problems()) == {"sw: '%(n)s case': placeholders differ (-n)"}


@pytest.mark.parametrize(
    ("language", "header", "wrong"),
    [
        ("fa", "nplurals=1; plural=0;", "nplurals=1, CLDR has 2 forms (one, other)"),
        ("hy", "nplurals=2; plural=(n != 1);", "Plural-Forms disagree with CLDR for n = 0"),
        ("sw", "nplurals=2; plural=(n > 1);", "Plural-Forms disagree with CLDR for n = 0"),
        ("mn", "", "no Plural-Forms header"),
    ],
)
def test_plural_rules_are_cldr_s(language: str, header: str, wrong: str) -> None:
    assert list(checks.plural_problems(language, header)) == [f"{language}: {wrong}"]


def test_a_wrong_plural_header_in_a_file_is_found(program: Program) -> None:
    program.edit("fa", lambda text: text.replace("plural=(n > 1)", "plural=(n != 1)"))
    assert program.problems() == ["fa: Plural-Forms disagree with CLDR for n = 0"]


def test_english_left_in_place_is_found_unless_it_is_listed(program: Program) -> None:
    program.fill("mn", "Send %(name)s")
    assert program.problems() == [
        "mn: 'Send %(name)s': the same as English (if it is meant, list it in same-as-english.txt)"
    ]
    (program.directory / "same-as-english.txt").write_text("# meant\nSend %(name)s\n", encoding="utf-8")
    assert program.problems() == []


def test_a_text_of_the_program_that_was_not_extracted_is_found(program: Program) -> None:
    (program.package / "new.py").write_text('_("Brand new")\n', encoding="utf-8")
    problems = program.problems()
    assert any(line.startswith("messages.pot is stale: lacks 'Brand new'") for line in problems)
    assert "sw: 'Brand new': not translated" in problems


def test_a_text_that_left_the_program_is_found_and_goes_with_the_next_update(program: Program) -> None:
    (program.package / "mails.py").unlink()
    assert "fa: 'Send %(name)s': no longer in the program" in program.problems()
    program.refresh()
    assert program.problems() == []


def test_an_update_keeps_what_is_translated_and_changes_no_byte_without_need(program: Program) -> None:
    path = catalogue_path(program.directory, "fa")
    before = path.read_bytes()
    program.refresh()
    assert path.read_bytes() == before
    assert "ارسال %(name)s".encode() in before


def test_placeholders_without_a_name_are_refused_in_english(program: Program) -> None:
    (program.package / "mails.py").write_text('_("Send %s now")\n', encoding="utf-8")
    program.refresh()
    assert "en: 'Send %s now': placeholder %s is not of the form %(name)s" in program.problems()


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Unfortunately, no"),
        ("en", "Thank you!"),
        ("en", "Press <b>here</b>"),
        ("en", "Two  spaces"),
        ("sw", "Kesho saa %(time)s"),
        ("ne", "धन्यवाद ।"),
        ("ne", "धन्यवाद."),
        ("ne", "तपाईंले लेखेको यहीँ छ।"),
        ("ne", "तपाईंले दिएका उत्तर"),
        ("ne", "तपाईको नाम"),
        ("ne", "पठाउनुहोस।"),
        ("ne", "ग्राहकहरुले"),
        ("ne", "पठाउनेछौं।"),
        ("ne", "भन्नुपर्यो"),
        ("fa", "كتاب"),
        ("fa", "راضی هستید?"),
        ("fa", "سلام, دوست"),
        ("fa", "می شود"),
        ("fa", "پاسخ ها"),
        ("fa", "نحوهٔ رسیدگی"),
        ("fa", "لطفا بنویسید"),
        ("fa", "به صورت متن ساده"),
        ("mn", "%(name)s-д илгээх"),
        ("mn", "Бид танд хэлнэ"),
        ("hy", "Գոհ եք?"),
        ("hy", "Շնորհակալություն:"),
        ("hy", "%(name)sը"),
        ("hy", "Հաճախորդը ասում է"),
        ("sw", "Kwa wakati huo huo"),
        ("sw", "Tuma "),
    ],
)
def test_breaches_of_register_are_found(language: str, text: str) -> None:
    assert list(objections(language, text))


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Tags such as !!python are refused."),
        ("sw", "kesho, %(when)s"),
        ("sw", "Umesubiri saa 2 tu"),
        ("sw", "Haraka haraka, kwa wakati huohuo"),
        ("ne", "हामीले %(when)sसम्ममा सम्पर्क गर्नेछौँ।"),
        ("ne", "तपाईंले लेख्नुभएको कुरा हामीले पढ्यौँ; ग्राहकहरूले भन्नुपर्‍यो।"),
        ("ne", "सूर्योदय र हरुवा"),
        ("fa", "لطفاً به‌صورت متن ساده"),
        ("fa", "می‌شود، %(name)s؟"),
        ("fa", "قدیمی ترین https://x.example/?a=1,2"),
        ("fa", "آرامی هاشمی"),
        ("mn", "Манай ажилтан %(name)s Тантай %(when)s гэхэд холбогдоно."),
        ("hy", "Գո՞հ եք մեր սպասարկումից։"),
        ("hy", "«%(site)s» կազմակերպությունը"),
        ("hy", "Պատասխանատու՝ %(name)s"),
        ("hy", "Հաճախորդն ասում է, դիմումը փակ է"),
    ],
)
def test_good_texts_are_left_alone(language: str, text: str) -> None:
    assert list(objections(language, text)) == []


def test_a_sentence_ends_like_one_in_its_own_language() -> None:
    assert lost_its_full_stop("ne", "We read it.", "हामी पढ्छौँ.")
    assert lost_its_full_stop("hy", "We read it.", "Մենք կարդում ենք")
    assert not lost_its_full_stop("hy", "We read it.", "Մենք կարդում ենք։")
    assert not lost_its_full_stop("ne", "We read it.", "हामी पढ्छौँ।")
    assert not lost_its_full_stop("fa", "Send", "ارسال")


def test_survey_texts_must_speak_all_six_languages(tmp_path: Path) -> None:
    (tmp_path / "mini.yaml").write_text(
        "title:\n  en: Hello\n  sw: Habari\n  ne: नमस्ते\n  fa: سلام\n  mn: Сайн уу\n  hy: Բարև\n"
        "questions:\n  - text:\n      {en: 'From {site}', sw: Kutoka,"
        " ne: '{site}बाट', fa: 'از {site}', mn: '{site}', xx: q}\n",
        encoding="utf-8",
    )
    assert list(coverage.survey_problems(tmp_path, frozenset())) == [
        "mini.yaml: questions[0].text: no hy",
        "mini.yaml: questions[0].text: xx is not one of our languages",
        "mini.yaml: questions[0].text: sw: placeholders differ",
    ]


def test_words_in_templates_that_nobody_marked_are_found(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(
        "<!doctype html>\n{# not me #}\n<title>{{ _('Yes') }}</title>\n<p\n  class='a'>Hello\n"
        " {% if x %}there{% endif %}</p>\n"
        '<img alt="A face"><img alt="{{ _("Face") }}">&nbsp;{{ n }}/5\n<script>var nobody</script>\n<b>CSV</b>\n',
        encoding="utf-8",
    )
    assert list(coverage.page_problems(tmp_path, frozenset({"CSV"}))) == [
        "page.html:7: not marked for translation: 'A face'",
        "page.html:5: not marked for translation: 'Hello'",
        "page.html:6: not marked for translation: 'there'",
    ]


def test_scripts_say_nothing_of_their_own(tmp_path: Path) -> None:
    (tmp_path / "send.js").write_text(
        "status.textContent = 'Saved';\nstatus.textContent = form.dataset.saved;\n"
        'button.setAttribute("aria-label", "Close");\nbutton.setAttribute("class", "open");\nx.textContent = "";\n',
        encoding="utf-8",
    )
    assert list(coverage.script_problems(tmp_path)) == [
        "send.js:1: a script's own words: 'Saved'",
        "send.js:3: a script's own words: 'Close'",
    ]


def test_a_lexicon_in_one_language_asks_for_the_others(tmp_path: Path) -> None:
    assert list(coverage.lexicon_problems(tmp_path)) == []
    (tmp_path / "sw.toml").touch()
    assert "lexicon: no hy.toml" in list(coverage.lexicon_problems(tmp_path))


def test_the_commands_bring_an_empty_directory_to_compiled_catalogues(tmp_path: Path) -> None:
    def run(name: str) -> str:
        result = CliRunner().invoke(commands.i18n, [name, "--directory", str(tmp_path)])
        assert result.exit_code == 0, result.output
        return result.output

    assert "messages.pot written" in run("extract")
    assert "messages.pot is current" in run("extract")
    assert "hy: " in run("update")
    run("compile")
    assert {path.parent.parent.name for path in tmp_path.rglob("*.mo")} == set(messages.TRANSLATED)


def test_check_fails_and_says_what_is_wrong(tmp_path: Path) -> None:
    result = CliRunner().invoke(commands.i18n, ["check", "--directory", str(tmp_path)])
    assert result.exit_code == 1
    assert "sw: there is no catalogue" in result.stdout
