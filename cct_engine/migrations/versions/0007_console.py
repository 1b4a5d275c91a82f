"""The console: passwords, sessions that can be revoked, and work that outlives its page.

Revision ID: 0007
"""

from alembic import op

from cct_engine.database.migration import run_script

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TABLES = """
-- A role of centre staff holds for one centre; null: every centre.
ALTER TABLE people.role_grant ADD COLUMN centre_id integer;
ALTER TABLE people.role_grant DROP CONSTRAINT role_grant_officer_id_role_programme_granted_at_key;
ALTER TABLE people.role_grant ADD CONSTRAINT granted_once
    UNIQUE NULLS NOT DISTINCT (officer_id, role, programme, centre_id, granted_at);

CREATE TABLE people.password (
    officer_id   integer PRIMARY KEY REFERENCES people.officer,
    hash         text NOT NULL CHECK (hash ^@ '$argon2id$'),
    set_at       timestamptz NOT NULL,
    set_by       integer NOT NULL REFERENCES people.officer,
    failed_count integer NOT NULL DEFAULT 0 CHECK (failed_count >= 0),
    locked_until timestamptz
);

-- The cookie holds the token; here is only its digest, so that a copy of the database opens nothing.
CREATE TABLE people.session (
    token_digest text PRIMARY KEY CHECK (token_digest ~ '^[0-9a-f]{64}$'),
    session_id   integer NOT NULL UNIQUE,    -- max + 1; how people name it
    officer_id   integer NOT NULL REFERENCES people.officer,
    opened_at    timestamptz NOT NULL,
    seen_at      timestamptz NOT NULL,
    ends_at      timestamptz NOT NULL,       -- the absolute limit
    idle_minutes integer NOT NULL CHECK (idle_minutes > 0),
    ended_at     timestamptz,
    ended_by     integer REFERENCES people.officer,
    device       text NOT NULL DEFAULT '',   -- what the browser calls itself, cut
    CHECK (opened_at < ends_at)
);
CREATE INDEX session_of_officer ON people.session (officer_id) WHERE ended_at IS NULL;

CREATE TABLE people.preference (
    officer_id   integer PRIMARY KEY REFERENCES people.officer,
    language     text NOT NULL DEFAULT 'en' CHECK (language IN ('en', 'hi', 'pt', 'es')),
    theme        text NOT NULL DEFAULT 'auto' CHECK (theme IN ('auto', 'light', 'dark')),
    single_keys  boolean NOT NULL DEFAULT true
);

GRANT SELECT ON people.preference TO cct_app, cct_auditor;
GRANT SELECT ON people.password, people.session TO cct_app;
GRANT INSERT, UPDATE ON people.password, people.session, people.preference TO cct_app;

CREATE SCHEMA console;

-- Work under way: it goes on when its page is closed, and says where it stopped when it is killed.
CREATE TABLE console.job (
    job_id       integer PRIMARY KEY,        -- max + 1
    verb         text NOT NULL,
    subject      text NOT NULL,
    officer_id   integer NOT NULL REFERENCES people.officer,
    started_at   timestamptz NOT NULL,
    told_at      timestamptz NOT NULL,       -- when the worker last said how far it is
    what         text NOT NULL DEFAULT '',
    done_count   bigint NOT NULL DEFAULT 0,
    total_count  bigint NOT NULL DEFAULT 0,  -- 0: not known
    state        text NOT NULL DEFAULT 'running'
                   CHECK (state IN ('running', 'done', 'refused', 'failed', 'interrupted')),
    ended_at     timestamptz,
    sentence     text NOT NULL DEFAULT '',
    CHECK ((state = 'running') = (ended_at IS NULL))
);
CREATE UNIQUE INDEX running_once ON console.job (verb, subject) WHERE state = 'running';

-- A form that was sent: sent again it gets the first answer.
CREATE TABLE console.sent_form (
    once         text PRIMARY KEY CHECK (length(once) BETWEEN 16 AND 64),
    officer_id   integer NOT NULL REFERENCES people.officer,
    path         text NOT NULL,
    digest       text NOT NULL,              -- of the fields, without passwords
    sent_at      timestamptz NOT NULL,
    location     text,                       -- null: not answered yet, or refused
    status       integer
);

-- Who took a line of the suspense queue.
CREATE TABLE console.taken (
    item_id      bigint PRIMARY KEY,
    officer_id   integer NOT NULL REFERENCES people.officer,
    taken_at     timestamptz NOT NULL
);

-- What was looked up by name or phone, under a word that means nothing outside the session.
CREATE TABLE console.lookup (
    code         text PRIMARY KEY,
    session_id   integer NOT NULL,
    made_at      timestamptz NOT NULL,
    household_ids bigint[] NOT NULL
);

-- The ten cases of an approval sheet that a signer opened.
CREATE TABLE console.opened_case (
    cycle_id     integer NOT NULL,
    household_id bigint NOT NULL,
    officer_id   integer NOT NULL REFERENCES people.officer,
    opened_at    timestamptz NOT NULL,
    PRIMARY KEY (cycle_id, household_id, officer_id)
);

GRANT USAGE ON SCHEMA console TO cct_app, cct_auditor;
GRANT SELECT ON console.job, console.taken, console.opened_case TO cct_auditor;
GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA console TO cct_app;
GRANT DELETE ON console.lookup, console.sent_form, console.taken TO cct_app;
"""

UNDO = """
DROP SCHEMA console CASCADE;
DROP TABLE people.preference, people.session, people.password;
ALTER TABLE people.role_grant DROP CONSTRAINT granted_once;
ALTER TABLE people.role_grant DROP COLUMN centre_id;
ALTER TABLE people.role_grant ADD CONSTRAINT role_grant_officer_id_role_programme_granted_at_key
    UNIQUE NULLS NOT DISTINCT (officer_id, role, programme, granted_at);
"""


def upgrade() -> None:
    run_script(op.get_bind(), TABLES)


def downgrade() -> None:
    run_script(op.get_bind(), UNDO)
