"""The ledger's tables and views as SQLAlchemy Core sees them.

Revision 0004 makes them and holds every rule; here are only names and types.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

__all__ = [
    "account",
    "anchor",
    "balance_block",
    "batch",
    "fiscal_period",
    "in_transit",
    "journal",
    "movement",
    "seal",
    "statement",
    "template",
    "trial_balance",
]

_metadata = sa.MetaData(schema="ledger")
_instant = sa.DateTime(timezone=True)

account = sa.Table(
    "account",
    _metadata,
    sa.Column("account", sa.SmallInteger, primary_key=True, autoincrement=False),
    sa.Column("name", sa.Text),
    sa.Column("class", sa.Text, key="class_"),
    sa.Column("normal_side", sa.SmallInteger),
    sa.Column("guard", sa.SmallInteger),
    sa.Column("subsidiary", sa.Boolean),
    sa.Column("book", sa.Text),
)

template = sa.Table(
    "template",
    _metadata,
    sa.Column("event", sa.SmallInteger, primary_key=True, autoincrement=False),
    sa.Column("name", sa.Text),
    sa.Column("debit", sa.SmallInteger),
    sa.Column("credit", sa.SmallInteger),
    sa.Column("slot", sa.SmallInteger),
    sa.Column("follows", ARRAY(sa.SmallInteger)),
    sa.Column("mirror_of", sa.SmallInteger),
)

fiscal_period = sa.Table(
    "fiscal_period",
    _metadata,
    sa.Column("period_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("opens_on", sa.Date),
    sa.Column("closes_on", sa.Date),
    sa.Column("opened_by", sa.Integer),
    sa.Column("opened_at", _instant),
    sa.Column("digest", sa.Text),
    sa.Column("closed_by", sa.Integer),
    sa.Column("closed_at", _instant),
    sa.Column("closed_head", sa.Text),
    sa.Column("closed_digest", sa.Text),
)

batch = sa.Table(
    "batch",
    _metadata,
    sa.Column("batch_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("event", sa.SmallInteger),
    sa.Column("programme_id", sa.Integer),
    sa.Column("fund_id", sa.Integer),
    sa.Column("cycle_id", sa.Integer),
    sa.Column("conduit", sa.Text),
    sa.Column("value_on", sa.Date),
    sa.Column("period_id", sa.Integer),
    sa.Column("currency", sa.Text),
    sa.Column("key", sa.Text),
    sa.Column("reverses", sa.Integer),
    sa.Column("prepared_by", sa.Integer),
    sa.Column("approved_by", sa.Integer),
    sa.Column("recorded_at", _instant),
)

journal = sa.Table(
    "journal",
    _metadata,
    sa.Column("subject_id", sa.BigInteger),
    sa.Column("amount_minor", sa.BigInteger),
    sa.Column("reference", sa.BigInteger),
    sa.Column("batch_id", sa.Integer),
    sa.Column("cycle_id", sa.Integer),
    sa.Column("seq", sa.Integer),
    sa.Column("event", sa.SmallInteger),
    sa.Column("slot", sa.SmallInteger),
    sa.PrimaryKeyConstraint("slot", "subject_id", "seq", "cycle_id"),
)

seal = sa.Table(
    "seal",
    _metadata,
    sa.Column("batch_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("position", sa.Integer),
    sa.Column("line_count", sa.BigInteger),
    sa.Column("total_minor", sa.BigInteger),
    sa.Column("merkle_root", sa.Text),
    sa.Column("previous_digest", sa.Text),
    sa.Column("digest", sa.Text),
)

# 64 neighbouring subjects in a row: subject s in block s >> 6, at place (s & 63) + 1.
balance_block = sa.Table(
    "balance_block",
    _metadata,
    sa.Column("block", sa.BigInteger),
    sa.Column("fund_id", sa.Integer),
    sa.Column("account", sa.SmallInteger),
    sa.Column("guard", sa.SmallInteger),
    sa.Column("amounts", ARRAY(sa.BigInteger)),
    sa.PrimaryKeyConstraint("account", "fund_id", "block"),
)

anchor = sa.Table(
    "anchor",
    _metadata,
    sa.Column("anchored_on", sa.Date, primary_key=True),
    sa.Column("position", sa.Integer),
    sa.Column("digest", sa.Text),
    sa.Column("signature", sa.Text),
    sa.Column("published_to", sa.Text),
    sa.Column("previous", sa.Text),
    sa.Column("anchor_digest", sa.Text),
)

# Views.
movement = sa.Table(
    "movement",
    _metadata,
    sa.Column("position", sa.Integer),
    sa.Column("batch_id", sa.Integer),
    sa.Column("event", sa.SmallInteger),
    sa.Column("programme_id", sa.Integer),
    sa.Column("fund_id", sa.Integer),
    sa.Column("cycle_id", sa.Integer),
    sa.Column("conduit", sa.Text),
    sa.Column("value_on", sa.Date),
    sa.Column("currency", sa.Text),
    sa.Column("account", sa.SmallInteger),
    sa.Column("line_count", sa.BigInteger),
    sa.Column("debit_minor", sa.BigInteger),
    sa.Column("credit_minor", sa.BigInteger),
)

trial_balance = sa.Table(
    "trial_balance",
    _metadata,
    sa.Column("programme_id", sa.Integer),
    sa.Column("fund_id", sa.Integer),
    sa.Column("currency", sa.Text),
    sa.Column("book", sa.Text),
    sa.Column("account", sa.SmallInteger),
    sa.Column("name", sa.Text),
    sa.Column("debit_minor", sa.BigInteger),
    sa.Column("credit_minor", sa.BigInteger),
    sa.Column("balance_minor", sa.BigInteger),
)

statement = sa.Table(
    "statement",
    _metadata,
    sa.Column("subject_id", sa.BigInteger),
    sa.Column("fund_id", sa.Integer),
    sa.Column("programme_id", sa.Integer),
    sa.Column("cycle_id", sa.Integer),
    sa.Column("value_on", sa.Date),
    sa.Column("position", sa.Integer),
    sa.Column("batch_id", sa.Integer),
    sa.Column("seq", sa.Integer),
    sa.Column("event", sa.SmallInteger),
    sa.Column("slot", sa.SmallInteger),
    sa.Column("name", sa.Text),
    sa.Column("debit", sa.SmallInteger),
    sa.Column("credit", sa.SmallInteger),
    sa.Column("amount_minor", sa.BigInteger),
    sa.Column("currency", sa.Text),
    sa.Column("reference", sa.BigInteger),
)

in_transit = sa.Table(
    "in_transit",
    _metadata,
    sa.Column("programme_id", sa.Integer),
    sa.Column("fund_id", sa.Integer),
    sa.Column("currency", sa.Text),
    sa.Column("conduit", sa.Text),
    sa.Column("cycle_id", sa.Integer),
    sa.Column("first_sent_on", sa.Date),
    sa.Column("sent_minor", sa.BigInteger),
    sa.Column("in_transit_minor", sa.BigInteger),
    sa.Column("in_transit_count", sa.BigInteger),
)
