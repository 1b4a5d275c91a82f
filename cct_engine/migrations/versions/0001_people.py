"""People: officers, roles, and the chained record of every act.

Revision ID: 0001
"""

from alembic import op

from cct_engine.database.migration import run_script

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = """
CREATE EXTENSION IF NOT EXISTS btree_gist;
CREATE SCHEMA people;

CREATE TABLE people.officer (
    officer_id   integer PRIMARY KEY,
    login        text NOT NULL UNIQUE CHECK (login ~ '^[a-z][a-z0-9._-]{1,39}$'),
    created_at   timestamptz NOT NULL,
    disabled_at  timestamptz
);

-- Two that are no persons: the engine itself, and the bank whose message is the evidence.
INSERT INTO people.officer (officer_id, login, created_at) VALUES
    (1, 'engine', '2000-01-01 00:00:00+00'), (2, 'bank', '2000-01-01 00:00:00+00');

CREATE TABLE people.role_grant (
    officer_id   integer NOT NULL REFERENCES people.officer,
    role         text NOT NULL CHECK (role IN (
                   'maker', 'checker', 'releaser', 'bank_liaison', 'auditor', 'analyst',
                   'case_worker', 'adjudicator', 'centre_staff', 'administrator')),
    programme    text,  -- null: every programme
    granted_at   timestamptz NOT NULL,
    revoked_at   timestamptz,
    UNIQUE NULLS NOT DISTINCT (officer_id, role, programme, granted_at)
);

-- Append-only and chained: each act carries the digest of the one before.
CREATE TABLE people.act (
    act_id       bigint PRIMARY KEY,
    at           timestamptz NOT NULL,
    officer_id   integer NOT NULL REFERENCES people.officer,
    verb         text NOT NULL,
    subject      text NOT NULL,
    outcome      text NOT NULL CHECK (outcome IN ('done', 'refused')),
    detail       jsonb NOT NULL DEFAULT '{}',
    purpose_code text,
    centre_id    integer,
    previous     text NOT NULL UNIQUE,
    digest       text NOT NULL UNIQUE
);

CREATE FUNCTION people.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%.% is append-only: % refused', TG_TABLE_SCHEMA, TG_TABLE_NAME, TG_OP
        USING ERRCODE = '23514';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON people.act
    FOR EACH STATEMENT EXECUTE FUNCTION people.refuse_change();

GRANT SELECT ON public.alembic_version TO cct_app, cct_auditor;
GRANT USAGE ON SCHEMA people TO cct_app, cct_auditor;
GRANT SELECT ON ALL TABLES IN SCHEMA people TO cct_app, cct_auditor;
GRANT INSERT, UPDATE ON people.officer, people.role_grant TO cct_app;
GRANT INSERT ON people.act TO cct_app;
"""


def upgrade() -> None:
    run_script(op.get_bind(), TABLES)


def downgrade() -> None:
    run_script(op.get_bind(), "DROP SCHEMA people CASCADE")
