"""The queue of a budget that is not enough: its ceiling, what the admitted cost, and who waits.

Decided once per cycle, when it is frozen; those who wait are part of the frozen inputs.

Revision ID: 0020
"""

from alembic import op

from cct_engine.database.migration import run_script

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

SCRIPT = """
CREATE TABLE cycle.budget_queue (
    cycle_id      integer PRIMARY KEY REFERENCES cycle.cycle,
    ceiling_minor bigint NOT NULL CHECK (ceiling_minor >= 0),
    spent_minor   bigint NOT NULL CHECK (spent_minor >= 0), -- by those admitted or served first
    waiting_count integer NOT NULL CHECK (waiting_count >= 0),
    decided_at    timestamptz NOT NULL
);
CREATE TABLE cycle.waiting_household (
    cycle_id      integer NOT NULL REFERENCES cycle.budget_queue,
    household_id  bigint NOT NULL,
    place         integer NOT NULL CHECK (place > 0),    -- in the queue, from 1
    cost_minor    bigint NOT NULL CHECK (cost_minor > 0),
    PRIMARY KEY (cycle_id, household_id),
    UNIQUE (cycle_id, place)
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON cycle.budget_queue
    FOR EACH STATEMENT EXECUTE FUNCTION people.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON cycle.waiting_household
    FOR EACH STATEMENT EXECUTE FUNCTION people.refuse_change();
GRANT SELECT ON cycle.budget_queue, cycle.waiting_household TO cct_app, cct_auditor;
GRANT INSERT ON cycle.budget_queue, cycle.waiting_household TO cct_app;
"""

UNDO = """
DROP TABLE cycle.waiting_household;
DROP TABLE cycle.budget_queue;
"""


def upgrade() -> None:
    run_script(op.get_bind(), SCRIPT)


def downgrade() -> None:
    run_script(op.get_bind(), UNDO)
