"""Every command has help with an example, and the README tells of every one."""

from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from feedback.cli import feedback

README = (Path(__file__).resolve().parents[2] / "README.md").read_text()


def commands(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command that does something, with the words that call it."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name), command


ALL = dict(commands(feedback))


@pytest.mark.parametrize("words", ALL, ids=" ".join)
def test_a_command_has_help_with_an_example(words: tuple[str, ...]) -> None:
    text = CliRunner().invoke(feedback, [*words, "--help"]).output
    assert "Example" in text, text


@pytest.mark.parametrize("words", ALL, ids=" ".join)
def test_the_readme_names_the_command(words: tuple[str, ...]) -> None:
    told = {f"`feedback {' '.join(words)}`", f"`{' '.join(words)}`"}
    assert any(way in README for way in told) or f"`{words[-1]}`" in README, words


def test_a_command_that_does_not_exist_is_a_usage_error() -> None:
    assert CliRunner().invoke(feedback, ["nonsense"]).exit_code == 2
