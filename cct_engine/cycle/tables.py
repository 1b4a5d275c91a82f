"""The tables of a cycle that statements are composed from."""

from __future__ import annotations

import sqlalchemy as sa

__all__ = ["entitlement_line", "instruction", "instruction_part"]

entitlement_line = sa.table(
    "entitlement_line",
    sa.column("cycle_id", sa.Integer),
    sa.column("household_id", sa.BigInteger),
    sa.column("line_seq", sa.Integer),
    sa.column("source", sa.Text),
    sa.column("component", sa.Text),
    sa.column("fund_id", sa.Integer),
    sa.column("money_state", sa.Text),
    sa.column("amount_minor", sa.BigInteger),
    sa.column("reason_code", sa.Text),
    schema="cycle",
)

instruction = sa.table(
    "instruction",
    sa.column("instruction_id", sa.BigInteger),
    sa.column("value_on", sa.Date),
    sa.column("transfer_group", sa.Text),
    sa.column("payee_id", sa.BigInteger),
    sa.column("attempt", sa.SmallInteger),
    sa.column("ordinal", sa.Integer),
    sa.column("amount_minor", sa.BigInteger),
    sa.column("state", sa.Text),
    sa.column("file_id", sa.BigInteger),
    schema="cycle",
)

instruction_part = sa.table(
    "instruction_part",
    sa.column("cycle_id", sa.Integer),
    sa.column("household_id", sa.BigInteger),
    sa.column("line_seq", sa.Integer),
    sa.column("instruction_id", sa.BigInteger),
    sa.column("fund_id", sa.Integer),
    sa.column("amount_minor", sa.BigInteger),
    sa.column("alive", sa.Boolean),
    schema="cycle",
)
