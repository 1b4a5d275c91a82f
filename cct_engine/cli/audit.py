"""``cct audit``: an auditor's questions, samples, and the pack that is checked without us."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from cct_engine import audit, cycle
from cct_engine.cli.output import AsJson, jsonable, print_json, print_table, say
from cct_engine.cli.papers import AsOf, asked_day
from cct_engine.cli.place import Opened, desk, opened, read_only
from cct_engine.clock import SystemClock
from cct_engine.money import format_minor
from cct_engine.people import accountable, authorise

if TYPE_CHECKING:
    from collections.abc import Iterator

    import sqlalchemy as sa

__all__ = ["app"]

app = typer.Typer(
    help="An auditor's questions, and what is handed over.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

OneCycle = Annotated[
    str | None, typer.Option("--cycle", help="Only this cycle, such as bolsa_familia-2026-09.")
]
Auditor = Annotated[
    str | None,
    typer.Option("--as", envvar="CCT_OFFICER", help="The auditor; the act is recorded then."),
]
Seed = Annotated[int, typer.Option(help="The same seed gives the same sample.")]


@contextmanager
def _acting(
    context: typer.Context, login: str | None, verb: str, subject: str
) -> Iterator[tuple[Opened, dict[str, object]]]:
    """Open the books; when an officer asks, only an auditor may, and the act is recorded."""
    detail: dict[str, object] = {}
    if login is None:
        with opened(context) as books:
            yield books, detail
        return
    with desk(context, login) as officer:
        at = officer.clock.now()
        with accountable(
            officer.database, at=at, officer_id=officer.officer_id, verb=verb, subject=subject
        ) as deed:
            authorise(
                deed.connection, audit.PERMISSIONS[verb], officer_id=officer.officer_id, at=at
            )
            yield Opened(officer.database, officer.settings), detail
            deed.detail.update(detail)


def _found(connection: sa.Connection, code: str | None) -> tuple[int, str] | None:
    return None if code is None else (cycle.by_code(connection, code).cycle_id, code)


@app.command("run")
def run(
    context: typer.Context,
    code: OneCycle = None,
    as_of: AsOf = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="A new folder for the paper and all evidence.")
    ] = None,
    login: Auditor = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Ask every control; exit code 1 when one has found something. It changes nothing."""
    with _acting(context, login, "audit.run", code or "all cycles") as (books, detail):
        with read_only(books) as connection:
            found = audit.run(
                connection,
                home=books.settings.home,
                as_of=asked_day(context, connection, as_of),
                cycle=_found(connection, code),
            )
            if out is not None:
                audit.write_evidence(connection, found, out, at=SystemClock().now())
        detail["found"] = sum(not result.holds for result in found.results)
    if as_json:
        print_json(found.as_dict())
    else:
        _say_answers(found, out)
    if not found.is_clean:
        raise typer.Exit(1)


def _say_answers(found: audit.Audit, out: Path | None) -> None:
    for result in found.results:
        say(f"{'✓' if result.holds else '!'} {result.control.title}: {result.sentence}")
        if not result.holds:
            say(f"    evidence: {result.control.code}, {result.evidence.found_count:,} line(s)")
    for one in audit.UNANSWERABLE:
        say(f"– Finding {one.finding} is not asked: {one.reason}")
    wrong = sum(not result.holds for result in found.results)
    say(f"{len(found.results)} controls, {wrong} with findings, as of {found.as_of}.")
    if out is not None:
        say(f"The paper and every line of evidence are in {out}.")


@app.command("controls")
def list_controls(*, as_json: AsJson = False) -> None:
    """List the controls: what each asks, the findings it answers, and its query."""
    if as_json:
        print_json(
            [
                {
                    "control": control.code,
                    "findings": control.findings,
                    "asks": control.asks,
                    "limits": control.limits,
                    "query": control.sql,
                }
                for control in audit.controls()
            ]
        )
        return
    for control in audit.controls():
        findings = ", ".join(map(str, control.findings)) or "none"
        say(f"{control.code}: {control.asks}", {"findings it answers": findings})


@app.command("sample")
def sample(
    context: typer.Context,
    method: Annotated[
        Literal["mus", "random"], typer.Option(help="By money (mus), or each payment alike.")
    ] = "mus",
    size: Annotated[int, typer.Option(min=1, max=100_000, help="How many to draw.")] = 60,
    seed: Seed = 1,
    code: OneCycle = None,
    login: Auditor = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Draw a sample of the payments, per currency; the same seed draws the same again."""
    with _acting(context, login, "audit.sample", code or "all cycles") as (books, detail):
        with read_only(books) as connection:
            one = _found(connection, code)
            samples = audit.draw(
                connection, method=method, size=size, seed=seed, cycle_id=one[0] if one else None
            )
        detail |= {"method": method, "size": size, "seed": seed}
    if as_json:
        print_json(samples)
        return
    for drawn in samples:
        total = format_minor(drawn.population_minor, drawn.currency)
        print_table(
            f"{len(drawn.payments)} of {drawn.population_count:,} payments, {total} in all "
            f"({drawn.method}, seed {drawn.seed})",
            ["cycle", "payment", "household", "payee", "bank", "state", "amount", "hits"],
            [
                [
                    one.cycle,
                    one.instruction_id,
                    one.household_id,
                    one.payee_id,
                    one.bank,
                    one.state,
                    format_minor(one.amount_minor, one.currency),
                    one.hits,
                ]
                for one in drawn.payments
            ],
            right=(1, 2, 3, 6, 7),
        )
    if not samples:
        say("There are no payments to draw from.")


@app.command("pack")
def pack(
    context: typer.Context,
    out: Annotated[Path, typer.Option("--out", help="A new folder for the pack.")],
    code: OneCycle = None,
    as_of: AsOf = None,
    login: Auditor = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Write what a stranger needs to check the books without us; keep the digest it prints."""
    audit.refuse_taken(out)
    with _acting(context, login, "audit.pack", code or "all cycles") as (books, detail):
        with read_only(books) as connection:
            one = _found(connection, code)
            found = audit.run(
                connection,
                home=books.settings.home,
                as_of=asked_day(context, connection, as_of),
                cycle=one,
            )
            every = [c for c in cycle.cycles(connection) if code in {None, c.code}]
            written = audit.write_pack(
                connection,
                out,
                home=books.settings.home,
                cycles=tuple(every),
                only=one[0] if one else None,
                found=found,
                at=SystemClock().now(),
            )
        detail["digest"] = written.digest
    if as_json:
        print_json(jsonable(written))
    else:
        say(
            f"The pack is in {out}: {written.file_count} files, {written.byte_count:,} bytes.",
            {"its digest, to keep elsewhere": written.digest, "the books' head": written.head},
        )
        say(f"Anybody checks it with: python3 {out / 'verify.py'}")
