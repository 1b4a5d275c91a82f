"""Cycles: from the opened period to the instructions that pay it.

Revision ID: 0005
"""

from alembic import op

from cct_engine.database.migration import run_script

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TABLES = """
CREATE SCHEMA cycle;

-- The text of the law as it was when a cycle used it.
CREATE TABLE cycle.programme_version (
    digest        text PRIMARY KEY,          -- SHA-256 of the rulebook file
    programme_id  integer NOT NULL,
    rulebook      text NOT NULL,
    loaded_at     timestamptz NOT NULL
);

CREATE TABLE cycle.cycle (
    cycle_id        integer PRIMARY KEY,     -- max + 1 at opening
    code            text NOT NULL UNIQUE,    -- bolsa_familia-2026-09
    programme_id    integer NOT NULL,
    fund_id         integer NOT NULL,
    period          date NOT NULL CHECK (period = date_trunc('month', period)::date),
    month_count     smallint NOT NULL CHECK (month_count BETWEEN 1 AND 12),
    currency        char(3) NOT NULL,
    state           text NOT NULL DEFAULT 'opened' CHECK (state IN ('opened', 'frozen',
                      'calculated', 'checked', 'submitted', 'approved', 'released', 'closed')),
    version         integer NOT NULL DEFAULT 1,   -- the guard of every transition
    opened_at       timestamptz NOT NULL,
    opened_by       integer NOT NULL,
    as_of_valid     date,                    -- pinned by the freeze
    as_of_known     timestamptz,
    rulebook_digest text REFERENCES cycle.programme_version,
    statement_digest text,
    value_on        date,                    -- the day the money is to be in the accounts
    list_digest     text,                    -- what is proposed for payment; the approval names it
    prepared_by     integer,
    submitted_at    timestamptz,
    approved_by     integer,
    approved_at     timestamptz,
    released_by     integer,
    released_at     timestamptz,
    closed_by       integer,
    closed_at       timestamptz,
    proof_digest    text,
    UNIQUE (programme_id, period),
    -- No one signs their own work; IS DISTINCT FROM alone would let a missing maker pass.
    CONSTRAINT checker_is_not_maker CHECK (approved_by IS NULL
        OR (prepared_by IS NOT NULL AND approved_by <> prepared_by)),
    CONSTRAINT releaser_is_neither CHECK (released_by IS NULL
        OR (approved_by IS NOT NULL AND released_by <> prepared_by AND released_by <> approved_by)),
    CONSTRAINT closer_did_not_pay CHECK (closed_by IS NULL
        OR (released_by IS NOT NULL AND closed_by <> prepared_by AND closed_by <> released_by)),
    CHECK (state = 'opened' OR (as_of_valid IS NOT NULL AND as_of_known IS NOT NULL)),
    CHECK (state NOT IN ('submitted', 'approved', 'released', 'closed')
        OR (prepared_by IS NOT NULL AND list_digest IS NOT NULL AND submitted_at IS NOT NULL)),
    CHECK (state NOT IN ('approved', 'released', 'closed')
        OR (approved_by IS NOT NULL AND approved_at IS NOT NULL)),
    CHECK (state NOT IN ('released', 'closed')
        OR (released_by IS NOT NULL AND released_at IS NOT NULL)),
    CHECK (state <> 'closed'
        OR (closed_by IS NOT NULL AND closed_at IS NOT NULL AND proof_digest IS NOT NULL))
);

CREATE TABLE cycle.snapshot (
    cycle_id      integer PRIMARY KEY REFERENCES cycle.cycle,
    folder        text NOT NULL,             -- relative to the data folder
    shard_count   integer NOT NULL,
    household_count bigint NOT NULL,
    row_counts    jsonb NOT NULL,
    digest        text NOT NULL,             -- over the manifest of all shard files
    sealed_at     timestamptz NOT NULL
);

CREATE TABLE cycle.run (
    cycle_id      integer NOT NULL REFERENCES cycle.cycle,
    number        integer NOT NULL,          -- 1, 2, … within the cycle
    folder        text NOT NULL,
    engine        text NOT NULL,
    statement     text NOT NULL,
    statement_digest text NOT NULL,
    digest        text NOT NULL,             -- over the manifest of all result files
    totals        jsonb NOT NULL,
    finished_at   timestamptz NOT NULL,
    PRIMARY KEY (cycle_id, number)
);

-- What a family is owed, line by line. Held, withheld and forfeited never share a column:
-- each line has one money state. Forfeited lines are a memo; they are not in the books.
CREATE TABLE cycle.entitlement_line (
    cycle_id      integer NOT NULL,
    household_id  bigint NOT NULL,
    line_seq      integer NOT NULL CHECK (line_seq > 0),
    source        text NOT NULL CHECK (source IN ('due', 'released', 'arrears', 'recovery', 'lapsed')),
    component     text NOT NULL,
    person_id     bigint NOT NULL DEFAULT 0,
    pregnancy_id  bigint NOT NULL DEFAULT 0,
    for_period    date NOT NULL,             -- the month the line is for
    enrolment_id  bigint NOT NULL,
    fund_id       integer NOT NULL,
    money_state   text NOT NULL CHECK (money_state IN ('payable', 'held', 'withheld', 'forfeited')),
    amount_minor  bigint NOT NULL CHECK (amount_minor <> 0),
    reason_code   text NOT NULL DEFAULT '',
    PRIMARY KEY (cycle_id, household_id, line_seq),
    UNIQUE (cycle_id, household_id, source, component, person_id, pregnancy_id, for_period,
            money_state, reason_code)
) PARTITION BY LIST (cycle_id);

-- The payable lines of a household as they were calculated, before a finding held it: its money due
-- became held, money released from an earlier hold stays held, and nothing is recovered from a family
-- that is not paid. They come back as they were when the finding is overridden or gone.
CREATE TABLE cycle.line_set_aside (
    cycle_id      integer NOT NULL REFERENCES cycle.cycle,
    household_id  bigint NOT NULL,
    line_seq      integer NOT NULL,
    source        text NOT NULL,
    component     text NOT NULL,
    person_id     bigint NOT NULL,
    pregnancy_id  bigint NOT NULL,
    for_period    date NOT NULL,
    enrolment_id  bigint NOT NULL,
    fund_id       integer NOT NULL,
    money_state   text NOT NULL CHECK (money_state = 'payable'),
    amount_minor  bigint NOT NULL,
    reason_code   text NOT NULL,
    PRIMARY KEY (cycle_id, household_id, line_seq)
);

-- One row per ladder, subject and cycle, so that a ladder can be replayed from any month.
CREATE TABLE cycle.effect_state (
    cycle_id      integer NOT NULL,
    programme_id  integer NOT NULL,
    household_id  bigint NOT NULL,
    ladder        text NOT NULL,             -- 'standing' for entry, grace and exit
    subject_id    bigint NOT NULL DEFAULT 0, -- a person's ladder; 0 for the household's
    cycle_month   integer NOT NULL,          -- year * 12 + month - 1
    state         text NOT NULL,
    since_month   integer,
    until_month   integer,
    last_effect_month  integer,
    phase_since_month  integer,
    counter_1     bigint NOT NULL DEFAULT 0,
    counter_2     bigint NOT NULL DEFAULT 0,
    counter_3     bigint NOT NULL DEFAULT 0,
    shows         text NOT NULL DEFAULT '',
    breach        smallint NOT NULL DEFAULT 0,
    judged        smallint NOT NULL DEFAULT 0,
    caused_by     text NOT NULL DEFAULT '',  -- the conditions that tripped
    PRIMARY KEY (cycle_id, household_id, ladder, subject_id)
) PARTITION BY LIST (cycle_id);

-- The household's figures of the run: what the officer's list shows and the digest covers.
CREATE TABLE cycle.household_result (
    cycle_id      integer NOT NULL,
    household_id  bigint NOT NULL,
    enrolment_id  bigint NOT NULL,
    member_count  integer NOT NULL,
    gross_minor   bigint NOT NULL,
    arrears_minor bigint NOT NULL,
    released_minor bigint NOT NULL,
    recovery_minor bigint NOT NULL,
    pay_now_minor bigint NOT NULL CHECK (pay_now_minor >= 0),
    held_minor    bigint NOT NULL CHECK (held_minor >= 0),
    withheld_minor bigint NOT NULL CHECK (withheld_minor >= 0),
    forfeited_minor bigint NOT NULL CHECK (forfeited_minor >= 0),
    standing      text NOT NULL,
    sanction_state text NOT NULL,
    payee_person_id bigint NOT NULL,         -- 0: no payee
    PRIMARY KEY (cycle_id, household_id),
    CHECK (gross_minor + arrears_minor + released_minor - recovery_minor
           = pay_now_minor + held_minor + withheld_minor + forfeited_minor)
) PARTITION BY LIST (cycle_id);

CREATE TABLE cycle.finding (
    finding_id    bigint PRIMARY KEY,
    cycle_id      integer NOT NULL REFERENCES cycle.cycle,
    code          text NOT NULL,             -- ACCOUNT_MISSING, DUPLICATE_PERSON, …
    effect        text NOT NULL CHECK (effect IN ('blocks', 'holds', 'warns')),
    household_id  bigint,                    -- null: the whole cycle
    subject_a     bigint NOT NULL DEFAULT 0,
    subject_b     bigint NOT NULL DEFAULT 0 CHECK (subject_b = 0 OR subject_a < subject_b),
    weight_milli  integer,
    model_version text NOT NULL DEFAULT '',
    evidence      jsonb NOT NULL DEFAULT '{}',
    state         text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'overridden', 'resolved', 'distinct')),
    found_at      timestamptz NOT NULL,
    UNIQUE NULLS NOT DISTINCT (cycle_id, code, household_id, subject_a, subject_b)
);

CREATE TABLE cycle.hold (
    hold_id       bigint PRIMARY KEY,
    cycle_id      integer NOT NULL REFERENCES cycle.cycle,
    household_id  bigint NOT NULL,
    person_id     bigint,
    enrolment_id  bigint,
    component     text,
    reason_kind   text NOT NULL CHECK (reason_kind IN ('finding', 'case', 'death', 'payee')),
    finding_id    bigint REFERENCES cycle.finding,
    case_id       bigint,
    from_period   date NOT NULL,
    review_by     date,
    released_in   integer REFERENCES cycle.cycle,
    released_by   integer,
    outcome       text
);

CREATE TABLE cycle.override (
    override_id   bigint PRIMARY KEY,
    finding_id    bigint NOT NULL UNIQUE REFERENCES cycle.finding,
    reason        text NOT NULL CHECK (length(btrim(reason)) >= 10),
    proposed_by   integer NOT NULL,
    proposed_at   timestamptz NOT NULL,
    confirmed_by  integer,
    confirmed_at  timestamptz,
    CHECK (confirmed_by IS NULL OR confirmed_by <> proposed_by)
);

CREATE TABLE cycle.approval (
    cycle_id      integer NOT NULL REFERENCES cycle.cycle,
    version       integer NOT NULL,          -- of the cycle, as the checker saw it
    list_digest   text NOT NULL,
    submitted_by  integer NOT NULL,
    decided_by    integer NOT NULL,
    decided_at    timestamptz NOT NULL,
    decision      text NOT NULL CHECK (decision IN ('approved', 'rejected')),
    remark        text NOT NULL DEFAULT '',
    control       jsonb NOT NULL,            -- the totals the checker saw
    PRIMARY KEY (cycle_id, version),
    CHECK (submitted_by <> decided_by)
);
CREATE UNIQUE INDEX approved_once ON cycle.approval (cycle_id) WHERE decision = 'approved';

-- The states again, so that no hand-written statement takes a way that the engine does not know.
CREATE FUNCTION cycle.refuse_unknown_transition() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.version <> OLD.version + 1 THEN
        RAISE EXCEPTION 'cycle %: version % must follow %, not %', OLD.code, OLD.version + 1, OLD.version,
            NEW.version USING ERRCODE = '23514';
    END IF;
    IF (OLD.state, NEW.state) NOT IN (('opened', 'frozen'), ('frozen', 'calculated'), ('calculated', 'checked'),
            ('checked', 'calculated'), ('checked', 'submitted'), ('submitted', 'checked'),
            ('submitted', 'approved'), ('approved', 'released'), ('released', 'closed'))
       AND (OLD.state <> NEW.state OR OLD.state = 'closed') THEN
        RAISE EXCEPTION 'cycle %: there is no way from % to %', OLD.code, OLD.state, NEW.state
            USING ERRCODE = '23514';
    END IF;
    IF NEW.state = 'approved' AND OLD.state = 'submitted' AND NOT EXISTS (
            SELECT FROM cycle.approval a WHERE a.cycle_id = NEW.cycle_id AND a.decision = 'approved'
            AND a.list_digest = OLD.list_digest AND a.decided_by = NEW.approved_by
            AND a.submitted_by = OLD.prepared_by) THEN
        RAISE EXCEPTION 'cycle %: no approval names the list that was submitted', OLD.code
            USING ERRCODE = '23514';
    END IF;
    IF OLD.state IN ('submitted', 'approved', 'released') AND NEW.state <> 'checked'
       AND (NEW.list_digest, NEW.prepared_by) IS DISTINCT FROM (OLD.list_digest, OLD.prepared_by) THEN
        RAISE EXCEPTION 'cycle %: what was submitted, and by whom, stands', OLD.code USING ERRCODE = '23514';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER known_transition BEFORE UPDATE ON cycle.cycle
    FOR EACH ROW EXECUTE FUNCTION cycle.refuse_unknown_transition();

-- What is paid together: one programme's period by default.
CREATE TABLE cycle.transfer_group (
    code          text PRIMARY KEY,          -- <programme>-<period>, unless programmes share a transfer
    made_at       timestamptz NOT NULL
);

CREATE TABLE cycle.instruction (
    instruction_id bigint NOT NULL,
    value_on      date NOT NULL,
    transfer_group text NOT NULL,
    payee_id      bigint NOT NULL,           -- the person who receives
    attempt       smallint NOT NULL CHECK (attempt BETWEEN 1 AND 35),
    ordinal       integer NOT NULL CHECK (ordinal > 0),  -- within the cycle and household, in the ledger
    debtor_account text NOT NULL,
    rail          text NOT NULL,             -- code of the bank profile
    amount_minor  bigint NOT NULL CHECK (amount_minor > 0),
    currency      char(3) NOT NULL,
    account_id    bigint NOT NULL,           -- this version of the payee's account
    account_token text NOT NULL,             -- keyed hash, to compare what the bank says
    end_to_end_id text NOT NULL CHECK (length(end_to_end_id) BETWEEN 1 AND 35),
    instruction_text text NOT NULL CHECK (length(instruction_text) BETWEEN 1 AND 35),
    uetr          text NOT NULL,
    state         text NOT NULL DEFAULT 'drafted' CHECK (state IN ('drafted', 'sealed', 'sent',
                    'acknowledged', 'accepted', 'settled', 'rejected', 'returned', 'expired',
                    'cancelled', 'unknown')),
    version       integer NOT NULL DEFAULT 1,
    file_id       bigint,
    reason_list   text NOT NULL DEFAULT '',
    reason        text NOT NULL DEFAULT '',
    drafted_at    timestamptz NOT NULL,
    PRIMARY KEY (instruction_id, value_on),
    UNIQUE (end_to_end_id, attempt, value_on),
    UNIQUE (instruction_text, value_on)
) PARTITION BY RANGE (value_on);
CREATE INDEX instruction_by_file ON cycle.instruction (file_id);

-- Which entitlement lines an instruction pays. At most one living instruction per line.
CREATE TABLE cycle.instruction_part (
    cycle_id      integer NOT NULL,
    household_id  bigint NOT NULL,
    line_seq      integer NOT NULL,
    instruction_id bigint NOT NULL,
    fund_id       integer NOT NULL,
    amount_minor  bigint NOT NULL,           -- negative for a recovery
    alive         boolean NOT NULL DEFAULT true,
    PRIMARY KEY (cycle_id, household_id, line_seq, instruction_id)
) PARTITION BY LIST (cycle_id);
CREATE UNIQUE INDEX one_living_instruction ON cycle.instruction_part (cycle_id, household_id, line_seq)
    WHERE alive;
CREATE INDEX part_by_instruction ON cycle.instruction_part (instruction_id);

-- The app may not make tables; it may ask for the partitions of a cycle it opens.
CREATE FUNCTION cycle.open_partitions(opened integer) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = cycle, pg_temp AS $$
DECLARE parent text;
BEGIN
    FOREACH parent IN ARRAY ARRAY['entitlement_line', 'effect_state', 'household_result', 'instruction_part']
    LOOP
        EXECUTE format('CREATE TABLE IF NOT EXISTS cycle.%I PARTITION OF cycle.%I FOR VALUES IN (%s)',
                       parent || '_' || opened, parent, opened);
    END LOOP;
END $$;

CREATE FUNCTION cycle.open_month(day date) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = cycle, pg_temp AS $$
DECLARE first date := date_trunc('month', day)::date;
BEGIN
    -- Half-full pages let a change of state stay in its page, without touching an index.
    EXECUTE format('CREATE TABLE IF NOT EXISTS cycle.%I PARTITION OF cycle.instruction FOR VALUES FROM (%L) TO (%L)
                    WITH (fillfactor = 50)',
                   'instruction_' || to_char(first, 'YYYYMM'), first, (first + interval '1 month')::date);
END $$;

-- Rows that came in bulk have no statistics until a vacuum comes by, and a plan made without them joins
-- a million rows one by one (measured: 118 s instead of 0.3). Whoever loads a cycle asks for them. Joins
-- read the parent's statistics even where one partition is left; before PostgreSQL 18 these cost a look
-- at every partition.
CREATE FUNCTION cycle.refresh_statistics(loaded integer) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = cycle, pg_temp AS $$
DECLARE parent text;
BEGIN
    FOREACH parent IN ARRAY ARRAY['entitlement_line', 'effect_state', 'household_result', 'instruction_part']
    LOOP
        EXECUTE format('ANALYZE cycle.%I', parent || '_' || loaded);
        EXECUTE format('ANALYZE %s cycle.%I',
                       CASE WHEN current_setting('server_version_num')::integer >= 180000 THEN 'ONLY' ELSE '' END,
                       parent);
    END LOOP;
    ANALYZE cycle.instruction;
END $$;

-- A list that has been submitted stands still until it is rejected.
CREATE FUNCTION cycle.refuse_submitted_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE found integer;
BEGIN
    IF TG_OP = 'INSERT' THEN
        SELECT c.cycle_id INTO found FROM cycle.cycle c
        WHERE c.cycle_id IN (SELECT DISTINCT cycle_id FROM new_rows)
          AND c.state IN ('submitted', 'approved', 'released', 'closed') LIMIT 1;
    ELSE
        SELECT c.cycle_id INTO found FROM cycle.cycle c
        WHERE c.cycle_id IN (SELECT DISTINCT cycle_id FROM old_rows)
          AND c.state IN ('submitted', 'approved', 'released', 'closed') LIMIT 1;
    END IF;
    IF found IS NOT NULL THEN
        RAISE EXCEPTION 'cycle % has been submitted: its list cannot change; reject it first', found
            USING ERRCODE = '23514';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER standstill_insert AFTER INSERT ON cycle.entitlement_line
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION cycle.refuse_submitted_change();
CREATE TRIGGER standstill_update AFTER UPDATE ON cycle.entitlement_line
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION cycle.refuse_submitted_change();
CREATE TRIGGER standstill_delete AFTER DELETE ON cycle.entitlement_line
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION cycle.refuse_submitted_change();
CREATE TRIGGER standstill_insert AFTER INSERT ON cycle.household_result
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION cycle.refuse_submitted_change();
CREATE TRIGGER standstill_update AFTER UPDATE ON cycle.household_result
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION cycle.refuse_submitted_change();
CREATE TRIGGER standstill_delete AFTER DELETE ON cycle.household_result
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION cycle.refuse_submitted_change();

GRANT USAGE ON SCHEMA cycle TO cct_app, cct_auditor;
GRANT SELECT ON ALL TABLES IN SCHEMA cycle TO cct_app, cct_auditor;
GRANT INSERT ON ALL TABLES IN SCHEMA cycle TO cct_app;
GRANT UPDATE ON cycle.cycle, cycle.finding, cycle.hold, cycle.override, cycle.instruction, cycle.instruction_part,
    cycle.entitlement_line, cycle.household_result TO cct_app;
GRANT DELETE ON cycle.entitlement_line, cycle.effect_state, cycle.household_result, cycle.finding, cycle.hold,
    cycle.line_set_aside TO cct_app;
"""


def upgrade() -> None:
    run_script(op.get_bind(), TABLES)


def downgrade() -> None:
    run_script(op.get_bind(), "DROP SCHEMA cycle CASCADE")
