"""Reconciliation: files to the bank, messages from it, and what each of them came to.

Revision ID: 0006
"""

from alembic import op

from cct_engine.database.migration import run_script

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

BANK = """
CREATE SCHEMA bank;
CREATE DOMAIN bank.sha256 AS text CHECK (VALUE ~ '^[0-9a-f]{64}$');

CREATE FUNCTION bank.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%.% is append-only: % refused', TG_TABLE_SCHEMA, TG_TABLE_NAME, TG_OP
        USING ERRCODE = '23514', CONSTRAINT = 'append_only';
END $$;

-- What a bank agreed with us, as it was when a file used it; and whose money its account holds.
CREATE TABLE bank.profile (
    code          text NOT NULL,
    digest        bank.sha256 NOT NULL,      -- over body
    body          text NOT NULL,             -- JSON
    debtor_account text NOT NULL,
    currency      char(3) NOT NULL,
    programme_id  integer NOT NULL,
    fund_id       integer NOT NULL,
    loaded_at     timestamptz NOT NULL,
    PRIMARY KEY (code, digest)
);
CREATE INDEX profile_by_account ON bank.profile (debtor_account);

-- Everything that makes a file itself is stored before the file is written.
CREATE TABLE bank.file (
    file_id       bigint PRIMARY KEY,        -- max + 1
    batch_key     text NOT NULL,             -- what it pays, as the caller names it
    number        integer NOT NULL CHECK (number > 0),  -- 1, 2, … within batch_key
    profile_code  text NOT NULL,
    profile_digest bank.sha256 NOT NULL,
    programme_id  integer NOT NULL,
    fund_id       integer NOT NULL,
    cycle_id      integer NOT NULL,          -- the cycle whose release made it
    message_id    text NOT NULL UNIQUE CHECK (length(message_id) BETWEEN 1 AND 33),
    payment_information_id text NOT NULL UNIQUE CHECK (length(payment_information_id) <= 35),
    sequence      integer NOT NULL CHECK (sequence > 0),
    created_at    timestamptz NOT NULL,
    execution_on  date NOT NULL,             -- value_on of its instructions
    debtor_account text NOT NULL,
    currency      char(3) NOT NULL,
    instruction_count bigint NOT NULL CHECK (instruction_count > 0),
    total_minor   bigint NOT NULL CHECK (total_minor > 0),
    state         text NOT NULL DEFAULT 'allocated'
                    CHECK (state IN ('allocated', 'sealed', 'sent', 'unknown')),
    name          text,
    sha256        bank.sha256 UNIQUE,
    byte_count    bigint,
    schema_name   text,
    sealed_at     timestamptz,
    sent_at       timestamptz,
    UNIQUE (batch_key, number),
    FOREIGN KEY (profile_code, profile_digest) REFERENCES bank.profile,
    CHECK (num_nulls(name, sha256, byte_count, schema_name, sealed_at) IN (0, 5)),
    CHECK ((state = 'allocated') = (sha256 IS NULL)),
    CHECK ((state = 'sent') = (sent_at IS NOT NULL))
);
CREATE INDEX file_by_cycle ON bank.file (cycle_id);

-- A file goes one way, and what was once fixed about it stays.
CREATE FUNCTION bank.check_file_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD.file_id, OLD.batch_key, OLD.number, OLD.profile_code, OLD.profile_digest, OLD.programme_id,
        OLD.fund_id, OLD.cycle_id, OLD.message_id, OLD.payment_information_id, OLD.sequence, OLD.created_at,
        OLD.execution_on, OLD.debtor_account, OLD.currency, OLD.instruction_count, OLD.total_minor)
       IS DISTINCT FROM
       (NEW.file_id, NEW.batch_key, NEW.number, NEW.profile_code, NEW.profile_digest, NEW.programme_id,
        NEW.fund_id, NEW.cycle_id, NEW.message_id, NEW.payment_information_id, NEW.sequence, NEW.created_at,
        NEW.execution_on, NEW.debtor_account, NEW.currency, NEW.instruction_count, NEW.total_minor)
       OR (OLD.sha256 IS NOT NULL AND (OLD.name, OLD.sha256, OLD.byte_count, OLD.schema_name, OLD.sealed_at)
           IS DISTINCT FROM (NEW.name, NEW.sha256, NEW.byte_count, NEW.schema_name, NEW.sealed_at))
    THEN
        RAISE EXCEPTION 'bank file %: its identity and its seal do not change', OLD.message_id
            USING ERRCODE = '23514', CONSTRAINT = 'append_only';
    END IF;
    IF (OLD.state, NEW.state) NOT IN (('allocated', 'sealed'), ('sealed', 'sent'), ('sealed', 'unknown'),
            ('unknown', 'sent'), ('unknown', 'sealed')) THEN
        RAISE EXCEPTION 'bank file %: there is no way from % to %', OLD.message_id, OLD.state, NEW.state
            USING ERRCODE = '23514', CONSTRAINT = 'file_state';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER known_transition BEFORE UPDATE ON bank.file
    FOR EACH ROW EXECUTE FUNCTION bank.check_file_change();
CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON bank.file
    FOR EACH STATEMENT EXECUTE FUNCTION bank.refuse_change();

-- Whose lines a file pays: its total by cycle and fund, fixed at the seal.
CREATE TABLE bank.file_part (
    file_id       bigint NOT NULL REFERENCES bank.file,
    cycle_id      integer NOT NULL,
    fund_id       integer NOT NULL,
    instruction_count bigint NOT NULL CHECK (instruction_count > 0),
    amount_minor  bigint NOT NULL,
    PRIMARY KEY (file_id, cycle_id, fund_id)
);
CREATE INDEX file_part_by_cycle ON bank.file_part (cycle_id);

-- One entry per sealed file; each names the digest of the one before.
CREATE TABLE bank.manifest (
    position      integer PRIMARY KEY CHECK (position > 0),
    file_id       bigint NOT NULL UNIQUE REFERENCES bank.file,
    body          text NOT NULL,             -- canonical JSON
    previous      bank.sha256,               -- null: the first
    digest        bank.sha256 NOT NULL UNIQUE,
    UNIQUE NULLS NOT DISTINCT (previous),
    CHECK ((position = 1) = (previous IS NULL))
);

CREATE TABLE bank.delivery (
    delivery_id   bigint PRIMARY KEY,        -- max + 1
    file_id       bigint NOT NULL REFERENCES bank.file,
    sha256        bank.sha256 NOT NULL,      -- of the bytes that were offered
    channel       text NOT NULL,
    outcome       text NOT NULL CHECK (outcome IN ('sent', 'refused', 'unknown')),
    tried_at      timestamptz NOT NULL,
    officer_id    integer NOT NULL,
    remark        text NOT NULL DEFAULT '' CHECK (length(remark) <= 200)
);
CREATE INDEX delivery_by_file ON bank.delivery (file_id);

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON bank.profile
    FOR EACH STATEMENT EXECUTE FUNCTION bank.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON bank.file_part
    FOR EACH STATEMENT EXECUTE FUNCTION bank.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON bank.manifest
    FOR EACH STATEMENT EXECUTE FUNCTION bank.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON bank.delivery
    FOR EACH STATEMENT EXECUTE FUNCTION bank.refuse_change();

GRANT USAGE ON SCHEMA bank TO cct_app, cct_auditor;
GRANT SELECT ON ALL TABLES IN SCHEMA bank TO cct_app, cct_auditor;
GRANT INSERT ON ALL TABLES IN SCHEMA bank TO cct_app;
GRANT UPDATE (state, name, sha256, byte_count, schema_name, sealed_at, sent_at) ON bank.file TO cct_app;
"""

RECON = """
CREATE SCHEMA recon;

CREATE FUNCTION recon.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%.% is append-only: % refused', TG_TABLE_SCHEMA, TG_TABLE_NAME, TG_OP
        USING ERRCODE = '23514', CONSTRAINT = 'append_only';
END $$;

-- Every file the bank sent, once. A file that cannot be trusted is kept here whole and unapplied.
CREATE TABLE recon.inbox_file (
    inbox_file_id integer PRIMARY KEY,       -- max + 1
    sha256        bank.sha256 NOT NULL UNIQUE,
    name          text NOT NULL,
    byte_count    bigint NOT NULL,
    received_at   timestamptz NOT NULL,
    received_on   date NOT NULL,             -- the partition of its events
    state         text NOT NULL CHECK (state IN ('received', 'applied', 'quarantined')),
    format        text NOT NULL DEFAULT '',
    message_id    text NOT NULL DEFAULT '',
    original_message_id text NOT NULL DEFAULT '',
    event_count   bigint NOT NULL DEFAULT 0,
    refusal_code  text NOT NULL DEFAULT '',
    refusal_place text NOT NULL DEFAULT '',
    refusal_advice text NOT NULL DEFAULT '',
    applied_at    timestamptz,
    applied_count bigint NOT NULL DEFAULT 0,       -- what changed an instruction or the books
    repeated_count bigint NOT NULL DEFAULT 0,      -- what was known
    suspense_count bigint NOT NULL DEFAULT 0,      -- money that matched nothing
    unrecognised_count bigint NOT NULL DEFAULT 0,  -- statuses that name nothing of ours
    CHECK ((state = 'applied') = (applied_at IS NOT NULL)),
    CHECK ((state = 'quarantined') = (refusal_code <> ''))
);
CREATE INDEX inbox_waiting ON recon.inbox_file (inbox_file_id) WHERE state = 'received';

CREATE FUNCTION recon.check_inbox_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state <> 'received' OR NEW.state <> 'applied'
       OR (OLD.inbox_file_id, OLD.sha256, OLD.name, OLD.byte_count, OLD.received_at, OLD.received_on,
           OLD.format, OLD.message_id, OLD.original_message_id, OLD.event_count)
          IS DISTINCT FROM
          (NEW.inbox_file_id, NEW.sha256, NEW.name, NEW.byte_count, NEW.received_at, NEW.received_on,
           NEW.format, NEW.message_id, NEW.original_message_id, NEW.event_count) THEN
        RAISE EXCEPTION 'inbox file %: a file is received once and applied once', OLD.inbox_file_id
            USING ERRCODE = '23514', CONSTRAINT = 'inbox_state';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER applied_once BEFORE UPDATE ON recon.inbox_file
    FOR EACH ROW EXECUTE FUNCTION recon.check_inbox_change();
CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON recon.inbox_file
    FOR EACH STATEMENT EXECUTE FUNCTION recon.refuse_change();

-- What the bank said, row by row, as read. Partitioned by month of arrival: old months detach.
CREATE TABLE recon.event (
    inbox_file_id integer NOT NULL,
    position      bigint NOT NULL,
    received_on   date NOT NULL,
    kind          text NOT NULL CHECK (kind IN ('FILE_STATUS', 'GROUP_STATUS', 'ITEM_STATUS', 'ENTRY',
                    'RETURN', 'CHARGE', 'DETAIL', 'BALANCE')),
    original_message_id text,
    payment_information_id text,
    end_to_end_id text,
    instruction_id_text text,
    uetr          text,
    status        text,
    reason_list   text,
    reason        text,
    amount_minor  bigint,
    currency      text,
    direction     text CHECK (direction IN ('CRDT', 'DBIT')),
    reversal      boolean,
    account       text,
    booked_on     date,
    value_on      date,
    bank_reference text,
    entry_reference text,
    entry_no      bigint,
    batch_count   bigint,
    extra         text,
    PRIMARY KEY (inbox_file_id, position, received_on)
) PARTITION BY RANGE (received_on);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON recon.event
    FOR EACH STATEMENT EXECUTE FUNCTION recon.refuse_change();

-- What the bank booked on our accounts, each booking once, whatever messages told of it. No foreign
-- keys here and in match: they would cost as much as the rows, which only joins of those tables write.
CREATE TABLE recon.entry (
    entry_id      bigint PRIMARY KEY,        -- max + 1
    inbox_file_id integer NOT NULL,          -- told first here
    position      bigint NOT NULL,
    kind          text NOT NULL CHECK (kind IN ('ENTRY', 'RETURN', 'CHARGE')),
    account       text NOT NULL,
    reference     text NOT NULL,             -- the bank's own, or '~' and the booking date
    direction     text NOT NULL CHECK (direction IN ('CRDT', 'DBIT')),
    currency      text NOT NULL,
    amount_minor  bigint NOT NULL CHECK (amount_minor > 0),
    item          text NOT NULL,             -- what of ours it names: i7, f3, t<text> or nothing
    occurrence    integer NOT NULL,          -- without a bank's reference, the n-th equal one
    reversal      boolean NOT NULL,
    booked_on     date NOT NULL,
    fund_id       integer NOT NULL,          -- whose account; 0: not an account of ours
    cycle_id      integer NOT NULL,          -- of the file it names; 0: names none
    UNIQUE (account, reference, direction, currency, amount_minor, item, occurrence)
);
CREATE INDEX entry_by_cycle ON recon.entry (cycle_id);

-- Evidence for an instruction (or, with instruction 0, for a whole file): refused, debited, credited
-- back. Each kind counts once; repeats are kept beside it.
CREATE TABLE recon.match (
    inbox_file_id integer NOT NULL,
    position      bigint NOT NULL,
    instruction_id bigint NOT NULL,
    file_id       bigint NOT NULL,
    evidence      text NOT NULL CHECK (evidence IN ('refusal', 'debit', 'credit')),
    counts        boolean NOT NULL,          -- false: the same was known already
    entry_id      bigint,
    posted        smallint NOT NULL DEFAULT 0,  -- the ledger's event; 0: none of its own
    reason_list   text NOT NULL DEFAULT '',
    reason        text NOT NULL DEFAULT '',
    action        text NOT NULL DEFAULT '',
    matched_at    timestamptz NOT NULL,
    PRIMARY KEY (inbox_file_id, position, instruction_id, evidence),
    CHECK ((evidence = 'refusal') = (entry_id IS NULL))
);
CREATE UNIQUE INDEX evidence_once ON recon.match (file_id, instruction_id, evidence) WHERE counts;
CREATE INDEX match_by_instruction ON recon.match (instruction_id);

-- Money that the bank moved and that we cannot place, or that we placed and the bank has not moved
-- yet: each with an owner and an age until it is closed.
CREATE TABLE recon.suspense_item (
    item_id       bigint PRIMARY KEY,        -- max + 1
    inbox_file_id integer NOT NULL REFERENCES recon.inbox_file,
    position      bigint NOT NULL,
    entry_id      bigint REFERENCES recon.entry,  -- null: a share of an entry, or of one to come
    reason        text NOT NULL,
    owner_role    text NOT NULL,
    account       text NOT NULL,
    reference     text NOT NULL,             -- the bank's
    direction     text NOT NULL CHECK (direction IN ('CRDT', 'DBIT')),
    currency      text NOT NULL,
    amount_minor  bigint NOT NULL CHECK (amount_minor > 0),
    booked        boolean NOT NULL,          -- false: not on an account of ours, so not in the books
    programme_id  integer NOT NULL,
    fund_id       integer NOT NULL,
    cycle_id      integer NOT NULL,
    instruction_id bigint NOT NULL DEFAULT 0,
    file_id       bigint REFERENCES bank.file,
    opened_on     date NOT NULL,             -- booked by the bank, or told
    opened_at     timestamptz NOT NULL,
    state         text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'proposed', 'closed')),
    version       integer NOT NULL DEFAULT 1,
    resolution    text NOT NULL DEFAULT '',
    resolution_instruction_id bigint NOT NULL DEFAULT 0,
    remark        text NOT NULL DEFAULT '',
    proposed_by   integer,
    proposed_at   timestamptz,
    confirmed_by  integer,
    confirmed_at  timestamptz,
    closed_at     timestamptz,
    closed_in     integer REFERENCES recon.inbox_file,  -- the bank's file that closed it
    closed_as     text NOT NULL DEFAULT '',
    CHECK ((state = 'closed') = (closed_at IS NOT NULL)),
    CHECK ((state = 'closed') = (closed_as <> '')),
    CHECK (num_nulls(proposed_by, proposed_at) IN (0, 2)),
    CHECK (num_nulls(confirmed_by, confirmed_at) IN (0, 2)),
    CHECK (state <> 'proposed' OR proposed_by IS NOT NULL),
    CHECK (closed_in IS NOT NULL OR state <> 'closed' OR confirmed_by IS NOT NULL),
    CONSTRAINT second_officer CHECK (confirmed_by IS NULL OR confirmed_by <> proposed_by)
);
CREATE INDEX suspense_open ON recon.suspense_item (cycle_id) WHERE state <> 'closed';
CREATE INDEX suspense_of_instruction ON recon.suspense_item (instruction_id)
    WHERE state <> 'closed' AND instruction_id > 0;
CREATE INDEX suspense_of_entry ON recon.suspense_item (entry_id);
CREATE INDEX suspense_of_file ON recon.suspense_item (file_id) WHERE state <> 'closed';

CREATE FUNCTION recon.check_suspense_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state = 'closed' OR NEW.version <> OLD.version + 1
       OR (OLD.item_id, OLD.inbox_file_id, OLD.position, OLD.entry_id, OLD.reason, OLD.account,
           OLD.reference, OLD.direction, OLD.currency, OLD.amount_minor, OLD.booked, OLD.programme_id,
           OLD.fund_id, OLD.cycle_id, OLD.instruction_id, OLD.file_id, OLD.opened_on, OLD.opened_at)
          IS DISTINCT FROM
          (NEW.item_id, NEW.inbox_file_id, NEW.position, NEW.entry_id, NEW.reason, NEW.account,
           NEW.reference, NEW.direction, NEW.currency, NEW.amount_minor, NEW.booked, NEW.programme_id,
           NEW.fund_id, NEW.cycle_id, NEW.instruction_id, NEW.file_id, NEW.opened_on, NEW.opened_at) THEN
        RAISE EXCEPTION 'suspense item %: closed items and the facts of open ones do not change', OLD.item_id
            USING ERRCODE = '23514', CONSTRAINT = 'suspense_state';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER facts_stand BEFORE UPDATE ON recon.suspense_item
    FOR EACH ROW EXECUTE FUNCTION recon.check_suspense_change();
CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON recon.suspense_item
    FOR EACH STATEMENT EXECUTE FUNCTION recon.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON recon.entry
    FOR EACH STATEMENT EXECUTE FUNCTION recon.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON recon.match
    FOR EACH STATEMENT EXECUTE FUNCTION recon.refuse_change();

CREATE FUNCTION recon.open_month(day date) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    first date := date_trunc('month', day)::date;
    part  text := 'event_' || to_char(first, 'YYYYMM');
BEGIN
    IF to_regclass('recon.' || part) IS NOT NULL THEN
        RETURN;
    END IF;
    EXECUTE format('CREATE TABLE recon.%I PARTITION OF recon.event FOR VALUES FROM (%L) TO (%L)',
                   part, first, (first + interval '1 month')::date);
    EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON recon.%I '
                   'FOR EACH STATEMENT EXECUTE FUNCTION recon.refuse_change()', part);
END $$;

GRANT USAGE ON SCHEMA recon TO cct_app, cct_auditor;
GRANT SELECT ON ALL TABLES IN SCHEMA recon TO cct_app, cct_auditor;
GRANT INSERT ON ALL TABLES IN SCHEMA recon TO cct_app;
GRANT UPDATE (state, applied_at, applied_count, repeated_count, suspense_count, unrecognised_count)
    ON recon.inbox_file TO cct_app;
GRANT UPDATE (state, version, owner_role, resolution, resolution_instruction_id, remark, proposed_by,
    proposed_at, confirmed_by, confirmed_at, closed_at, closed_in, closed_as) ON recon.suspense_item TO cct_app;
REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA recon FROM PUBLIC;
GRANT EXECUTE ON FUNCTION recon.open_month(date) TO cct_app;
"""


def upgrade() -> None:
    run_script(op.get_bind(), BANK + RECON)


def downgrade() -> None:
    run_script(op.get_bind(), "DROP SCHEMA recon CASCADE; DROP SCHEMA bank CASCADE")
