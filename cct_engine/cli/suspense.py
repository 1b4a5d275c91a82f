"""``cct suspense``: bank money nobody could match, who looks after it, and how it is resolved."""

from __future__ import annotations

from typing import Annotated

import typer

import reconciliation
from cct_engine.cli.output import AsJson, print_json, print_table, say
from cct_engine.cli.place import As, desk, opened
from cct_engine.clock import SystemClock
from cct_engine.money import format_minor

__all__ = ["app"]

app = typer.Typer(
    help="Bank money that could not be matched.", no_args_is_help=True, rich_markup_mode=None
)

Item = Annotated[int, typer.Argument(help="The item's number.")]


@app.command("list")
def list_items(context: typer.Context, *, as_json: AsJson = False) -> None:
    """List the open items with owner, age and reason."""
    with opened(context) as books, books.database.transaction() as connection:
        items = reconciliation.open_items(connection, on=SystemClock().now().date())
    if as_json:
        print_json(items)
        return
    print_table(
        "Suspense",
        ["item", "since", "owner", "reason", "direction", "amount"],
        [
            [
                item.item_id,
                f"{item.opened_on} ({item.age_days} d)",
                item.owner_role,
                item.text,
                item.direction,
                format_minor(item.amount_minor, item.currency),
            ]
            for item in items
        ],
        right=(5,),
    )


@app.command("propose")
def propose(
    context: typer.Context,
    item: Item,
    resolution: Annotated[str, typer.Argument(help=", ".join(reconciliation.RESOLUTIONS))],
    remark: Annotated[str, typer.Option(help="Why; the second officer reads it.")],
    login: As,
    instruction: Annotated[int, typer.Option(help="The payment it belongs to.")] = 0,
    *,
    as_json: AsJson = False,
) -> None:
    """Propose how an item is resolved; another officer confirms it."""
    with desk(context, login) as officer, officer.database.transaction() as connection:
        reconciliation.propose(
            connection,
            item,
            resolution=resolution,
            remark=remark,
            officer_id=officer.officer_id,
            at=officer.clock.now(),
            instruction_id=instruction,
        )
    if as_json:
        print_json({"item": item, "state": "proposed", "resolution": resolution})
    else:
        say(f"Item {item}: {resolution} is proposed. Another officer confirms it.")


@app.command("confirm")
def confirm(context: typer.Context, item: Item, login: As, *, as_json: AsJson = False) -> None:
    """Confirm what another officer proposed, and book it."""
    with desk(context, login) as officer, officer.database.transaction() as connection:
        reconciliation.confirm(
            connection, item, officer_id=officer.officer_id, at=officer.clock.now()
        )
    if as_json:
        print_json({"item": item, "state": "closed"})
    else:
        say(f"Item {item} is resolved and booked.")
