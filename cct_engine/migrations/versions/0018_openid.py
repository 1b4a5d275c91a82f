"""Sign-in by an OpenID provider: bound accounts, sign-ins under way, proofs for one signature.

Revision ID: 0018
"""

from alembic import op

from cct_engine.database.migration import run_script

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

SCRIPT = """
-- Whose account at the provider is which officer: one of each, and only its digest is kept.
CREATE TABLE people.openid_subject (
    subject_digest text PRIMARY KEY CHECK (subject_digest ~ '^[0-9a-f]{64}$'),
    officer_id     integer NOT NULL UNIQUE REFERENCES people.officer CHECK (officer_id > 2),
    bound_at       timestamptz NOT NULL,
    bound_by       integer NOT NULL REFERENCES people.officer
);

-- A browser that was sent to the provider and has not come back; it comes back once.
CREATE TABLE people.openid_attempt (
    state_digest   text PRIMARY KEY CHECK (state_digest ~ '^[0-9a-f]{64}$'),
    browser_digest text NOT NULL CHECK (browser_digest ~ '^[0-9a-f]{64}$'),
    session_id     integer REFERENCES people.session (session_id),  -- null: to sign in
    subject        text NOT NULL DEFAULT '',   -- what is to be signed
    target         text NOT NULL,              -- where it leads, an address of ours
    begun_at       timestamptz NOT NULL,
    ends_at        timestamptz NOT NULL,
    answered_at    timestamptz,
    CHECK ((session_id IS NULL) = (subject = '')),
    CHECK (begun_at < ends_at)
);
CREATE INDEX openid_attempt_ends ON people.openid_attempt (ends_at);

-- An officer proved again who they are, for one signature under one list.
CREATE TABLE people.fresh_proof (
    session_id     integer NOT NULL REFERENCES people.session (session_id),
    subject        text NOT NULL CHECK (subject <> ''),
    proved_at      timestamptz NOT NULL,
    ends_at        timestamptz NOT NULL,
    spent_at       timestamptz,
    PRIMARY KEY (session_id, subject, proved_at),
    CHECK (proved_at < ends_at)
);

ALTER TABLE people.session
    ADD COLUMN opened_by text NOT NULL DEFAULT 'password'
        CHECK (opened_by IN ('password', 'openid')),
    ADD COLUMN role_limit text[];              -- null: every role the officer has

GRANT SELECT, INSERT, DELETE ON people.openid_subject TO cct_app;
GRANT SELECT ON people.openid_subject, people.fresh_proof TO cct_auditor;
GRANT SELECT, INSERT, UPDATE, DELETE ON people.openid_attempt TO cct_app;
GRANT SELECT, INSERT, UPDATE ON people.fresh_proof TO cct_app;
"""

UNDO = """
ALTER TABLE people.session DROP COLUMN opened_by, DROP COLUMN role_limit;
DROP TABLE people.fresh_proof, people.openid_attempt, people.openid_subject;
"""


def upgrade() -> None:
    run_script(op.get_bind(), SCRIPT)


def downgrade() -> None:
    run_script(op.get_bind(), UNDO)
