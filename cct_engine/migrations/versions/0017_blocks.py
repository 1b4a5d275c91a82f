"""Balances in blocks of 64 subjects.

A balance of a subject was a row, with an index entry: opening an account cost as much as writing
the lines did. Now a row holds 64 neighbouring subjects of an account and a fund as an array, each
guarded as before. ``ledger.balance`` stays, as a view of those that are not zero.

Revision ID: 0017
"""

from pathlib import Path

from alembic import op

from cct_engine.database.migration import run_script

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

FOLDER = Path(__file__).with_suffix("")


def upgrade() -> None:
    run_script(op.get_bind(), (FOLDER / "blocks.sql").read_text(encoding="utf-8"))


def downgrade() -> None:
    run_script(op.get_bind(), (FOLDER / "undone.sql").read_text(encoding="utf-8"))
