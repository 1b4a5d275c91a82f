"""The figures of a cycle's report, read from the tables in one transaction.

Both sides of an equation are counted from different tables: lines against households, files
against instructions. The page shows the difference, so a side may not be made from the other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bank_adapters import reason_for
from cct_engine.entitlement.correction import found_in
from cct_engine.reports import comparison
from cct_engine.reports.seals import seals_of, signatures_of
from cct_engine.reports.values import (
    ComponentRow,
    CorrectionRow,
    CycleReport,
    Equation,
    FileRow,
    FindingRow,
    ProofRow,
    ReasonRow,
    Sum,
    SuspenseRow,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from cct_engine.cycle.record import Cycle
    from reconciliation import Proof

__all__ = ["gather"]

_OPEN_STATES = ("drafted", "sealed", "sent", "acknowledged", "accepted", "unknown")


def gather(
    connection: sa.Connection,
    cycle: Cycle,
    *,
    at: datetime,
    shown: Proof,
    meanings: Mapping[str, str],
    components: Mapping[str, str],
) -> CycleReport:
    """Read the report of a cycle as it stands.

    ``meanings`` puts each check's code into words, ``components`` each component's, as the law
    names it; a code without words stands for itself.
    """
    asked = {"cycle_id": cycle.cycle_id}
    entitled, forfeited = _entitled(connection, asked)
    return CycleReport(
        title=_title(connection, cycle),
        code=cycle.code,
        period=cycle.period,
        month_count=cycle.month_count,
        currency=cycle.currency,
        state=cycle.state.value,
        as_of=at,
        value_on=cycle.value_on,
        entitled=entitled,
        sent=_sent(connection, asked, shown),
        forfeited=forfeited,
        components=tuple(
            ComponentRow(_named(row.component, components), *tuple(row)[1:])
            for row in _rows(connection, _COMPONENTS, asked)
        ),
        bridge=comparison.against_last(connection, cycle, components),
        findings=tuple(
            FindingRow(row.code, meanings.get(row.code, row.code), *tuple(row)[1:])
            for row in _rows(connection, _FINDINGS, asked)
        ),
        files=tuple(FileRow._make(row) for row in _rows(connection, _FILES, asked)),
        reasons=_reasons(connection, asked),
        suspense=tuple(
            SuspenseRow._make(row) for row in _rows(connection, _SUSPENSE, asked | {"at": at})
        ),
        proof=tuple(
            ProofRow(one.name, one.left, one.left_minor, one.right, one.right_minor)
            for one in shown.identities
        ),
        signatures=signatures_of(cycle),
        seals=seals_of(connection, cycle),
        corrections=_corrections(connection, cycle),
        replayed_count=_replayed(connection, cycle),
    )


def _corrections(connection: sa.Connection, cycle: Cycle) -> tuple[CorrectionRow, ...]:
    found = found_in(connection, cycle.cycle_id)
    return tuple(
        CorrectionRow(
            one.cycle,
            one.household_count,
            one.arrears_minor,
            one.set_off_minor,
            one.recoverable_minor,
            one.hold_cancelled_minor,
        )
        for one in (found.cycles if found else ())
    )


def _replayed(connection: sa.Connection, cycle: Cycle) -> int:
    found = found_in(connection, cycle.cycle_id)
    return found.household_count if found else 0


def _rows(
    connection: sa.Connection, statement: str, asked: Mapping[str, object]
) -> list[sa.Row[Any]]:
    return list(connection.execute(sa.text(statement), asked))


def _named(code: str, titles: Mapping[str, str]) -> str:
    return f"{titles[code]} ({code})" if titles.get(code) else code


def _title(connection: sa.Connection, cycle: Cycle) -> str:
    found = _rows(
        connection,
        "SELECT title FROM registry.programme WHERE programme_id = :programme_id",
        {"programme_id": cycle.programme_id},
    )
    return str(found[0].title)


def _entitled(connection: sa.Connection, asked: Mapping[str, object]) -> tuple[Equation, Sum]:
    whole = _rows(connection, _ENTITLED_LINES, asked)[0]
    parts = _rows(connection, _ENTITLED_HOUSEHOLDS, asked)[0]
    equation = Equation(
        "Entitled",
        Sum("Entitled", "whole", whole.families, whole.amount),
        (
            Sum("To pay", "to-pay", parts.paid_families, parts.pay_now),
            Sum("Held", "held", parts.held_families, parts.held),
            Sum("Withheld", "withheld", parts.withheld_families, parts.withheld),
        ),
        "families",
    )
    return equation, Sum("Forfeited", "forfeited", parts.lost_families, parts.forfeited)


def _sent(connection: sa.Connection, asked: Mapping[str, object], shown: Proof) -> Equation | None:
    filed = _rows(connection, _FILED, asked)[0]
    if not filed.payments:
        return None

    def ended(word: str, kind: str, *states: str) -> Sum:
        chosen = [one for one in shown.states if one.state in states]
        return Sum(
            word, kind, sum(one.count for one in chosen), sum(one.amount_minor for one in chosen)
        )

    return Equation(
        "Sent",
        Sum("Sent, all attempts", "whole", filed.payments, filed.amount),
        (
            ended("Paid", "paid", "settled"),
            ended("Returned", "returned", "returned"),
            ended("Rejected", "rejected", "rejected", "cancelled", "expired"),
            ended("Open", "transit", *_OPEN_STATES),
        ),
        "payments",
    )


def _reasons(connection: sa.Connection, asked: Mapping[str, object]) -> tuple[ReasonRow, ...]:
    rows = []
    for row in _rows(connection, _REASONS, asked):
        told = reason_for(row.reason_list, row.reason)
        meaning, _, advice = told.clerk_text.partition(". ")
        rows.append(
            ReasonRow(
                row.reason or "none given",
                meaning.rstrip("."),
                advice or told.action.value.replace("_", " ").lower(),
                row.payments,
                row.amount,
            )
        )
    return tuple(rows)


_ENTITLED_LINES = """
    SELECT count(DISTINCT household_id) AS families,
           CAST(coalesce(sum(amount_minor), 0) AS bigint) AS amount
    FROM cycle.entitlement_line
    WHERE cycle_id = :cycle_id AND source <> 'lapsed' AND money_state <> 'forfeited'
"""
_ENTITLED_HOUSEHOLDS = """
    SELECT CAST(coalesce(sum(pay_now_minor), 0) AS bigint) AS pay_now,
           CAST(coalesce(sum(held_minor), 0) AS bigint) AS held,
           CAST(coalesce(sum(withheld_minor), 0) AS bigint) AS withheld,
           CAST(coalesce(sum(forfeited_minor), 0) AS bigint) AS forfeited,
           count(*) FILTER (WHERE pay_now_minor > 0) AS paid_families,
           count(*) FILTER (WHERE held_minor > 0) AS held_families,
           count(*) FILTER (WHERE withheld_minor > 0) AS withheld_families,
           count(*) FILTER (WHERE forfeited_minor > 0) AS lost_families
    FROM cycle.household_result WHERE cycle_id = :cycle_id
"""
_COMPONENTS = """
    SELECT component, count(*),
           CAST(coalesce(sum(amount_minor) FILTER (WHERE money_state = 'payable'), 0) AS bigint),
           CAST(coalesce(sum(amount_minor) FILTER (WHERE money_state = 'held'), 0) AS bigint),
           CAST(coalesce(sum(amount_minor) FILTER (WHERE money_state = 'withheld'), 0) AS bigint),
           CAST(coalesce(sum(amount_minor) FILTER (WHERE money_state = 'forfeited'), 0) AS bigint)
    FROM cycle.entitlement_line WHERE cycle_id = :cycle_id AND source <> 'lapsed'
    GROUP BY component ORDER BY sum(amount_minor) DESC, component
"""
_FINDINGS = """
    SELECT f.code, f.effect, count(*), count(*) FILTER (WHERE f.state = 'open'),
           count(*) FILTER (WHERE f.state = 'overridden'),
           CAST(coalesce((SELECT sum(l.amount_minor) FROM cycle.entitlement_line l
                          WHERE l.cycle_id = :cycle_id AND l.money_state = 'held'
                            AND l.reason_code = 'finding:' || f.code), 0) AS bigint)
    FROM cycle.finding f WHERE f.cycle_id = :cycle_id AND f.state <> 'resolved'
    GROUP BY f.code, f.effect ORDER BY f.effect, count(*) DESC, f.code
"""
_FILED = """
    SELECT CAST(coalesce(sum(instruction_count), 0) AS bigint) AS payments,
           CAST(coalesce(sum(amount_minor), 0) AS bigint) AS amount
    FROM bank.file_part WHERE cycle_id = :cycle_id
"""
_FILES = """
    SELECT name, message_id, instruction_count, total_minor, sha256, state
    FROM bank.file WHERE sha256 IS NOT NULL AND (cycle_id = :cycle_id OR file_id IN (
        SELECT file_id FROM bank.file_part WHERE cycle_id = :cycle_id))
    ORDER BY file_id
"""
_REASONS = """
    SELECT i.reason_list, i.reason, count(DISTINCT i.instruction_id) AS payments,
           CAST(sum(p.amount_minor) AS bigint) AS amount
    FROM cycle.instruction i JOIN cycle.instruction_part p USING (instruction_id)
    WHERE p.cycle_id = :cycle_id AND i.state IN ('rejected', 'returned', 'cancelled', 'expired')
    GROUP BY i.reason_list, i.reason ORDER BY sum(p.amount_minor) DESC, i.reason
"""
_SUSPENSE = """
    SELECT CAST(coalesce(closed_at, :at) AS date) - opened_on, opened_on,
           CASE direction WHEN 'DBIT' THEN -amount_minor ELSE amount_minor END,
           replace(reason, '_', ' '), replace(owner_role, '_', ' '), state
    FROM recon.suspense_item WHERE cycle_id = :cycle_id ORDER BY opened_on, item_id
"""
