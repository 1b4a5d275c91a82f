"""Compliance: what schools and clinics reported, and what excuses it.

Revision ID: 0003
"""

from alembic import op

from cct_engine.database.migration import run_script

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

PROVENANCE = """
    source_id    integer NOT NULL,
    collected_on date NOT NULL,
    basis        text NOT NULL CHECK (basis IN ('declared', 'document_seen', 'visited', 'register_match', 'imputed')),
    act_id       bigint NOT NULL,
    submission_id uuid"""
KNOWN = f"""
    known_from   timestamptz NOT NULL,
    known_to     timestamptz NOT NULL DEFAULT 'infinity',{PROVENANCE},
    CHECK (known_from <= known_to)"""

TABLES = """
CREATE SCHEMA compliance;

CREATE TABLE compliance.facility (
    facility_id  integer PRIMARY KEY CHECK (facility_id > 0),  -- a fact's facility 0: none was named
    code         text NOT NULL UNIQUE,
    kind         text NOT NULL CHECK (kind IN ('school', 'clinic', 'other')),
    title        text NOT NULL,
    area_id      integer REFERENCES registry.area,
    valid_from   date NOT NULL,
    valid_to     date NOT NULL DEFAULT 'infinity',
    act_id       bigint NOT NULL,
    CHECK (valid_from < valid_to)
);

-- What facts are about. ratio: parts and wholes are summed over a window; count and sum: numerators;
-- date: the latest, as days since 1970-01-01.
CREATE TABLE compliance.fact_kind (
    kind_id      smallint PRIMARY KEY,
    code         text NOT NULL UNIQUE,
    subject      text NOT NULL CHECK (subject IN ('person', 'household', 'pregnancy')),
    measure      text NOT NULL CHECK (measure IN ('ratio', 'count', 'sum', 'date'))
);

-- Integers only; a percentage is never stored. A child who changed school has one fact from each,
-- and readers add them up. A corrected report is a new row; the old one is closed, not changed.
-- known_to in the key: one current fact per subject, kind, window and facility.
CREATE TABLE compliance.fact (
    subject_id   bigint NOT NULL,            -- of the kind's subject
    kind_id      smallint NOT NULL,
    window_start date NOT NULL,
    window_end   date NOT NULL,              -- the first day after the window
    facility_id  integer NOT NULL,
    numerator    integer NOT NULL,
    denominator  integer NOT NULL CHECK (denominator >= 0),  -- 0: nothing to report, no information
    status       text CHECK (status IN ('met', 'not_met', 'no_info', 'exempt')),  -- where the source judges itself
    reason_code  text NOT NULL DEFAULT '',
    source_row   integer NOT NULL,           -- in the file of the act
    {KNOWN},
    PRIMARY KEY (subject_id, kind_id, window_start, window_end, facility_id, known_to),
    CHECK (window_start < window_end)
) PARTITION BY RANGE (window_start);

-- A facility or area on the supply side: nobody can be blamed for what it could not offer.
CREATE TABLE compliance.waiver (
    waiver_id    bigint NOT NULL,
    kind_id      smallint REFERENCES compliance.fact_kind,    -- null: every kind
    facility_id  integer REFERENCES compliance.facility,
    area_id      integer REFERENCES registry.area,
    reason_code  text NOT NULL,
    valid_from   date NOT NULL,
    valid_to     date NOT NULL,
    {KNOWN},
    PRIMARY KEY (waiver_id, known_to),
    CHECK (valid_from < valid_to),
    CHECK (num_nonnulls(facility_id, area_id) = 1)
);

-- A reason accepted afterwards for what a fact reports.
CREATE TABLE compliance.justification (
    justification_id bigint NOT NULL,
    subject_id   bigint NOT NULL,
    kind_id      smallint NOT NULL REFERENCES compliance.fact_kind,
    window_start date NOT NULL,
    reason_code  text NOT NULL,
    evidence     text NOT NULL DEFAULT '',   -- a document number, never its content
    {KNOWN},
    PRIMARY KEY (justification_id, known_to)
);
CREATE INDEX justification_by_subject ON compliance.justification (subject_id, kind_id);

-- A dated decision about one family: effects interrupted, verdicts annulled, a notice given.
CREATE TABLE compliance.case_action (
    case_action_id bigint NOT NULL,
    programme_id integer REFERENCES registry.programme,       -- null: every programme
    household_id bigint NOT NULL,
    subject_id   bigint NOT NULL DEFAULT 0,  -- 0: the household
    code         text NOT NULL,
    on_date      date NOT NULL,
    from_period  date NOT NULL,              -- first cycle month in force
    until_period date,                       -- last cycle month in force; null: open
    for_period   date,                       -- annul: the cycle month whose verdicts never happened
    detail       text NOT NULL DEFAULT '',   -- annul: the condition; '' for all
    officer_id   integer NOT NULL REFERENCES people.officer,
    {KNOWN},
    PRIMARY KEY (case_action_id, known_to)
);
CREATE INDEX case_action_by_household ON compliance.case_action (household_id);

-- Which facility spoke for which window, by which file. An exceptions-only feed has a row here and
-- none in fact where all is well.
CREATE TABLE compliance.coverage (
    kind_id      smallint NOT NULL REFERENCES compliance.fact_kind,
    window_start date NOT NULL,
    facility_id  integer NOT NULL,
    act_id       bigint NOT NULL REFERENCES people.act,  -- the intake of the file
    row_count    integer NOT NULL,           -- rows of the file that were not rejected
    PRIMARY KEY (kind_id, window_start, facility_id, act_id)
);

SELECT registry.guard(ARRAY['compliance.fact', 'compliance.waiver', 'compliance.justification',
                            'compliance.case_action', 'compliance.coverage']);

-- The app may not make tables; it may ask for the partition of a month.
CREATE FUNCTION compliance.open_month(day date) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = compliance, pg_temp AS $$
DECLARE first date := date_trunc('month', day)::date; name text := 'fact_' || to_char(first, 'YYYYMM');
BEGIN
    IF to_regclass(format('compliance.%I', name)) IS NOT NULL THEN
        RETURN;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('compliance.open_month'));
    EXECUTE format('CREATE TABLE IF NOT EXISTS compliance.%I PARTITION OF compliance.fact FOR VALUES FROM (%L) TO (%L)',
                   name, first, (first + interval '1 month')::date);
    EXECUTE format('CREATE OR REPLACE TRIGGER never_emptied BEFORE TRUNCATE ON compliance.%I
                    FOR EACH STATEMENT EXECUTE FUNCTION registry.refuse_change()', name);
END $$;

REVOKE EXECUTE ON FUNCTION compliance.open_month(date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION compliance.open_month(date) TO cct_app;
GRANT USAGE ON SCHEMA compliance TO cct_app, cct_auditor;
GRANT SELECT ON ALL TABLES IN SCHEMA compliance TO cct_app, cct_auditor;
GRANT INSERT ON ALL TABLES IN SCHEMA compliance TO cct_app;
GRANT UPDATE (known_to) ON compliance.fact, compliance.waiver, compliance.justification, compliance.case_action TO cct_app;
"""


def upgrade() -> None:
    script = TABLES.replace("{KNOWN}", KNOWN)
    run_script(op.get_bind(), script)


def downgrade() -> None:
    run_script(op.get_bind(), "DROP SCHEMA compliance CASCADE")
