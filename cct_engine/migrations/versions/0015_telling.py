"""Telling: mails to officers when something waits, messages to families, and the schedule's pulse.

Revision ID: 0015
"""

from alembic import op

from cct_engine.database.migration import run_script

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

TABLES = """
-- Where an officer is written to. The auditor does not read it: an address is a person's.
CREATE TABLE people.mailbox (
    officer_id   integer PRIMARY KEY REFERENCES people.officer,
    address      text NOT NULL CHECK (length(address) <= 254
                   AND address ~ '^[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+([.][A-Za-z0-9-]+)*$'),
    set_at       timestamptz NOT NULL,
    set_by       integer NOT NULL REFERENCES people.officer
);
GRANT SELECT, INSERT, UPDATE, DELETE ON people.mailbox TO cct_app;

CREATE SCHEMA notice;

-- One mail for one officer about one thing: the key is the guard against a second one.
CREATE TABLE notice.mail (
    officer_id   integer NOT NULL REFERENCES people.officer,
    kind         text NOT NULL CHECK (kind IN
                   ('sign', 'release', 'exceptions', 'override', 'suspense', 'late', 'break_glass')),
    about        text NOT NULL CHECK (about ~ '^[A-Za-z0-9._:/-]{1,120}$'),
    facts        jsonb NOT NULL,             -- codes, counts, days: what the words are filled with
    raised_at    timestamptz NOT NULL,
    tried_at     timestamptz,                -- a sender took it then
    tried_count  integer NOT NULL DEFAULT 0,
    sent_at      timestamptz,                -- a mail server took it over
    withdrawn_at timestamptz,                -- what waited was done before the mail went
    PRIMARY KEY (officer_id, kind, about),
    CHECK (sent_at IS NULL OR tried_count > 0),
    CHECK (sent_at IS NULL OR withdrawn_at IS NULL)
);
CREATE INDEX mail_waiting ON notice.mail (raised_at) WHERE sent_at IS NULL AND withdrawn_at IS NULL;

CREATE FUNCTION notice.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%.%: what was sent stays as it is: % refused', TG_TABLE_SCHEMA, TG_TABLE_NAME, TG_OP
        USING ERRCODE = '23514';
END $$;
CREATE TRIGGER sent_once BEFORE UPDATE ON notice.mail FOR EACH ROW
    WHEN (OLD.sent_at IS NOT NULL
          OR (NEW.officer_id, NEW.kind, NEW.about, NEW.facts, NEW.raised_at)
             IS DISTINCT FROM (OLD.officer_id, OLD.kind, OLD.about, OLD.facts, OLD.raised_at))
    EXECUTE FUNCTION notice.refuse_change();

-- Whether and how a family wants to be written to. The newest row holds; nothing is overwritten.
CREATE TABLE notice.choice (
    household_id bigint NOT NULL,
    chosen_at    timestamptz NOT NULL,
    agreed       boolean NOT NULL,
    language     text NOT NULL CHECK (language IN ('en', 'hi', 'pt', 'es')),
    act_id       bigint NOT NULL REFERENCES people.act,
    PRIMARY KEY (household_id, chosen_at)
);

-- The messages of one cycle in one language, as one file for the gateway.
CREATE TABLE notice.file (
    cycle_id     integer NOT NULL,
    language     text NOT NULL CHECK (language IN ('en', 'hi', 'pt', 'es')),
    message_count integer NOT NULL CHECK (message_count > 0),
    segment_count integer NOT NULL CHECK (segment_count >= message_count),
    shortened_count integer NOT NULL CHECK (shortened_count BETWEEN 0 AND message_count),
    sha256       text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    made_at      timestamptz NOT NULL,
    act_id       bigint NOT NULL REFERENCES people.act,
    PRIMARY KEY (cycle_id, language)
);

CREATE FUNCTION notice.append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%.% is append-only: % refused', TG_TABLE_SCHEMA, TG_TABLE_NAME, TG_OP
        USING ERRCODE = '23514';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON notice.choice
    FOR EACH STATEMENT EXECUTE FUNCTION notice.append_only();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON notice.file
    FOR EACH STATEMENT EXECUTE FUNCTION notice.append_only();

GRANT USAGE ON SCHEMA notice TO cct_app, cct_auditor;
GRANT SELECT ON ALL TABLES IN SCHEMA notice TO cct_app, cct_auditor;
GRANT INSERT, UPDATE ON notice.mail TO cct_app;
GRANT INSERT ON notice.choice, notice.file TO cct_app;

-- The schedule lives: each scheduler says so every few seconds, and when it last rang through.
CREATE SCHEMA schedule;
CREATE TABLE schedule.pulse (
    scheduler    text PRIMARY KEY CHECK (length(scheduler) BETWEEN 1 AND 120),  -- machine and process
    began_at     timestamptz NOT NULL,
    beat_at      timestamptz NOT NULL,
    rang_at      timestamptz,                -- end of the newest ring that came through
    stopped_at   timestamptz                 -- it was told to stop, and did
);
GRANT USAGE ON SCHEMA schedule TO cct_app, cct_auditor;
GRANT SELECT ON schedule.pulse TO cct_app, cct_auditor;
GRANT INSERT, UPDATE, DELETE ON schedule.pulse TO cct_app;
"""

UNDO = """
DROP SCHEMA schedule CASCADE;
DROP SCHEMA notice CASCADE;
DROP TABLE people.mailbox;
"""


def upgrade() -> None:
    run_script(op.get_bind(), TABLES)


def downgrade() -> None:
    run_script(op.get_bind(), UNDO)
