"""Every command treats scripts alike: lists, exit codes, files that are there only when they are whole."""

import io
import json
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from feedback import cli
from feedback.actors import Actor
from feedback.db import Database
from feedback.settings import Settings
from feedback.sites.actions import add_site

Run = Callable[..., tuple[int, str, str]]

LISTS = ["apikey list", "keys list", "site list", "site secret list", "staff list", "surveys list", "topic list"]


@pytest.fixture
def kind() -> str:
    """What a command says doesn't depend on the database."""
    return "sqlite"


@pytest.fixture
def run(settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture) -> Run:
    """A command as typed, where there are two sites: code, output, errors."""
    with database.write() as session:
        for key in ("bank", "shop"):
            add_site(session, Actor.command(), key=key, name=key, country="TZ")
    monkeypatch.setenv("LC_ALL", "en.UTF-8")
    monkeypatch.setenv("FEEDBACK_DATA_DIR", str(settings.data_dir))

    def typed(*words: str | Path) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.stdin", io.StringIO())
        capsys.readouterr()
        code = cli.run([str(word) for word in words])
        told = capsys.readouterr()
        return code, told.out, told.err

    return typed


@pytest.mark.parametrize("words", LISTS)
def test_every_list_has_its_rows_under_items(run: Run, words: str) -> None:
    where = () if words in ("keys list", "site list", "staff list") else ("--site", "shop")
    code, out, _ = run(*words.split(), *where, "--json")
    assert code == 0
    assert isinstance(json.loads(out)["items"], list)


@pytest.mark.parametrize(
    "words",
    [
        "surveys list",
        "topic list --json",
        "apikey add --name a --scope preferences:read",
        "site secret add",
        "staff add --email a@example.com --name A --role agent",
        "link survey --survey nps --customer C-1",
        "link preferences --customer C-1",
        "customers export C-1",
        "customers erase C-1",
        "export suppressions",
    ],
)
def test_to_leave_out_the_site_or_name_one_that_is_not_there_is_a_usage_error(run: Run, words: str) -> None:
    code, out, err = run(*words.split())
    assert (code, out) == (2, "")
    assert "bank, shop" in err
    code, out, err = run(*words.split(), "--site", "cafe")
    assert (code, out) == (2, "")
    assert "cafe" in err


@pytest.mark.parametrize(
    "words",
    [
        "apikey add --name a --scope everything --site shop",
        "export suppressions --since yesterday --site shop",
        "link survey --survey nps --customer C-1 --locale klingon --site shop",
        "link unsubscribe --customer C-1 --locale klingon --site shop",
        "site add --key A!B --name x --country QQQ --origin ftp://x",
        "staff add --email nobody --name N --role agent --site shop",
        "topic add --key A!B --name x --site shop",
    ],
)
def test_an_option_that_can_not_be_used_is_a_usage_error(run: Run, words: str) -> None:
    code, out, err = run(*words.split())
    assert (code, out) == (2, "")
    assert err


@pytest.mark.parametrize(
    "words",
    [
        "customers export C-1 --site shop",
        "link survey --survey nps --customer C-1 --site shop",
        "link survey --survey nothing --customer C-1 --site shop",
        "site add --key shop --name Shop",
        "staff disable nobody@example.com",
        "surveys publish nothing --site shop",
        "topic add --key news --name News --site shop",
    ],
)
def test_what_is_not_there_or_is_there_already_is_a_failure_and_no_misuse(run: Run, words: str) -> None:
    code, out, err = run(*words.split())
    assert (code, out) == (1, "")
    assert err


def test_a_device_is_written_to_and_never_replaced(run: Run, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    assert run("export", "suppressions", "--site", "shop", "--out", pipe)[0] == 0
    assert os.read(reader, 100).startswith(b"email,")
    os.close(reader)
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_nothing_is_left_of_a_file_that_was_given_up(run: Run, tmp_path: Path) -> None:
    rows = tmp_path / "customers.csv"
    rows.write_text("external_id\nC-1\n")
    (tmp_path / "customers.rejected.csv").mkdir()  # so that the row that can't be used has nowhere to go
    target = tmp_path / "links.csv"
    code, _, err = run("links", "--in", rows, "--out", target, "--kind", "unsubscribe", "--site", "shop")
    assert code == 1
    assert "customers.rejected.csv" in err
    assert list(tmp_path.glob("links.csv*")) == []


def test_the_check_of_the_schema_says_one_thing(run: Run) -> None:
    code, out, _ = run("db", "check")
    assert (code, len(out.splitlines())) == (0, 1)
