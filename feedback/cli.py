"""The root command group: finds each command when it is asked for, and turns errors into one clear line."""

import importlib
import os
import sys
from collections.abc import Sequence
from typing import Any

import click
from sqlalchemy.exc import DatabaseError, IntegrityError

from feedback import __version__
from feedback.db import Database
from feedback.errors import DomainError, Invalid, Misused, NotAllowed, NotFound
from feedback.i18n.catalogue import translator
from feedback.i18n.negotiation import terminal_language
from feedback.i18n.text import N_
from feedback.observability.logging import configure
from feedback.settings import Settings, SettingsError
from feedback.terminal import Terminal
from feedback.wiring import wire

#: command → module that holds it under the same name.
COMMANDS = {
    "apikey": "feedback.api.commands",
    "check-mail": "feedback.delivery.commands",
    "customers": "feedback.customers.commands",
    "db": "feedback.operations",
    "demo": "feedback.demo",
    "doctor": "feedback.operations",
    "export": "feedback.operations",
    "i18n": "feedback.i18n.commands",
    "init": "feedback.operations",
    "keys": "feedback.links.commands",
    "link": "feedback.responses.commands",
    "links": "feedback.invitations.commands",
    "serve": "feedback.serving",
    "site": "feedback.sites.commands",
    "staff": "feedback.staff.commands",
    "suppressions": "feedback.preferences.importing",
    "surveys": "feedback.surveys.commands",
    "topic": "feedback.preferences.commands",
    "worker": "feedback.serving",
}
#: group → its commands that are another feature's: features don't know each other's edges.
JOINED = {
    "export": {"suppressions": "feedback.preferences.exporting"},
    "link": {"unsubscribe": "feedback.preferences.commands", "preferences": "feedback.preferences.commands"},
}
#: Commands that set up their own settings, or need none.
WITHOUT_SETTINGS = {"check-mail", "demo", "i18n"}
_ATTRIBUTES = {"check-mail": "check_mail", "init": "init_command", "i18n": "i18n", "db": "db_group"}


class LazyGroup(click.Group):
    """Imports a command's module only when it is run, so that ``--help`` is quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every command, in alphabetical order."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, or None."""
        if cmd_name not in COMMANDS:
            return None
        command = getattr(importlib.import_module(COMMANDS[cmd_name]), _ATTRIBUTES.get(cmd_name, cmd_name))
        if not isinstance(command, click.Command):
            raise TypeError(f"{cmd_name} is not a command")
        if isinstance(command, click.Group):
            for name, module in JOINED.get(cmd_name, {}).items():
                command.add_command(getattr(importlib.import_module(module), name))
        return command


@click.group(cls=LazyGroup)
@click.version_option(__version__, prog_name="feedback")
@click.pass_context
def feedback(context: click.Context) -> None:
    """Satisfaction surveys and unsubscribe reasons that become follow-up cases.

    Example: feedback demo
    """
    helps = any(flag in sys.argv for flag in ("--help", "-h"))
    if context.invoked_subcommand in WITHOUT_SETTINGS or helps:
        if context.invoked_subcommand == "demo":
            wire()
        return
    settings = Settings.from_env()
    configure(settings.log_format, level=30)
    wire()
    database = Database(settings, in_bulk=True)
    context.call_on_close(database.dispose)
    context.obj = Terminal(settings, database)


def main(arguments: list[str] | None = None) -> None:
    """Run a command; exits 0, 1 (failed) or 2 (usage)."""
    sys.exit(run(arguments))


def run(arguments: list[str] | None = None) -> int:
    """Run a command and give its exit code; what went wrong is one line on standard error."""
    speak = translator(terminal_language(os.environ)).gettext
    try:
        result: Any = feedback.main(args=arguments, prog_name="feedback", standalone_mode=False)
    except click.exceptions.Exit as error:
        return error.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort:
        return _fail(speak(N_("Stopped.")))
    except SettingsError as error:
        return _fail(speak(N_("These settings can't be used:")), *error.problems)
    except Misused as error:
        return _fail(*_told(speak, error), code=2)
    except (DomainError, OSError, DatabaseError) as error:
        return _fail(*_told(speak, error))
    return result if isinstance(result, int) else 0


def _told(speak: Any, error: DomainError | OSError | DatabaseError) -> Sequence[str]:
    """What went wrong, in lines; a broken rule of the database is a mistake of ours, and keeps its traceback."""
    match error:
        case Invalid():
            return [_line(speak, problem) for problem in error.problems]
        case NotAllowed():
            return [speak(error.message)]
        case NotFound():
            return [speak(N_("There is nothing here with that name: %(name)s")) % {"name": str(error) or "?"}]
        case OSError(filename=str() | os.PathLike()):
            return [f"{error.filename}: {error.strerror}"]
        case IntegrityError():
            raise error
        case DatabaseError():
            unusable = N_("The database can't be used as it is. Run “feedback init”, then “feedback doctor”.")
            return [speak(unusable), str(error.orig).splitlines()[0]]
    return [str(error)]


def _line(speak: Any, problem: Any) -> str:
    text = speak(problem.message)
    text = text % dict(problem.params) if problem.params else text
    return f"{problem.field}: {text}" if problem.field else text


def _fail(*lines: str, code: int = 1) -> int:
    for line in lines:
        click.echo(line, err=True)
    return code
