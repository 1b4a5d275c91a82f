"""The root of the command line, and what each kind of failure means to the shell.

A verb pays only for what it imports: nouns are loaded when they are named.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Any, Final

import structlog
import typer
from pydantic import ValidationError
from typer.core import TyperGroup

from cct_engine import logs
from cct_engine.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["app", "main"]

REFUSED: Final = 1
UNUSABLE_FILE: Final = 3
NO_DATABASE: Final = 4
OUR_MISTAKE: Final = 70

_NOUNS: Final[Mapping[str, tuple[str, str]]] = {
    "demo": (
        "demo",
        "Play three monthly cycles of Bolsa Família and Dilli Annashree on a seeded registry.",
    ),
    "explain": (
        "explain",
        "Say why a family gets what it gets: numbers, articles, dates and evidence.",
    ),
    "proof": ("proof", "Print the equations a cycle must satisfy."),
    "cycle": ("cycles", "The steps of a cycle."),
    "appeal": ("appeals", "Appeals that were upheld."),
    "feed": ("feeds", "What sources hand in."),
    "programme": ("programmes", "The law of a programme."),
    "bank": ("bank", "Files to the bank, and what it answers."),
    "suspense": ("suspense", "Bank money that could not be matched."),
    "ledger": ("ledger", "What the books say, and whether they hold."),
    "statement": ("statements", "Statements of the books, as of any day."),
    "audit": ("audit", "An auditor's questions, and what is handed over."),
    "schedule": ("schedules", "What the engine does by itself."),
    "notice": ("notices", "Mails to officers, and messages to families."),
    "serve": ("serve", "Serve the console until stopped."),
    "people": ("people", "Officers and what they may do."),
    "token": ("tokens", "Programs that use the API for an officer."),
    "database": ("database", "The tables, and where they are."),
    "doctor": ("doctor", "Look the installation over and say what to mend."),
}
"""Each noun's module, and what it says of itself: a list of all nouns loads none of them."""


class _Nouns(TyperGroup):
    """Loads the module of a noun when the noun is used."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - the signature is Typer's
        return list(_NOUNS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002 - as above
        if cmd_name not in _NOUNS:
            return None
        module = import_module(f"cct_engine.cli.{_NOUNS[cmd_name][0]}")
        command = typer.main.get_command(module.app)
        command.name = cmd_name
        return command

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002 - as above
        with formatter.section("Commands"):
            formatter.write_dl([(noun, said) for noun, (_, said) in _NOUNS.items()])


app = typer.Typer(
    name="cct",
    cls=_Nouns,
    help="Conditional cash transfers, from attendance files to reconciled books.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.callback()
def _prepare(
    context: typer.Context,
    *,
    demo_books: Annotated[
        bool, typer.Option("--demo", help="Work on the books of `cct demo`.")
    ] = False,
) -> None:
    context.obj = {"demo": demo_books}
    settings = _settings()
    logs.configure(style=settings.log_format, level=settings.log_level)


def _settings() -> Settings:
    """Read the settings; a wrong one is named, never its value."""
    try:
        return Settings()
    except ValidationError as error:
        told = [
            f"CCT_{'_'.join(map(str, one['loc'])).upper() or '*'}: {one['msg']}."
            for one in error.errors(include_input=False, include_url=False)
        ]
        told.append("docs/configuration.md has every setting.")
        raise typer.BadParameter("\n".join(told), param_hint="settings") from None


def main() -> None:
    """Run ``cct`` and leave with an exit code that means something."""
    try:
        app()
    except Exception as error:
        code, text = _told(error)
        log = structlog.get_logger()
        if code == OUR_MISTAKE:
            log.exception("cct.failed", exit_code=code)
        else:
            log.warning("cct.refused", exit_code=code)
        typer.echo(text, err=True)
        sys.exit(code)


def _told(error: Exception) -> tuple[int, str]:
    """Return the exit code of a failure and what a person is told."""
    refusals, unusable, unreachable = _kinds()
    if isinstance(error, refusals):
        return REFUSED, str(error)
    if isinstance(error, unusable):
        return UNUSABLE_FILE, str(error)
    if isinstance(error, unreachable):
        return NO_DATABASE, f"The database does not answer: {str(error.orig).splitlines()[0]}"
    if isinstance(error, OSError):
        place = f" ({error.filename})" if error.filename else ""
        return UNUSABLE_FILE, (
            f"{error.strerror or type(error).__name__}{place}. What was not said to be done was "
            "not done. Make room or give access, then do it again."
        )
    return OUR_MISTAKE, (
        "This is a mistake of the engine. What was not said to be done was not done, and doing it "
        "again is safe. The log has the details."
    )


def _kinds() -> tuple[tuple[type[Exception], ...], tuple[type[Exception], ...], Any]:
    """Import the packages' errors only when there is one to tell apart."""
    import sqlalchemy as sa

    from bank_adapters import RefusedFile
    from bank_adapters.simulator import UnreadableOrderError
    from cct_engine.cycle import CycleError
    from cct_engine.demo import DatabaseInUse
    from cct_engine.entitlement import EntitlementError
    from cct_engine.people import Refused
    from cct_engine.registry import RefusedFeed
    from cct_engine.rulebook import (
        RefusedRulebook,
        UnknownHousehold,
        UnreadableScenario,
        Unwritable,
    )
    from cct_engine.simulation import OtherProgramme
    from cct_engine.treasury import TreasuryError
    from ledger import LedgerError
    from reconciliation import ReconciliationError

    refusals = (CycleError, DatabaseInUse, EntitlementError, LedgerError, ReconciliationError)
    laws = (OtherProgramme, RefusedRulebook, UnreadableScenario, Unwritable)
    return (
        (*refusals, Refused, TreasuryError, UnknownHousehold),
        (*laws, RefusedFeed, RefusedFile, UnreadableOrderError),
        sa.exc.OperationalError,
    )
