"""``cct people``: officers and what they may do."""

from __future__ import annotations

from typing import Annotated

import sqlalchemy as sa
import typer

from cct_engine.cli.output import AsJson, print_json, print_table, say
from cct_engine.cli.place import As, desk, opened
from cct_engine.people import Role, officers

__all__ = ["app"]

app = typer.Typer(
    help="Officers and what they may do.", no_args_is_help=True, rich_markup_mode=None
)


@app.command("list")
def list_officers(context: typer.Context, *, as_json: AsJson = False) -> None:
    """List officers and their roles."""
    query = sa.text(
        "SELECT o.login, o.disabled_at, coalesce(string_agg(g.role, ', ' ORDER BY g.role)"
        " FILTER (WHERE g.revoked_at IS NULL), '') AS roles FROM people.officer o"
        " LEFT JOIN people.role_grant g USING (officer_id)"
        " GROUP BY o.officer_id ORDER BY o.officer_id"
    )
    with opened(context) as books, books.database.transaction() as connection:
        rows = [dict(row) for row in connection.execute(query).mappings()]
    if as_json:
        print_json(rows)
    else:
        print_table("Officers", ["login", "roles"], [[r["login"], r["roles"]] for r in rows])


@app.command("add")
def add(
    context: typer.Context,
    new: Annotated[str, typer.Argument()],
    login: As,
    *,
    as_json: AsJson = False,
) -> None:
    """Add an officer. The first is added as `engine` and made administrator."""
    with desk(context, login) as officer:
        number = officers.add(
            officer.database, login=new, at=officer.clock.now(), by=officer.officer_id
        )
    if as_json:
        print_json({"login": new, "officer_id": number})
    else:
        say(f"{new} is officer {number}.")


@app.command("grant")
def grant(
    context: typer.Context,
    to: Annotated[str, typer.Argument(help="The officer's login.")],
    role: Role,
    login: As,
    programme: Annotated[str | None, typer.Option(help="Only for this programme.")] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Grant a role. Nobody grants one to themselves."""
    with desk(context, to) as receiver:
        officer_id = receiver.officer_id
    with desk(context, login) as officer:
        officers.grant(
            officer.database,
            officer_id=officer_id,
            role=role,
            programme=programme,
            at=officer.clock.now(),
            by=officer.officer_id,
        )
    if as_json:
        print_json({"login": to, "role": role, "programme": programme})
    else:
        say(f"{to} is {role.value} now.")
