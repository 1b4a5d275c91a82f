"""Masked contacts: an auditor sees that many families share a telephone, never the number.

Revision ID: 0010
"""

from alembic import op

from cct_engine.database.migration import run_script

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

VIEW = """
CREATE VIEW identity.person_contact_masked AS
    SELECT person_id, kind, token, valid_from, valid_to, known_from, known_to, source_id, act_id
    FROM identity.person_contact;
GRANT SELECT ON identity.person_contact_masked TO cct_app, cct_auditor;
GRANT SELECT ON identity.person_name_masked, identity.person_identifier_masked,
    identity.account_number_masked TO cct_app;
"""


def upgrade() -> None:
    run_script(op.get_bind(), VIEW)


def downgrade() -> None:
    run_script(op.get_bind(), "DROP VIEW identity.person_contact_masked")
