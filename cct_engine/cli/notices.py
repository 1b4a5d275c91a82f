"""``cct notice``: mails to officers, and messages to families as files for the gateway."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import sqlalchemy as sa
import typer

from cct_engine import mail, messages
from cct_engine.cli.output import AsJson, print_json, print_table, say
from cct_engine.cli.place import As, desk, opened
from cct_engine.people import mailboxes

__all__ = ["app"]

app = typer.Typer(
    help="Mails to officers, and messages to families.", no_args_is_help=True, rich_markup_mode=None
)


@app.command("files")
def files(
    context: typer.Context,
    cycle: str,
    login: As,
    out: Annotated[Path, typer.Option(help="Folder for the files and their manifest.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Make a released cycle's messages to families; made before, the same files again."""
    with desk(context, login) as officer:
        found = messages.make_files(officer, cycle, out=out)
    if as_json:
        print_json(found._asdict() | {"files": [one._asdict() for one in found.files]})
        return
    made = "are written" if found.new else "were written before; here they are again"
    say(
        f"Messages to {found.message_count:,} of {found.family_count:,} families {made}: {out}",
        {"did not agree": f"{found.not_agreed_count:,}"},
    )
    print_table(
        cycle,
        ["file", "messages", "parts", "shortened", "SHA-256"],
        [
            [one.name, one.message_count, one.segment_count, one.shortened_count, one.sha256[:16]]
            for one in found.files
        ],
        right=(1, 2, 3),
    )


@app.command("choose")
def choose(
    context: typer.Context,
    household: int,
    login: As,
    language: Annotated[str, typer.Option(help="en, hi, pt or es.")],
    *,
    refused: Annotated[bool, typer.Option("--refused", help="No messages, from now on.")] = False,
    stdin: Annotated[
        bool, typer.Option("--stdin", help="Read the telephone from standard input.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Keep whether a family wants messages. The telephone is asked, never part of the command."""
    phone = None
    if not refused:
        phone = sys.stdin.readline().strip() if stdin else typer.prompt("Telephone")
    with desk(context, login) as officer:
        messages.choose(
            officer.database,
            household_id=household,
            phone=phone,
            language=language,
            token_key=officer.settings.token_key.get_secret_value().encode(),
            at=officer.clock.now(),
            by=officer.officer_id,
        )
    if as_json:
        print_json({"household": household, "agreed": not refused, "language": language})
    else:
        say(f"Household {household} {'gets no messages' if refused else 'gets messages'}.")


@app.command("address")
def address(
    context: typer.Context,
    of: Annotated[str, typer.Argument(help="The officer's login.")],
    login: As,
    *,
    remove: Annotated[bool, typer.Option("--remove", help="Write no more.")] = False,
    stdin: Annotated[
        bool, typer.Option("--stdin", help="Read the address from standard input.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Set where an officer is written to when something waits."""
    with desk(context, of) as receiver:
        officer_id = receiver.officer_id
    chosen = ""
    if not remove:
        chosen = sys.stdin.readline().strip() if stdin else typer.prompt(f"Address of {of}")
    with desk(context, login) as officer:
        at, by = officer.clock.now(), officer.officer_id
        if remove:
            mailboxes.remove(officer.database, officer_id=officer_id, at=at, by=by)
        else:
            mailboxes.keep(officer.database, officer_id=officer_id, address=chosen, at=at, by=by)
    if as_json:
        print_json({"login": of, "address": "removed" if remove else "set"})
    else:
        say(f"{of} is {'written to no more' if remove else 'written to from now on'}.")


@app.command("list")
def list_mails(context: typer.Context, *, as_json: AsJson = False) -> None:
    """List the newest mails: to whom, about what, and whether they went."""
    query = sa.text(
        "SELECT o.login, m.kind, m.about, m.raised_at, m.sent_at, m.withdrawn_at, m.tried_count"
        " FROM notice.mail m JOIN people.officer o USING (officer_id)"
        " ORDER BY m.raised_at DESC, o.login, m.kind, m.about LIMIT 200"
    )
    with opened(context) as books, books.database.transaction() as connection:
        rows = [dict(row) for row in connection.execute(query).mappings()]
    if as_json:
        print_json(rows)
        return
    print_table(
        "Mails to officers",
        ["to", "kind", "about", "raised", "went"],
        [
            [r["login"], r["kind"], r["about"], f"{r['raised_at']:%d %b %H:%M}", _went(r)]
            for r in rows
        ],
    )


@app.command("post")
def post(context: typer.Context, *, as_json: AsJson = False) -> None:
    """Look what waits and send what has not gone; the schedule does this by itself."""
    with desk(context, "engine") as engine:
        done = mail.post(engine)
        to = mail.mail_server(engine.settings)
    if as_json:
        print_json(done)
    elif to is None:
        say("There is no mail server: set CCT_SMTP_HOST.")
    else:
        fault = f" The mail server: {done.fault}." if done.fault else ""
        say(f"{done.sent_count} mails went, {done.waiting_count} wait.{fault}")
    if done.fault:
        raise typer.Exit(1)


def _went(row: dict[str, object]) -> str:
    if row["sent_at"] is not None:
        return f"{row['sent_at']:%d %b %H:%M}"
    if row["withdrawn_at"] is not None:
        return "waits no more"
    return f"not yet, tried {row['tried_count']} times" if row["tried_count"] else "not yet"
