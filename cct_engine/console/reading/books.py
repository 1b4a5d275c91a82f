"""The books, walked from a total to the paper behind it: account, batch, line, evidence."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

__all__ = ["batch", "batches_of", "evidence", "funds", "line", "lines_of", "trial"]


def _rows(
    connection: sa.Connection, query: str, asked: Mapping[str, object]
) -> list[dict[str, Any]]:
    return [dict(row) for row in connection.execute(sa.text(query), asked).mappings()]


def funds(connection: sa.Connection, scope: Sequence[str] | None) -> list[dict[str, Any]]:
    """Return the funds of the programmes in scope."""
    return _rows(
        connection,
        """
        SELECT DISTINCT f.fund_id, f.code, f.title, f.currency
        FROM registry.fund f JOIN registry.programme_fund USING (fund_id)
        JOIN registry.programme p USING (programme_id)
        WHERE CAST(:scope AS text[]) IS NULL OR p.code = ANY(:scope) ORDER BY f.fund_id""",
        {"scope": scope},
    )


def trial(
    connection: sa.Connection, fund_id: int, *, since: date, until: date, known_on: date
) -> list[dict[str, Any]]:
    """Return the trial balance of a fund: opening, movements and closing of each account.

    Both days are inclusive. ``known_on``: only batches that were recorded by the end of that day.
    """
    return _rows(
        connection,
        """
        SELECT a.account, a.name, a.book,
               CAST(coalesce(sum(m.debit_minor - m.credit_minor)
                    FILTER (WHERE m.value_on < :since), 0) AS bigint) AS opening_minor,
               CAST(coalesce(sum(m.debit_minor) FILTER (WHERE m.value_on >= :since), 0) AS bigint)
                   AS debit_minor,
               CAST(coalesce(sum(m.credit_minor) FILTER (WHERE m.value_on >= :since), 0) AS bigint)
                   AS credit_minor,
               CAST(sum(m.debit_minor - m.credit_minor) AS bigint) AS closing_minor,
               count(DISTINCT m.batch_id) AS batches
        FROM ledger.movement m JOIN ledger.account a USING (account)
        JOIN ledger.batch b USING (batch_id)
        WHERE m.fund_id = :fund_id AND m.value_on <= :until
          AND b.recorded_at < CAST(:known_on AS date) + 1
        GROUP BY 1, 2, 3 ORDER BY 1""",
        {"fund_id": fund_id, "since": since, "until": until, "known_on": known_on},
    )


def batches_of(
    connection: sa.Connection,
    account: int,
    fund_id: int,
    *,
    since: date,
    until: date,
    before: int,
    most: int = 51,
) -> list[dict[str, Any]]:
    """Return an account's batches in a span of value dates, newest first, with what they moved."""
    return _rows(
        connection,
        """
        SELECT m.batch_id, m.position, m.value_on, t.name AS event, m.line_count, m.debit_minor,
               m.credit_minor, b.key, c.code AS cycle, o.login AS prepared_by,
               q.login AS approved_by, b.reverses
        FROM ledger.movement m JOIN ledger.batch b USING (batch_id)
        JOIN ledger.template t ON t.event = m.event
        LEFT JOIN cycle.cycle c ON c.cycle_id = m.cycle_id
        LEFT JOIN people.officer o ON o.officer_id = b.prepared_by
        LEFT JOIN people.officer q ON q.officer_id = b.approved_by
        WHERE m.account = :account AND m.fund_id = :fund_id
          AND m.value_on BETWEEN :since AND :until AND (:before = 0 OR m.batch_id < :before)
        ORDER BY m.batch_id DESC LIMIT :most""",
        {
            "account": account,
            "fund_id": fund_id,
            "since": since,
            "until": until,
            "before": before,
            "most": most,
        },
    )


_BATCH: Final = """
    SELECT b.*, t.name AS event_name, t.debit, t.credit, t.slot, s.position, s.line_count,
           s.total_minor, s.digest, s.previous_digest, s.merkle_root, c.code AS cycle,
           f.code AS fund,
           o.login AS prepared_login, q.login AS approved_login, p.code AS programme,
           (SELECT r.batch_id FROM ledger.batch r WHERE r.reverses = b.batch_id LIMIT 1)
               AS reversed_by
    FROM ledger.batch b JOIN ledger.seal s USING (batch_id)
    JOIN ledger.template t ON t.event = b.event
    LEFT JOIN registry.programme p ON p.programme_id = b.programme_id
    LEFT JOIN registry.fund f ON f.fund_id = b.fund_id
    LEFT JOIN cycle.cycle c ON c.cycle_id = b.cycle_id
    LEFT JOIN people.officer o ON o.officer_id = b.prepared_by
    LEFT JOIN people.officer q ON q.officer_id = b.approved_by
    WHERE b.batch_id = :batch_id
"""


def batch(connection: sa.Connection, batch_id: int) -> dict[str, Any] | None:
    """Return a batch with its seal."""
    found = _rows(connection, _BATCH, {"batch_id": batch_id})
    return found[0] if found else None


def lines_of(
    connection: sa.Connection, one: Mapping[str, Any], *, after: tuple[int, int], most: int = 51
) -> list[dict[str, Any]]:
    """Return lines of a batch after one of them, in the order of subject and number.

    The batch's slot leads the journal's primary key: with it a page is read from the index.
    """
    return _rows(
        connection,
        """
        SELECT subject_id, seq, amount_minor, reference FROM ledger.journal
        WHERE batch_id = :batch_id AND cycle_id = :cycle_id AND slot = :slot
          AND (subject_id, seq) > (:subject_id, :seq)
        ORDER BY subject_id, seq LIMIT :most""",
        {
            "batch_id": one["batch_id"],
            "cycle_id": one["cycle_id"],
            "slot": one["slot"],
            "subject_id": after[0],
            "seq": after[1],
            "most": most,
        },
    )


def line(
    connection: sa.Connection, one: Mapping[str, Any], subject_id: int, seq: int
) -> dict[str, Any] | None:
    """Return one line of a batch."""
    found = _rows(
        connection,
        "SELECT subject_id, seq, amount_minor, reference, event FROM ledger.journal"
        " WHERE batch_id = :batch_id AND cycle_id = :cycle_id AND slot = :slot"
        " AND subject_id = :subject_id"
        " AND seq = :seq",
        {
            "batch_id": one["batch_id"],
            "cycle_id": one["cycle_id"],
            "slot": one["slot"],
            "subject_id": subject_id,
            "seq": seq,
        },
    )
    return found[0] if found else None


def evidence(
    connection: sa.Connection, one: Mapping[str, Any], row: Mapping[str, Any]
) -> dict[str, Any]:
    """Return what stands behind a line: bank, order, signatures, list, reports."""
    asked = {
        "cycle_id": one["cycle_id"],
        "household_id": row["subject_id"],
        "seq": row["seq"],
        "instruction_id": row["reference"],
    }
    order = _rows(connection, _ORDER, asked)
    signed = _rows(connection, _SIGNED, asked)
    calculated = _rows(connection, _CALCULATED, asked)
    facts = _rows(connection, _FACTS, asked | _known(signed[0])) if signed else []
    return {
        "order": order[0] if order else None,
        "signed": signed[0] if signed else None,
        "calculated": calculated,
        "facts": facts,
    }


def _known(signed: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the cycle knew, as values: only these months are looked into."""
    named = {name: signed[name] for name in ("as_of_valid", "as_of_known", "period")}
    return named | {"since": signed["period"] - timedelta(days=_MONTHS_DAYS)}


_MONTHS_DAYS: Final = 184
_ORDER: Final = """
    SELECT i.instruction_id, i.instruction_text, i.state, i.value_on, i.attempt, i.reason,
           i.reason_list, f.message_id, f.sha256, n.name AS answer, n.inbox_file_id, m.position,
           m.evidence
    FROM cycle.instruction i LEFT JOIN bank.file f USING (file_id)
    LEFT JOIN LATERAL (SELECT * FROM recon.match t WHERE t.counts
        AND t.file_id = i.file_id AND t.instruction_id IN (0, i.instruction_id)
        ORDER BY t.matched_at DESC LIMIT 1) m ON true
    LEFT JOIN recon.inbox_file n ON n.inbox_file_id = m.inbox_file_id
    WHERE i.instruction_id = :instruction_id AND :instruction_id > 0
      AND EXISTS (SELECT FROM cycle.instruction_part p
                  WHERE p.instruction_id = i.instruction_id AND p.cycle_id = :cycle_id)
"""
_SIGNED: Final = """
    SELECT c.code, c.list_digest, c.approved_at, m.login AS prepared_by, a.login AS approved_by,
           s.digest AS snapshot_digest, c.rulebook_digest, c.as_of_valid, c.as_of_known, c.period
    FROM cycle.cycle c LEFT JOIN people.officer m ON m.officer_id = c.prepared_by
    LEFT JOIN people.officer a ON a.officer_id = c.approved_by
    LEFT JOIN cycle.snapshot s USING (cycle_id) WHERE c.cycle_id = :cycle_id
"""
_CALCULATED: Final = """
    SELECT line_seq, component, for_period, money_state, amount_minor, reason_code, person_id
    FROM cycle.entitlement_line l
    WHERE l.cycle_id = :cycle_id AND l.household_id = :household_id
      AND (l.line_seq = :seq OR EXISTS (SELECT FROM cycle.instruction_part p
          WHERE p.cycle_id = :cycle_id AND p.household_id = l.household_id
            AND p.line_seq = l.line_seq AND p.instruction_id = :instruction_id
            AND :instruction_id > 0))
    ORDER BY line_seq LIMIT 30
"""
_FACTS: Final = """
    SELECT f.subject_id AS person_id, k.code AS kind, f.window_start, f.numerator, f.denominator,
           f.status, f.source_row, p.file_name, p.feed_file_id, i.code AS facility
    FROM registry.membership m
    JOIN compliance.fact f ON f.subject_id = m.person_id
    JOIN compliance.fact_kind k USING (kind_id)
    LEFT JOIN compliance.facility i USING (facility_id)
    LEFT JOIN registry.feed_file p ON p.act_id = f.act_id
    WHERE m.household_id = :household_id AND m.status = 'counted' AND k.subject = 'person'
      AND m.valid_from <= :as_of_valid AND m.valid_to > :as_of_valid
      AND m.known_from <= :as_of_known AND m.known_to > :as_of_known
      AND f.known_from <= :as_of_known AND f.known_to > :as_of_known
      AND f.window_start < :period AND f.window_start >= :since
    ORDER BY f.window_start DESC, f.subject_id, k.code LIMIT 40
"""
