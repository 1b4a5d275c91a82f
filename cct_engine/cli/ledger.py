"""``cct ledger``: what the books say, and whether they can be believed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

import ledger
from cct_engine.cli import books as books_export
from cct_engine.cli import treasury
from cct_engine.cli.output import AsJson, print_json, print_table, say
from cct_engine.cli.place import opened
from cct_engine.money import format_minor
from ledger.export import check_proof

__all__ = ["app"]

app = typer.Typer(
    help="What the books say, and whether they hold.", no_args_is_help=True, rich_markup_mode=None
)


@app.command("head")
def head(context: typer.Context, *, as_json: AsJson = False) -> None:
    """Print the digest that stands for the whole ledger; keep it where the engine cannot write."""
    with opened(context) as books, books.database.transaction() as connection:
        found = ledger.head(connection)
    if as_json:
        print_json({"head": found})
    else:
        say(found or "The ledger is empty.")


@app.command("balance")
def balance(context: typer.Context, *, as_json: AsJson = False) -> None:
    """Print the trial balance: every account that moved, by fund and currency."""
    with opened(context) as books, books.database.transaction() as connection:
        lines = ledger.trial_balance(connection)
    if as_json:
        print_json(lines)
        return
    print_table(
        "Trial balance",
        ["programme", "fund", "account", "name", "debit", "credit", "balance"],
        [
            [
                line.programme_id,
                line.fund_id,
                line.account,
                line.name,
                format_minor(line.debit_minor, line.currency),
                format_minor(line.credit_minor, line.currency),
                format_minor(line.balance_minor, line.currency),
            ]
            for line in lines
        ],
        right=(4, 5, 6),
    )


@app.command("statement")
def statement(
    context: typer.Context,
    household: Annotated[int, typer.Argument(help="The household's number.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Print every line of a household, over all programmes: the single window of the books."""
    with opened(context) as books, books.database.transaction() as connection:
        lines = ledger.statement(connection, household)
    if as_json:
        print_json(lines)
        return
    print_table(
        f"Household {household}",
        ["value date", "cycle", "event", "debit", "credit", "amount"],
        [
            [
                line.value_on,
                line.cycle_id,
                line.name,
                line.debit,
                line.credit,
                format_minor(line.amount_minor, line.currency),
            ]
            for line in lines
        ],
        right=(5,),
    )


@app.command("prove")
def prove(
    context: typer.Context,
    batch: Annotated[int, typer.Argument(help="The batch, as the statement names it.")],
    household: Annotated[int, typer.Argument(help="Whose line it is.")],
    seq: Annotated[int, typer.Argument(help="The line's seq.")] = 1,
    out: Annotated[Path | None, typer.Option(help="Folder; by default proofs/.")] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Write the proof of one line, and beside it a script that checks it with Python alone."""
    with opened(context) as books:
        with books.database.transaction() as connection:
            proof = ledger.prove(connection, batch_id=batch, subject=household, seq=seq)
        folder = out or books.settings.home / "proofs"
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"proof-{batch}-{household}-{seq}.json"
        path.write_text(proof, encoding="utf-8")
        checker = folder / "check_proof.py"
        checker.write_bytes(Path(check_proof.__file__).read_bytes())
    if as_json:
        print_json({"proof": path, "checker": checker})
    else:
        say(f"Check it with: python {checker} {path}")


@app.command("verify")
def verify(
    context: typer.Context,
    expected_head: Annotated[
        str | None, typer.Option("--head", help="A head you wrote down elsewhere.")
    ] = None,
    anchor: Annotated[
        Path | None, typer.Option("--anchor", help="A signed head that was published.")
    ] = None,
    key: Annotated[
        str | None, typer.Option("--key", help="The fingerprint its key must follow from.")
    ] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Read the whole ledger again; name the first thing that is wrong. Exit code 1 if anything."""
    published = None if anchor is None else ledger.SignedAnchor.read(anchor.read_text("utf-8"))
    with opened(context) as books, books.database.transaction() as connection:
        # One moment for all that is read, so that postings meanwhile neither show nor disturb.
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        findings = ledger.verify(
            connection, expected_head=expected_head, anchor=published, trusted_key=key
        )
        found_head = ledger.head(connection)
    if as_json:
        print_json({"sound": not findings, "head": found_head, "findings": findings})
    elif not findings:
        say(f"The ledger is sound. Its head is {found_head}.")
        if published is not None and key is None:
            first = published.keys[0].fingerprint
            say(f"The published head is signed; compare its first key's fingerprint: {first}.")
    else:
        for finding in findings:
            say(f"{finding.rule} at {finding.place}: {finding.text}")
    if findings:
        raise typer.Exit(1)


treasury.add_to(app)
books_export.add_to(app)
