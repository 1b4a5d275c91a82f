"""``cct statement``: what an accountant, a family or a parliament asks to see of the books."""

from __future__ import annotations

from calendar import monthrange
from typing import Annotated

import typer

from cct_engine import statements
from cct_engine.cli.output import AsJson
from cct_engine.cli.papers import AsOf, Format, Out, asked_day, hand_over, month_of
from cct_engine.cli.place import opened, read_only
from cct_engine.clock import SystemClock

__all__ = ["app"]

app = typer.Typer(
    help="Statements of the books, as of any day.", no_args_is_help=True, rich_markup_mode=None
)

Form = Annotated[Format, typer.Option("--format", help="How it is handed over.")]
Period = Annotated[
    str | None, typer.Option("--period", metavar="MONTH", help="Only this month, like 2026-09.")
]


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
    with opened(context) as books, read_only(books) as connection:
        until = asked_day(context, connection, as_of)
        if since and as_of is None:
            until = since.replace(day=monthrange(since.year, since.month)[1])
        paper = statements.trial_balance(
            connection,
            until=until,
            since=since,
            programme=programme,
            fund=fund,
            at=SystemClock().now(),
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
    with opened(context) as books, read_only(books) as connection:
        until = asked_day(context, connection, as_of)
        paper = statements.household_statement(
            connection, number, until=until, at=SystemClock().now()
        )
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
    with opened(context) as books, read_only(books) as connection:
        until = asked_day(context, connection, as_of)
        paper = statements.in_transit_ageing(connection, until=until, at=SystemClock().now())
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
    with opened(context) as books, read_only(books) as connection:
        until = asked_day(context, connection, as_of)
        paper = statements.budget_execution(connection, until=until, at=SystemClock().now())
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
    with opened(context) as books, read_only(books) as connection:
        until = asked_day(context, connection, as_of)
        if since and as_of is None:
            until = since.replace(day=monthrange(since.year, since.month)[1])
        paper = statements.source_and_use(
            connection, until=until, since=since, at=SystemClock().now()
        )
    hand_over(paper, form, out, as_json=as_json)
