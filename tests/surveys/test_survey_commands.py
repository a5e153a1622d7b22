"""``feedback surveys`` as an operator types it: files in, files out, every mistake with file, path and line."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from feedback import cli
from feedback.actors import SYSTEM
from feedback.db import Database
from feedback.paths import SURVEY_TEMPLATES
from feedback.settings import Settings
from feedback.surveys.actions import create_from_template, templates
from feedback.surveys.parsing import parse_yaml
from tests.surveys.conftest import add_site

SURVEY = """\
slug: try
languages: [en, fa]
title: {en: Try, fa: امتحان}
questions:
  - key: score
    kind: nps
    text: {en: How was it?, fa: چطور بود؟}
"""


@dataclass(frozen=True)
class Run:
    """What became of a command."""

    code: int
    out: str
    err: str


Type = Callable[..., Run]


@pytest.fixture
def shop(database: Database) -> int:
    """The only site, with its templates."""
    with database.write() as session:
        site = add_site(session)
        for definition in templates():
            create_from_template(session, SYSTEM, site.id, definition)
        return site.id


@pytest.fixture
def run(settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Type:
    """``feedback surveys …`` in this process."""

    def typed_in(*arguments: str, language: str = "en") -> Run:
        monkeypatch.setenv("LC_ALL", f"{language}.UTF-8")
        monkeypatch.setenv("FEEDBACK_DATA_DIR", str(settings.data_dir))
        monkeypatch.setenv("FEEDBACK_DATABASE_URL", settings.database_url)
        capsys.readouterr()
        code = cli.run(["surveys", *arguments])
        said = capsys.readouterr()
        return Run(code, said.out, said.err)

    return typed_in


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A sound survey in a file."""
    path = tmp_path / "try.yaml"
    path.write_text(SURVEY, encoding="utf-8")
    return path


def test_from_file_to_customers_and_back(run: Type, shop: int, file: Path) -> None:
    pushed = run("push", str(file))
    assert (pushed.code, pushed.err) == (0, "")
    assert "version 1 is a draft" in pushed.out
    assert run("pull", "try", "--live").code == 1
    assert run("publish", "try").out == "try: version 1 is published.\n"
    pulled = run("pull", "try", "--live")
    assert parse_yaml(pulled.out) == parse_yaml(SURVEY)
    assert "nothing changed" in run("push", str(file)).out


def test_pull_writes_a_file_or_json(run: Type, shop: int, tmp_path: Path) -> None:
    target = tmp_path / "nps.yaml"
    assert run("pull", "nps", "--out", str(target)).out == f"{target}\n"
    assert parse_yaml(target.read_text()) == parse_yaml((SURVEY_TEMPLATES / "nps.yaml").read_text())
    assert json.loads(run("pull", "nps", "--json").out)["slug"] == "nps"


def test_nothing_is_pushed_when_one_file_is_wrong(run: Type, shop: int, file: Path) -> None:
    bad = file.with_name("bad.yaml")
    bad.write_text("slug: bad\nlanguages: [en]\ntitle: {en: 5}\nquestions: []\n", encoding="utf-8")
    pushed = run("push", str(file), str(bad))
    assert (pushed.code, pushed.out) == (1, "")
    assert pushed.err.splitlines() == [
        f"{bad}: title.en, line 3: This must be text.",
        f"{bad}: questions, line 4: This list has between 1 and 50 entries.",
    ]
    assert run("pull", "try").code == 1


def test_check_names_missing_translations(run: Type, file: Path) -> None:
    assert run("check", str(file)).out == f"{file}: fine (en, fa).\n"
    file.write_text(SURVEY.replace(", fa: چطور بود؟", ""), encoding="utf-8")
    checked = run("check", str(file))
    assert (checked.code, checked.err) == (1, f"{file}: questions[0].text.fa: The text in “fa” is missing.\n")
    assert run("check", "--draft", str(file)).code == 0
    told = json.loads(run("check", "--json", str(file)).out)["items"][0]
    assert (told["ok"], told["problems"][0]["code"]) == (False, "survey.untranslated")


def test_check_speaks_the_operators_language(run: Type, file: Path) -> None:
    file.write_text("slug: [\n", encoding="utf-8")
    assert run("check", str(file), language="hy").code == 1


def test_an_incomplete_language_is_not_published(run: Type, shop: int, file: Path) -> None:
    file.write_text(SURVEY.replace(", fa: چطور بود؟", ""), encoding="utf-8")
    assert run("push", str(file)).code == 0
    published = run("publish", "try")
    assert published.code == 1
    assert "questions[0].text.fa" in published.err
    assert run("push", "--publish", str(file)).code == 1
    assert run("pull", "try", "--live").code == 1
    file.write_text(SURVEY, encoding="utf-8")
    assert run("push", str(file)).code == 0
    assert run("push", "--publish", str(file)).out == "try: version 1 is published.\n"
    assert run("push", "--publish", str(file)).code == 0


def test_the_list_shows_what_is_live_and_what_is_a_draft(run: Type, shop: int, file: Path) -> None:
    run("push", str(file))
    lines = run("list", language="fa").out.splitlines()
    assert len(lines) == 12
    assert any(line.startswith("nps ") and "معرفی" in line for line in lines)
    rows = {row["slug"]: row for row in json.loads(run("list", "--json").out)["items"]}
    assert (rows["try"]["live"], rows["try"]["draft"]) == (None, 1)
    assert (rows["nps"]["live"], rows["nps"]["draft"]) == (1, None)
    assert run("archive", "nps").code == 0
    assert len(run("list").out.splitlines()) == 11
    assert len(run("list", "--archived").out.splitlines()) == 12


def test_json_replies(run: Type, shop: int, file: Path) -> None:
    assert json.loads(run("push", "--publish", "--json", str(file)).out) == {
        "items": [{"slug": "try", "version": 1, "changed": True}]
    }
    assert json.loads(run("archive", "try", "--json").out) == {"slug": "try", "archived": True, "changed": True}
    assert json.loads(run("publish", "try", "--json").out) == {"slug": "try", "version": 1}


def test_which_site_has_to_be_said_when_there_are_several(run: Type, shop: int, database: Database, file: Path) -> None:
    with database.write() as session:
        add_site(session, "other")
    assert run("push", str(file)).code == 2
    assert run("push", str(file), "--site", "other").code == 0
    assert run("publish", "try", "--site", "shop").code == 1
    assert run("publish", "try", "--site", "other").code == 0


def test_a_survey_that_is_not_there(run: Type, shop: int) -> None:
    for command in ("pull", "publish", "archive"):
        said = run(command, "nothing-like-it")
        assert said.code == 1
        assert "nothing-like-it" in said.err


@pytest.mark.parametrize("command", ["push", "pull", "check", "publish", "archive", "list"])
def test_every_command_helps_with_an_example(run: Type, command: str) -> None:
    said = run(command, "--help")
    assert said.code == 0
    assert "Example: feedback surveys " in said.out
