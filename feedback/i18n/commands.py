"""The terminal's side of translation: feedback i18n extract, update, compile and check."""

from pathlib import Path
from typing import Final

import click

from feedback.i18n import checks, coverage, messages
from feedback.i18n.catalogue import catalogue_path, compile_catalogue, write_atomically
from feedback.paths import STATIC, SURVEY_TEMPLATES, TEMPLATES, TRANSLATIONS

_PACKAGE: Final = Path(__file__).resolve().parents[1]
_LEXICONS: Final = _PACKAGE / "tone" / "lexicon"

_directory = click.option(
    "--directory",
    type=click.Path(path_type=Path, file_okay=False),
    default=TRANSLATIONS,
    help="Where the catalogues are.",
)


@click.group("i18n", epilog="Example: feedback i18n check")
def i18n() -> None:
    """Catalogues: extract messages, update and compile them, check that nothing is missing."""


@i18n.command("extract", epilog="Example: feedback i18n extract")
@_directory
def extract_command(directory: Path) -> None:
    """Collect every marked message of the program into messages.pot."""
    found = messages.extract(_PACKAGE, TEMPLATES)
    changed = messages.write(messages.template_path(directory), found, None)
    click.echo(f"{len(found)} messages, messages.pot {'written' if changed else 'is current'}")


@i18n.command("update", epilog="Example: feedback i18n update")
@_directory
def update_command(directory: Path) -> None:
    """Bring the catalogues up to messages.pot: new messages come in empty, gone ones go."""
    template = messages.read_catalogue(messages.template_path(directory), None)
    for language in messages.TRANSLATED:
        catalogue = messages.update(directory, template, language)
        messages.write(catalogue_path(directory, language), catalogue, language)
        empty = sum(1 for message in catalogue if message.id and not _complete(message.string))
        click.echo(f"{language}: {len(catalogue)} messages, {empty} to translate")


@i18n.command("compile", epilog="Example: feedback i18n compile")
@_directory
def compile_command(directory: Path) -> None:
    """Write the machine form (.mo) of every catalogue, as releases carry it."""
    for language in messages.TRANSLATED:
        source = catalogue_path(directory, language)
        if not source.is_file():
            raise click.ClickException(f"there is no catalogue for {language}: {source}")
        write_atomically(source.with_suffix(".mo"), compile_catalogue(source, language))
        click.echo(f"{language}: compiled")


@i18n.command("check", epilog="Example: feedback i18n check")
@_directory
def check_command(directory: Path) -> None:
    """Find what is missing, stale, inconsistent or against a language's register; exits 1 if anything is."""
    same = checks.same_as_english(directory)
    problems = [
        *checks.catalogue_problems(directory, _PACKAGE, TEMPLATES),
        *coverage.page_problems(TEMPLATES, same),
        *coverage.survey_problems(SURVEY_TEMPLATES, same),
        *coverage.script_problems(STATIC / "js"),
        *coverage.lexicon_problems(_LEXICONS),
    ]
    for problem in problems:
        click.echo(problem)
    if problems:
        click.echo(f"{len(problems)} problems", err=True)
        raise SystemExit(1)
    click.echo("all catalogues are complete")


def _complete(string: object) -> bool:
    return bool(string) if isinstance(string, str) else isinstance(string, tuple) and all(string)
