"""Let a correction end a held deduction, too: a hold below zero.

Revision ID: 0030
"""

from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A hold that is ended may be a deduction's."""
    op.execute(
        "ALTER TABLE cycle.correction_line"
        " DROP CONSTRAINT correction_line_hold_cancelled_minor_check;"
        " ALTER TABLE cycle.correction_hold DROP CONSTRAINT correction_hold_amount_minor_check,"
        " ADD CONSTRAINT correction_hold_amount_minor_check CHECK (amount_minor <> 0)"
    )


def downgrade() -> None:
    """Holds of deductions cannot be ended again; a database that has such keeps this migration."""
    op.execute(
        "ALTER TABLE cycle.correction_line"
        " ADD CONSTRAINT correction_line_hold_cancelled_minor_check"
        " CHECK (hold_cancelled_minor >= 0);"
        " ALTER TABLE cycle.correction_hold DROP CONSTRAINT correction_hold_amount_minor_check,"
        " ADD CONSTRAINT correction_hold_amount_minor_check CHECK (amount_minor > 0)"
    )
