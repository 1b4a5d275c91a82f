"""Statuses: refusals end an instruction, everything else only lifts its rank."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger import Event
from reconciliation.outcome import STATUS_EFFECT, UNDER_WAY, Effect, below, quoted
from reconciliation.stage import Message, learn, run

if TYPE_CHECKING:
    import sqlalchemy as sa

__all__ = ["lift", "refuse"]

_REFUSALS = f"('{Effect.REJECTED}', '{Effect.CANCELLED}')"


def refuse(connection: sa.Connection, message: Message) -> None:
    """Apply the refusals of ``recon_aim``.

    Under way: the money never left, it awaits re-issue. Settled: a rejection after settlement is
    a return; until the bank credits it, the credit to come is an open item and the instruction's
    lines stay taken, so that nothing is paid again with money that is not back.
    """
    moved = 0
    for was, becomes, event in (
        (UNDER_WAY, "a.effect", Event.RETURN_BEFORE),
        (("settled",), "'returned'", Event.RETURN_AFTER),
    ):
        moved += run(
            connection,
            f"""WITH moved AS (
                UPDATE cycle.instruction i
                SET state = {becomes}, reason_list = a.reason_list, reason = a.reason,
                    version = i.version + 1
                FROM recon_aim a
                WHERE i.instruction_id = a.instruction_id AND i.value_on = a.value_on
                  AND a.effect IN {_REFUSALS} AND i.state IN ({quoted(was)})
                RETURNING i.instruction_id, i.value_on, i.file_id, i.ordinal, i.rail, i.currency,
                          a.position)
            INSERT INTO recon_moved
            SELECT instruction_id, value_on, file_id, 'refusal', {event:d}, :on, ordinal, rail,
                   currency, position, NULL
            FROM moved""",
            on=message.on,
        )
    learn(connection, "recon_moved", moved)
    run(
        connection,
        f"""INSERT INTO recon.match (inbox_file_id, position, instruction_id, file_id, evidence,
            counts, posted, reason_list, reason, action, matched_at)
        SELECT :inbox, a.position, a.instruction_id, a.file_id, 'refusal', k.instruction_id IS NULL,
               coalesce(m.event, 0), a.reason_list, a.reason, a.action, :at
        FROM recon_aim a
        LEFT JOIN recon_moved m ON m.instruction_id = a.instruction_id AND m.evidence = 'refusal'
        LEFT JOIN recon.match k ON k.file_id = a.file_id AND k.instruction_id = a.instruction_id
             AND k.evidence = 'refusal' AND k.counts
        WHERE a.effect IN {_REFUSALS}
        ORDER BY a.instruction_id  -- as the indexes have it""",
        inbox=message.inbox_file_id,
        at=message.at,
    )
    _await_credits(connection, message)


def _await_credits(connection: sa.Connection, message: Message) -> None:
    run(
        connection,
        """INSERT INTO recon_movement
        SELECT 'credit_awaited', 'DBIT', NULL, m.position, f.debtor_account, f.message_id, '',
               m.currency, i.amount_minor, true, f.programme_id, f.fund_id, f.cycle_id,
               m.instruction_id, m.file_id, :on
        FROM recon_moved m JOIN bank.file f USING (file_id)
        JOIN cycle.instruction i USING (instruction_id, value_on)
        WHERE m.evidence = 'refusal' AND m.event = :returned_after""",
        on=message.on,
        returned_after=int(Event.RETURN_AFTER),
    )


def lift(connection: sa.Connection, message: Message) -> int:
    """Apply the statuses that are no refusals; return how many instructions went up.

    A status of a file or group covers what it does not list one by one.
    """
    lifted = 0
    for effect in (Effect.ACCEPTED, Effect.ACKNOWLEDGED):
        lifting = f"""UPDATE cycle.instruction i SET state = '{effect}', version = i.version + 1
            FROM %s AND i.state IN ({quoted(below(effect))})"""
        codes = [code for code, said in STATUS_EFFECT.items() if said is effect]
        lifted += run(
            connection,
            lifting % _WHOLE_FILES,
            inbox=message.inbox_file_id,
            received_on=message.received_on,
            codes=codes,
        )
        lifted += run(connection, lifting % _ONE_BY_ONE, effect=str(effect))
    return lifted


_WHOLE_FILES = """recon.event e JOIN bank.file f ON f.message_id = e.original_message_id
    AND coalesce(e.payment_information_id, f.payment_information_id) = f.payment_information_id
    WHERE e.inbox_file_id = :inbox AND e.received_on = :received_on AND e.status = ANY (:codes)
    AND e.kind IN ('FILE_STATUS', 'GROUP_STATUS')
    AND i.file_id = f.file_id AND i.value_on = f.execution_on"""
_ONE_BY_ONE = """recon_aim a WHERE a.effect = :effect AND i.instruction_id = a.instruction_id
    AND i.value_on = a.value_on"""
