"""``cct doctor``: is this installation in order, and what is to be mended."""

from __future__ import annotations

import os

import typer

from cct_engine.cli.output import AsJson, print_json, print_table, say
from cct_engine.clock import SystemClock
from cct_engine.settings import Settings

__all__ = ["app"]

app = typer.Typer()


@app.command()
def doctor(context: typer.Context, *, as_json: AsJson = False) -> None:
    """Look the installation over and say what to mend. Leaves with 1 when something must be."""
    from cct_engine.doctor import Grade, examine

    settings, name = Settings(), "cct"
    if context.obj["demo"]:
        settings, name = settings.model_copy(update={"home": settings.home / "demo"}), "demo"
    found = examine(settings, SystemClock(), os.environ, name=name)
    to_mend = [one for one in found if one.grade is Grade.MEND]
    if as_json:
        print_json([one._asdict() for one in found])
    else:
        print_table(
            "Installation",
            ["", "check", "found"],
            [[one.grade, one.check, one.found] for one in found],
        )
        for one in found:
            if one.to_do:
                say(f"{one.grade}: {one.check}: {one.to_do}")
        say(f"{len(to_mend)} thing(s) to mend." if to_mend else "Nothing has to be mended.")
    if to_mend:
        raise typer.Exit(1)
