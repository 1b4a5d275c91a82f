"""Releasing a cycle: draft, file, book, deliver; each part goes on where a kill left it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import sqlalchemy as sa

from bank_adapters import (
    Expected,
    FileConflict,
    RefusedInstructions,
    file_name,
    takes_short_references,
)
from cct_engine import failpoints
from cct_engine.cycle import record
from cct_engine.cycle.bank import bank_of, remittance_of
from cct_engine.cycle.desk import run
from cct_engine.cycle.moments import today_of
from cct_engine.cycle.record import CycleError
from cct_engine.cycle.release.booking import book
from cct_engine.cycle.release.drafting import Drafting, Place, draft, keep
from cct_engine.cycle.release.filing import Writing, allocate_files, write_and_register
from cct_engine.cycle.release.pay_days import pay_days
from cct_engine.cycle.sending import send_files
from cct_engine.cycle.tiers import refuse_unsigned
from cct_engine.money import format_minor
from reconciliation import FileOrder, ReconciliationError, allocate, refer_shortly

if TYPE_CHECKING:
    from datetime import date

    from bank_adapters import BankProfile
    from cct_engine.cycle.desk import Desk, StepReport, Work
    from reconciliation import AllocatedFile

__all__ = ["release"]


class _Ready(NamedTuple):
    message_id: str
    name: str
    fund: str


def release(desk: Desk, code: str) -> StepReport:
    """Send the approved money: draft the payments, seal the files, book them, hand them over.

    Payments are drafted once; a killed release finds them, writes the same bytes and sends no file
    twice. A family whose account is no longer usable is left for a later release, and counted.
    """

    def body(work: Work) -> None:
        try:
            with work.desk.database.transaction() as connection:
                refuse_unsigned(connection, work)
            bank, remittance = _agreed(work)
            files = _drafted(work, bank, remittance)
            _filed(work, bank, remittance, files)
            _booked(work, bank, files)
            _delivered(work, bank, files)
        except (ReconciliationError, RefusedInstructions, FileConflict) as error:
            raise CycleError(f"{code} was not released. {error}") from error
        with work.last_transaction() as connection:
            work.counts |= {"files": len(files), "payments": sum(file.count for file in files)}
            work.money["sent"] = sum(file.total_minor for file in files)
            work.move(connection, released_by=desk.officer_id, released_at=work.at)
            failpoints.hit("release.before_commit")
        failpoints.hit("release.after_commit")
        left = work.counts.get("without_account", 0)
        died = work.counts.get("payee_died", 0)
        late = work.counts.get("not_sent", 0)
        work.sentence = (
            f"{code} is released: {work.counts['payments']} payments, "
            f"{format_minor(work.money['sent'], work.cycle.currency)}, in {len(files)} file(s) are "
            "with the bank."
            + _told_days(files)
            + (f" {late} file(s) wait: send them with cct bank send." if late else "")
            + (f" {left} families without a usable account wait for the next one." if left else "")
            + (
                f" {died} families wait: their payee is said to have died. Look into it."
                if died
                else ""
            )
        )

    return run(desk, code, "release", body)


def _told_days(files: tuple[AllocatedFile, ...]) -> str:
    days = sorted({file.execution_on for file in files})
    return f" They pay on {len(days)} days, {days[0]} to {days[-1]}." if days[1:] else ""


def _agreed(work: Work) -> tuple[BankProfile, str]:
    with work.desk.database.transaction() as connection:
        title = connection.execute(
            sa.text("SELECT title FROM registry.programme WHERE programme_id = :id"),
            {"id": work.cycle.programme_id},
        ).scalar_one()
        return (
            bank_of(connection, work.cycle, work.desk.home),
            remittance_of(title, work.cycle),
        )


def _drafted(work: Work, bank: BankProfile, remittance: str) -> tuple[AllocatedFile, ...]:
    """Draft and allocate in one transaction; a repeat returns what was allocated."""
    key = f"release/{work.cycle.code}/{bank.code}"
    with work.desk.database.transaction() as connection:
        known = _allocated(connection, work, bank, key)
        if known:
            return known
        drafting = Drafting(
            work.cycle, bank, pay_days(connection, work.cycle, bank, work.at), work.at
        )
        drafted = draft(connection, drafting)
        work.cycle = record.pin(connection, work.cycle, value_on=drafting.days.first)
        files: tuple[AllocatedFile, ...] = ()
        places: tuple[Place, ...] = ()
        for day in drafted.days:
            order = _order(work, bank, key, day.value_on)
            cut, placed = allocate_files(connection, order, day, remittance=remittance, at=work.at)
            files, places = files + cut, places + placed
        work.counts["reissued"] = drafted.reissued_count
        work.counts |= keep(connection, drafting, places)._asdict()
        if takes_short_references(bank):
            for file in files:
                refer_shortly(connection, file.file_id)
        failpoints.hit("release.draft.before_commit")
    failpoints.hit("release.draft.after_commit")
    return files


def _order(work: Work, bank: BankProfile, key: str, day: date) -> FileOrder:
    """Return the order of a pay day: a file is executed on one day."""
    return FileOrder(
        batch_key=f"{key}/{day:%Y-%m-%d}",
        bank=bank,
        programme_id=work.cycle.programme_id,
        fund_id=work.cycle.fund_id,
        cycle_id=work.cycle.cycle_id,
        execution_on=day,
    )


def _allocated(
    connection: sa.Connection, work: Work, bank: BankProfile, key: str
) -> tuple[AllocatedFile, ...]:
    days: dict[date, list[Expected]] = {}
    for row in connection.execute(
        sa.text(
            "SELECT execution_on, instruction_count, total_minor FROM bank.file"
            " WHERE cycle_id = :cycle_id AND batch_key ^@ :key ORDER BY execution_on, number"
        ),
        {"cycle_id": work.cycle.cycle_id, "key": f"{key}/"},
    ):
        known = days.setdefault(row.execution_on, [])
        known.append(Expected(row.instruction_count, row.total_minor))
    return tuple(
        file
        for day, slices in days.items()
        for file in allocate(connection, _order(work, bank, key, day), slices, at=work.at)
    )


def _filed(
    work: Work, bank: BankProfile, remittance: str, files: tuple[AllocatedFile, ...]
) -> None:
    folder = work.desk.home / "bank" / "sealed"
    folder.mkdir(parents=True, exist_ok=True)
    for number, file in enumerate(files, start=1):
        if file.state == "allocated":
            writing = Writing(bank, folder, remittance, work.desk.officer_id, work.at)
            write_and_register(work.desk.database, file, writing)
        work.tell("files", number, len(files))


def _booked(work: Work, bank: BankProfile, files: tuple[AllocatedFile, ...]) -> None:
    if not files:
        return
    with work.desk.database.transaction() as connection:
        work.money |= book(
            connection,
            work.cycle,
            [file.file_id for file in files],
            conduit=bank.code,
            released_by=work.desk.officer_id,
            value_on=today_of(connection, work.cycle, files[0].created_at),
            at=files[0].created_at,
        )
        failpoints.hit("release.book.before_commit")
    failpoints.hit("release.book.after_commit")


def _delivered(work: Work, bank: BankProfile, files: tuple[AllocatedFile, ...]) -> None:
    """Send the files. What the bank cannot be given now is booked all the same, and waits."""
    with work.desk.database.transaction() as connection:
        fund = connection.execute(
            sa.text("SELECT code FROM registry.fund WHERE fund_id = :fund_id"),
            {"fund_id": work.cycle.fund_id},
        ).scalar_one()
    ready = [_Ready(file.message_id, file_name(file.context(bank)), str(fund)) for file in files]
    sent = send_files(work.desk, ready, at=work.at)
    if sent.waiting:
        work.counts["not_sent"] = len(sent.waiting)
