"""Short references: what rails with little room call our payments, each once for ever.

Revision ID: 0012
"""

from alembic import op

from cct_engine.database.migration import run_script

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

SCRIPT = """
-- NPCI has 13 characters, NACHA 15, CNAB 240 has 20, SPEI 29: one reference for all of them, from a
-- table and not from a cut hash, so that two payments never share one.
CREATE TABLE bank.short_reference (
    reference     text PRIMARY KEY CHECK (reference ~ '^[A-Z0-9]{1,13}$'),
    instruction_id bigint NOT NULL UNIQUE,
    value_on      date NOT NULL,
    instruction_text text NOT NULL UNIQUE,
    file_id       bigint NOT NULL REFERENCES bank.file
);
CREATE INDEX short_reference_of_file ON bank.short_reference (file_id);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON bank.short_reference
    FOR EACH STATEMENT EXECUTE FUNCTION bank.refuse_change();
GRANT SELECT ON bank.short_reference TO cct_app, cct_auditor;
GRANT INSERT ON bank.short_reference TO cct_app;
"""


def upgrade() -> None:
    run_script(op.get_bind(), SCRIPT)


def downgrade() -> None:
    run_script(op.get_bind(), "DROP TABLE bank.short_reference")
