"""Which instructions the statuses of a message are about.

A status is believed only for an instruction that went in the very file it answers, so a late
status about a first attempt never touches the second.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciliation.outcome import STATUS_EFFECT, Effect, quoted
from reconciliation.stage import Message, learn, run, value

if TYPE_CHECKING:
    import sqlalchemy as sa

__all__ = ["aim_statuses", "unrecognised"]

_CODES = {
    effect: quoted(tuple(code for code, said in STATUS_EFFECT.items() if said is effect))
    for effect in Effect
}
_EFFECT = " ".join(
    f"WHEN e.status IN ({codes}) THEN '{effect}'" for effect, codes in _CODES.items()
)
_REFUSALS = f"('{Effect.REJECTED}', '{Effect.CANCELLED}')"
# The files a status names; a group of another PmtInfId than ours is not ours.
# A short reference names an instruction and with it the file.
_TOLD = f"""
    SELECT e.position, e.kind, e.reason_list, e.reason, e.amount_minor, e.currency,
           e.end_to_end_id, coalesce(k.instruction_text, e.instruction_id_text)
               AS instruction_id_text, CASE {_EFFECT} END AS effect,
           coalesce(k.file_id, f.file_id) AS file_id,
           coalesce(k.value_on, f.execution_on) AS execution_on,
           e.original_message_id IS NULL AND e.payment_information_id IS NULL AS is_fileless
    FROM recon.event e
    LEFT JOIN bank.short_reference k ON k.reference = e.instruction_id_text
    LEFT JOIN bank.file f ON f.message_id = e.original_message_id AND f.state <> 'allocated'
        AND coalesce(e.payment_information_id, f.payment_information_id) = f.payment_information_id
    WHERE e.inbox_file_id = :inbox AND e.received_on = :received_on
      AND e.kind IN ('FILE_STATUS', 'GROUP_STATUS', 'ITEM_STATUS')"""
# Looked up by reference alone, so that no plan can walk a whole file for each of its items; then
# kept if it went in that file and, where the status states the amount, with that amount.
_REFERRED = """
    SELECT t.position, t.effect, t.reason_list, t.reason, i.instruction_id, i.value_on, t.file_id,
           i.file_id = t.file_id AND (t.amount_minor IS NULL OR t.currency IS NULL
               OR (t.amount_minor = i.amount_minor AND t.currency = i.currency)) AS fits
    FROM recon_status t
    JOIN cycle.instruction i ON {column} = t.{told} AND i.value_on = t.execution_on
    WHERE t.kind = 'ITEM_STATUS' AND {where}"""
_BY_INSTRUCTION = _REFERRED.format(
    column="i.instruction_text", told="instruction_id_text", where="true"
)
_BY_END_TO_END = _REFERRED.format(
    column="i.end_to_end_id", told="end_to_end_id", where="t.instruction_id_text IS NULL"
)
# A bank's own table names no file. The InstrId alone then says which attempt is meant.
_BY_INSTRUCTION_ALONE = """
    SELECT t.position, t.effect, t.reason_list, t.reason, i.instruction_id, i.value_on, i.file_id,
           t.amount_minor IS NULL OR t.currency IS NULL
               OR (t.amount_minor = i.amount_minor AND t.currency = i.currency)
    FROM recon_status t JOIN cycle.instruction i ON i.instruction_text = t.instruction_id_text
    WHERE t.kind = 'ITEM_STATUS' AND t.file_id IS NULL AND t.is_fileless
      AND i.file_id IS NOT NULL AND i.state <> 'drafted'"""


def aim_statuses(connection: sa.Connection, message: Message) -> None:
    """Find the instructions that the message names one by one, or refuses with their whole file.

    Each once: a refusal counts before another status, an item's own line before its file's, the
    first line before a repeat.
    """
    told = run(
        connection,
        f"INSERT INTO recon_status {_TOLD}",
        inbox=message.inbox_file_id,
        received_on=message.received_on,
    )
    learn(connection, "recon_status", told)
    referred = run(
        connection,
        f"""INSERT INTO recon_referred
        SELECT position, effect, reason_list, reason, instruction_id, value_on, file_id
        FROM ({_BY_INSTRUCTION} UNION ALL {_BY_END_TO_END} UNION ALL {_BY_INSTRUCTION_ALONE}
              OFFSET 0) referred
        WHERE fits""",
    )
    learn(connection, "recon_referred", referred)
    aimed = run(
        connection,
        f"""WITH aimed AS (
            SELECT r.*, 0 AS breadth FROM recon_referred r WHERE r.effect <> ''
            UNION ALL
            SELECT t.position, t.effect, t.reason_list, t.reason, i.instruction_id, i.value_on,
                   t.file_id, 1
            FROM recon_status t
            JOIN cycle.instruction i ON i.file_id = t.file_id AND i.value_on = t.execution_on
            WHERE t.kind <> 'ITEM_STATUS' AND t.effect IN {_REFUSALS})
        INSERT INTO recon_aim
        SELECT DISTINCT ON (a.instruction_id) a.position, a.effect, r.reason_list, r.reason,
               r.action, a.instruction_id, a.value_on, a.file_id
        FROM aimed a JOIN recon_reason r ON r.reason_list = coalesce(a.reason_list, '')
             AND r.reason = coalesce(a.reason, '')
        ORDER BY a.instruction_id, a.effect IN {_REFUSALS} DESC, a.breadth,
                 a.effect = '{Effect.ACCEPTED}' DESC, a.position""",
    )
    learn(connection, "recon_aim", aimed)


def unrecognised(connection: sa.Connection) -> int:
    """Count the statuses that name nothing of ours, other money, or a code nobody knows."""
    return int(
        value(
            connection,
            """SELECT count(*) FILTER (WHERE t.effect IS NULL OR (r.position IS NULL
                    AND (t.file_id IS NULL OR t.kind = 'ITEM_STATUS')))
            FROM recon_status t LEFT JOIN recon_referred r USING (position)""",
        )
    )
