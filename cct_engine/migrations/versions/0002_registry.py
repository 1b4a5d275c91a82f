"""Registry: households, persons, payees, enrolments, and where each row came from.

Revision ID: 0002
"""

from alembic import op

from cct_engine.database.migration import run_script

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# Valid time (dates, first day inclusive, last day exclusive), known time (instants), provenance.
KNOWN = """
    known_from   timestamptz NOT NULL,
    known_to     timestamptz NOT NULL DEFAULT 'infinity',
    source_id    integer NOT NULL,
    collected_on date NOT NULL,              -- when the world was looked at
    basis        text NOT NULL CHECK (basis IN ('declared', 'document_seen', 'visited', 'register_match', 'imputed')),
    act_id       bigint NOT NULL,            -- the act that wrote the row; a feed's act names its file
    submission_id uuid,                      -- the form, where there was one
    CHECK (known_from <= known_to)"""
TIME = f"""
    valid_from   date NOT NULL,
    valid_to     date NOT NULL DEFAULT 'infinity',{KNOWN},
    CHECK (valid_from < valid_to)"""

TABLES = """
CREATE SCHEMA identity;
CREATE SCHEMA registry;

-- A number for people: the id and a Luhn check digit.
CREATE FUNCTION registry.number_of(id bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN id * 10 + (10 - (
      id                % 10 * 2 / 10 + id                % 10 * 2 % 10 + id / 10         % 10
    + id / 100          % 10 * 2 / 10 + id / 100          % 10 * 2 % 10 + id / 1000       % 10
    + id / 10000        % 10 * 2 / 10 + id / 10000        % 10 * 2 % 10 + id / 100000     % 10
    + id / 1000000      % 10 * 2 / 10 + id / 1000000      % 10 * 2 % 10 + id / 10000000   % 10
    + id / 100000000    % 10 * 2 / 10 + id / 100000000    % 10 * 2 % 10 + id / 1000000000 % 10
    ) % 10) % 10;

-- ---------------------------------------------------------------- who runs what
CREATE TABLE registry.source (
    source_id    integer PRIMARY KEY,
    code         text NOT NULL UNIQUE,
    organisation text NOT NULL,
    system       text NOT NULL DEFAULT ''
);

CREATE TABLE registry.department (
    department_id integer PRIMARY KEY,
    code         text NOT NULL UNIQUE,
    title        text NOT NULL
);

CREATE TABLE registry.programme (
    programme_id integer PRIMARY KEY,
    code         text NOT NULL UNIQUE CHECK (code ~ '^[a-z][a-z0-9_]{1,39}$'),
    title        text NOT NULL,
    kind         text NOT NULL CHECK (kind IN ('own', 'external')),
    unit         text NOT NULL CHECK (unit IN ('household', 'person', 'pregnancy')),
    department_id integer NOT NULL REFERENCES registry.department,
    currency     char(3),
    time_zone    text NOT NULL DEFAULT 'UTC',
    CHECK (kind = 'external' OR currency IS NOT NULL)
);

CREATE TABLE registry.fund (
    fund_id      integer PRIMARY KEY,
    code         text NOT NULL UNIQUE,
    title        text NOT NULL,
    department_id integer NOT NULL REFERENCES registry.department,
    currency     char(3) NOT NULL,
    debtor_account text NOT NULL,
    year         integer NOT NULL            -- the fiscal year, by the year it starts in
);

CREATE TABLE registry.programme_fund (
    programme_id integer NOT NULL REFERENCES registry.programme,
    fund_id      integer NOT NULL REFERENCES registry.fund,
    PRIMARY KEY (programme_id, fund_id)
);

CREATE TABLE registry.area (
    area_id      integer PRIMARY KEY,
    code         text NOT NULL UNIQUE,
    level        text NOT NULL,
    parent_id    integer REFERENCES registry.area,
    title        text NOT NULL,
    valid_from   date NOT NULL,
    valid_to     date NOT NULL DEFAULT 'infinity',
    act_id       bigint NOT NULL,
    CHECK (valid_from < valid_to)
);

CREATE TABLE registry.centre (
    centre_id    integer PRIMARY KEY,
    code         text NOT NULL UNIQUE,
    title        text NOT NULL,
    area_id      integer REFERENCES registry.area,
    valid_from   date NOT NULL,
    valid_to     date NOT NULL DEFAULT 'infinity',
    act_id       bigint NOT NULL,
    CHECK (valid_from < valid_to)
);

-- ---------------------------------------------------------------- how rows came in
CREATE TABLE registry.feed_file (
    feed_file_id integer PRIMARY KEY,
    feed         text NOT NULL,              -- the declaration's code
    source_id    integer NOT NULL REFERENCES registry.source,
    file_name    text NOT NULL,
    sha256       text NOT NULL,
    bytes        bigint NOT NULL,
    declaration_digest text NOT NULL,
    taken_in_at  timestamptz NOT NULL,       -- the instant its rows are known from
    officer_id   integer NOT NULL REFERENCES people.officer,
    row_count    bigint NOT NULL,
    loaded_count bigint NOT NULL,
    rejected_count bigint NOT NULL,
    repeated_count bigint NOT NULL,
    withdrawn_count bigint NOT NULL DEFAULT 0,
    reject_file  text,
    act_id       bigint NOT NULL UNIQUE REFERENCES people.act,
    UNIQUE (sha256, feed),
    CHECK (row_count = loaded_count + rejected_count + repeated_count)
);

CREATE TABLE registry.rejected_row (
    feed_file_id integer NOT NULL REFERENCES registry.feed_file,
    row_number   bigint NOT NULL,            -- as a spreadsheet counts: the header is row 1
    column_name  text NOT NULL,
    rule         text NOT NULL,
    value        text NOT NULL,              -- masked where the column is private
    other_row    bigint,
    PRIMARY KEY (feed_file_id, row_number, column_name, rule)
);

CREATE TABLE registry.submission (
    submission_id uuid PRIMARY KEY,          -- made on the device
    centre_id    integer REFERENCES registry.centre,
    officer_id   integer NOT NULL REFERENCES people.officer,
    form_kind    text NOT NULL,
    base_known_at timestamptz NOT NULL,      -- what the worker saw
    digest       text NOT NULL,
    received_at  timestamptz NOT NULL,
    state        text NOT NULL CHECK (state IN ('received', 'applied', 'in_part', 'refused'))
);

-- Where one attribute of a row has another source than its row. The row is named by its table,
-- subject, first valid day and known time, which never change.
CREATE TABLE registry.attribute_source (
    relation     text NOT NULL,
    subject_id   bigint NOT NULL,
    valid_from   date NOT NULL,
    known_from   timestamptz NOT NULL,
    attribute    text NOT NULL,
    source_id    integer NOT NULL REFERENCES registry.source,
    collected_on date NOT NULL,
    basis        text NOT NULL,
    PRIMARY KEY (subject_id, relation, attribute, valid_from, known_from)
);

-- ---------------------------------------------------------------- decisions
-- The only door in and out of a list. One row may stand for a whole import: then it names no
-- household, and the enrolments name it.
CREATE TABLE registry.decision (
    decision_id  bigint PRIMARY KEY,
    programme_id integer REFERENCES registry.programme,
    household_id bigint,
    person_id    bigint,
    kind         text NOT NULL CHECK (kind IN ('applied', 'refused', 'waiting', 'entered', 'category', 'held',
                   'reduced', 'exit', 'restored', 'merged', 'split', 'death_confirmed', 'death_refuted')),
    reason_code  text NOT NULL,
    article      text NOT NULL DEFAULT '',
    rule_version text NOT NULL DEFAULT '',
    evidence     jsonb NOT NULL DEFAULT '{}',
    officer_id   integer NOT NULL REFERENCES people.officer,
    second_officer_id integer REFERENCES people.officer,
    decided_at   timestamptz NOT NULL,
    effective_on date NOT NULL,
    notice_sent_on date,
    notice_days  integer NOT NULL DEFAULT 30 CHECK (notice_days >= 0),
    appeal_until date,
    act_id       bigint NOT NULL,
    CHECK (officer_id <> second_officer_id),
    -- What lowers or ends waits for its notice, or names the article that allows less.
    CONSTRAINT told_before_effect CHECK (kind NOT IN ('reduced', 'exit') OR article <> ''
        OR coalesce(effective_on >= notice_sent_on + notice_days, false))
);
CREATE INDEX decision_by_household ON registry.decision (household_id, programme_id) WHERE household_id IS NOT NULL;

CREATE TABLE registry.notice (
    notice_id    bigint PRIMARY KEY,
    decision_id  bigint REFERENCES registry.decision,
    programme_id integer REFERENCES registry.programme,
    household_id bigint NOT NULL,
    person_id    bigint,
    kind         text NOT NULL,
    channel      text NOT NULL CHECK (channel IN ('slip', 'sms', 'letter', 'visit', 'voice', 'desk')),
    text_digest  text NOT NULL,
    sent_on      date NOT NULL,
    delivered_on date,
    act_id       bigint NOT NULL
);
CREATE INDEX notice_by_household ON registry.notice (household_id);

-- ---------------------------------------------------------------- households
CREATE TABLE registry.household (
    household_id bigint PRIMARY KEY CHECK (household_id BETWEEN 1 AND 9999999999),
    household_number bigint GENERATED ALWAYS AS (registry.number_of(household_id)) STORED,
    created_at   timestamptz NOT NULL,
    act_id       bigint NOT NULL
);

-- How a source calls a household. References are kept for ever and never change their meaning.
CREATE TABLE registry.household_reference (
    issued_by    integer NOT NULL,           -- source_id of the system whose numbers these are
    reference    text NOT NULL,
    household_id bigint NOT NULL,
    act_id       bigint NOT NULL,
    PRIMARY KEY (issued_by, reference)
);
CREATE INDEX reference_of_household ON registry.household_reference (household_id);

CREATE TABLE registry.household_profile (
    household_id bigint NOT NULL,
    kind         text NOT NULL CHECK (kind IN ('family', 'single', 'child_headed', 'homeless', 'institution')),
    area_id      integer,
    zone         text,
    municipality text,
    urban        boolean,
    income_total_minor bigint CHECK (income_total_minor >= 0),  -- per month, of all members
    updated_on   date,                       -- last confirmation of the registration
    attributes   jsonb NOT NULL DEFAULT '{}',  -- own attributes of programmes, typed by the feed
    {TIME},
    PRIMARY KEY (household_id, valid_from, known_to)
);

CREATE TABLE registry.household_centre (
    household_id bigint NOT NULL,
    centre_id    integer NOT NULL,
    {TIME},
    PRIMARY KEY (household_id, valid_from, known_to)
);
CREATE INDEX households_of_centre ON registry.household_centre (centre_id) WHERE known_to = 'infinity';

CREATE TABLE registry.household_lineage (
    household_id bigint NOT NULL,
    from_household_id bigint NOT NULL,
    kind         text NOT NULL CHECK (kind IN ('split', 'merge')),
    on_date      date NOT NULL,
    {KNOWN},
    PRIMARY KEY (household_id, from_household_id, known_to),
    CHECK (household_id <> from_household_id)
);

-- ---------------------------------------------------------------- persons
CREATE TABLE registry.person (
    person_id    bigint PRIMARY KEY CHECK (person_id BETWEEN 1 AND 9999999999),
    person_number bigint GENERATED ALWAYS AS (registry.number_of(person_id)) STORED,
    created_at   timestamptz NOT NULL,
    act_id       bigint NOT NULL
);

CREATE TABLE registry.person_reference (
    issued_by    integer NOT NULL,
    reference    text NOT NULL,
    person_id    bigint NOT NULL,
    act_id       bigint NOT NULL,
    PRIMARY KEY (issued_by, reference)
);
CREATE INDEX reference_of_person ON registry.person_reference (person_id);

CREATE TABLE registry.person_vitals (
    person_id    bigint NOT NULL,
    birth_date   date,
    birth_date_quality text CHECK (birth_date_quality IN ('exact', 'month', 'year', 'estimated', 'default')),  -- null: not told
    birth_date_as_given text,
    sex          text CHECK (sex IN ('F', 'M', 'X')),
    {TIME},
    PRIMARY KEY (person_id, valid_from, known_to)
);

CREATE TABLE registry.person_profile (
    person_id    bigint NOT NULL,
    disability   boolean,
    pregnant     boolean,
    is_mother    boolean,
    grade        text,
    attributes   jsonb NOT NULL DEFAULT '{}',
    {TIME},
    PRIMARY KEY (person_id, valid_from, known_to)
);

-- Two numbers that are one person. Nothing is rewritten: readers go through person_current.
CREATE TABLE registry.same_person (
    person_id    bigint NOT NULL,
    canonical_id bigint NOT NULL,
    finding_id   bigint NOT NULL,
    known_from   timestamptz NOT NULL,
    known_to     timestamptz NOT NULL DEFAULT 'infinity',
    act_id       bigint NOT NULL,
    PRIMARY KEY (person_id, known_to),
    CHECK (person_id <> canonical_id),
    CHECK (known_from <= known_to)
);
CREATE VIEW registry.person_current AS
    SELECT p.person_id, coalesce(s.canonical_id, p.person_id) AS canonical_id
    FROM registry.person p
    LEFT JOIN registry.same_person s ON s.person_id = p.person_id AND s.known_to = 'infinity';

CREATE TABLE registry.death_report (
    report_id    bigint NOT NULL,
    person_id    bigint NOT NULL,
    died_on      date NOT NULL,
    register_ref text NOT NULL DEFAULT '',
    state        text NOT NULL CHECK (state IN ('reported', 'notified', 'confirmed', 'refuted')),
    decision_id  bigint REFERENCES registry.decision,
    {KNOWN},
    PRIMARY KEY (report_id, known_to),
    CHECK (state <> 'confirmed' OR register_ref <> '' OR decision_id IS NOT NULL)
);
CREATE INDEX death_by_person ON registry.death_report (person_id);

CREATE TABLE registry.membership (
    person_id    bigint NOT NULL,
    household_id bigint NOT NULL,
    status       text NOT NULL CHECK (status IN ('counted', 'claimed', 'guest')),
    role         text NOT NULL DEFAULT 'member',
    relationship text,
    responsible  boolean NOT NULL DEFAULT false,
    {TIME},
    PRIMARY KEY (person_id, household_id, valid_from, known_to)
);
CREATE INDEX membership_by_household ON registry.membership (household_id);
-- A person is counted in one household at a time, for counted and currently known rows only.
-- Open stays are exclusive by a plain unique index (measured: 2 µs a row; the exclusion constraint
-- takes 38), ended stays by the exclusion constraint, one against the other by trigger.
CREATE UNIQUE INDEX counted_in_one_household ON registry.membership (person_id)
    WHERE status = 'counted' AND known_to = 'infinity' AND valid_to = 'infinity';
ALTER TABLE registry.membership ADD CONSTRAINT counted_in_one_household_at_a_time
    EXCLUDE USING gist (person_id WITH =, daterange(valid_from, valid_to) WITH &&)
    WHERE (status = 'counted' AND known_to = 'infinity' AND valid_to <> 'infinity');
CREATE FUNCTION registry.refuse_double_count() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE found bigint;
BEGIN
    SELECT ended.person_id INTO found
    FROM new_rows n
    JOIN registry.membership ended USING (person_id)
    JOIN registry.membership open USING (person_id)
    WHERE ended.status = 'counted' AND ended.known_to = 'infinity' AND ended.valid_to <> 'infinity'
      AND open.status = 'counted' AND open.known_to = 'infinity' AND open.valid_to = 'infinity'
      AND ended.valid_to > open.valid_from
    LIMIT 1;
    IF found IS NOT NULL THEN
        RAISE EXCEPTION 'person % would be counted in two households at a time', found
            USING ERRCODE = '23P01';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER counted_once AFTER INSERT ON registry.membership
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION registry.refuse_double_count();

CREATE TABLE registry.pregnancy (
    pregnancy_id bigint NOT NULL CHECK (pregnancy_id BETWEEN 1 AND 9999999999),
    person_id    bigint NOT NULL,
    lmp_on       date,                       -- first day of the last menstrual period
    registered_on date NOT NULL,
    delivery_on  date,
    attributes   jsonb NOT NULL DEFAULT '{}',
    {TIME},
    PRIMARY KEY (pregnancy_id, valid_from, known_to)
);
CREATE INDEX pregnancy_by_person ON registry.pregnancy (person_id);

CREATE TABLE registry.pregnancy_reference (
    issued_by    integer NOT NULL,
    reference    text NOT NULL,
    pregnancy_id bigint NOT NULL,
    act_id       bigint NOT NULL,
    PRIMARY KEY (issued_by, reference)
);

-- ---------------------------------------------------------------- who is paid, and where
CREATE TABLE registry.payee (
    household_id bigint NOT NULL,
    programme_id integer NOT NULL DEFAULT 0, -- 0: for every programme
    person_id    bigint NOT NULL,
    rank         smallint NOT NULL DEFAULT 1 CHECK (rank > 0),  -- succession: the lowest living rank
    {TIME},
    PRIMARY KEY (household_id, programme_id, rank, valid_from, known_to)
);

-- A payee's account. A change is proposed by one officer, confirmed by another, and used one
-- cycle later; the number itself stands in identity.account_number.
CREATE TABLE registry.account (
    account_id   bigint NOT NULL,
    person_id    bigint NOT NULL,
    kind         text NOT NULL,
    number_token text NOT NULL,              -- keyed hash: to compare, not to read
    last4        text NOT NULL,
    agent        text NOT NULL DEFAULT '',   -- BIC, IFSC, ISPB, as the kind says
    verified     boolean NOT NULL,
    usable_from  date NOT NULL,              -- infinity: not confirmed yet
    proposed_by  integer NOT NULL,
    confirmed_by integer,
    {TIME},
    PRIMARY KEY (account_id, valid_from, known_to),
    CHECK (confirmed_by <> proposed_by)
);
CREATE INDEX account_by_person ON registry.account (person_id);
CREATE INDEX account_by_token ON registry.account (number_token) WHERE known_to = 'infinity';  -- not unique: sharing must be seen

-- ---------------------------------------------------------------- lists
CREATE TABLE registry.enrolment (
    enrolment_id bigint NOT NULL CHECK (enrolment_id > 0),
    programme_id integer NOT NULL,
    household_id bigint NOT NULL,
    person_id    bigint,                     -- null: the household's
    applied_on   date,
    entitled_from date,                      -- the first day the law pays for; null: from the first day
    entered_by   bigint NOT NULL,            -- decision
    exited_by    bigint,                     -- decision
    attributes   jsonb NOT NULL DEFAULT '{}',  -- what the law grandfathers
    {TIME},
    PRIMARY KEY (enrolment_id, valid_from, known_to),
    CHECK ((valid_to = 'infinity') = (exited_by IS NULL))
);
CREATE UNIQUE INDEX enrolled_once ON registry.enrolment (programme_id, household_id, person_id) NULLS NOT DISTINCT
    WHERE known_to = 'infinity' AND valid_to = 'infinity';
CREATE INDEX enrolment_by_household ON registry.enrolment (household_id, programme_id);

-- ---------------------------------------------------------------- what tells who a person is
CREATE TABLE identity.person_name (
    person_id    bigint NOT NULL,
    kind         text NOT NULL DEFAULT 'legal' CHECK (kind IN ('legal', 'alias', 'birth', 'married')),
    script       text NOT NULL DEFAULT 'Latn',  -- ISO 15924
    as_written   text NOT NULL,
    given        text,
    family       text,
    relation_kind text CHECK (relation_kind IN ('son', 'daughter', 'wife', 'husband', 'mother', 'father')),
    relation_name text,
    {TIME},
    PRIMARY KEY (person_id, kind, script, valid_from, known_to)
);

CREATE TABLE identity.person_identifier (
    person_id    bigint NOT NULL,
    scheme       text NOT NULL,
    token        text NOT NULL,              -- keyed hash: the number itself is not kept
    last4        text NOT NULL,
    status       text NOT NULL CHECK (status IN ('claimed', 'well_formed', 'verified', 'refuted', 'withdrawn')),
    {TIME},
    PRIMARY KEY (person_id, scheme, token, valid_from, known_to)
);
CREATE INDEX identifier_by_token ON identity.person_identifier (scheme, token);  -- not unique: a wrong id must be loadable
ALTER TABLE identity.person_identifier ADD CONSTRAINT one_holder_of_a_verified_id
    EXCLUDE USING gist (scheme WITH =, token WITH =, daterange(valid_from, valid_to) WITH &&)
    WHERE (status = 'verified' AND known_to = 'infinity');

CREATE TABLE identity.person_contact (
    person_id    bigint NOT NULL,
    kind         text NOT NULL CHECK (kind IN ('phone', 'address', 'birth_place')),
    as_given     text NOT NULL,
    token        text NOT NULL,
    {TIME},
    PRIMARY KEY (person_id, kind, token, valid_from, known_to)
);
CREATE INDEX contact_by_token ON identity.person_contact (kind, token);

CREATE TABLE identity.account_number (
    account_id   bigint PRIMARY KEY,
    number       text NOT NULL,
    holder_name  text NOT NULL,
    act_id       bigint NOT NULL
);

-- What the auditor sees: that there is one, and enough to compare with a paper.
CREATE VIEW identity.person_name_masked AS
    SELECT person_id, kind, script, left(given, 1) || '.' AS given, left(family, 1) || '.' AS family,
           valid_from, valid_to, known_from, known_to, source_id, act_id
    FROM identity.person_name;
CREATE VIEW identity.person_identifier_masked AS
    SELECT person_id, scheme, token, '••••' || last4 AS number, status, valid_from, valid_to, known_from, known_to,
           source_id, act_id
    FROM identity.person_identifier;
CREATE VIEW identity.account_number_masked AS
    SELECT account_id, '••••' || right(number, 4) AS number, left(holder_name, 1) || '.' AS holder_name, act_id
    FROM identity.account_number;

-- ---------------------------------------------------------------- nothing is overwritten
CREATE FUNCTION registry.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%.% is append-only: % refused; a correction is a new row', TG_TABLE_SCHEMA, TG_TABLE_NAME, TG_OP
        USING ERRCODE = '23514';
END $$;

-- Rows with known time may only be closed, once; the others not even that.
CREATE FUNCTION registry.guard(tables text[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE name text; fixed text; timed boolean;
BEGIN
    FOREACH name IN ARRAY tables LOOP
        SELECT string_agg(quote_ident(attname), ', ') FILTER (WHERE attname <> 'known_to'), bool_or(attname = 'known_to')
        INTO fixed, timed FROM pg_attribute WHERE attrelid = name::regclass AND attnum > 0 AND NOT attisdropped;
        EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OF %s OR DELETE ON %s
                        FOR EACH ROW EXECUTE FUNCTION registry.refuse_change()', fixed, name);
        IF timed THEN
            EXECUTE format('CREATE TRIGGER closed_once BEFORE UPDATE OF known_to ON %s FOR EACH ROW
                            WHEN (OLD.known_to <> ''infinity'' OR NEW.known_to = ''infinity'')
                            EXECUTE FUNCTION registry.refuse_change()', name);
        END IF;
        EXECUTE format('CREATE TRIGGER never_emptied BEFORE TRUNCATE ON %s
                        FOR EACH STATEMENT EXECUTE FUNCTION registry.refuse_change()', name);
    END LOOP;
END $$;
REVOKE EXECUTE ON FUNCTION registry.guard(text[]) FROM PUBLIC;
SELECT registry.guard(ARRAY[
    'registry.feed_file', 'registry.rejected_row', 'registry.attribute_source', 'registry.decision',
    'registry.household', 'registry.household_reference', 'registry.household_profile', 'registry.household_centre',
    'registry.household_lineage', 'registry.person', 'registry.person_reference', 'registry.person_vitals',
    'registry.person_profile', 'registry.same_person', 'registry.death_report', 'registry.membership',
    'registry.pregnancy', 'registry.pregnancy_reference', 'registry.payee', 'registry.account', 'registry.enrolment',
    'identity.person_name', 'identity.person_identifier', 'identity.person_contact', 'identity.account_number']);

-- A row names persons and households that exist. Checked set by set: a foreign key would be
-- checked row by row (measured on a million rows: 4 s each, against 2 s for all of these).
CREATE FUNCTION registry.refuse_unknown() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE named text; found bigint;
BEGIN
    FOREACH named IN ARRAY TG_ARGV LOOP
        EXECUTE format('SELECT n.%1$I FROM new_rows n LEFT JOIN registry.%2$I o ON o.%3$I = n.%1$I
                        WHERE o.%3$I IS NULL AND n.%1$I IS NOT NULL LIMIT 1', named,
                       CASE named WHEN 'entered_by' THEN 'decision' WHEN 'exited_by' THEN 'decision'
                                  ELSE replace(named, '_id', '') END,
                       CASE named WHEN 'entered_by' THEN 'decision_id' WHEN 'exited_by' THEN 'decision_id' ELSE named END)
        INTO found;
        IF found IS NOT NULL THEN
            RAISE EXCEPTION '%.%: % % does not exist', TG_TABLE_SCHEMA, TG_TABLE_NAME, named, found
                USING ERRCODE = '23503';
        END IF;
    END LOOP;
    RETURN NULL;
END $$;
CREATE TRIGGER exists_all AFTER INSERT ON registry.household_reference REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION registry.refuse_unknown('household_id');
CREATE TRIGGER exists_all AFTER INSERT ON registry.household_profile REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION registry.refuse_unknown('household_id', 'area_id', 'source_id');
CREATE TRIGGER exists_all AFTER INSERT ON registry.household_centre REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION registry.refuse_unknown('household_id', 'centre_id', 'source_id');
CREATE TRIGGER exists_all AFTER INSERT ON registry.person_reference REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION registry.refuse_unknown('person_id');
CREATE TRIGGER exists_all AFTER INSERT ON registry.person_vitals REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION registry.refuse_unknown('person_id', 'source_id');
CREATE TRIGGER exists_all AFTER INSERT ON registry.person_profile REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION registry.refuse_unknown('person_id', 'source_id');
CREATE TRIGGER exists_all AFTER INSERT ON registry.death_report REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION registry.refuse_unknown('person_id', 'source_id');
CREATE TRIGGER exists_all AFTER INSERT ON registry.membership REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION registry.refuse_unknown('person_id', 'household_id', 'source_id');
CREATE TRIGGER exists_all AFTER INSERT ON registry.pregnancy REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION registry.refuse_unknown('person_id', 'source_id');
CREATE TRIGGER exists_all AFTER INSERT ON registry.payee REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION registry.refuse_unknown('person_id', 'household_id', 'source_id');
CREATE TRIGGER exists_all AFTER INSERT ON registry.account REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION registry.refuse_unknown('person_id', 'source_id');
CREATE TRIGGER exists_all AFTER INSERT ON registry.enrolment REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION registry.refuse_unknown('programme_id', 'household_id', 'person_id', 'entered_by', 'exited_by', 'source_id');
CREATE TRIGGER exists_all AFTER INSERT ON identity.person_name REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION registry.refuse_unknown('person_id', 'source_id');
CREATE TRIGGER exists_all AFTER INSERT ON identity.person_identifier REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION registry.refuse_unknown('person_id', 'source_id');

-- The app owns no table; after a large file it asks for fresh statistics, or the next statement is
-- planned for an empty registry (measured: 222 s in place of 0.4).
CREATE FUNCTION registry.refresh_statistics(tables text[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY tables LOOP
        IF to_regclass(name) IS NOT NULL THEN
            EXECUTE format('ANALYZE %s', name::regclass);
        END IF;
    END LOOP;
END $$;

REVOKE EXECUTE ON FUNCTION registry.refresh_statistics(text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION registry.refresh_statistics(text[]) TO cct_app;
GRANT USAGE ON SCHEMA registry, identity TO cct_app, cct_auditor;
GRANT SELECT ON ALL TABLES IN SCHEMA registry TO cct_app, cct_auditor;
GRANT INSERT ON ALL TABLES IN SCHEMA registry TO cct_app;
GRANT UPDATE (known_to) ON registry.household_profile, registry.household_centre, registry.household_lineage,
    registry.person_vitals, registry.person_profile, registry.same_person, registry.death_report, registry.membership,
    registry.pregnancy, registry.payee, registry.account, registry.enrolment TO cct_app;
GRANT UPDATE (delivered_on) ON registry.notice TO cct_app;
GRANT UPDATE (state) ON registry.submission TO cct_app;
GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA identity TO cct_app;
GRANT UPDATE (known_to) ON identity.person_name, identity.person_identifier, identity.person_contact TO cct_app;
GRANT SELECT ON identity.person_name_masked, identity.person_identifier_masked, identity.account_number_masked TO cct_auditor;
"""


def upgrade() -> None:
    run_script(op.get_bind(), TABLES.replace("{TIME}", TIME).replace("{KNOWN}", KNOWN))


def downgrade() -> None:
    run_script(op.get_bind(), "DROP SCHEMA registry, identity CASCADE")
