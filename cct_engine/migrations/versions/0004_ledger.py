"""Ledger: chart, templates, fiscal periods, batches, journal, seals, balances, anchors.

A line is one row with one amount; its accounts come from the template of its batch's event, so it
balances by construction and only the postings of the template table exist. A batch counts from
the moment its seal is inserted: that insert checks the lines, moves the balances and joins the
chain, or fails. The SQL stands beside this file, in the folder of its name.

Revision ID: 0004
"""

from pathlib import Path

from alembic import op

from cct_engine.database.migration import run_script

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

FOLDER = Path(__file__).with_suffix("")
SCRIPTS = ("tables", "chart", "rules", "sealing", "views", "grants")


def upgrade() -> None:
    for script in SCRIPTS:
        run_script(op.get_bind(), (FOLDER / f"{script}.sql").read_text(encoding="utf-8"))


def downgrade() -> None:
    run_script(op.get_bind(), "DROP SCHEMA ledger CASCADE")
