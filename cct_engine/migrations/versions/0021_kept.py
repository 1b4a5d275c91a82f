"""Kept sums: what the console adds up over whole lists, kept until the list or the bank moves.

Revision ID: 0021
"""

from alembic import op

from cct_engine.database.migration import run_script

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

SCRIPT = """
-- One row for each sum of each thing; ``key`` says of which state of it. Nothing is decided by these:
-- they may all be deleted, and are added up anew.
CREATE TABLE console.kept (
    kind         text NOT NULL,
    subject      text NOT NULL,
    key          text NOT NULL,
    value        jsonb NOT NULL,
    PRIMARY KEY (kind, subject)
);
GRANT SELECT, INSERT, UPDATE, DELETE ON console.kept TO cct_app;

-- What every page counts: accounts that wait for a second person, findings that stop a cycle.
CREATE INDEX account_unconfirmed ON registry.account (account_id)
    WHERE usable_from = 'infinity' AND known_to = 'infinity';
CREATE INDEX finding_blocking ON cycle.finding (cycle_id) WHERE state = 'open' AND effect = 'blocks';
-- Acts of one verb among a million others.
CREATE INDEX act_verb ON people.act (verb, act_id);
-- Payments of one sum, among which a line of the bank is looked for.
CREATE INDEX instruction_by_amount ON cycle.instruction (amount_minor);
-- Names as they are looked up: whole, in any case.
CREATE INDEX name_looked_up ON identity.person_name
    (lower(given || ' ' || coalesce(family, ''))) WHERE known_to = 'infinity';
"""

UNDONE = """
DROP INDEX identity.name_looked_up;
DROP INDEX cycle.instruction_by_amount;
DROP INDEX people.act_verb;
DROP INDEX cycle.finding_blocking;
DROP INDEX registry.account_unconfirmed;
DROP TABLE console.kept;
"""


def upgrade() -> None:
    run_script(op.get_bind(), SCRIPT)


def downgrade() -> None:
    run_script(op.get_bind(), UNDONE)
