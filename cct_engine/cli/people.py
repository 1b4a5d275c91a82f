"""``cct people``: officers and what they may do."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import sqlalchemy as sa
import typer

from cct_engine.cli.output import AsJson, print_json, print_table, say
from cct_engine.cli.place import As, desk, opened
from cct_engine.clock import SystemClock
from cct_engine.people import Role, officers, passwords, sessions, subjects

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cct_engine.cycle import Desk

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
    _told({"login": new, "officer_id": number}, f"{new} is officer {number}.", as_json=as_json)


class _Act(NamedTuple):
    """An act of an officer on another one: where, on whom, when and by whom."""

    officer: Desk
    whom: dict[str, Any]


@contextmanager
def _act(context: typer.Context, of: str, login: str) -> Iterator[_Act]:
    with desk(context, of) as other:
        officer_id = other.officer_id
    with desk(context, login) as officer:
        whom = {"officer_id": officer_id, "at": officer.clock.now(), "by": officer.officer_id}
        yield _Act(officer, whom)


def _told(value: dict[str, Any], sentence: str, *, as_json: bool) -> None:
    if as_json:
        print_json(value)
    else:
        say(sentence)


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
    with _act(context, to, login) as act:
        officers.grant(act.officer.database, role=role, programme=programme, **act.whom)
    value = {"login": to, "role": role, "programme": programme}
    _told(value, f"{to} is {role.value} now.", as_json=as_json)


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
    with _act(context, of, login) as act:
        chosen = (
            sys.stdin.readline().rstrip("\n")
            if stdin
            else typer.prompt(f"Password of {of}", hide_input=True, confirmation_prompt=True)
        )
        whom = act.whom | {"at": act.officer.clock.now()}
        passwords.set_for(act.officer.database, password=chosen, **whom)
    _told(
        {"login": of, "officer_id": act.whom["officer_id"], "password": "set"},
        f"{of} can sign in with the new password; open sessions of {of} are ended.",
        as_json=as_json,
    )


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
    with _act(context, of, login) as act:
        issuer = act.officer.settings.oidc_issuer or ""
        subjects.bind(act.officer.database, issuer=issuer, subject=subject, **act.whom)
    _told(
        {"login": of, "officer_id": act.whom["officer_id"], "account": "bound"},
        f"{of} signs in by that account from now on.",
        as_json=as_json,
    )


@app.command("unbind")
def unbind(
    context: typer.Context,
    of: Annotated[str, typer.Argument(help="The officer's login.")],
    login: As,
    *,
    as_json: AsJson = False,
) -> None:
    """End it, with every session it opened; the next account of that name can be bound."""
    with _act(context, of, login) as act:
        subjects.unbind(act.officer.database, **act.whom)
    _told(
        {"login": of, "officer_id": act.whom["officer_id"], "account": "unbound"},
        f"No account opens {of} now; sessions it opened are ended.",
        as_json=as_json,
    )


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
    value = {"session": session, "state": "ended"}
    _told(value, f"Session {session} is ended.", as_json=as_json)


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
    with _act(context, to, login) as act:
        officers.break_glass(
            act.officer.database,
            role=role,
            programme=programme,
            hours=hours,
            reason=reason,
            **act.whom,
        )
    _told(
        {"login": to, "role": role, "programme": programme, "hours": hours},
        f"{to} is {role.value} in {programme} for {hours} hours. The record says so.",
        as_json=as_json,
    )
