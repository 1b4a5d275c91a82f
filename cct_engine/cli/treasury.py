"""``cct ledger voucher|period|key|anchor``: what officers do on the books by hand."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

import ledger
from cct_engine import treasury
from cct_engine.cli.output import AsJson, print_json, print_table, say
from cct_engine.cli.place import As, desk, opened
from cct_engine.database import Database
from cct_engine.money import format_minor, parse_minor

__all__ = ["add_to"]

_voucher = typer.Typer(
    help="Acts on the books that need two officers.", no_args_is_help=True, rich_markup_mode=None
)
_period = typer.Typer(
    help="Fiscal periods: a closed one takes nothing.", no_args_is_help=True, rich_markup_mode=None
)
_key = typer.Typer(
    help="Keys that sign the published head.", no_args_is_help=True, rich_markup_mode=None
)

_HEADINGS = ("no.", "act", "fund", "value date", "document", "state", "maker", "checker", "amount")
Number = Annotated[int, typer.Argument(help="The voucher's number.")]
Day = Annotated[str, typer.Argument(help="A day, like 2026-01-01.")]


def add_to(app: typer.Typer) -> None:
    """Hang these verbs below ``cct ledger``."""
    app.add_typer(_voucher, name="voucher")
    app.add_typer(_period, name="period")
    app.add_typer(_key, name="key")
    app.command("anchor")(anchor)


@_voucher.command("propose")
def propose(
    context: typer.Context,
    act: Annotated[str, typer.Argument(help=", ".join(treasury.ACTS))],
    login: As,
    programme: Annotated[str, typer.Option(help="The programme's code.")],
    fund: Annotated[str, typer.Option(help="The fund's code.")],
    document: Annotated[str, typer.Option(help="Warrant, bank reference or decision.")],
    reason: Annotated[str, typer.Option(help="Why; the second officer reads it.")],
    on: Annotated[str, typer.Option(help="The value date, like 2026-12-31.")],
    amount: Annotated[str | None, typer.Option(help="Like 1234.50; not for a year end.")] = None,
    household: Annotated[int, typer.Option(help="Whose money it is.")] = 0,
    case: Annotated[int, typer.Option(help="The case it belongs to.")] = 0,
    cycle: Annotated[str | None, typer.Option(help="The cycle it belongs to.")] = None,
    conduit: Annotated[str | None, typer.Option(help="Who carries the cash.")] = None,
    batch: Annotated[int | None, typer.Option(help="The batch a correction mirrors.")] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Prepare a voucher; another officer confirms it, and only then it is posted."""
    with desk(context, login) as officer:
        proposal = treasury.Proposal(
            act=act,
            programme=programme,
            fund=fund,
            value_on=_day(on),
            document=document,
            reason=reason,
            amount_minor=None if amount is None else _amount(officer.database, fund, amount),
            household=household,
            case=case,
            cycle=cycle,
            conduit=conduit,
            batch_id=batch,
        )
        voucher = treasury.propose(
            officer.database, proposal, by=officer.officer_id, at=officer.clock.now()
        )
    _tell(voucher, "is proposed. Another officer confirms it.", as_json=as_json)


@_voucher.command("confirm")
def confirm(context: typer.Context, number: Number, login: As, *, as_json: AsJson = False) -> None:
    """Confirm another officer's voucher, and post it."""
    with desk(context, login) as officer:
        voucher, _ = treasury.confirm(
            officer.database, number, by=officer.officer_id, at=officer.clock.now()
        )
    _tell(voucher, "is posted.", as_json=as_json)


@_voucher.command("withdraw")
def withdraw(context: typer.Context, number: Number, login: As, *, as_json: AsJson = False) -> None:
    """Take a voucher back, or send it back, before it is posted."""
    with desk(context, login) as officer:
        voucher = treasury.withdraw(
            officer.database, number, by=officer.officer_id, at=officer.clock.now()
        )
    _tell(voucher, "is withdrawn.", as_json=as_json)


@_voucher.command("list")
def list_vouchers(
    context: typer.Context,
    state: Annotated[str | None, typer.Option(help="proposed, posted or withdrawn.")] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """List the vouchers and who prepared and decided them."""
    with opened(context) as books, books.database.transaction() as connection:
        found = treasury.vouchers(connection, state=state)
    if as_json:
        print_json(found)
        return
    print_table(
        "Vouchers",
        [
            "number",
            "act",
            "fund",
            "value date",
            "document",
            "state",
            "prepared",
            "decided",
            "amount",
        ],
        [
            [
                one.voucher_id,
                one.act,
                one.fund,
                one.value_on,
                one.document,
                one.state,
                one.proposed_by,
                one.decided_by or "–",
                format_minor(one.amount_minor, one.currency),
            ]
            for one in found
        ],
        right=(8,),
    )


@_period.command("list")
def list_periods(context: typer.Context, *, as_json: AsJson = False) -> None:
    """List the fiscal periods."""
    with opened(context) as books, books.database.transaction() as connection:
        found = ledger.periods(connection)
    if as_json:
        print_json(found)
        return
    print_table(
        "Fiscal periods",
        ["period", "first day", "last day", "state"],
        [
            [
                one.period_id,
                one.opens_on,
                one.closes_on,
                "open" if one.closed_at is None else f"closed {one.closed_at:%Y-%m-%d}",
            ]
            for one in found
        ],
    )


@_period.command("open")
def open_period(
    context: typer.Context, first: Day, last: Day, login: As, *, as_json: AsJson = False
) -> None:
    """Open a fiscal period, both days included."""
    with desk(context, login) as officer:
        period = treasury.open_period(
            officer.database,
            opens_on=_day(first),
            closes_on=_day(last),
            by=officer.officer_id,
            at=officer.clock.now(),
        )
    if as_json:
        print_json(period)
    else:
        say(f"Period {period.period_id} takes value dates {first} to {last}.")


@_period.command("close")
def close_period(
    context: typer.Context,
    period: Annotated[int, typer.Argument(help="The period's number.")],
    login: As,
    *,
    as_json: AsJson = False,
) -> None:
    """Close a fiscal period for ever; another officer than the one who opened it does."""
    with desk(context, login) as officer:
        closed = treasury.close_period(
            officer.database, period, by=officer.officer_id, at=officer.clock.now()
        )
    if as_json:
        print_json(closed)
    else:
        say(f"Period {period} is closed; nothing enters it any more.")


@_key.command("new")
def new_key(context: typer.Context, login: As, *, as_json: AsJson = False) -> None:
    """Make the first key, or rotate: the next one, signed for by the one before."""
    with desk(context, login) as officer:
        key = treasury.rotate_key(
            officer.database, officer.home, by=officer.officer_id, at=officer.clock.now()
        )
    if as_json:
        print_json(_shown(key))
    else:
        say(f"Key {key.number} signs from now on.", _shown(key))


@_key.command("list")
def list_keys(context: typer.Context, *, as_json: AsJson = False) -> None:
    """List the keys; give the first one's fingerprint to whoever will check."""
    with opened(context) as books:
        keys = ledger.key_statements(treasury.keys_of(books.settings.home))
    if as_json:
        print_json([_shown(key) for key in keys])
    else:
        rows = [[key.number, key.since, key.fingerprint] for key in keys]
        print_table("Keys", ["key", "since", "fingerprint"], rows)


def anchor(
    context: typer.Context,
    login: As,
    out: Annotated[Path | None, typer.Option(help="Folder; by default anchors/.")] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Sign the head of today and write it as a file; keep it where the engine cannot write."""
    with desk(context, login) as officer:
        published, path = treasury.publish_head(
            officer.database,
            officer.home,
            out=out or officer.home / "anchors",
            by=officer.officer_id,
            at=officer.clock.now(),
        )
    if as_json:
        print_json({"anchor": path, "position": published.position, "digest": published.digest})
    else:
        facts = {"position": published.position, "digest": published.digest, "file": path}
        say(f"The head of {published.anchored_on} is signed.", facts)


def _shown(key: ledger.KeyStatement) -> dict[str, object]:
    return {"number": key.number, "since": key.since, "fingerprint": key.fingerprint}


def _tell(voucher: treasury.Voucher, what: str, *, as_json: bool) -> None:
    if as_json:
        print_json(voucher)
    else:
        amount = format_minor(voucher.amount_minor, voucher.currency)
        say(f"Voucher {voucher.voucher_id} ({voucher.act}, {amount}) {what}")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} is no day; write it like 2026-12-31.") from error


def _amount(database: Database, fund: str, text: str) -> int:
    currency = treasury.currency_of(database, fund)
    try:
        return parse_minor(text, currency)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
