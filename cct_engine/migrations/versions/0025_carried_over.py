"""What is open between a household and a fund whose year is over goes over to the next fund.

A claim for an overpayment, money held and money withheld are carried through the funds from the
Treasury: the old fund gives them up, the new one takes them on. The budget of neither year moves.

Revision ID: 0025
"""

from alembic import op

from cct_engine.database.migration import run_script

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

SCRIPT = """
INSERT INTO ledger.template (event, name, debit, credit, slot) VALUES
    (90, 'overpayment carried out', 3000, 1210, 90),
    (91, 'overpayment carried in',  1210, 3000, 91),
    (92, 'held carried out',        2105, 3000, 92),
    (93, 'held carried in',         3000, 2105, 93),
    (94, 'withheld carried out',    2110, 3000, 94),
    (95, 'withheld carried in',     3000, 2110, 95);
INSERT INTO ledger.template (event, name, debit, credit, slot, follows, mirror_of)
    SELECT 100 + event, 'correct: ' || name, credit, debit, 100 + slot, ARRAY[event], event
    FROM ledger.template WHERE event BETWEEN 90 AND 95;
"""

UNDO = """
ALTER TABLE ledger.template DISABLE TRIGGER append_only;
DELETE FROM ledger.template WHERE event BETWEEN 190 AND 195;
DELETE FROM ledger.template WHERE event BETWEEN 90 AND 95;
ALTER TABLE ledger.template ENABLE TRIGGER append_only;
"""


def upgrade() -> None:
    run_script(op.get_bind(), SCRIPT)


def downgrade() -> None:
    run_script(op.get_bind(), UNDO)
