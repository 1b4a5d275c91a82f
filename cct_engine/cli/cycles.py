"""``cct cycle``: the steps of a cycle, each by the officer whose step it is."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import sqlalchemy as sa
import typer
from rich.console import Console

from cct_engine import cycle
from cct_engine.cli.output import AsJson, print_json, print_table, say
from cct_engine.cli.place import As, desk, opened
from cct_engine.cycle import tiers
from cct_engine.entitlement import compare
from cct_engine.entitlement import recompute as _recompute
from cct_engine.entitlement.correction import corrected, found_in
from cct_engine.money import format_minor, parse_minor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cct_engine.cycle import Desk, Progress, StepReport

__all__ = ["app"]

app = typer.Typer(help="The steps of a cycle.", no_args_is_help=True, rich_markup_mode=None)

Code = Annotated[str, typer.Argument(help="Such as bolsa_familia-2026-09.")]
Month = Annotated[datetime, typer.Argument(formats=["%Y-%m"], help="Such as 2026-09.")]


@app.command("list")
def list_cycles(context: typer.Context, *, as_json: AsJson = False) -> None:
    """List the cycles and where they stand."""
    query = sa.text(
        "SELECT code, state, currency, value_on, list_digest, closed_at FROM cycle.cycle"
        " ORDER BY period, cycle_id"
    )
    with opened(context) as books, books.database.transaction() as connection:
        rows = [dict(row) for row in connection.execute(query).mappings()]
    if as_json:
        print_json(rows)
        return
    print_table(
        "Cycles",
        ["cycle", "state", "value date", "list"],
        [[r["code"], r["state"], r["value_on"] or "", (r["list_digest"] or "")[:16]] for r in rows],
    )


@app.command("open")
def open_cycle(
    context: typer.Context, programme: str, period: Month, login: As, *, as_json: AsJson = False
) -> None:
    """Open the cycle of a programme for a period."""
    with _at_work(context, login) as officer:
        _told(cycle.open_cycle(officer, programme, period.date()), as_json=as_json)


@app.command("reject")
def reject(
    context: typer.Context,
    code: Code,
    remark: Annotated[str, typer.Option(help="Why; the maker reads it.")],
    login: As,
    *,
    as_json: AsJson = False,
) -> None:
    """Give a submitted list back to its maker."""
    with _at_work(context, login) as officer:
        _told(cycle.reject(officer, code, remark=remark), as_json=as_json)


@app.command("approve")
def approve(
    context: typer.Context,
    code: Code,
    list_digest: Annotated[str, typer.Option("--list", help="The digest on the sheet you read.")],
    login: As,
    *,
    as_json: AsJson = False,
) -> None:
    """Sign the submitted list by its digest, and post it into the books."""
    with _at_work(context, login) as officer:
        _told(cycle.approve(officer, code, list_digest=list_digest), as_json=as_json)


@app.command("countersign")
def countersign(
    context: typer.Context,
    code: Code,
    list_digest: Annotated[str, typer.Option("--list", help="The digest on the sheet you read.")],
    login: As,
    *,
    as_json: AsJson = False,
) -> None:
    """Give a further signature that the sum of an approved list needs."""
    with _at_work(context, login) as officer:
        _told(cycle.countersign(officer, code, list_digest=list_digest), as_json=as_json)


@app.command("tier")
def tier(
    context: typer.Context,
    programme: Annotated[str, typer.Argument(help="Code of a programme.")],
    login: As,
    over: Annotated[str, typer.Option(help="Sum to pay above which it holds, such as 100000.00.")],
    signatures: Annotated[int, typer.Option(min=1, max=5, help="1 takes the tier back.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Decide how many signatures a list above a sum needs before its money is sent."""
    with _at_work(context, login) as officer:
        with officer.database.transaction() as connection:
            found = tiers.currency_of(connection, programme)
        tiers.set_tier(
            officer.database,
            programme=programme,
            over_minor=parse_minor(over, found),
            signature_count=signatures,
            at=officer.clock.now(),
            by=officer.officer_id,
        )
    if as_json:
        print_json({"programme": programme, "over": over, "signatures": signatures})
        return
    say(f"Lists of {programme} over {over} {found}: {signatures} signature(s).")


@app.command("override")
def override(
    context: typer.Context,
    code: Code,
    finding: int,
    login: As,
    reason: Annotated[str | None, typer.Option(help="Proposes; without it, confirms.")] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Propose to pay against a finding (with --reason), or confirm what another proposed."""
    with _at_work(context, login) as officer:
        if reason is None:
            _told(cycle.confirm_override(officer, code, finding), as_json=as_json)
        else:
            _told(cycle.propose_override(officer, code, finding, reason=reason), as_json=as_json)


@app.command("findings")
def findings(context: typer.Context, code: Code, *, as_json: AsJson = False) -> None:
    """List what the checks found, and whether it blocks, holds or warns."""
    query = sa.text(
        "SELECT f.finding_id, f.code, f.effect, f.state, f.household_id FROM cycle.finding f"
        " JOIN cycle.cycle c USING (cycle_id) WHERE c.code = :code ORDER BY f.finding_id"
    )
    with opened(context) as books, books.database.transaction() as connection:
        rows = [dict(row) for row in connection.execute(query, {"code": code}).mappings()]
    if as_json:
        print_json(rows)
        return
    print_table(
        f"Findings of {code}",
        ["finding", "what", "effect", "state", "household"],
        [
            [r["finding_id"], r["code"], r["effect"], r["state"], r["household_id"] or "–"]
            for r in rows
        ],
    )


@app.command("changes")
def changes(context: typer.Context, code: Code, *, as_json: AsJson = False) -> None:
    """Say what changed since the programme's last cycle, and why; the sum ties."""
    with opened(context) as books, books.database.transaction() as connection:
        found = cycle.by_code(connection, code)
        compared = compare(connection, found.cycle_id)
    if as_json:
        print_json(compared)
        return
    print_table(
        f"{code} and the cycle before",
        ["reason", "component", "families", "money"],
        [
            [
                change.reason.replace("_", " "),
                change.component,
                f"{change.household_count:,}",
                format_minor(change.amount_minor, found.currency),
            ]
            for change in compared.changes
        ],
        right=(2, 3),
    )


@app.command("corrections")
def corrections(
    context: typer.Context,
    code: Code,
    household: Annotated[int | None, typer.Option(help="Only this household.")] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """List what late evidence changed of closed cycles, and what becomes of each difference."""
    with opened(context) as books, books.database.transaction() as connection:
        found = cycle.by_code(connection, code)
        run = found_in(connection, found.cycle_id)
        lines = corrected(connection, cycle=code, household_id=household)
    if as_json:
        print_json({"correction": run and run.as_dict(), "lines": lines})
        return
    if run is None:
        say(f"{code} was not corrected yet; `cct cycle correct` or its freeze does it.")
        return
    print_table(
        f"Closed cycles as they should have been, found for {code}",
        ["household", "cycle", "component", "before", "after", "late", "set off", "back", "hold"],
        [
            [
                line.household_id,
                line.cycle,
                line.component,
                *(
                    format_minor(amount, found.currency, symbol=False)
                    for amount in (
                        line.before_minor,
                        line.after_minor,
                        line.arrears_minor,
                        line.set_off_minor,
                        line.recoverable_minor,
                        line.hold_cancelled_minor,
                    )
                ),
            ]
            for line in lines
        ],
        right=(0, 3, 4, 5, 6, 7, 8),
    )
    say(
        f"{run.household_count:,} families replayed, {run.changed_count:,} came out otherwise, "
        f"{run.ladder_count:,} of them on a ladder."
    )


@app.command("recompute")
def recompute(context: typer.Context, code: Code, *, as_json: AsJson = False) -> None:
    """Calculate a cycle again from its sealed inputs; every row must be the same."""
    with opened(context) as books, books.database.transaction() as connection:
        again = _recompute(connection, books.settings.home, code)
    if as_json:
        print_json(again.as_dict())
    else:
        same = "the same" if again.repeats else f"OTHER: {', '.join(again.changed_files)}"
        say(
            f"{code}, {again.household_count:,} families calculated again by the statement and "
            f"the inputs of {again.as_of_known}: {same}.",
            {
                "registry as of": again.as_of_valid,
                "law": again.rulebook_digest,
                "statement": again.statement_digest,
                "inputs": again.snapshot_digest,
                "result": again.recorded_digest,
                "today's compiler writes the same text": again.compiler_is_same,
            },
        )
    if not again.repeats:
        raise typer.Exit(1)


def _simple(name: str, act: Callable[[Desk, str], StepReport], help_text: str) -> None:
    """Give the command line a verb that needs nothing but the cycle and an officer."""

    def verb(context: typer.Context, code: Code, login: As, *, as_json: AsJson = False) -> None:
        with _at_work(context, login) as officer:
            _told(act(officer, code), as_json=as_json)

    verb.__doc__ = help_text
    app.command(name)(verb)


_simple("correct", cycle.correct, "Bring late evidence into closed cycles: replay who was touched.")
_simple("freeze", cycle.freeze, "Pin law and cut-off, and seal the inputs.")
_simple("calculate", cycle.calculate, "Assess compliance and calculate benefits.")
_simple("check", cycle.check, "Look for what must not be paid.")
_simple("recheck", cycle.recheck, "Calculate and check again after corrections.")
_simple("submit", cycle.submit, "Put the list forward; it stands still from here.")
_simple("release", cycle.release, "Send the approved money: files, seals, outbox.")
_simple("close", cycle.close, "Prove every sum, close, and write the report.")


@contextmanager
def _at_work(context: typer.Context, login: str) -> Iterator[Desk]:
    console = Console(stderr=True)
    with desk(context, login) as officer, console.status("") as status:

        def tell(step: Progress) -> None:
            of_total = f" of {step.total:,}" if step.total else ""
            status.update(f"{step.verb} {step.cycle}: {step.what} {step.done:,}{of_total}")

        yield cycle.Desk(
            officer.database, officer.settings, officer.clock, officer.officer_id, tell
        )


def _told(report: StepReport, *, as_json: bool) -> None:
    if as_json:
        print_json(report)
    else:
        say(report.sentence)
