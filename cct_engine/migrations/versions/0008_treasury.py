"""What the treasury decides: allotments in two steps, and vouchers of two officers.

The chart gets an account for what is appropriated and not yet allotted, with its templates. A
voucher is one act of an officer on the books (a warrant, a write-off, a year-end lapse …): one
officer prepares it, a second one confirms it, and only then it is posted. And two functions that
open partitions are the engine's alone.

Revision ID: 0008
"""

from alembic import op

from cct_engine.database.migration import run_script

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

LEDGER = r"""
REVOKE EXECUTE ON FUNCTION cycle.open_partitions(integer), cycle.open_month(date),
    cycle.refresh_statistics(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION cycle.open_partitions(integer), cycle.open_month(date),
    cycle.refresh_statistics(integer) TO cct_app;

INSERT INTO ledger.account (account, name, class, normal_side, guard, subsidiary, book) VALUES
    (8015, 'Appropriation not yet allotted', 'budgetary', -1, -1, false, 'budgetary');
INSERT INTO ledger.template (event, name, debit, credit, slot) VALUES
    (7, 'appropriate, to be allotted', 8010, 8015, 7),
    (8, 'allot',                       8015, 8020, 8),
    (9, 'lapse, not allotted',         8015, 8010, 9);
INSERT INTO ledger.template (event, name, debit, credit, slot, follows, mirror_of)
    SELECT 100 + event, 'correct: ' || name, credit, debit, 100 + slot, ARRAY[event], event
    FROM ledger.template WHERE event IN (7, 8, 9);
"""
TREASURY = r"""
CREATE SCHEMA treasury;
CREATE TABLE treasury.voucher (
    voucher_id   integer PRIMARY KEY CHECK (voucher_id > 0),
    act          text NOT NULL CHECK (act ~ '^[a-z_]{3,40}$'),
    programme_id integer NOT NULL,
    fund_id      integer NOT NULL,
    cycle_id     integer NOT NULL CHECK (cycle_id >= 0),    -- 0: belongs to no cycle
    currency     text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    value_on     date NOT NULL,
    conduit      text CHECK (length(conduit) BETWEEN 1 AND 100),
    subject_id   bigint NOT NULL CHECK (subject_id >= 0),   -- 0: the fund itself
    reference    bigint NOT NULL CHECK (reference >= 0),    -- case number; 0 none
    amount_minor bigint NOT NULL CHECK (amount_minor > 0),
    reverses     integer REFERENCES ledger.batch,           -- a correction: the batch it mirrors
    document     text NOT NULL CHECK (length(document) BETWEEN 1 AND 120),
    reason       text NOT NULL CHECK (length(reason) BETWEEN 1 AND 1000),
    state        text NOT NULL CHECK (state IN ('proposed', 'posted', 'withdrawn')),
    proposed_by  integer NOT NULL,
    proposed_at  timestamptz NOT NULL,
    decided_by   integer,
    decided_at   timestamptz,
    CONSTRAINT decided_with_state
        CHECK (num_nulls(decided_by, decided_at) = CASE state WHEN 'proposed' THEN 2 ELSE 0 END),
    CONSTRAINT maker_is_not_checker CHECK (state <> 'posted' OR decided_by <> proposed_by)
);
-- One warrant, one bank reference, one case decision is acted on once.
CREATE UNIQUE INDEX one_voucher_per_document ON treasury.voucher (act, fund_id, document)
    WHERE state <> 'withdrawn';

CREATE FUNCTION treasury.check_voucher() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF OLD.state <> 'proposed' OR NEW.state = 'proposed'
       OR to_jsonb(NEW) - '{state,decided_by,decided_at}'::text[]
          <> to_jsonb(OLD) - '{state,decided_by,decided_at}'::text[] THEN
        RAISE EXCEPTION 'voucher %: a voucher is decided once, and nothing else of it changes',
            OLD.voucher_id USING ERRCODE = '23514', CONSTRAINT = 'append_only';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER decided_once BEFORE UPDATE ON treasury.voucher
    FOR EACH ROW EXECUTE FUNCTION treasury.check_voucher();
CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON treasury.voucher
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

GRANT USAGE ON SCHEMA treasury TO cct_app, cct_auditor;
GRANT SELECT ON treasury.voucher TO cct_app, cct_auditor;
GRANT INSERT ON treasury.voucher TO cct_app;
GRANT UPDATE (state, decided_by, decided_at) ON treasury.voucher TO cct_app;
REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA treasury FROM PUBLIC;
"""
UNDONE = r"""
DROP SCHEMA treasury CASCADE;
ALTER TABLE ledger.template DISABLE TRIGGER append_only;
ALTER TABLE ledger.account DISABLE TRIGGER append_only;
DELETE FROM ledger.template WHERE event IN (107, 108, 109);
DELETE FROM ledger.template WHERE event IN (7, 8, 9);
DELETE FROM ledger.account WHERE account = 8015;
ALTER TABLE ledger.template ENABLE TRIGGER append_only;
ALTER TABLE ledger.account ENABLE TRIGGER append_only;
GRANT EXECUTE ON FUNCTION cycle.open_partitions(integer), cycle.open_month(date),
    cycle.refresh_statistics(integer) TO PUBLIC;
"""


def upgrade() -> None:
    run_script(op.get_bind(), LEDGER + TREASURY)


def downgrade() -> None:
    run_script(op.get_bind(), UNDONE)
