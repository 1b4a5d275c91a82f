"""``cct people``: officers and what they may do."""

from __future__ import annotations

import sys
from typing import Annotated

import sqlalchemy as sa
import typer

from cct_engine.cli.output import AsJson, print_json, print_table, say
from cct_engine.cli.place import As, desk, opened
from cct_engine.clock import SystemClock
from cct_engine.people import Refused, Role, officers, passwords, sessions, subjects

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


def _number(context: typer.Context, login: str) -> int:
    with desk(context, login) as officer:
        return officer.officer_id


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
    officer_id = _number(context, to)
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


@app.command("password")
def password(
    context: typer.Context,
    of: Annotated[str, typer.Argument(help="The officer's login.")],
    login: As,
    *,
    stdin: Annotated[
        bool, typer.Option("--stdin", help="Read it as one line from standard input.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Set an officer's password: asked twice, never part of the command. Ends their sessions."""
    officer_id = _number(context, of)
    with desk(context, login) as officer:
        chosen = (
            sys.stdin.readline().rstrip("\n")
            if stdin
            else typer.prompt(f"Password of {of}", hide_input=True, confirmation_prompt=True)
        )
        passwords.set_for(
            officer.database,
            officer_id=officer_id,
            password=chosen,
            at=officer.clock.now(),
            by=officer.officer_id,
        )
    if as_json:
        print_json({"login": of, "officer_id": officer_id, "password": "set"})
    else:
        say(f"{of} can sign in with the new password; open sessions of {of} are ended.")


@app.command("bind")
def bind(
    context: typer.Context,
    of: Annotated[str, typer.Argument(help="The officer's login.")],
    subject: Annotated[
        str, typer.Argument(help="What the provider calls them; the refused page says it.")
    ],
    login: As,
    *,
    as_json: AsJson = False,
) -> None:
    """Let an officer sign in by an account of the OpenID provider."""
    officer_id = _number(context, of)
    with desk(context, login) as officer:
        if not officer.settings.oidc_issuer:
            raise Refused("provider", "There is no provider: set CCT_OIDC_ISSUER first.")
        subjects.bind(
            officer.database,
            officer_id=officer_id,
            issuer=officer.settings.oidc_issuer,
            subject=subject,
            at=officer.clock.now(),
            by=officer.officer_id,
        )
    if as_json:
        print_json({"login": of, "officer_id": officer_id, "account": "bound"})
    else:
        say(f"{of} signs in by that account from now on.")


@app.command("unbind")
def unbind(
    context: typer.Context,
    of: Annotated[str, typer.Argument(help="The officer's login.")],
    login: As,
    *,
    as_json: AsJson = False,
) -> None:
    """End it, with every session it opened; the next account of that name can be bound."""
    officer_id = _number(context, of)
    with desk(context, login) as officer:
        subjects.unbind(
            officer.database,
            officer_id=officer_id,
            at=officer.clock.now(),
            by=officer.officer_id,
        )
    if as_json:
        print_json({"login": of, "officer_id": officer_id, "account": "unbound"})
    else:
        say(f"No account opens {of} now; sessions it opened are ended.")


@app.command("sessions")
def list_sessions(
    context: typer.Context,
    of: Annotated[str | None, typer.Argument(help="Only this officer's.")] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """List who is signed in, since when, and when they last did something."""
    with opened(context) as books, books.database.transaction() as connection:
        found = sessions.listed(connection, at=SystemClock().now())
    rows = [one for one in found if of is None or one.login == of]
    if as_json:
        print_json(rows)
        return
    print_table(
        "Open sessions",
        ["session", "officer", "since", "seen", "device"],
        [
            [
                one.session_id,
                one.login,
                f"{one.opened_at:%d %b %H:%M}",
                f"{one.seen_at:%H:%M}",
                one.device[:60],
            ]
            for one in rows
        ],
    )


@app.command("revoke-session")
def revoke_session(
    context: typer.Context, session: int, login: As, *, as_json: AsJson = False
) -> None:
    """End a session now; its next click asks for a sign-in."""
    with desk(context, login) as officer:
        sessions.revoke(
            officer.database,
            session_id=session,
            at=officer.clock.now(),
            by=officer.officer_id,
        )
    if as_json:
        print_json({"session": session, "state": "ended"})
    else:
        say(f"Session {session} is ended.")


@app.command("break-glass")
def break_glass(
    context: typer.Context,
    to: Annotated[str, typer.Argument(help="The officer's login.")],
    role: Role,
    programme: str,
    reason: Annotated[str, typer.Option(help="Why now; the auditor reads it.")],
    login: As,
    hours: Annotated[int, typer.Option(min=1, max=officers.BREAK_GLASS_HOURS_MAX)] = 4,
    *,
    as_json: AsJson = False,
) -> None:
    """Lend a role in an emergency, for hours and one programme, loudly recorded."""
    officer_id = _number(context, to)
    with desk(context, login) as officer:
        officers.break_glass(
            officer.database,
            officer_id=officer_id,
            role=role,
            programme=programme,
            hours=hours,
            reason=reason,
            at=officer.clock.now(),
            by=officer.officer_id,
        )
    if as_json:
        print_json({"login": to, "role": role, "programme": programme, "hours": hours})
    else:
        say(f"{to} is {role.value} in {programme} for {hours} hours. The record says so.")
