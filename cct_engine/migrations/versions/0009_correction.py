"""Corrections: what late evidence changes in cycles that are closed, and what becomes of it.

A closed cycle is never edited. The cycle that comes next replays the months that were touched and
keeps, line by line, what was recorded and what is right, and the states a ladder would have had.

Revision ID: 0009
"""

from alembic import op

from cct_engine.database.migration import run_script

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_KEY = """
    component     text NOT NULL,
    person_id     bigint NOT NULL,
    pregnancy_id  bigint NOT NULL,
    for_period    date NOT NULL,"""

TABLES = f"""
-- One row per cycle whose cut-off brought corrections of earlier cycles to light, or none.
CREATE TABLE cycle.correction (
    cycle_id      integer PRIMARY KEY REFERENCES cycle.cycle,
    programme_id  integer NOT NULL,
    known_until   timestamptz NOT NULL,      -- the cut-off up to which earlier cycles are right now
    first_period  date,                      -- the oldest month looked at; null: none is open
    cycle_count   integer NOT NULL,          -- earlier cycles looked at
    household_count integer NOT NULL,        -- households replayed
    digest        text NOT NULL,             -- SHA-256 of lines, holds and states, as text
    found_by      integer NOT NULL,
    found_at      timestamptz NOT NULL
);

-- Who was replayed, and from which month on. Later months of the household were replayed as well.
CREATE TABLE cycle.corrected_household (
    cycle_id      integer NOT NULL REFERENCES cycle.correction DEFERRABLE INITIALLY DEFERRED,
    household_id  bigint NOT NULL,
    programme_id  integer NOT NULL,
    from_month    integer NOT NULL,          -- year * 12 + month - 1
    found_month   integer NOT NULL,          -- the month of the correcting cycle, not replayed
    PRIMARY KEY (cycle_id, household_id),
    CHECK (from_month < found_month)
);
CREATE INDEX corrected_by_household ON cycle.corrected_household (household_id);

-- What a line of an earlier cycle should have been (payable, held and withheld together; what was
-- lapsed is off) and what becomes of the difference. Amounts are minor units.
CREATE TABLE cycle.correction_line (
    cycle_id      integer NOT NULL REFERENCES cycle.correction DEFERRABLE INITIALLY DEFERRED,
    household_id  bigint NOT NULL,
    corrected_cycle_id integer NOT NULL REFERENCES cycle.cycle,{_KEY}
    before_minor  bigint NOT NULL,
    after_minor   bigint NOT NULL,
    arrears_minor bigint NOT NULL,           -- to be paid late; below zero: arrears still open are less
    set_off_minor bigint NOT NULL CHECK (set_off_minor >= 0),          -- owed late, and owed back: even
    recoverable_minor bigint NOT NULL CHECK (recoverable_minor >= 0),  -- was paid, to be taken back
    hold_cancelled_minor bigint NOT NULL CHECK (hold_cancelled_minor >= 0),  -- was held, never comes
    netted_minor  bigint NOT NULL,           -- against other lines of the same household and cycle
    PRIMARY KEY (cycle_id, household_id, corrected_cycle_id, component, person_id, pregnancy_id,
                 for_period),
    CHECK (after_minor - before_minor
           = arrears_minor + set_off_minor - recoverable_minor - hold_cancelled_minor + netted_minor)
);
CREATE INDEX correction_line_by_household ON cycle.correction_line (household_id);

-- Money held or withheld that a correction ends: it was never due.
CREATE TABLE cycle.correction_hold (
    cycle_id      integer NOT NULL REFERENCES cycle.correction DEFERRABLE INITIALLY DEFERRED,
    household_id  bigint NOT NULL,{_KEY}
    kind          text NOT NULL CHECK (kind IN ('held', 'withheld')),
    reason_code   text NOT NULL,
    amount_minor  bigint NOT NULL CHECK (amount_minor > 0),
    PRIMARY KEY (cycle_id, household_id, component, person_id, pregnancy_id, for_period, kind,
                 reason_code)
);

-- The rows of effect_state as the replay gives them. They stand in place of all rows of that
-- household and month that were stored before.
CREATE TABLE cycle.corrected_state (
    cycle_id      integer NOT NULL REFERENCES cycle.correction DEFERRABLE INITIALLY DEFERRED,
    household_id  bigint NOT NULL,
    ladder        text NOT NULL,
    subject_id    bigint NOT NULL,
    cycle_month   integer NOT NULL,
    state         text NOT NULL,
    since_month   integer,
    until_month   integer,
    last_effect_month  integer,
    phase_since_month  integer,
    counter_1     bigint NOT NULL,
    counter_2     bigint NOT NULL,
    counter_3     bigint NOT NULL,
    shows         text NOT NULL,
    breach        smallint NOT NULL,
    judged        smallint NOT NULL,
    caused_by     text NOT NULL,
    PRIMARY KEY (cycle_id, household_id, cycle_month, ladder, subject_id)
);

-- What became known since a cut-off. Rows come in the order of knowing, so that a summary of pages
-- is enough; what was closed since is few.
CREATE INDEX fact_known_from ON compliance.fact USING brin (known_from);
CREATE INDEX fact_closed ON compliance.fact (known_to) WHERE known_to < 'infinity';
CREATE INDEX profile_known_from ON registry.household_profile USING brin (known_from);
CREATE INDEX profile_closed ON registry.household_profile (known_to) WHERE known_to < 'infinity';
CREATE INDEX membership_known_from ON registry.membership USING brin (known_from);
CREATE INDEX membership_closed ON registry.membership (known_to) WHERE known_to < 'infinity';
CREATE INDEX vitals_known_from ON registry.person_vitals USING brin (known_from);
CREATE INDEX vitals_closed ON registry.person_vitals (known_to) WHERE known_to < 'infinity';
CREATE INDEX person_known_from ON registry.person_profile USING brin (known_from);
CREATE INDEX person_closed ON registry.person_profile (known_to) WHERE known_to < 'infinity';
CREATE INDEX enrolment_known_from ON registry.enrolment USING brin (known_from);
CREATE INDEX enrolment_closed ON registry.enrolment (known_to) WHERE known_to < 'infinity';

GRANT SELECT ON cycle.correction, cycle.corrected_household, cycle.correction_line,
    cycle.correction_hold, cycle.corrected_state TO cct_app, cct_auditor;
GRANT INSERT ON cycle.correction, cycle.corrected_household, cycle.correction_line,
    cycle.correction_hold, cycle.corrected_state TO cct_app;
"""

UNDONE = """
DROP TABLE cycle.corrected_state, cycle.correction_hold, cycle.correction_line,
    cycle.corrected_household, cycle.correction;
DROP INDEX compliance.fact_known_from, compliance.fact_closed, registry.profile_known_from,
    registry.profile_closed, registry.membership_known_from, registry.membership_closed,
    registry.vitals_known_from, registry.vitals_closed, registry.person_known_from,
    registry.person_closed, registry.enrolment_known_from, registry.enrolment_closed;
"""


def upgrade() -> None:
    run_script(op.get_bind(), TABLES)


def downgrade() -> None:
    run_script(op.get_bind(), UNDONE)
