"""The tables of a pack beside the ledger's own, each in a declared order.

Instants are written as the digests have them, ISO 8601 in UTC with microseconds. A cycle's pack
has that cycle's rows; chains (acts, manifest) are always whole, or they could not be followed.
"""

from __future__ import annotations

from typing import Final

__all__ = ["TABLES"]

_AT: Final = """to_char({0} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"') AS {0}"""


def _at(name: str, *, of: str = "") -> str:
    return _AT.format(name).replace(f"({name}", f"({of}{name}")


TABLES: Final = {
    "cycle": f"""
        SELECT c.cycle_id, c.code, p.code AS programme, c.fund_id, c.period, c.month_count,
               c.currency, c.state, c.version, c.opened_by, {_at("opened_at")}, c.as_of_valid,
               {_at("as_of_known")}, c.rulebook_digest, c.statement_digest, c.value_on,
               c.list_digest, c.prepared_by, {_at("submitted_at")}, c.approved_by,
               {_at("approved_at")}, c.released_by, {_at("released_at")}, c.closed_by,
               {_at("closed_at")}, c.proof_digest
        FROM cycle.cycle c JOIN registry.programme p USING (programme_id)
        WHERE {{cycle}} ORDER BY c.cycle_id""",
    "approval": f"""
        SELECT c.cycle_id, c.version, c.list_digest, c.submitted_by, c.decided_by,
               {_at("decided_at")}, c.decision, c.remark, c.control
        FROM cycle.approval c WHERE {{cycle}} ORDER BY c.cycle_id, c.version""",
    "override": f"""
        SELECT c.cycle_id, o.override_id, c.finding_id, c.code AS finding, c.household_id,
               o.reason, o.proposed_by, {_at("proposed_at")}, o.confirmed_by, {_at("confirmed_at")}
        FROM cycle.override o JOIN cycle.finding c USING (finding_id)
        WHERE {{cycle}} ORDER BY o.override_id""",
    "evidence": f"""
        SELECT c.cycle_id, 'snapshot' AS what, c.digest, c.household_count AS row_count,
               {_at("sealed_at")}
        FROM cycle.snapshot c WHERE {{cycle}}
        UNION ALL
        SELECT c.cycle_id, 'run ' || c.number, c.digest, NULL, to_char(c.finished_at
               AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')
        FROM cycle.run c WHERE {{cycle}}
        UNION ALL
        SELECT c.cycle_id, 'statement ' || c.number, c.statement_digest, NULL,
               to_char(c.finished_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')
        FROM cycle.run c WHERE {{cycle}}
        ORDER BY 1, 2""",
    "payment_file": f"""
        SELECT c.file_id, c.batch_key, c.number, c.profile_code, c.fund_id, c.cycle_id,
               c.message_id, {_at("created_at")}, c.execution_on, c.currency, c.instruction_count,
               c.total_minor, c.state, c.name, c.sha256, c.byte_count, {_at("sealed_at")},
               {_at("sent_at")}
        FROM bank.file c WHERE {{file}} ORDER BY c.file_id""",
    "payment_file_part": """
        SELECT c.file_id, c.cycle_id, c.fund_id, c.instruction_count, c.amount_minor
        FROM bank.file_part c WHERE {cycle} ORDER BY c.file_id, c.cycle_id, c.fund_id""",
    "manifest": """
        SELECT position, file_id, body, previous, digest FROM bank.manifest ORDER BY position""",
    "bank_message": f"""
        SELECT inbox_file_id, sha256, byte_count, {_at("received_at")}, state, format, message_id,
               event_count, applied_count, repeated_count, suspense_count
        FROM recon.inbox_file ORDER BY inbox_file_id""",
    "suspense_item": f"""
        SELECT c.item_id, c.cycle_id, c.fund_id, c.reason, c.owner_role, c.direction, c.currency,
               c.amount_minor, c.opened_on, c.state, c.resolution, c.proposed_by, c.confirmed_by,
               {_at("closed_at")}, c.closed_as
        FROM recon.suspense_item c WHERE {{cycle}} ORDER BY c.item_id""",
    "act": f"""
        SELECT act_id, {_at("at")}, officer_id, verb, subject, outcome, detail,
               coalesce(to_json(purpose_code)::text, 'null') AS purpose_code,
               coalesce(to_json(centre_id)::text, 'null') AS centre_id, previous, digest
        FROM people.act ORDER BY act_id""",
    "trial_balance": """
        SELECT programme_id, fund_id, currency, book, account, name, debit_minor, credit_minor,
               balance_minor
        FROM ledger.trial_balance ORDER BY programme_id, fund_id, account""",
}
"""Each with ``{cycle}`` and ``{file}`` where the choice of cycles goes."""
