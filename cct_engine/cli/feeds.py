"""``cct feed``: what schools, clinics, centres and registries hand in."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cct_engine import compliance, registry
from cct_engine.cli.output import AsJson, print_json, print_table, say
from cct_engine.cli.place import As, desk, opened
from cct_engine.clock import SystemClock

if TYPE_CHECKING:
    from cct_engine.cycle import Desk
    from cct_engine.registry import FeedDeclaration, IntakeReport

__all__ = ["app"]

app = typer.Typer(help="What sources hand in.", no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def _feed() -> None:
    """What schools, clinics, centres and registries hand in."""


@app.command("take-in")
def take_in(
    context: typer.Context,
    kind: Annotated[str, typer.Argument(help="households, persons, accounts, attendance, …")],
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)],
    login: As,
    declaration: Annotated[
        Path | None, typer.Option(exists=True, help="The feed's own declaration, YAML.")
    ] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Take a file in. Rows that do not pass go to a reject file that can be corrected and fed."""
    with desk(context, login) as officer:
        report = _taken_in(officer, kind, file, declaration)
    if as_json:
        print_json(report)
        return
    say(
        f"{file.name}: {report.rows} rows = {report.loaded} loaded + {report.rejected} rejected "
        f"+ {report.repeated} repeated.",
        {"rejected rows": report.reject_path} if report.reject_path else None,
    )


@app.command("coverage")
def coverage(
    context: typer.Context,
    kind: Annotated[str, typer.Argument(help="attendance, growth_check, prenatal_visit")],
    month: Annotated[datetime, typer.Argument(formats=["%Y-%m"], help="Such as 2026-08.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Say which schools and clinics reported, how many they owe, the worst first."""
    with opened(context) as books, books.database.transaction() as connection:
        found = compliance.coverage(
            connection, kind=kind, month=month.date(), as_of_known=SystemClock().now()
        )
    if as_json:
        print_json(found)
        return
    print_table(
        f"{kind} of {month:%Y-%m}",
        ["facility", "title", "expected", "reported", "missing", "files"],
        [
            [one.facility_code, one.title, one.expected, one.reported, one.missing, one.file_count]
            for one in found
        ],
        right=(2, 3, 4, 5),
    )


def _taken_in(officer: Desk, kind: str, file: Path, own: Path | None) -> IntakeReport:
    facts = kind in compliance.feeds
    declaration: FeedDeclaration
    if own is not None:
        declaration = registry.read_declaration(own)
    else:
        declaration = compliance.feed(kind) if facts else registry.feed(kind)
    rejects = officer.settings.home / "rejects"
    at = officer.clock.now()
    with officer.database.transaction() as connection:
        if facts:
            return compliance.take_in(
                connection,
                file,
                declaration,
                at=at,
                officer_id=officer.officer_id,
                rejects_folder=rejects,
            )
        return registry.take_in(
            connection,
            file,
            declaration,
            at=at,
            officer_id=officer.officer_id,
            rejects_folder=rejects,
            token_key=officer.settings.token_key.get_secret_value().encode(),
        )
