"""``cct appeal``: objections that were upheld, and what they annul."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from cct_engine import cycle
from cct_engine.cli.output import AsJson, print_json, print_table, say
from cct_engine.cli.place import As, desk, opened

__all__ = ["app"]

app = typer.Typer(help="Appeals that were upheld.", no_args_is_help=True, rich_markup_mode=None)


@app.command("uphold")
def uphold(
    context: typer.Context,
    household: Annotated[int, typer.Argument(help="The household's number.")],
    code: Annotated[str, typer.Argument(metavar="CYCLE", help="The cycle that judged wrongly.")],
    filed_on: Annotated[
        datetime, typer.Option("--filed", formats=["%Y-%m-%d"], help="When the family objected.")
    ],
    reason: Annotated[str, typer.Option(help="What proves the verdict wrong.")],
    login: As,
    condition: Annotated[str, typer.Option(help="Only this condition; all without it.")] = "",
    person: Annotated[int, typer.Option(help="Only this person; everybody without it.")] = 0,
    *,
    as_json: AsJson = False,
) -> None:
    """Annul a verdict; its effects are replayed and paid with the next cycle."""
    with desk(context, login) as officer:
        appeal = cycle.uphold(
            officer,
            household,
            code,
            filed_on=filed_on.date(),
            reason=reason,
            condition=condition,
            person_id=person,
        )
    if as_json:
        print_json(appeal)
    else:
        say(f"Appeal {appeal.case_action_id} is upheld; the next cycle replays what followed.")


@app.command("list")
def list_appeals(
    context: typer.Context,
    household: Annotated[int | None, typer.Option(help="Only this household.")] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """List the appeals that were upheld."""
    with opened(context) as books, books.database.transaction() as connection:
        found = cycle.appeals(connection, household)
    if as_json:
        print_json(found)
        return
    print_table(
        "Appeals upheld",
        ["appeal", "household", "person", "cycle", "condition", "filed", "upheld"],
        [
            [
                one.case_action_id,
                one.household_id,
                one.person_id or "everybody",
                one.cycle,
                one.condition or "all",
                one.filed_on,
                one.upheld_on,
            ]
            for one in found
        ],
    )
