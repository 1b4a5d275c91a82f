"""What waits for an officer: acts that somebody must do and that this officer may do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import sqlalchemy as sa

from cct_engine.cycle import TRANSITIONS
from cct_engine.people import Role

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, datetime

    from cct_engine.people import Session

__all__ = ["Waits", "waiting"]


class Waits(NamedTuple):
    """Something to do. ``families`` and ``cycle_id`` where it is about a cycle's list.

    ``verb`` is what is to be done, ``href`` where; ``due_on`` the day the money is to arrive.
    """

    kind: str
    verb: str
    href: str
    programme: str
    title: str
    subject: str
    currency: str
    item_count: int | None
    amount_minor: int | None
    since: datetime | None
    due_on: date | None
    cycle_id: int = 0
    version: int = 0


_NEXT: Final = {
    "opened": "freeze",
    "frozen": "calculate",
    "calculated": "check",
    "checked": "submit",
    "submitted": "approve",
    "approved": "release",
    "released": "close",
}
_DONE_BY: Final = {
    "prepared": "prepared_by",
    "approved": "approved_by",
    "released": "released_by",
}


def waiting(connection: sa.Connection, session: Session, *, at: datetime) -> list[Waits]:
    """Return what waits for an officer now, what is due first first. One statement."""
    if not session.grants:
        return []
    rows = connection.execute(_ALL, {"at": at, "officer_id": session.officer_id}).mappings()
    found = [one for row in rows for one in _mine(row, session, at.date())]
    return sorted(found, key=lambda one: (str(one.due_on or "9999"), str(one.since or "")))


def _mine(row: sa.RowMapping, session: Session, on: date) -> Iterator[Waits]:
    kind = row["kind"]
    if kind == "cycle":
        verb = _NEXT[row["verb"]]
        if verb == "close" and row["due_on"] and row["due_on"] > on:
            return  # nobody can: the bank has yet to pay
        way = TRANSITIONS[verb]
        own = any(
            row[_DONE_BY[one]] == session.officer_id for one in way.differs_from if one in _DONE_BY
        )
        if own or not _holds(session, way.roles, row["programme"]):
            return
        page = "approval" if verb == "approve" else ""
        href = f"/cycles/{row['subject']}" + (f"/{page}" if page else "")
        waits = _waits(row, "cycle", verb, href)
        # The law names the day on which money is paid, and none on which a cycle is closed.
        yield waits._replace(due_on=None) if verb == "close" else waits
        return
    roles, verb, href = _OTHERS[kind]
    if _holds(session, roles, row["programme"]):
        yield _waits(row, row["rail"], verb, href.format(row["subject"]))


_OTHERS: Final = {
    "override": (
        frozenset({Role.CHECKER}),
        "confirm override",
        "/exceptions/{}",
    ),
    "proposed": (frozenset({Role.CHECKER}), "confirm match", "/suspense/{}"),
    "suspense": (frozenset({Role.BANK_LIAISON}), "explain", "/suspense"),
    "answer": (frozenset({Role.BANK_LIAISON}), "book answers", "/answers"),
    "account": (frozenset({Role.CHECKER}), "confirm accounts", "/returns"),
    "signature": (frozenset({Role.CHECKER}), "countersign", "/cycles/{}/approval"),
    "exception": (frozenset({Role.MAKER, Role.CASE_WORKER}), "resolve exceptions", "/exceptions"),
}


def _holds(session: Session, roles: frozenset[Role], programme: str) -> bool:
    scope = session.programmes_of(roles)
    return scope is None or programme in scope or (programme == "" and bool(scope))


def _waits(row: sa.RowMapping, kind: str, verb: str, href: str) -> Waits:
    return Waits(
        kind=kind,
        verb=verb,
        href=href,
        programme=row["programme"],
        title=row["title"],
        subject=row["subject"],
        currency=row["currency"] or "",
        item_count=row["item_count"],
        amount_minor=row["amount_minor"],
        since=row["since"],
        due_on=row["due_on"],
        cycle_id=row["cycle_id"] or 0,
        version=row["version"] or 0,
    )


_ALL: Final = sa.text("""
    SELECT 'cycle' AS kind, 'cycle' AS rail, c.state AS verb, c.code AS subject,
           p.code AS programme, p.title, c.currency, CAST(NULL AS bigint) AS item_count,
           CAST(NULL AS bigint) AS amount_minor,
           coalesce(c.released_at, c.approved_at, c.submitted_at, c.opened_at) AS since,
           coalesce((SELECT max(execution_on) FROM bank.file f WHERE f.cycle_id = c.cycle_id),
                    c.value_on) AS due_on,
           c.cycle_id, c.version, c.prepared_by, c.approved_by, c.released_by
    FROM cycle.cycle c JOIN registry.programme p USING (programme_id) WHERE c.state <> 'closed'
    UNION ALL
    SELECT 'override', 'override', '', CAST(f.finding_id AS text), p.code, p.title, c.currency, 1,
           NULL, o.proposed_at, c.value_on, NULL, NULL, NULL, NULL, NULL
    FROM cycle.override o JOIN cycle.finding f USING (finding_id)
    JOIN cycle.cycle c USING (cycle_id) JOIN registry.programme p USING (programme_id)
    WHERE o.confirmed_by IS NULL AND c.state = 'checked' AND f.state = 'open'
      AND o.proposed_by <> :officer_id
    UNION ALL
    SELECT 'signature', 'cycle', '', c.code, p.code, p.title, c.currency, NULL, n.to_pay_minor,
           c.approved_at, c.value_on, NULL, NULL, NULL, NULL, NULL
    FROM cycle.signature_need n JOIN cycle.cycle c USING (cycle_id)
    JOIN registry.programme p USING (programme_id)
    WHERE c.state = 'approved' AND :officer_id NOT IN (c.prepared_by, c.approved_by)
      AND NOT EXISTS (SELECT FROM cycle.countersignature s
                      WHERE s.cycle_id = c.cycle_id AND s.signed_by = :officer_id)
      AND n.signature_count > 1 + (SELECT count(*) FROM cycle.countersignature s
                                   WHERE s.cycle_id = c.cycle_id)
    UNION ALL
    SELECT 'exception', 'exception', '', c.code, p.code, p.title, c.currency, count(*), NULL,
           min(f.found_at), c.value_on, NULL, NULL, NULL, NULL, NULL
    FROM cycle.finding f JOIN cycle.cycle c USING (cycle_id)
    JOIN registry.programme p USING (programme_id)
    WHERE c.state = 'checked' AND f.state = 'open' AND f.effect = 'blocks'
    GROUP BY c.code, p.code, p.title, c.currency, c.value_on
    UNION ALL
    SELECT 'proposed', 'suspense', '', CAST(s.item_id AS text), coalesce(p.code, ''),
           coalesce(p.title, ''), s.currency, 1, s.amount_minor, s.proposed_at, NULL, NULL, NULL,
           NULL, NULL, NULL
    FROM recon.suspense_item s LEFT JOIN registry.programme p USING (programme_id)
    WHERE s.state = 'proposed' AND s.proposed_by <> :officer_id
    UNION ALL
    SELECT 'suspense', 'suspense', '', '', coalesce(p.code, ''), coalesce(p.title, ''), s.currency,
           count(*), CAST(sum(s.amount_minor) AS bigint), min(s.opened_at), NULL, NULL, NULL, NULL,
           NULL, NULL
    FROM recon.suspense_item s LEFT JOIN registry.programme p USING (programme_id)
    WHERE s.state = 'open' GROUP BY p.code, p.title, s.currency
    UNION ALL
    SELECT 'answer', 'answer', '', '', '', '', '', count(*), NULL, min(received_at), NULL, NULL,
           NULL, NULL, NULL, NULL
    FROM recon.inbox_file WHERE state = 'received' HAVING count(*) > 0
    UNION ALL
    SELECT 'account', 'account', '', '', '', '', '', count(*), NULL, min(known_from), NULL, NULL,
           NULL, NULL, NULL, NULL
    FROM registry.account
    WHERE usable_from = 'infinity' AND known_to = 'infinity' AND proposed_by <> :officer_id
    HAVING count(*) > 0
""")
