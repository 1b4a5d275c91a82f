"""Since when a family agrees to be written to: feeds tell it later than it was said.

Revision ID: 0023
"""

from alembic import op

from cct_engine.database.migration import run_script

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

SCRIPT = """
-- The day on which the family said so; chosen_at is when we knew. Null: the day of chosen_at.
ALTER TABLE notice.choice ADD COLUMN since date;
"""

UNDO = """
ALTER TABLE notice.choice DROP COLUMN since;
"""


def upgrade() -> None:
    run_script(op.get_bind(), SCRIPT)


def downgrade() -> None:
    run_script(op.get_bind(), UNDO)
