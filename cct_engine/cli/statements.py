"""``cct statement``: what an accountant, a family or a parliament asks to see of the books."""

from __future__ import annotations

from calendar import monthrange
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, TypedDict

import typer

from cct_engine import statements
from cct_engine.cli.output import AsJson
from cct_engine.cli.papers import AsOf, Format, Out, asked_day, hand_over, month_of
from cct_engine.cli.place import opened, read_only
from cct_engine.clock import SystemClock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, datetime

    import sqlalchemy as sa

__all__ = ["app"]

app = typer.Typer(
    help="Statements of the books, as of any day.", no_args_is_help=True, rich_markup_mode=None
)

Form = Annotated[Format, typer.Option("--format", help="How it is handed over.")]
Period = Annotated[
    str | None, typer.Option("--period", metavar="MONTH", help="Only this month, like 2026-09.")
]


class _Dates(TypedDict):
    until: date
    at: datetime


@contextmanager
def _asked(
    context: typer.Context, as_of: datetime | None, since: date | None = None
) -> Iterator[tuple[sa.Connection, _Dates]]:
    """Open the books to read; a month that was asked for ends the statement unless a day does."""
    with opened(context) as books, read_only(books) as connection:
        until = asked_day(context, connection, as_of)
        if since and as_of is None:
            until = since.replace(day=monthrange(since.year, since.month)[1])
        yield connection, _Dates(until=until, at=SystemClock().now())


@app.command("trial-balance")
def trial_balance(
    context: typer.Context,
    programme: Annotated[str | None, typer.Option(help="Only this programme.")] = None,
    fund: Annotated[str | None, typer.Option(help="Only this fund.")] = None,
    period: Period = None,
    as_of: AsOf = None,
    form: Form = Format.TABLE,
    out: Out = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Print the trial balance by programme, fund and book; with a month, what moved in it."""
    since = month_of(period)
    with _asked(context, as_of, since) as (connection, dates):
        paper = statements.trial_balance(
            connection, since=since, programme=programme, fund=fund, **dates
        )
    hand_over(paper, form, out, as_json=as_json)


@app.command("household")
def household(
    context: typer.Context,
    number: Annotated[int, typer.Argument(metavar="HOUSEHOLD", help="The household's number.")],
    as_of: AsOf = None,
    form: Form = Format.TABLE,
    out: Out = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Print every line of a household over all programmes: the single window of the books."""
    with _asked(context, as_of) as (connection, dates):
        paper = statements.household_statement(connection, number, **dates)
    hand_over(paper, form, out, as_json=as_json)


@app.command("in-transit")
def in_transit(
    context: typer.Context,
    as_of: AsOf = None,
    form: Form = Format.TABLE,
    out: Out = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Print what each bank has not answered for, by age."""
    with _asked(context, as_of) as (connection, dates):
        paper = statements.in_transit_ageing(connection, **dates)
    hand_over(paper, form, out, as_json=as_json)


@app.command("budget")
def budget(
    context: typer.Context,
    as_of: AsOf = None,
    form: Form = Format.TABLE,
    out: Out = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Print what was appropriated, reserved, spent and is left, by fund and cycle."""
    with _asked(context, as_of) as (connection, dates):
        paper = statements.budget_execution(connection, **dates)
    hand_over(paper, form, out, as_json=as_json)


@app.command("funds")
def funds(
    context: typer.Context,
    period: Period = None,
    as_of: AsOf = None,
    form: Form = Format.TABLE,
    out: Out = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Print where each fund's money came from and what it was used for."""
    since = month_of(period)
    with _asked(context, as_of, since) as (connection, dates):
        paper = statements.source_and_use(connection, since=since, **dates)
    hand_over(paper, form, out, as_json=as_json)
