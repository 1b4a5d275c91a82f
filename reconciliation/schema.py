"""The tables of reconciliation, as Core sees them; revision 0006 makes them.

``bank`` holds what went to the bank, ``recon`` what came back. Of the cycle's tables only the few
columns named here are known: what was instructed, and which entitlement lines it pays.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

__all__ = [
    "cycle",
    "delivery",
    "entitlement_line",
    "entry",
    "event",
    "file",
    "file_part",
    "inbox_file",
    "instruction",
    "instruction_part",
    "living_part",
    "manifest",
    "match",
    "profile",
    "short_reference",
    "suspense_item",
]


def _columns(names: str, kind: Any) -> list[sa.ColumnClause[Any]]:
    return [sa.column(name, kind) for name in names.split()]


_INSTANT = sa.DateTime(timezone=True)


profile = sa.table(
    "profile",
    *_columns("code digest body debtor_account currency", sa.Text),
    *_columns("programme_id fund_id", sa.Integer),
    sa.column("loaded_at", _INSTANT),
    schema="bank",
)
file = sa.table(
    "file",
    *_columns("file_id instruction_count total_minor byte_count", sa.BigInteger),
    *_columns("number programme_id fund_id cycle_id sequence", sa.Integer),
    *_columns(
        "batch_key profile_code profile_digest message_id payment_information_id debtor_account "
        "currency state name sha256 schema_name",
        sa.Text,
    ),
    sa.column("execution_on", sa.Date),
    sa.column("created_at", _INSTANT),
    sa.column("sealed_at", _INSTANT),
    sa.column("sent_at", _INSTANT),
    schema="bank",
)
file_part = sa.table(
    "file_part",
    *_columns("file_id instruction_count amount_minor", sa.BigInteger),
    *_columns("cycle_id fund_id", sa.Integer),
    schema="bank",
)
manifest = sa.table(
    "manifest",
    sa.column("position", sa.Integer),
    sa.column("file_id", sa.BigInteger),
    *_columns("body previous digest", sa.Text),
    schema="bank",
)
delivery = sa.table(
    "delivery",
    *_columns("delivery_id file_id", sa.BigInteger),
    *_columns("sha256 channel outcome remark", sa.Text),
    sa.column("tried_at", _INSTANT),
    sa.column("officer_id", sa.Integer),
    schema="bank",
)
short_reference = sa.table(
    "short_reference",
    *_columns("reference instruction_text", sa.Text),
    *_columns("instruction_id file_id", sa.BigInteger),
    sa.column("value_on", sa.Date),
    schema="bank",
)
inbox_file = sa.table(
    "inbox_file",
    sa.column("inbox_file_id", sa.Integer),
    *_columns(
        "sha256 name state format message_id original_message_id refusal_code refusal_place "
        "refusal_advice",
        sa.Text,
    ),
    *_columns(
        "byte_count event_count applied_count repeated_count suspense_count unrecognised_count",
        sa.BigInteger,
    ),
    sa.column("received_at", _INSTANT),
    sa.column("received_on", sa.Date),
    sa.column("applied_at", _INSTANT),
    schema="recon",
)
event = sa.table(
    "event",
    sa.column("inbox_file_id", sa.Integer),
    *_columns("position amount_minor entry_no batch_count", sa.BigInteger),
    *_columns("received_on booked_on value_on", sa.Date),
    *_columns(
        "kind original_message_id payment_information_id end_to_end_id instruction_id_text uetr "
        "status reason_list reason currency direction account bank_reference entry_reference extra",
        sa.Text,
    ),
    sa.column("reversal", sa.Boolean),
    schema="recon",
)
entry = sa.table(
    "entry",
    *_columns("entry_id position amount_minor", sa.BigInteger),
    *_columns("inbox_file_id occurrence fund_id cycle_id", sa.Integer),
    *_columns("kind account reference direction currency item", sa.Text),
    sa.column("reversal", sa.Boolean),
    sa.column("booked_on", sa.Date),
    schema="recon",
)
match = sa.table(
    "match",
    *_columns("position instruction_id file_id entry_id", sa.BigInteger),
    *_columns("inbox_file_id posted", sa.Integer),
    *_columns("evidence reason_list reason action", sa.Text),
    sa.column("counts", sa.Boolean),
    sa.column("matched_at", _INSTANT),
    schema="recon",
)
suspense_item = sa.table(
    "suspense_item",
    *_columns(
        "item_id position entry_id amount_minor instruction_id file_id resolution_instruction_id",
        sa.BigInteger,
    ),
    *_columns(
        "inbox_file_id programme_id fund_id cycle_id version proposed_by confirmed_by closed_in",
        sa.Integer,
    ),
    *_columns(
        "reason owner_role account reference direction currency state resolution remark closed_as",
        sa.Text,
    ),
    sa.column("booked", sa.Boolean),
    sa.column("opened_on", sa.Date),
    *_columns("opened_at proposed_at confirmed_at closed_at", _INSTANT),
    schema="recon",
)

# What the engine's cycle lets us read and move.
cycle = sa.table("cycle", *_columns("cycle_id programme_id", sa.Integer), schema="cycle")
entitlement_line = sa.table(
    "entitlement_line",
    *_columns("cycle_id line_seq", sa.Integer),
    *_columns("household_id amount_minor", sa.BigInteger),
    *_columns("source money_state", sa.Text),
    schema="cycle",
)
instruction = sa.table(
    "instruction",
    *_columns("instruction_id payee_id amount_minor account_id file_id", sa.BigInteger),
    *_columns("attempt ordinal version", sa.Integer),
    *_columns(
        "transfer_group debtor_account rail currency end_to_end_id instruction_text state "
        "reason_list reason",
        sa.Text,
    ),
    sa.column("value_on", sa.Date),
    schema="cycle",
)
instruction_part = sa.table(
    "instruction_part",
    *_columns("household_id instruction_id amount_minor", sa.BigInteger),
    *_columns("cycle_id line_seq fund_id", sa.Integer),
    schema="cycle",
)
living_part = sa.table(
    "living_part",
    *_columns("household_id instruction_id", sa.BigInteger),
    *_columns("cycle_id line_seq", sa.Integer),
    schema="cycle",
)
