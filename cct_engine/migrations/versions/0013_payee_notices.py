"""What a bank says of a payee's account: another one was credited, or it should be changed.

Revision ID: 0013
"""

from alembic import op

from cct_engine.database.migration import run_script

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

SCRIPT = """
-- The account a message names as the payee's, as a token: to compare, never to read.
ALTER TABLE recon.event ADD COLUMN creditor_token text;

-- Money does not move by these; somebody must look at the payee's account.
CREATE TABLE recon.payee_notice (
    inbox_file_id integer NOT NULL REFERENCES recon.inbox_file,
    position      bigint NOT NULL,
    instruction_id bigint NOT NULL,
    value_on      date NOT NULL,             -- of the instruction
    kind          text NOT NULL CHECK (kind IN ('another_account', 'account_corrected')),
    reason_list   text NOT NULL DEFAULT '',
    reason        text NOT NULL DEFAULT '',
    told_at       timestamptz NOT NULL,
    PRIMARY KEY (inbox_file_id, position, kind)
);
CREATE INDEX payee_notice_of_instruction ON recon.payee_notice (instruction_id);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON recon.payee_notice
    FOR EACH STATEMENT EXECUTE FUNCTION recon.refuse_change();
GRANT SELECT ON recon.payee_notice TO cct_app, cct_auditor;
GRANT INSERT ON recon.payee_notice TO cct_app;
"""

UNDO = """
DROP TABLE recon.payee_notice;
ALTER TABLE recon.event DROP COLUMN creditor_token;
"""


def upgrade() -> None:
    run_script(op.get_bind(), SCRIPT)


def downgrade() -> None:
    run_script(op.get_bind(), UNDO)
