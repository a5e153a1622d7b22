"""Every command has help with an example, and the README tells of every one."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from feedback.cli import feedback, run

README = (Path(__file__).resolve().parents[2] / "README.md").read_text()


def commands(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command and every group of them, with the words that call it."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        yield (*path, name), command
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))


EVERY = dict(commands(feedback))
ALL = [words for words, command in EVERY.items() if not isinstance(command, click.Group)]


@pytest.mark.parametrize("words", EVERY, ids=" ".join)
def test_a_command_has_help_with_an_example(words: tuple[str, ...]) -> None:
    text = CliRunner().invoke(feedback, [*words, "--help"]).output
    assert "Example" in text, text


@pytest.mark.parametrize("words", ALL, ids=" ".join)
def test_the_readme_names_the_command(words: tuple[str, ...]) -> None:
    told = {f"`feedback {' '.join(words)}`", f"`{' '.join(words)}`"}
    assert any(way in README for way in told) or f"`{words[-1]}`" in README, words


@pytest.mark.parametrize("unusable", ["no folder", "no database", "foreign", "newer"])
def test_what_can_not_be_used_is_said_in_lines(
    unusable: str,
    migrated_sqlite: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder, database = tmp_path, tmp_path / "feedback.db"
    if unusable == "no folder":
        folder = database
        folder.write_text("")
    elif unusable == "no database":
        database.write_bytes(b"something else " * 100)
    else:
        database.write_bytes(migrated_sqlite.read_bytes())
        with closing(sqlite3.connect(database)) as connection, connection:
            connection.execute("UPDATE alembic_version SET version_num = ?", (unusable,))
    monkeypatch.setenv("FEEDBACK_DATA_DIR", str(folder))
    for words in (["init"], ["doctor"], ["db", "upgrade"], ["db", "check"], ["worker"], ["serve"]):
        assert run(words) == 1, words
        told = capsys.readouterr()
        assert told.out + told.err, words
        if (unusable, words) == ("no folder", ["doctor"]):
            assert told.out.count("✗") >= 2, "neither the folder nor the database can be used"
        if unusable in ("foreign", "newer"):
            assert "newer version of this program" in told.out + told.err, words


def test_a_command_that_does_not_exist_is_a_usage_error() -> None:
    assert CliRunner().invoke(feedback, ["nonsense"]).exit_code == 2
