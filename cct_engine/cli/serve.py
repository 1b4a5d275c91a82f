"""``cct serve``: the console in the browser, with the schedule beside it, in one process."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Annotated, Final

import sqlalchemy as sa
import typer

from cct_engine.cli.output import say
from cct_engine.cli.place import desk, watched
from cct_engine.people import ENGINE, Role, officers, passwords

if TYPE_CHECKING:
    from cct_engine.cycle import Desk

__all__ = ["app"]

_GUESTS: Final = {
    "auditor": Role.AUDITOR,
    "analyst": Role.ANALYST,
    "caseworker": Role.CASE_WORKER,
    "second.checker": Role.CHECKER,
}
"""Who looks at a demo besides the officers who played it."""

app = typer.Typer()


@app.command()
def serve(
    context: typer.Context,
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8080,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    name: Annotated[
        list[str] | None,
        typer.Option(help="Name it is reached by through an HTTPS proxy; may be repeated."),
    ] = None,
    proxy: Annotated[
        str, typer.Option(help="Addresses of the proxy whose word counts, with commas.")
    ] = "127.0.0.1",
    every: Annotated[
        int, typer.Option(min=0, help="Seconds between looks at the calendar; 0: none.")
    ] = 60,
    metrics_port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port of /metrics on this machine; 0: none.")
    ] = 0,
) -> None:
    """Serve the console until stopped. Plain HTTP is answered to this machine only."""
    from cct_engine import console

    with desk(context, "engine") as engine:
        if context.obj["demo"]:
            _welcome(engine)
        say(f"The console listens on http://{host}:{port}. /health needs no sign-in.")
        with watched(engine, metrics_port):
            console.serve(
                engine,
                host=host,
                port=port,
                hosts=name or (),
                trusted_proxies=proxy,
                ring_every_seconds=0 if context.obj["demo"] else every,
            )


def _welcome(engine: Desk) -> None:
    """Let people into the demo: every officer gets one password, made up now and said once."""
    at, database = engine.clock.now(), engine.database
    query = sa.text("SELECT login, officer_id FROM people.officer WHERE officer_id > 2 ORDER BY 2")
    with database.transaction() as connection:
        known = {row.login: row.officer_id for row in connection.execute(query)}
    for login, role in _GUESTS.items():
        if login not in known and "administrator" in known:
            by = known["administrator"]
            known[login] = officers.add(database, login=login, at=at, by=by)
            officers.grant(database, officer_id=known[login], role=role, at=at, by=by)
    password = f"demo-{secrets.token_hex(6)}"
    for officer_id in known.values():
        passwords.set_for(database, officer_id=officer_id, password=password, at=at, by=ENGINE)
    say(f"Sign in as {', '.join(known)}. The password of this run is {password}")
