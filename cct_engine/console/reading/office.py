"""Exceptions, files, answers, returns, suspense, feeds, people, acts: one reader for each list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = [
    "activity",
    "answer",
    "answers",
    "candidates",
    "controls",
    "exception",
    "exceptions",
    "feed",
    "feeds",
    "file",
    "files",
    "findings_by_code",
    "item",
    "people",
    "person",
    "ran",
    "rejected_rows",
    "returns",
    "suspense",
    "waiting_accounts",
]

_SCOPE: Final = "(CAST(:scope AS text[]) IS NULL OR p.code = ANY(:scope))"


def _rows(
    connection: sa.Connection, query: str, asked: Mapping[str, object]
) -> list[dict[str, Any]]:
    return [dict(row) for row in connection.execute(sa.text(query), asked).mappings()]


def exceptions(
    connection: sa.Connection,
    scope: Sequence[str] | None,
    *,
    cycle: str,
    code: str,
    state: str,
    after: int,
    most: int = 51,
) -> list[dict[str, Any]]:
    """Return findings, blocking ones first, then by number; of a cycle, or of those in flight."""
    wanted = {
        "open": "f.state = 'open' AND o.finding_id IS NULL",
        "proposed": "f.state = 'open' AND o.finding_id IS NOT NULL AND o.confirmed_by IS NULL",
        "overridden": "f.state = 'overridden'",
    }.get(state, "f.state <> 'resolved'")
    asked = {"scope": scope, "cycle": cycle, "code": code, "after": after, "most": most}
    return _rows(
        connection,
        f"""
        SELECT f.finding_id, f.code, f.effect, f.state, f.household_id, f.evidence, f.found_at,
               c.code AS cycle, c.currency, p.code AS programme, o.proposed_by, o.confirmed_by,
               r.pay_now_minor + r.held_minor AS amount_minor
        FROM cycle.finding f JOIN cycle.cycle c USING (cycle_id)
        JOIN registry.programme p USING (programme_id)
        LEFT JOIN cycle.override o USING (finding_id)
        LEFT JOIN cycle.household_result r
               ON r.cycle_id = f.cycle_id AND r.household_id = f.household_id
        WHERE {_SCOPE} AND {wanted} AND f.finding_id > :after
          AND (:code = '' OR f.code = :code)
          AND ((:cycle = '' AND c.state = 'checked') OR c.code = :cycle)
        ORDER BY (f.effect <> 'blocks'), f.finding_id LIMIT :most""",
        asked,
    )


def findings_by_code(
    connection: sa.Connection, scope: Sequence[str] | None, *, cycle: str
) -> list[dict[str, Any]]:
    """Return how often each check found something, by state."""
    return _rows(
        connection,
        f"""
        SELECT f.code, f.effect, count(*) AS found,
               count(*) FILTER (WHERE f.state = 'open') AS open,
               count(*) FILTER (WHERE f.state = 'overridden') AS overridden
        FROM cycle.finding f JOIN cycle.cycle c USING (cycle_id)
        JOIN registry.programme p USING (programme_id)
        WHERE {_SCOPE} AND f.state <> 'resolved'
          AND ((:cycle = '' AND c.state = 'checked') OR c.code = :cycle)
        GROUP BY 1, 2 ORDER BY (f.effect <> 'blocks'), count(*) DESC, 1""",
        {"scope": scope, "cycle": cycle},
    )


def exception(connection: sa.Connection, finding_id: int) -> dict[str, Any] | None:
    """Return one finding with its override."""
    found = _rows(
        connection,
        """
        SELECT f.*, c.code AS cycle, c.state AS cycle_state, c.currency, p.code AS programme,
               o.reason, o.proposed_by, o.proposed_at, o.confirmed_by, o.confirmed_at,
               r.pay_now_minor, r.held_minor
        FROM cycle.finding f JOIN cycle.cycle c USING (cycle_id)
        JOIN registry.programme p USING (programme_id)
        LEFT JOIN cycle.override o USING (finding_id)
        LEFT JOIN cycle.household_result r
               ON r.cycle_id = f.cycle_id AND r.household_id = f.household_id
        WHERE f.finding_id = :finding_id""",
        {"finding_id": finding_id},
    )
    return found[0] if found else None


def controls(connection: sa.Connection, scope: Sequence[str] | None) -> list[dict[str, Any]]:
    """Return, check by check, what the last three cycles of each programme found."""
    return _rows(
        connection,
        f"""
        WITH newest AS (
            SELECT c.*, p.code AS programme, row_number() OVER (
                PARTITION BY c.programme_id ORDER BY c.period DESC) AS age
            FROM cycle.cycle c JOIN registry.programme p USING (programme_id)
            WHERE {_SCOPE} AND c.state NOT IN ('opened', 'frozen', 'calculated'))
        SELECT n.code AS cycle, n.programme, n.currency, f.code, f.effect,
               count(f.finding_id) AS found,
               count(*) FILTER (WHERE f.state = 'open') AS open,
               count(*) FILTER (WHERE f.state = 'overridden') AS overridden,
               max(f.found_at) AS found_at
        FROM newest n JOIN cycle.finding f USING (cycle_id)
        WHERE n.age <= 3 AND f.state <> 'resolved'
        GROUP BY n.code, n.programme, n.currency, f.code, f.effect, n.period
        ORDER BY n.period DESC, n.programme, (f.effect <> 'blocks'), f.code""",
        {"scope": scope},
    )


def files(
    connection: sa.Connection, scope: Sequence[str] | None, *, cycle: str, most: int = 200
) -> list[dict[str, Any]]:
    """Return payment files, newest first."""
    return _rows(
        connection,
        f"""
        SELECT b.file_id, b.message_id, b.name, b.profile_code, b.created_at, b.execution_on,
               b.currency, b.instruction_count, b.total_minor, b.state, b.sha256, b.byte_count,
               b.sent_at, c.code AS cycle, p.code AS programme, p.title
        FROM bank.file b JOIN registry.programme p USING (programme_id)
        LEFT JOIN cycle.cycle c ON c.cycle_id = b.cycle_id
        WHERE {_SCOPE} AND (:cycle = '' OR c.code = :cycle)
        ORDER BY b.file_id DESC LIMIT :most""",
        {"scope": scope, "cycle": cycle, "most": most},
    )


def file(connection: sa.Connection, message_id: str) -> dict[str, Any] | None:
    """Return one file: what is in it, its seal, its deliveries, and what became of its payments."""
    found = _rows(
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
    asked = {"file_id": found[0]["file_id"]}
    return found[0] | {
        "deliveries": _rows(
            connection,
            "SELECT d.*, o.login FROM bank.delivery d JOIN people.officer o USING (officer_id)"
            " WHERE d.file_id = :file_id ORDER BY d.delivery_id",
            asked,
        ),
        "states": {
            row["state"]: row
            for row in _rows(
                connection,
                "SELECT state, count(*) AS payments,"
                " CAST(sum(amount_minor) AS bigint) AS amount_minor"
                " FROM cycle.instruction WHERE file_id = :file_id GROUP BY state",
                asked,
            )
        },
        "answers": _rows(
            connection,
            "SELECT inbox_file_id, name, format, received_at, state FROM recon.inbox_file i"
            " WHERE EXISTS (SELECT FROM recon.match m WHERE m.inbox_file_id = i.inbox_file_id"
            " AND m.file_id = :file_id) ORDER BY inbox_file_id",
            asked,
        ),
    }


def answers(connection: sa.Connection, *, result: str, most: int = 200) -> list[dict[str, Any]]:
    """Return the bank's messages, newest first."""
    return _rows(
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
    found = _rows(
        connection,
        "SELECT * FROM recon.inbox_file WHERE inbox_file_id = :inbox_file_id",
        asked,
    )
    if not found:
        return None
    return found[0] | {
        "kinds": _rows(
            connection,
            "SELECT kind, coalesce(status, '') AS status, coalesce(direction, '') AS direction,"
            " coalesce(currency, '') AS currency, count(*) AS events,"
            " CAST(sum(amount_minor) AS bigint) AS amount_minor FROM recon.event"
            " WHERE inbox_file_id = :inbox_file_id GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3",
            asked,
        ),
        "matches": _rows(
            connection,
            "SELECT m.evidence, m.counts, count(*) AS payments FROM recon.match m"
            " WHERE m.inbox_file_id = :inbox_file_id GROUP BY 1, 2 ORDER BY 1, 2",
            asked,
        ),
        "items": _rows(
            connection,
            "SELECT item_id, reason, direction, amount_minor, currency, state, opened_on"
            " FROM recon.suspense_item WHERE inbox_file_id = :inbox_file_id ORDER BY item_id",
            asked,
        ),
    }


def returns(
    connection: sa.Connection, scope: Sequence[str] | None, *, cycle: str
) -> list[dict[str, Any]]:
    """Return failed last attempts by the bank's reason, the largest sum first."""
    return _rows(
        connection,
        f"""
        WITH failed AS (
            SELECT DISTINCT i.instruction_id, i.reason_list, i.reason, i.state, i.amount_minor,
                   i.currency, i.value_on, c.code AS cycle, p.title
            FROM cycle.instruction i
            JOIN cycle.instruction_part t USING (instruction_id)
            JOIN cycle.cycle c ON c.cycle_id = t.cycle_id
            JOIN registry.programme p USING (programme_id)
            WHERE i.state IN ('returned', 'rejected', 'cancelled', 'expired') AND {_SCOPE}
              AND (:cycle = '' OR c.code = :cycle)
              AND NOT EXISTS (SELECT FROM cycle.instruction later
                  WHERE later.end_to_end_id = i.end_to_end_id AND later.attempt > i.attempt))
        SELECT title, currency, reason_list, reason, state, count(*) AS payments,
               CAST(sum(amount_minor) AS bigint) AS amount_minor, min(value_on) AS oldest_on
        FROM failed GROUP BY 1, 2, 3, 4, 5
        ORDER BY currency, sum(amount_minor) DESC, reason""",
        {"scope": scope, "cycle": cycle},
    )


def waiting_accounts(connection: sa.Connection, *, most: int = 200) -> list[dict[str, Any]]:
    """Return changed accounts that wait for a second person."""
    return _rows(
        connection,
        """
        SELECT a.account_id, a.person_id, a.kind, a.last4, a.proposed_by, o.login,
               a.known_from AS proposed_at,
               (SELECT min(m.household_id) FROM registry.membership m
                WHERE m.person_id = a.person_id AND m.known_to = 'infinity'
                  AND m.valid_to = 'infinity') AS household_id
        FROM registry.account a JOIN people.officer o ON o.officer_id = a.proposed_by
        WHERE a.usable_from = 'infinity' AND a.known_to = 'infinity'
        ORDER BY a.account_id LIMIT :most""",
        {"most": most},
    )


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
    return _rows(
        connection,
        f"""
        SELECT s.item_id, s.reason, s.owner_role, s.direction, s.currency, s.amount_minor,
               s.opened_on, s.state, s.resolution, s.reference, s.booked, s.closed_as,
               s.proposed_by, o.login AS taken_by, p.title, c.code AS cycle
        FROM recon.suspense_item s LEFT JOIN registry.programme p USING (programme_id)
        LEFT JOIN cycle.cycle c ON c.cycle_id = s.cycle_id
        LEFT JOIN console.taken t USING (item_id)
        LEFT JOIN people.officer o ON o.officer_id = t.officer_id
        WHERE {state} AND {wanted} AND {_SCOPE.replace("p.code =", "coalesce(p.code, '') =")}
        ORDER BY {order} LIMIT 300""",
        {"scope": scope, "officer_id": officer_id},
    )


def item(connection: sa.Connection, item_id: int) -> dict[str, Any] | None:
    """Return one line of suspense with the bank's own words about it."""
    found = _rows(
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
    return _rows(
        connection,
        """
        SELECT * FROM (
            SELECT i.instruction_id, i.end_to_end_id, i.instruction_text, i.amount_minor,
                   i.currency, i.value_on, i.state, right(i.debtor_account, 4) AS account_end,
                   i.end_to_end_id = :e2e OR i.instruction_text = :text AS same_reference,
                   i.amount_minor = :amount AND i.currency = :currency AS same_amount,
                   i.debtor_account = :account AS same_account,
                   abs(i.value_on - CAST(:on AS date)) <= 3 AS near_date
            FROM cycle.instruction i
            WHERE i.value_on BETWEEN CAST(:on AS date) - 45 AND CAST(:on AS date) + 5
              AND ((i.amount_minor = :amount AND i.currency = :currency)
                   OR i.end_to_end_id = :e2e OR i.instruction_text = :text)
            LIMIT 500) near
        ORDER BY CAST(coalesce(same_reference, false) AS integer) * 4
                 + CAST(same_amount AS integer) + CAST(same_account AS integer)
                 + CAST(near_date AS integer) DESC, value_on DESC, instruction_id LIMIT 4""",
        {
            "e2e": one["end_to_end_id"] or "",
            "text": one["instruction_id_text"] or "",
            "amount": one["amount_minor"],
            "currency": one["currency"],
            "account": one["account"],
            "on": one["booked_on"] or one["opened_on"],
        },
    )


def feeds(connection: sa.Connection, *, most: int = 200) -> list[dict[str, Any]]:
    """Return files taken in, newest first, with their control totals."""
    return _rows(
        connection,
        """
        SELECT f.feed_file_id, f.feed, f.file_name, f.taken_in_at, f.row_count, f.loaded_count,
               f.rejected_count, f.repeated_count, f.reject_file, o.login, s.code AS source
        FROM registry.feed_file f JOIN people.officer o USING (officer_id)
        JOIN registry.source s USING (source_id)
        ORDER BY f.feed_file_id DESC LIMIT :most""",
        {"most": most},
    )


def feed(connection: sa.Connection, feed_file_id: int) -> dict[str, Any] | None:
    """Return one file taken in."""
    found = _rows(
        connection,
        """
        SELECT f.*, o.login, s.code AS source FROM registry.feed_file f
        JOIN people.officer o USING (officer_id) JOIN registry.source s USING (source_id)
        WHERE f.feed_file_id = :feed_file_id""",
        {"feed_file_id": feed_file_id},
    )
    return found[0] if found else None


def rejected_rows(
    connection: sa.Connection, feed_file_id: int, *, most: int = 500
) -> list[dict[str, Any]]:
    """Return why rows of a file did not pass, in the order of the file."""
    return _rows(
        connection,
        "SELECT row_number, column_name, rule, value, other_row FROM registry.rejected_row"
        " WHERE feed_file_id = :feed_file_id ORDER BY row_number, column_name LIMIT :most",
        {"feed_file_id": feed_file_id, "most": most},
    )


def people(connection: sa.Connection) -> list[dict[str, Any]]:
    """Return officers, what they may, when they were last seen."""
    return _rows(connection, _PEOPLE.format(where="true"), {})


def person(connection: sa.Connection, login: str) -> dict[str, Any] | None:
    """Return one officer."""
    found = _rows(connection, _PEOPLE.format(where="o.login = :login"), {"login": login})
    return found[0] if found else None


_PEOPLE: Final = """
    SELECT o.officer_id, o.login, o.created_at, o.disabled_at,
           (SELECT max(s.seen_at) FROM people.session s WHERE s.officer_id = o.officer_id)
               AS seen_at,
           EXISTS (SELECT FROM people.password w WHERE w.officer_id = o.officer_id) AS can_sign_in,
           coalesce((SELECT jsonb_agg(jsonb_build_array(g.role, g.programme, c.code, g.revoked_at)
                            ORDER BY g.role, g.programme)
                     FROM people.role_grant g LEFT JOIN registry.centre c USING (centre_id)
                     WHERE g.officer_id = o.officer_id
                       AND (g.revoked_at IS NULL OR g.revoked_at > now())), '[]') AS grants
    FROM people.officer o WHERE {where} ORDER BY o.officer_id
"""


def activity(
    connection: sa.Connection,
    *,
    officer_id: int | None,
    subject: str,
    verb: str,
    refused: bool,
    before: int,
    most: int = 101,
) -> list[dict[str, Any]]:
    """Return acts, newest first; of one officer if one is named."""
    return _rows(
        connection,
        """
        SELECT a.act_id, a.at, o.login, a.verb, a.subject, a.outcome, a.detail, a.digest
        FROM people.act a JOIN people.officer o USING (officer_id)
        WHERE (CAST(:officer_id AS integer) IS NULL OR a.officer_id = :officer_id)
          AND (:subject = '' OR a.subject = :subject) AND (:verb = '' OR a.verb ^@ :verb)
          AND (NOT :refused OR a.outcome = 'refused')
          AND (:before = 0 OR a.act_id < :before)
        ORDER BY a.act_id DESC LIMIT :most""",
        {
            "officer_id": officer_id,
            "subject": subject,
            "verb": verb,
            "refused": refused,
            "before": before,
            "most": most,
        },
    )


def ran(connection: sa.Connection, *, most: int = 40) -> list[dict[str, Any]]:
    """Return the newest of what the engine does by its calendar, whoever did it."""
    return _rows(
        connection,
        """
        SELECT a.at, a.verb, a.subject, a.outcome, o.login
        FROM people.act a JOIN people.officer o USING (officer_id)
        WHERE a.verb IN ('cycle.open', 'cycle.freeze', 'cycle.calculate', 'cycle.check',
                         'cycle.reconcile')
        ORDER BY a.act_id DESC LIMIT :most""",
        {"most": most},
    )
