"""``cct token``: programs that use the API for an officer."""

from __future__ import annotations

import re
from typing import Annotated

import typer

from cct_engine.cli.output import AsJson, print_json, print_table, say
from cct_engine.cli.place import As, desk, opened
from cct_engine.people import tokens

__all__ = ["app"]

app = typer.Typer(
    help="Programs that use the API for an officer.", no_args_is_help=True, rich_markup_mode=None
)

_NAME = re.compile(r"[a-z][a-z0-9._-]{1,39}")


@app.command("grant")
def grant(
    context: typer.Context,
    client: Annotated[str, typer.Argument(help="What the program is called.")],
    officer: Annotated[str, typer.Argument(help="Login of the officer for whom it acts.")],
    login: As,
    scope: Annotated[list[tokens.Scope], typer.Option(help="What it is for; may be repeated.")],
    days: Annotated[int, typer.Option(min=1, max=tokens.DAYS_MAX)] = 90,
    *,
    as_json: AsJson = False,
) -> None:
    """Grant a token. It is shown once: only its digest is kept."""
    if not _NAME.fullmatch(client):
        raise typer.BadParameter("A client is 2 to 40 small letters, digits, points or dashes.")
    with desk(context, officer) as actor:
        officer_id = actor.officer_id
    with desk(context, login) as administrator:
        granted = tokens.grant(
            administrator.database,
            client=client,
            officer_id=officer_id,
            scopes=scope,
            days=days,
            at=administrator.clock.now(),
            by=administrator.officer_id,
        )
    if as_json:
        print_json(
            {
                "token_id": granted.token_id,
                "client": client,
                "login": officer,
                "scopes": sorted(scope),
                "ends_at": granted.ends_at,
                "token": granted.words,
            }
        )
    else:
        say(
            f"Token {granted.token_id}: {client} acts for {officer} until "
            f"{granted.ends_at:%d %b %Y}. It is shown once:"
        )
        say(granted.words)


@app.command("list")
def list_tokens(context: typer.Context, *, as_json: AsJson = False) -> None:
    """List tokens: whose, what for, until when. Their words are kept nowhere."""
    with opened(context) as books, books.database.transaction() as connection:
        rows = tokens.listed(connection)
    if as_json:
        print_json(rows)
        return
    print_table(
        "Tokens",
        ["token", "client", "officer", "scopes", "ends", "revoked"],
        [
            [
                one.token_id,
                one.client,
                one.login,
                " ".join(one.scopes),
                f"{one.ends_at:%d %b %Y}",
                f"{one.ended_at:%d %b %Y}" if one.ended_at else "",
            ]
            for one in rows
        ],
    )


@app.command("revoke")
def revoke(context: typer.Context, token: int, login: As, *, as_json: AsJson = False) -> None:
    """End a token now; its next request is refused."""
    with desk(context, login) as officer:
        tokens.revoke(
            officer.database,
            token_id=token,
            at=officer.clock.now(),
            by=officer.officer_id,
        )
    if as_json:
        print_json({"token_id": token, "state": "revoked"})
    else:
        say(f"Token {token} is revoked.")
