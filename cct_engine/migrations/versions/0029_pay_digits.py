"""Keep with each family's result the digit that its pay day goes by.

'' none, '0' to '9' the last digit of the payee's id at the cut-off, 'first' where an override of the
law pays the family on the first pay day.

Revision ID: 0029
"""

from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; families of earlier cycles have no digit."""
    op.execute(
        "ALTER TABLE cycle.household_result ADD COLUMN pay_digit text NOT NULL DEFAULT ''"
        " CHECK (pay_digit IN ('', 'first') OR pay_digit ~ '^[0-9]$')"
    )


def downgrade() -> None:
    """Take the column away."""
    op.execute("ALTER TABLE cycle.household_result DROP COLUMN pay_digit")
