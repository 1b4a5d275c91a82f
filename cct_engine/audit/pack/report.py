"""The report of a pack: what a reader wants to know before looking into any file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

import ledger
import reconciliation
from cct_engine import statements
from cct_engine.audit.paper import paper_of
from cct_engine.dates import day
from cct_engine.money import format_minor
from cct_engine.papers import Column, Kind, Money, Paper, Section, Table

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from cct_engine.audit.running import Audit
    from cct_engine.cycle import Cycle
    from cct_engine.papers import Cell

__all__ = ["answers_of", "report_of"]

_HOW: Final = (
    "Everything in this pack can be checked without the system that wrote it, and its makers.",
    "'python3 verify.py' hashes every file, follows the chains of books, acts and payment files,",
    "recomputes every balance, and compares what was approved with what was booked and sent.",
    "Compare the digest it prints with the one noted when the pack was written, and the head of",
    "the books with one known from elsewhere: then nobody put other books in their place.",
    "Tables are CSV (UTF-8), and the same rows as Parquet; amounts are minor units. A list of",
    "lists/ has the SHA-256 its approval names. Families, persons and officers are numbers.",
)


def report_of(
    connection: sa.Connection,
    folder: Path,
    *,
    cycles: tuple[Cycle, ...],
    found: Audit,
    at: datetime,
) -> Paper:
    """Return the report of the pack whose tables lie in ``folder``."""
    proofs = [(cycle, reconciliation.proof(connection, cycle.cycle_id)) for cycle in cycles]
    ties = all(shown.sums_tie for _, shown in proofs)
    open_count = sum(bool(shown.blockers) for _, shown in proofs)
    what = found.cycle or f"{len(cycles)} cycles"
    return Paper(
        title="Audit pack",
        subtitle=f"{what}, as of {day(found.as_of)}",
        as_of=at,
        sections=(
            Section("How to check this pack", (" ".join(_HOW),), (_heads(connection),)),
            *(_cycle(cycle) for cycle in cycles),
            *(_proof(cycle, shown) for cycle, shown in proofs),
            *_answers(found, at),
            *_balances(connection, found, at),
            Section("Payment files", (), (_files(connection, cycles),)),
            Section("What people set aside", (), (_overrides(connection, cycles),)),
            Section("What is in the pack", (), (_contents(folder),)),
        ),
        verdict=_verdict(ties=ties, open_count=open_count, clean=found.is_clean),
    )


def answers_of(found: Audit, *, at: datetime) -> Paper:
    """Return only the controls and their answers, as the paper of an audit has them."""
    paper = paper_of(found, at=at)
    return Paper(paper.title, paper.subtitle, at, paper.sections[:1])


def _verdict(*, ties: bool, open_count: int, clean: bool) -> tuple[bool, str]:
    tied = "Every proof ties" if ties else "Not every proof ties"
    if open_count:
        tied += f", with something open in {open_count}"
    controls = "no control found anything." if clean else "controls have findings, told below."
    return ties and clean, f"{tied}; {controls}"


def _heads(connection: sa.Connection) -> Table:
    acts = connection.execute(
        sa.text("SELECT digest FROM people.act ORDER BY act_id DESC LIMIT 1")
    ).scalar()
    rows = (("Books, newest seal", ledger.head(connection)), ("Record of acts, newest act", acts))
    return Table("Heads of the chains", (Column("Of what"), Column("SHA-256", Kind.CODE)), rows)


def _cycle(cycle: Cycle) -> Section:
    steps = (
        ("Opened", cycle.opened_by, cycle.opened_at),
        ("Prepared and submitted", cycle.prepared_by, cycle.submitted_at),
        ("Approved", cycle.approved_by, cycle.approved_at),
        ("Released to the bank", cycle.released_by, cycle.released_at),
        ("Closed", cycle.closed_by, cycle.closed_at),
    )
    digests = (
        ("Law as it was used", cycle.rulebook_digest),
        ("Statement that calculated", cycle.statement_digest),
        ("List that was approved", cycle.list_digest),
        ("Proof at the closing", cycle.proof_digest),
    )
    signed: tuple[tuple[Cell, ...], ...] = tuple(
        (act, f"officer {officer}", at) for act, officer, at in steps if officer is not None
    )
    sealed: tuple[tuple[Cell, ...], ...] = tuple((what, it) for what, it in digests if it)
    who = (Column("Act"), Column("By"), Column("At", Kind.DATE))
    return Section(
        cycle.code,
        (f"The cycle is {cycle.state.value}; amounts are in {cycle.currency}.",),
        (
            Table(f"{cycle.code}: who answered for it", who, signed),
            Table(
                f"{cycle.code}: digests", (Column("Of what"), Column("SHA-256", Kind.CODE)), sealed
            ),
        ),
    )


def _proof(cycle: Cycle, shown: reconciliation.Proof) -> Section:
    def money(amount_minor: int) -> Money:
        return Money(amount_minor, cycle.currency)

    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (one.name, money(one.left_minor), money(one.right_minor), money(one.difference_minor))
        for one in shown.identities
    )
    columns = (
        Column("What must be equal"),
        Column(f"One side ({cycle.currency})", Kind.MONEY),
        Column("The other", Kind.MONEY),
        Column("Difference", Kind.MONEY),
    )
    wrong = frozenset(index for index, one in enumerate(shown.identities) if one.difference_minor)
    said = "Every sum ties to the minor unit." if shown.sums_tie else "It does not tie."
    return Section(
        f"Proof of {cycle.code}",
        tuple(
            f"Open: {one.count} × {one.text.rstrip(':.')}"
            f" ({format_minor(one.amount_minor, cycle.currency)})."
            for one in shown.blockers
        ),
        (Table(f"{cycle.code}: identities of the proof", columns, rows, marked=wrong),),
        (shown.sums_tie, said),
    )


def _answers(found: Audit, at: datetime) -> Iterator[Section]:
    paper = paper_of(found, at=at)
    head, *others = paper.sections
    yield Section("What the controls found", head.sentences, head.tables, paper.verdict)
    yield from others


def _balances(connection: sa.Connection, found: Audit, at: datetime) -> Iterator[Section]:
    paper = statements.trial_balance(connection, until=found.as_of, at=at)
    for section in paper.sections:
        heading = f"Trial balance: {section.heading}" if section.heading else "Trial balance"
        yield Section(heading, section.sentences, section.tables, section.verdict)


def _files(connection: sa.Connection, cycles: tuple[Cycle, ...]) -> Table:
    rows = connection.execute(
        sa.text("""
            SELECT f.name, f.instruction_count, f.total_minor, f.currency, f.state, f.sha256
            FROM bank.file f
            WHERE f.sha256 IS NOT NULL AND (f.cycle_id = ANY (:ids) OR f.file_id IN (
                SELECT file_id FROM bank.file_part WHERE cycle_id = ANY (:ids)))
            ORDER BY f.file_id"""),
        {"ids": [cycle.cycle_id for cycle in cycles]},
    )
    return Table(
        "Files as they were sealed; the manifest chains them",
        (
            Column("File"),
            Column("Payments", Kind.NUMBER),
            Column("Amount", Kind.MONEY),
            Column("Currency"),
            Column("State"),
            Column("SHA-256", Kind.CODE),
        ),
        tuple(
            (
                row.name,
                row.instruction_count,
                Money(row.total_minor, row.currency),
                row.currency,
                row.state,
                row.sha256,
            )
            for row in rows
        ),
        nothing="No payment file was sealed.",
    )


def _overrides(connection: sa.Connection, cycles: tuple[Cycle, ...]) -> Table:
    rows = connection.execute(
        sa.text("""
            SELECT c.code AS cycle, f.code, f.household_id, o.proposed_by, o.confirmed_by, o.reason
            FROM cycle.override o JOIN cycle.finding f USING (finding_id)
            JOIN cycle.cycle c USING (cycle_id)
            WHERE f.cycle_id = ANY (:ids) ORDER BY o.override_id"""),
        {"ids": [cycle.cycle_id for cycle in cycles]},
    )
    return Table(
        "Findings that two officers set aside",
        (
            Column("Cycle"),
            Column("Finding"),
            Column("Household"),
            Column("Proposed by"),
            Column("Confirmed by"),
            Column("Reason"),
        ),
        tuple(
            (
                row.cycle,
                row.code,
                str(row.household_id or ""),
                f"officer {row.proposed_by}",
                f"officer {row.confirmed_by}" if row.confirmed_by else "nobody yet",
                row.reason,
            )
            for row in rows
        ),
        nothing="no finding was set aside by hand.",
    )


def _contents(folder: Path) -> Table:
    rows = []
    for path in sorted(folder.rglob("*.csv")):
        with path.open("rb") as file:
            count = sum(1 for _ in file) - 1
        rows.append((path.relative_to(folder).with_suffix("").as_posix(), count))
    return Table(
        "Tables, as CSV and Parquet", (Column("Table"), Column("Rows", Kind.NUMBER)), tuple(rows)
    )
