"""What of ours each booked entry of a message names: a file, an instruction, or nothing we know.

An entry names an instruction by InstrId, EndToEndId (then: the newest attempt that was sent) or
UETR, or a file by MsgId or PmtInfId. Whether it is also of the right amount, currency and account
is for the next steps to say.
"""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

import sqlalchemy as sa

from bank_adapters import action_for
from reconciliation.stage import Message, learn, run, value, without

__all__ = ["Contents", "claim_confirmed", "claim_entries", "look_at"]

_RETURN_WINDOW = timedelta(days=400)  # the oldest payment that a new entry may name
_AHEAD = timedelta(days=62)  # an entry booked before the value date of its file
_SETTLED = "settled"
_OWN_LIST = "PROPRIETARY"
_MONEY = "('ENTRY', 'RETURN', 'CHARGE')"

# After the last; within a message as it tells them.
_ENTRY_ID = "(SELECT coalesce(max(entry_id), 0) + 1 FROM recon.entry)"
# Pending and merely announced entries are not booked. NONREF is how SWIFT says that there is none.
# A rail's own return names no account: it is the one that its file was paid from.
_TOLD = f"""
    SELECT e.position, e.kind, coalesce(e.account, o.debtor_account) AS account, e.direction,
           e.currency, e.amount_minor, e.reversal, e.booked_on, e.reason_list, e.reason, e.uetr,
           e.bank_reference, e.batch_count,
           coalesce(k.instruction_text, e.instruction_id_text) AS our_text,
           coalesce(e.bank_reference, '') IN ('', 'NONREF', 'NOTPROVIDED') AS is_nameless,
           nullif(e.end_to_end_id, 'NOTPROVIDED') AS end_to_end,
           coalesce(e.original_message_id, '') AS message,
           coalesce(e.payment_information_id, '') AS payment_group
    FROM recon.event e
    LEFT JOIN bank.short_reference k ON k.reference = e.instruction_id_text
    LEFT JOIN bank.file o ON o.file_id = k.file_id
    WHERE e.inbox_file_id = :inbox AND e.received_on = :received_on AND e.kind IN {_MONEY}
      AND e.amount_minor > 0 AND coalesce(e.account, o.debtor_account) IS NOT NULL
      AND (e.status IS NULL OR e.status = 'BOOK')"""
# Only an entry for a single payment names an instruction; a batch names its file. What a bank on
# the way put as InstrId may be its own: then the EndToEndId counts, and after it the UETR. Laterals
# because a new message has no statistics: each row is looked up, whatever the planner expects.
_LOOK_UP = """
    LEFT JOIN LATERAL (
        SELECT i.instruction_id, i.value_on, i.file_id FROM cycle.instruction i
        WHERE {column} = {told} AND {unless} AND coalesce(t.batch_count, 1) = 1
          AND i.value_on BETWEEN :first AND :last AND i.state <> 'drafted'
          AND i.file_id IS NOT NULL
        ORDER BY {newest} LIMIT 1) {name} ON true"""
# An InstrId says the attempt; the orders are those of the indexes, so that nothing is sorted.
_NEWEST = "i.attempt DESC, i.value_on DESC"
_LOOK_UPS = "".join(
    _LOOK_UP.format(column=f"i.{column}", told=f"t.{told}", unless=unless, newest=newest, name=name)
    for column, told, unless, newest, name in (
        ("instruction_text", "our_text", "true", "i.value_on DESC", "a"),
        ("end_to_end_id", "end_to_end", "a.instruction_id IS NULL", _NEWEST, "b"),
        ("uetr", "uetr", "a.instruction_id IS NULL AND t.end_to_end IS NULL", f"{_NEWEST}, 1", "c"),
    )
)
_FILES = f"""
    SELECT DISTINCT ON (t.message, t.payment_group) t.message, t.payment_group, f.file_id
    FROM (SELECT DISTINCT coalesce(original_message_id, '') AS message,
                 coalesce(payment_information_id, '') AS payment_group
          FROM recon.event WHERE inbox_file_id = :inbox AND received_on = :received_on
            AND kind IN {_MONEY}) t
    JOIN bank.file f ON f.state <> 'allocated'
        AND (f.message_id = t.message OR f.payment_information_id = t.payment_group)
    ORDER BY t.message, t.payment_group, f.message_id = t.message DESC, f.file_id"""
_ACCOUNTS = """
    SELECT DISTINCT ON (debtor_account) debtor_account, programme_id, fund_id, currency
    FROM bank.profile ORDER BY debtor_account, loaded_at, code, digest"""
_CLAIMED = f"""
    SELECT t.*, coalesce(a.instruction_id, b.instruction_id, c.instruction_id) AS instruction_id,
           coalesce(a.value_on, b.value_on, c.value_on) AS paid_on,
           coalesce(a.file_id, b.file_id, c.file_id, f.file_id) AS file_id,
           CASE WHEN t.is_nameless THEN '~' || coalesce(t.booked_on, :on)
                ELSE t.bank_reference END AS reference
    FROM told t
    LEFT JOIN named_file f USING (message, payment_group){_LOOK_UPS}"""
_ITEM = """CASE WHEN c.instruction_id IS NOT NULL THEN 'i' || c.instruction_id
    WHEN c.file_id IS NOT NULL THEN 'f' || c.file_id
    WHEN c.end_to_end IS NOT NULL THEN 't' || c.end_to_end ELSE '' END"""
# Each code of the message is in recon_reason; LEFT lets the planner know that no row is lost there.
_BOOKINGS = f"""
    SELECT c.position, {_ENTRY_ID} + c.position, c.kind, c.account, c.reference, c.direction,
           c.currency, c.amount_minor, {_ITEM}, 1, coalesce(c.reversal, false),
           coalesce(c.booked_on, :on), r.reason_list, r.reason, r.action, c.instruction_id,
           c.paid_on, c.file_id, coalesce(b.programme_id, a.programme_id, 0),
           coalesce(b.fund_id, a.fund_id, 0), coalesce(b.cycle_id, 0), a.currency, NOT c.is_nameless
    FROM claimed c
    LEFT JOIN account a ON a.debtor_account = c.account
    LEFT JOIN bank.file b ON b.file_id = c.file_id AND a.debtor_account IS NOT NULL
    LEFT JOIN recon_reason r ON r.reason_list = coalesce(c.reason_list, '')
         AND r.reason = coalesce(c.reason, '')"""


class Contents(NamedTuple):
    """What a message tells of."""

    has_statuses: bool
    has_entries: bool


def look_at(connection: sa.Connection, message: Message) -> Contents:
    """Tell what the message holds, and note what each of its reason codes means for us."""
    found = connection.exec_driver_sql(
        "SELECT DISTINCT kind, coalesce(reason_list, ''), coalesce(reason, '') FROM recon.event "
        "WHERE inbox_file_id = %s AND received_on = %s",
        (message.inbox_file_id, message.received_on),
    ).all()
    told = sorted({(row[1], row[2]) for row in found})
    own = _own_actions(connection) if any(name == _OWN_LIST for name, _ in told) else {}
    codes = [
        {
            "list": name,
            "reason": reason,
            "action": (own.get(reason) if name == _OWN_LIST else None)
            or str(action_for(name or None, reason or None)),
        }
        for name, reason in told
    ]
    if codes:
        connection.execute(
            sa.text("INSERT INTO recon_reason VALUES (:list, :reason, :action)"), codes
        )
        learn(connection, "recon_reason", message.event_count)  # few rows beside so many
    kinds = {row[0] for row in found}
    return Contents(
        has_statuses=any(kind.endswith("_STATUS") for kind in kinds),
        has_entries=not kinds.isdisjoint({"ENTRY", "RETURN", "CHARGE"}),
    )


def _own_actions(connection: sa.Connection) -> dict[str, str]:
    """Return what banks' own codes mean by their profiles; where two disagree, nobody has said."""
    said: dict[str, set[str]] = {}
    for code, action in connection.exec_driver_sql(
        "SELECT o.key, o.value ->> 'action' FROM bank.profile, "
        "jsonb_each(coalesce(body::jsonb -> 'own_reasons', '{}'::jsonb)) o"
    ):
        said.setdefault(code, set()).add(action)
    return {code: actions.pop() for code, actions in said.items() if len(actions) == 1}


def claim_entries(connection: sa.Connection, message: Message) -> None:
    """List the booked entries of the message with what they name.

    ``reference`` is the bank's own (AcctSvcrRef). Entries without one are told apart by date, and
    equal ones of a day by their order.
    """
    first, last = connection.exec_driver_sql(
        "SELECT min(booked_on), max(booked_on) FROM recon.event "
        f"WHERE inbox_file_id = %s AND received_on = %s AND kind IN {_MONEY}",
        (message.inbox_file_id, message.received_on),
    ).one()
    with without(connection, message, "merge"):
        listed = run(
            connection,
            f"""WITH told AS ({_TOLD}),
            named_file AS MATERIALIZED ({_FILES}),
            account AS ({_ACCOUNTS}),
            claimed AS ({_CLAIMED})
            INSERT INTO recon_booking {_BOOKINGS}""",
            inbox=message.inbox_file_id,
            received_on=message.received_on,
            on=message.on,
            first=(first or message.on) - _RETURN_WINDOW,
            last=(last or message.on) + _AHEAD,
        )
    learn(connection, "recon_booking", listed)


def claim_confirmed(connection: sa.Connection, message: Message) -> int:
    """List what a rail's own answer moved, where the bank profile says that its flag settles.

    A payment it confirms (also with changes, as CNAB's 00 beside ZA) was debited; one that was
    settled and is refused now was credited back.
    Returns how many bookings that is.
    """
    if not value(connection, _IS_CONFIRMED_BY_RAIL):
        return 0
    listed = run(
        connection,
        _CONFIRMED,
        inbox=message.inbox_file_id,
        received_on=message.received_on,
    )
    run(
        connection,
        "DELETE FROM recon_aim a USING recon_booking b WHERE b.position = a.position "
        "AND b.instruction_id = a.instruction_id AND b.direction = 'CRDT'",
    )
    return listed


_IS_CONFIRMED_BY_RAIL = """
    SELECT EXISTS (SELECT FROM (SELECT DISTINCT file_id FROM recon_referred) t
        JOIN bank.file f USING (file_id)
        JOIN bank.profile p ON p.code = f.profile_code AND p.digest = f.profile_digest
        WHERE p.body::jsonb ->> 'settlement' = 'confirmed')"""
_CONFIRMED = f"""
    INSERT INTO recon_booking
    SELECT DISTINCT ON (i.instruction_id, d.direction) t.position, {_ENTRY_ID} + t.position,
           CASE d.direction WHEN 'DBIT' THEN 'ENTRY' ELSE 'RETURN' END, f.debtor_account,
           'rail/' || i.instruction_id, d.direction, trim(i.currency), i.amount_minor,
           'i' || i.instruction_id, 1, false, coalesce(e.booked_on, e.value_on, f.execution_on),
           r.reason_list, r.reason, r.action, i.instruction_id, i.value_on, f.file_id,
           f.programme_id, f.fund_id, f.cycle_id, trim(f.currency), true
    FROM recon_referred t
    JOIN recon.event e ON e.inbox_file_id = :inbox AND e.received_on = :received_on
         AND e.position = t.position
    JOIN bank.file f ON f.file_id = t.file_id
    JOIN bank.profile p ON p.code = f.profile_code AND p.digest = f.profile_digest
         AND p.body::jsonb ->> 'settlement' = 'confirmed'
    JOIN cycle.instruction i ON i.instruction_id = t.instruction_id AND i.value_on = t.value_on
    JOIN (VALUES ('ACCC', 'DBIT'), ('RJCT', 'CRDT')) AS d (status, direction)
         ON d.status = CASE WHEN e.status = 'ACWC' AND e.extra ~ '\\m00\\M' THEN 'ACCC'
                       ELSE e.status END
    JOIN recon_reason r ON r.reason_list = coalesce(t.reason_list, '')
         AND r.reason = coalesce(t.reason, '')
    WHERE d.direction = 'DBIT' OR i.state = '{_SETTLED}'
    ORDER BY i.instruction_id, d.direction, t.position"""
