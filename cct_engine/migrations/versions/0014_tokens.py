"""Tokens of clients of the API, and the keys that make a repeated request harmless.

Revision ID: 0014
"""

from alembic import op

from cct_engine.database.migration import run_script

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

SCRIPT = """
-- The client holds the token; here is only its digest, so that a copy of the database opens nothing.
CREATE TABLE people.token (
    token_digest text PRIMARY KEY CHECK (token_digest ~ '^[0-9a-f]{64}$'),
    token_id     integer NOT NULL UNIQUE,    -- max + 1; how people name it
    client       text NOT NULL CHECK (client ~ '^[a-z][a-z0-9._-]{1,39}$'),
    officer_id   integer NOT NULL REFERENCES people.officer CHECK (officer_id > 2),
    scopes       text[] NOT NULL CHECK (
                   cardinality(scopes) > 0 AND scopes <@ ARRAY['read', 'households', 'prepare',
                   'exceptions', 'sign', 'release', 'bank', 'feeds']),
    granted_at   timestamptz NOT NULL,
    granted_by   integer NOT NULL REFERENCES people.officer,
    ends_at      timestamptz NOT NULL,
    ended_at     timestamptz,
    ended_by     integer REFERENCES people.officer,
    CHECK (granted_at < ends_at),
    CHECK (granted_by <> officer_id)         -- nobody grants one to themselves
);
CREATE INDEX token_of_officer ON people.token (officer_id) WHERE ended_at IS NULL;

GRANT SELECT, INSERT ON people.token TO cct_app;
GRANT UPDATE (ended_at, ended_by) ON people.token TO cct_app;
GRANT SELECT (token_id, client, officer_id, scopes, granted_at, granted_by, ends_at, ended_at,
    ended_by) ON people.token TO cct_auditor;

CREATE SCHEMA api;

-- A request that changes something: sent again with its key, it gets the first answer.
CREATE TABLE api.request (
    token_id     integer NOT NULL,
    key          text NOT NULL CHECK (length(key) BETWEEN 8 AND 64),
    digest       text NOT NULL,              -- of the method, the address and the body
    sent_at      timestamptz NOT NULL,
    job_id       integer,                    -- the work it started; written with the job itself
    status       integer,                    -- null: under way; then the job says how far it is
    answer       json,                       -- json, not jsonb: the same bytes again
    PRIMARY KEY (token_id, key)
);
CREATE INDEX request_by_age ON api.request (sent_at);

GRANT USAGE ON SCHEMA api TO cct_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON api.request TO cct_app;
"""

UNDO = """
DROP SCHEMA api CASCADE;
DROP TABLE people.token;
"""


def upgrade() -> None:
    run_script(op.get_bind(), SCRIPT)


def downgrade() -> None:
    run_script(op.get_bind(), UNDO)
