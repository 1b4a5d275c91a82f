"""``cct serve``: the console in the browser, with the schedule beside it, in one process."""

from __future__ import annotations

from typing import Annotated

import typer

from cct_engine.cli.output import say
from cct_engine.cli.place import desk

__all__ = ["app"]

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
) -> None:
    """Serve the console until stopped. Plain HTTP is answered to this machine only."""
    from cct_engine import console  # noqa: PLC0415 - only this verb pays for the web's import

    with desk(context, "engine") as engine:
        say(f"The console listens on http://{host}:{port}. /health needs no sign-in.")
        if context.obj["demo"]:
            say("Officers of the demo get a password by: cct --demo people password maker --as …")
        console.serve(
            engine,
            host=host,
            port=port,
            hosts=name or (),
            trusted_proxies=proxy,
            ring_every_seconds=0 if context.obj["demo"] else every,
        )
