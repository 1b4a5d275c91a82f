"""Statuses: refusals end an instruction, everything else only lifts its rank."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger import Event
from reconciliation.outcome import STATUS_EFFECT, UNDER_WAY, Effect, below, quoted
from reconciliation.stage import Message, pair, run, without
from reconciliation.taken import refuse_half

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
    with without(connection, message, "hash", "merge"):
        found, moved = pair(
            connection, _REFUSE, inbox=message.inbox_file_id, at=message.at, on=message.on
        )
    refuse_half(found, moved)


_MOVE = f"""CASE WHEN i.state IN ({quoted(UNDER_WAY)}) THEN {Event.RETURN_BEFORE:d}
    WHEN i.state = 'settled' THEN {Event.RETURN_AFTER:d} ELSE 0 END AS event"""
_REFUSE = f"""WITH refused AS MATERIALIZED (
    SELECT a.*, i.ctid AS place, i.tableoid AS part, i.state AS was, i.ordinal, i.rail,
           i.currency, i.amount_minor, {_MOVE},
           i.state IN ({quoted((*UNDER_WAY, "settled"))}) OR NOT EXISTS (
               SELECT FROM recon.match k WHERE k.file_id = a.file_id AND k.counts
               AND k.instruction_id = a.instruction_id AND k.evidence = 'refusal' OFFSET 0)
           AS counts
    FROM recon_aim a JOIN cycle.instruction i USING (instruction_id, value_on)
    WHERE a.effect IN {_REFUSALS}),
matched AS (
    INSERT INTO recon.match (inbox_file_id, position, instruction_id, file_id, evidence,
        counts, posted, reason_list, reason, action, matched_at)
    SELECT :inbox, position, instruction_id, file_id, 'refusal', counts, event,
           reason_list, reason, action, :at
    FROM refused),
awaited AS (
    INSERT INTO recon_movement
    SELECT 'credit_awaited', 'DBIT', NULL, r.position, f.debtor_account, f.message_id, '',
           r.currency, r.amount_minor, true, f.programme_id, f.fund_id, f.cycle_id,
           r.instruction_id, r.file_id, :on
    FROM refused r JOIN bank.file f USING (file_id)
    WHERE r.event = {Event.RETURN_AFTER:d}),
moved AS (
    UPDATE cycle.instruction i
    SET state = CASE r.was WHEN 'settled' THEN 'returned' ELSE r.effect END,
        reason_list = r.reason_list, reason = r.reason, version = i.version + 1
    FROM refused r
    WHERE i.ctid = r.place AND i.tableoid = r.part AND i.value_on = r.value_on
      AND i.instruction_id = r.instruction_id AND i.state = r.was AND r.event > 0
    RETURNING i.instruction_id, i.value_on, r.file_id, r.event, r.ordinal, r.rail,
              r.currency, r.position),
noted AS (
    INSERT INTO recon_moved
    SELECT instruction_id, value_on, file_id, 'refusal', event, :on, ordinal, rail,
           currency, position, NULL
    FROM moved RETURNING 1)
SELECT (SELECT count(*) FROM refused WHERE event > 0), (SELECT count(*) FROM noted)"""


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
