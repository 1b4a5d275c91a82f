"""Files to the bank, its answers, what came back, and money without a home."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from cct_engine.console.reading import figures
from cct_engine.console.reading.kept import kept
from cct_engine.console.reading.rows import SCOPE, rows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import sqlalchemy as sa

__all__ = [
    "answer",
    "answers",
    "candidates",
    "file",
    "files",
    "item",
    "suspense",
]


def files(
    connection: sa.Connection, scope: Sequence[str] | None, *, cycle: str, most: int = 200
) -> list[dict[str, Any]]:
    """Return payment files, newest first."""
    return rows(
        connection,
        f"""
        SELECT b.file_id, b.message_id, b.name, b.profile_code, b.created_at, b.execution_on,
               b.currency, b.instruction_count, b.total_minor, b.state, b.sha256, b.byte_count,
               b.sent_at, c.code AS cycle, p.code AS programme, p.title
        FROM bank.file b JOIN registry.programme p USING (programme_id)
        LEFT JOIN cycle.cycle c ON c.cycle_id = b.cycle_id
        WHERE {SCOPE} AND (:cycle = '' OR c.code = :cycle)
        ORDER BY b.file_id DESC LIMIT :most""",
        {"scope": scope, "cycle": cycle, "most": most},
    )


def file(connection: sa.Connection, message_id: str) -> dict[str, Any] | None:
    """Return one file: what is in it, its seal, its deliveries, and what became of its payments."""
    found = rows(
        connection,
        """
        SELECT b.*, c.code AS cycle, p.code AS programme, p.title, m.position AS manifest_position,
               m.digest AS manifest_digest, m.previous AS manifest_previous, c.approved_by,
               c.prepared_by, c.released_by, c.approved_at, c.list_digest
        FROM bank.file b JOIN registry.programme p USING (programme_id)
        LEFT JOIN cycle.cycle c ON c.cycle_id = b.cycle_id
        LEFT JOIN bank.manifest m USING (file_id)
        WHERE b.message_id = :message_id""",
        {"message_id": message_id},
    )
    if not found:
        return None
    asked = {"file_id": found[0]["file_id"], "on": found[0]["execution_on"]}
    return found[0] | {
        "deliveries": rows(
            connection,
            "SELECT d.*, o.login FROM bank.delivery d JOIN people.officer o USING (officer_id)"
            " WHERE d.file_id = :file_id ORDER BY d.delivery_id",
            asked,
        ),
        "states": {row["state"]: row for row in _states(connection, asked)},
        "answers": rows(
            connection,
            "SELECT inbox_file_id, name, format, received_at, state FROM recon.inbox_file"
            " WHERE inbox_file_id IN (SELECT inbox_file_id FROM recon.match"
            " WHERE file_id = :file_id AND counts) ORDER BY inbox_file_id",
            asked,
        ),
    }


def _states(connection: sa.Connection, asked: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what became of a file's payments, by state; kept once its cycles are closed.

    Until then every message of the bank may move a payment; after that only a batch does.
    """

    def read() -> list[dict[str, Any]]:
        return rows(connection, _STATES, asked)

    cycles = rows(
        connection,
        "SELECT DISTINCT c.cycle_id, c.state FROM bank.file_part p JOIN cycle.cycle c"
        " USING (cycle_id) WHERE p.file_id = :file_id",
        asked,
    )
    if any(row["state"] != "closed" for row in cycles):
        return read()
    told = figures.moved(connection, [row["cycle_id"] for row in cycles])
    key = tuple(number for cycle_id in sorted(told) for number in told[cycle_id])
    return kept(connection, "file", asked["file_id"], key, read, pack=list, unpack=list)


_STATES: Final = """
    SELECT state, count(*) AS payments, CAST(sum(amount_minor) AS bigint) AS amount_minor
    FROM cycle.instruction WHERE file_id = :file_id AND value_on = :on GROUP BY state
"""


def answers(connection: sa.Connection, *, result: str, most: int = 200) -> list[dict[str, Any]]:
    """Return the bank's messages, newest first."""
    return rows(
        connection,
        """
        SELECT inbox_file_id, name, format, received_at, state, byte_count, event_count,
               applied_count, repeated_count, suspense_count, unrecognised_count, refusal_code
        FROM recon.inbox_file WHERE :result = '' OR state = :result
        ORDER BY inbox_file_id DESC LIMIT :most""",
        {"result": result, "most": most},
    )


def answer(connection: sa.Connection, inbox_file_id: int) -> dict[str, Any] | None:
    """Return one message of the bank: whether it was whole, and what it did."""
    asked = {"inbox_file_id": inbox_file_id}
    found = rows(
        connection,
        "SELECT * FROM recon.inbox_file WHERE inbox_file_id = :inbox_file_id",
        asked,
    )
    if not found:
        return None
    return found[0] | {
        "kinds": rows(
            connection,
            "SELECT kind, coalesce(status, '') AS status, coalesce(direction, '') AS direction,"
            " coalesce(currency, '') AS currency, count(*) AS events,"
            " CAST(sum(amount_minor) AS bigint) AS amount_minor FROM recon.event"
            " WHERE inbox_file_id = :inbox_file_id GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3",
            asked,
        ),
        "matches": rows(
            connection,
            "SELECT m.evidence, m.counts, count(*) AS payments FROM recon.match m"
            " WHERE m.inbox_file_id = :inbox_file_id GROUP BY 1, 2 ORDER BY 1, 2",
            asked,
        ),
        "items": rows(
            connection,
            "SELECT item_id, reason, direction, amount_minor, currency, state, opened_on"
            " FROM recon.suspense_item WHERE inbox_file_id = :inbox_file_id ORDER BY item_id",
            asked,
        ),
    }


def suspense(
    connection: sa.Connection, scope: Sequence[str] | None, *, view: str, officer_id: int
) -> list[dict[str, Any]]:
    """Return open items, oldest first; mine, unowned, old ones, or all."""
    wanted = {
        "mine": "t.officer_id = :officer_id",
        "unowned": "t.officer_id IS NULL",
        "old": "s.opened_on < CURRENT_DATE - 7",
        "closed": "true",
    }.get(view, "true")
    state = "s.state = 'closed'" if view == "closed" else "s.state <> 'closed'"
    order = "s.item_id DESC" if view == "closed" else "s.opened_on, s.item_id"
    return rows(
        connection,
        f"""
        SELECT s.item_id, s.reason, s.owner_role, s.direction, s.currency, s.amount_minor,
               s.opened_on, s.state, s.resolution, s.reference, s.booked, s.closed_as,
               s.proposed_by, s.closed_at, o.login AS taken_by, p.title, c.code AS cycle
        FROM recon.suspense_item s LEFT JOIN registry.programme p USING (programme_id)
        LEFT JOIN cycle.cycle c ON c.cycle_id = s.cycle_id
        LEFT JOIN console.taken t USING (item_id)
        LEFT JOIN people.officer o ON o.officer_id = t.officer_id
        WHERE {state} AND {wanted} AND {SCOPE.replace("p.code =", "coalesce(p.code, '') =")}
        ORDER BY {order} LIMIT 300""",
        {"scope": scope, "officer_id": officer_id},
    )


def item(connection: sa.Connection, item_id: int) -> dict[str, Any] | None:
    """Return one line of suspense with the bank's own words about it."""
    found = rows(
        connection,
        """
        SELECT s.*, p.code AS programme, p.title, c.code AS cycle, i.name AS file_name,
               e.end_to_end_id, e.instruction_id_text, e.bank_reference, e.entry_reference,
               e.booked_on, e.value_on, e.reason AS bank_reason, e.kind AS entry_kind,
               right(s.account, 4) AS account_end, b.login AS proposer, k.login AS confirmer,
               t.officer_id AS taken_by_id, o.login AS taken_by
        FROM recon.suspense_item s JOIN recon.inbox_file i USING (inbox_file_id)
        LEFT JOIN recon.event e ON e.inbox_file_id = s.inbox_file_id AND e.position = s.position
        LEFT JOIN registry.programme p USING (programme_id)
        LEFT JOIN cycle.cycle c ON c.cycle_id = s.cycle_id
        LEFT JOIN people.officer b ON b.officer_id = s.proposed_by
        LEFT JOIN people.officer k ON k.officer_id = s.confirmed_by
        LEFT JOIN console.taken t USING (item_id)
        LEFT JOIN people.officer o ON o.officer_id = t.officer_id
        WHERE s.item_id = :item_id""",
        {"item_id": item_id},
    )
    return found[0] if found else None


def candidates(connection: sa.Connection, one: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return payments that the line could be about, the likeliest first, field by field.

    Looked for among payments of the same sum and currency around the booking date, and by the
    references the bank gave.
    """
    on = one["booked_on"] or one["opened_on"]
    return rows(
        connection,
        """
        SELECT * FROM (
            SELECT i.instruction_id, i.end_to_end_id, i.instruction_text, i.amount_minor,
                   i.currency, i.value_on, i.state, right(i.debtor_account, 4) AS account_end,
                   i.end_to_end_id = :e2e OR i.instruction_text = :text AS same_reference,
                   i.amount_minor = :amount AND i.currency = :currency AS same_amount,
                   i.debtor_account = :account AS same_account,
                   abs(i.value_on - CAST(:on AS date)) <= 3 AS near_date
            FROM (
                (SELECT * FROM cycle.instruction WHERE amount_minor = :amount
                   AND currency = :currency AND value_on BETWEEN :first AND :last LIMIT 500)
                UNION SELECT * FROM cycle.instruction
                WHERE end_to_end_id = :e2e AND value_on BETWEEN :first AND :last
                UNION SELECT * FROM cycle.instruction
                WHERE instruction_text = :text AND value_on BETWEEN :first AND :last) i) near
        ORDER BY CAST(coalesce(same_reference, false) AS integer) * 4
                 + CAST(same_amount AS integer) + CAST(same_account AS integer)
                 + CAST(near_date AS integer) DESC, value_on DESC, instruction_id LIMIT 4""",
        {
            "first": on - timedelta(days=45),
            "last": on + timedelta(days=5),
            "e2e": one["end_to_end_id"] or "",
            "text": one["instruction_id_text"] or "",
            "amount": one["amount_minor"],
            "currency": one["currency"],
            "account": one["account"],
            "on": on,
        },
    )
