"""``cct schedule``: what the engine does by itself, and what is due now."""

from __future__ import annotations

from typing import Annotated

import typer

from cct_engine import schedule
from cct_engine.cli.output import AsJson, print_json, print_table, say
from cct_engine.cli.place import desk, opened, watched
from cct_engine.clock import SystemClock

__all__ = ["app"]

app = typer.Typer(
    help="What the engine does by itself.", no_args_is_help=True, rich_markup_mode=None
)


@app.command("due")
def due(context: typer.Context, *, as_json: AsJson = False) -> None:
    """Say what is due now. Approvals and releases are never due here: they stay with people."""
    with opened(context) as books, books.database.transaction() as connection:
        found = schedule.due(connection, SystemClock().now(), home=books.settings.home)
    if as_json:
        print_json(found)
    elif not found:
        say("Nothing is due.")
    else:
        print_table(
            "Due",
            ["what", "programme", "cycle", "since"],
            [[one.verb, one.programme, one.cycle, one.since.isoformat()] for one in found],
        )


@app.command("run")
def run(
    context: typer.Context,
    every: Annotated[int, typer.Option(min=1, help="Seconds between looks.")] = 60,
    metrics_port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port of /metrics on this machine; 0: none.")
    ] = 0,
) -> None:
    """Look what is due, and do it, until stopped. Two may run; they start nothing twice."""
    with desk(context, "engine") as engine, watched(engine, metrics_port):
        schedule.run(engine, every_seconds=every)
