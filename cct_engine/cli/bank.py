"""``cct bank``: files to the bank and what it answers; and a bank to rehearse with."""

from __future__ import annotations

import shutil
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import sqlalchemy as sa
import typer

import reconciliation
from bank_adapters.simulator import FailureMix, simulate
from cct_engine import cycle
from cct_engine.cli import bank_read
from cct_engine.cli.output import AsJson, print_json, print_table, say
from cct_engine.cli.place import As, desk, opened
from cct_engine.clock import SystemClock
from cct_engine.cycle.fetching import fetch
from cct_engine.cycle.lapsing import lapse as let_lapse
from cct_engine.cycle.lapsing import unclaimed as list_unclaimed
from cct_engine.cycle.sending import send as send_files
from cct_engine.cycle.sending import settle_unknown
from cct_engine.money import format_minor

__all__ = ["app"]

app = typer.Typer(
    help="Files to the bank, and what it answers.", no_args_is_help=True, rich_markup_mode=None
)


class Mix(StrEnum):
    """How often the simulated bank fails."""

    NORMAL = "normal"
    STRESS = "stress"
    NONE = "none"


_MIXES = {
    Mix.NORMAL: FailureMix.NORMAL,
    Mix.STRESS: FailureMix.STRESS,
    Mix.NONE: FailureMix.NONE,
}


@app.command("simulate")
def simulate_bank(
    context: typer.Context,
    on: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="Answer up to this day.")],
    *,
    seed: int = 1,
    mix: Mix = Mix.NORMAL,
    outbox: Annotated[Path | None, typer.Option(help="Where released files lie.")] = None,
    answers: Annotated[Path | None, typer.Option(help="Where the bank puts its answers.")] = None,
    as_json: AsJson = False,
) -> None:
    """Play the bank: read the released files and answer as a bank does, mistakes included."""
    with opened(context) as books:
        folder = books.settings.home / "bank"
    day: date = on.date()
    paths = simulate(
        outbox or folder / "outbox",
        answers or folder / "answers",
        seed=seed,
        mix=_MIXES[mix],
        on=day,
    )
    if as_json:
        print_json({"answers": paths})
        return
    say(f"The bank answered with {len(paths)} file(s).", {path.name: path for path in paths})


app.command("read")(bank_read.read)


@app.command("receive")
def receive(
    context: typer.Context,
    login: As,
    folder: Annotated[
        Path | None, typer.Argument(exists=True, file_okay=False, help="Files to carry in first.")
    ] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Fetch the bank's answers, take every file of the inbox in, each once, and book it."""
    with desk(context, login) as officer:
        inbox = cycle.inbox_of(officer.settings.home)
        inbox.mkdir(parents=True, exist_ok=True)
        for file in sorted(folder.iterdir()) if folder else ():
            if file.is_file() and not file.name.startswith(".") and file.suffix != ".part":
                draft = inbox / f"{file.name}.part"
                shutil.copyfile(file, draft)
                draft.rename(inbox / file.name)
        fetched = fetch(officer)
        heard = cycle.reconcile(officer)
    if as_json:
        print_json({**heard._asdict(), "fetched": fetched.names, "refused": fetched.refused})
        return
    say(heard.sentence)
    for _, why in fetched.refused:
        say(why)


@app.command("send")
def send(
    context: typer.Context,
    login: As,
    *,
    arrived: Annotated[
        str | None, typer.Option(help="The bank said that it has this file.")
    ] = None,
    lost: Annotated[str | None, typer.Option(help="The bank said that it has not.")] = None,
    as_json: AsJson = False,
) -> None:
    """Send the sealed files of released cycles that the bank does not have; none twice.

    An upload whose end nobody knows is never repeated: ask the bank, then say --arrived or --lost.
    """
    with desk(context, login) as officer:
        if arrived:
            settle_unknown(officer, arrived, outcome="sent")
        if lost:
            settle_unknown(officer, lost, outcome="refused")
        done = send_files(officer)
    if as_json:
        print_json({"sent": done.sent, "waiting": dict(done.waiting)})
    else:
        say(done.sentence)
    if done.waiting:
        raise typer.Exit(1)


@app.command("reconcile")
def reconcile_day(
    context: typer.Context,
    on: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day; else today.")
    ] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Say on one page what came from the bank, what matched, what did not, and who must act."""
    with opened(context) as books, books.database.transaction() as connection:
        told = reconciliation.day(connection, on.date() if on else SystemClock().now().date())
    if as_json:
        print_json(
            {
                "on": told.on,
                "says": told.sentence,
                "came": [file._asdict() for file in told.came],
                "matched": [row._asdict() for row in told.matched],
                "unmatched": [row._asdict() for row in told.unmatched],
                "acts": [act._asdict() for act in told.acts],
            }
        )
    else:
        _print_day(told)


def _print_day(told: reconciliation.Day) -> None:
    """Print the day in a sentence, and a table of each of its parts."""
    say(told.sentence)
    print_table(
        f"What came on {told.on}",
        ["file", "format", "state", "lines", "moved", "known", "unclear then", "not ours"],
        [[*file[:3], *(f"{number:,}" for number in file[3:8])] for file in told.came],
        right=(3, 4, 5, 6, 7),
    )
    for file in told.came:
        if file.advice:
            say(f"{file.name}: {file.advice}")
    print_table(
        "What matched",
        ["what", "number", "sum"],
        [
            [row.what, f"{row.number:,}", format_minor(row.total_minor, row.currency)]
            for row in told.matched
        ],
        right=(1, 2),
    )
    print_table(
        "What did not",
        ["why", "number", "sum", "oldest, days", "whose"],
        [
            [
                row.text,
                f"{row.number:,}",
                format_minor(row.total_minor, row.currency),
                str(row.oldest_days),
                _spoken(row.owner_role),
            ]
            for row in told.unmatched
        ],
        right=(1, 2, 3),
    )
    if told.is_clear:
        say("Nobody has to act.")
        return
    print_table(
        "Who must act now",
        ["who", "what", "number"],
        [[_spoken(act.role), act.what, f"{act.number:,}"] for act in told.acts],
        right=(2,),
    )


def _spoken(role: str) -> str:
    return role.replace("_", " ")


@app.command("unclaimed")
def unclaimed(
    context: typer.Context,
    on: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day; else today.")
    ] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """List what came back and nobody claimed, and until when the law lets them."""
    with opened(context) as books, books.database.transaction() as connection:
        day = on.date() if on else SystemClock().now().date()
        found = list_unclaimed(connection, books.settings.home, on=day)
    if as_json:
        print_json([one._asdict() | {"then": one.then} for one in found])
        return
    print_table(
        "Came back, and nobody claimed it",
        ["cycle", "paid on", "until", "payments", "sum", "then"],
        [
            [
                one.cycle,
                str(one.value_on),
                str(one.last_day or "no end"),
                f"{one.number:,}",
                format_minor(one.total_minor, one.currency),
                one.then,
            ]
            for one in found
        ],
        right=(3, 4),
    )


@app.command("lapse")
def lapse(context: typer.Context, login: As, *, as_json: AsJson = False) -> None:
    """Let lapse what came back and is past the window of its law: it is due to the Treasury."""
    with desk(context, login) as officer:
        done = let_lapse(officer)
    if as_json:
        print_json(
            {
                "lapsed": [one._asdict() for one in done.lapsed],
                "batches": [seal.batch_id for seal in done.seals],
            }
        )
    else:
        say(done.sentence)


@app.command("files")
def files(context: typer.Context, *, as_json: AsJson = False) -> None:
    """List the payment files with their seals."""
    query = sa.text(
        "SELECT name, cycle_id, execution_on AS pay_day, instruction_count, total_minor, currency,"
        " state, sha256"
        " FROM bank.file ORDER BY file_id"
    )
    with opened(context) as books, books.database.transaction() as connection:
        rows = [dict(row) for row in connection.execute(query).mappings()]
    if as_json:
        print_json(rows)
        return
    print_table(
        "Payment files",
        ["name", "pay day", "payments", "sum", "state", "SHA-256"],
        [
            [
                row["name"],
                row["pay_day"],
                f"{row['instruction_count']:,}",
                format_minor(row["total_minor"], row["currency"]),
                row["state"],
                row["sha256"],
            ]
            for row in rows
        ],
        right=(2, 3),
    )


@app.command("notices")
def notices(context: typer.Context, *, as_json: AsJson = False) -> None:
    """List what banks say of payees' accounts: another one was credited, or ours should change."""
    with opened(context) as books, books.database.transaction() as connection:
        found = reconciliation.payee_notices(connection)
    if as_json:
        print_json(found)
        return
    heads = ["payment", "payee", "notice", "reason", "told"]
    shown = [
        [one.end_to_end_id, one.payee_id, one.kind, one.reason, f"{one.told_at:%Y-%m-%d}"]
        for one in found
    ]
    print_table("Look at these payees' accounts before the next payment", heads, shown, right=(1,))


@app.command("check")
def check(
    context: typer.Context,
    file: Annotated[
        Path | None, typer.Argument(exists=True, dir_okay=False, help="A file of the bank.")
    ] = None,
    *,
    answer: bank_read.Described = None,
    as_json: AsJson = False,
) -> None:
    """Say whether a bank's file is a good one; without one, whether ours are as sealed.

    Ours are hashed and counted again, and the chain of their manifests is followed.
    """
    if file is not None:
        bank_read.check_file(file, answer, as_json=as_json)
        return
    with opened(context) as books, books.database.transaction() as connection:
        home = books.settings.home
        findings = reconciliation.verify(
            connection, home / "bank" / "sealed", handed_over=cycle.outbox_of(home)
        )
    if as_json:
        print_json({"sound": not findings, "findings": findings})
    elif not findings:
        say("Every payment file is as it was sealed.")
    for finding in () if as_json else findings:
        say(str(finding))
    if findings:
        raise typer.Exit(1)
