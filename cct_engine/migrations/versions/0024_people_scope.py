"""Tokens that may add officers and grant roles: a scope of its own.

Revision ID: 0024
"""

from alembic import op

from cct_engine.database.migration import run_script

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

SCRIPT = """
ALTER TABLE people.token DROP CONSTRAINT token_scopes_check, ADD CONSTRAINT token_scopes_check CHECK (
    cardinality(scopes) > 0 AND scopes <@ ARRAY['read', 'households', 'prepare', 'exceptions',
    'sign', 'release', 'bank', 'feeds', 'people']);
"""

UNDO = """
DELETE FROM people.token WHERE 'people' = ANY(scopes);
ALTER TABLE people.token DROP CONSTRAINT token_scopes_check, ADD CONSTRAINT token_scopes_check CHECK (
    cardinality(scopes) > 0 AND scopes <@ ARRAY['read', 'households', 'prepare', 'exceptions',
    'sign', 'release', 'bank', 'feeds']);
"""


def upgrade() -> None:
    run_script(op.get_bind(), SCRIPT)


def downgrade() -> None:
    run_script(op.get_bind(), UNDO)
