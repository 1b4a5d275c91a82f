"""Large sums need more signatures: how many is decided per programme, and the books hold to it.

Revision ID: 0016
"""

from alembic import op

from cct_engine.database.migration import run_script

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

SCRIPT = """
-- What a list of more than over_minor needs; the highest that applies counts. None: one signature.
CREATE TABLE cycle.value_tier (
    programme_id  integer NOT NULL REFERENCES registry.programme,
    over_minor    bigint NOT NULL CHECK (over_minor >= 0),
    signature_count smallint NOT NULL CHECK (signature_count BETWEEN 1 AND 5),
    decided_by    integer NOT NULL REFERENCES people.officer (officer_id),
    decided_at    timestamptz NOT NULL,
    PRIMARY KEY (programme_id, over_minor)
);

-- The second and later signatures under an approved list, each by its digest.
CREATE TABLE cycle.countersignature (
    cycle_id      integer NOT NULL REFERENCES cycle.cycle,
    list_digest   text NOT NULL,
    signed_by     integer NOT NULL REFERENCES people.officer (officer_id),
    signed_at     timestamptz NOT NULL,
    PRIMARY KEY (cycle_id, signed_by)
);

-- What the tiers said when a list was approved: more than one signature. Lists that need one have no row.
CREATE TABLE cycle.signature_need (
    cycle_id      integer PRIMARY KEY REFERENCES cycle.cycle,
    signature_count smallint NOT NULL CHECK (signature_count BETWEEN 2 AND 5),
    to_pay_minor  bigint NOT NULL
);

CREATE FUNCTION cycle.refuse_signature_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'signatures stand: nothing in cycle.% is changed or removed', TG_TABLE_NAME
        USING ERRCODE = '23514';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON cycle.countersignature
    FOR EACH STATEMENT EXECUTE FUNCTION cycle.refuse_signature_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON cycle.signature_need
    FOR EACH STATEMENT EXECUTE FUNCTION cycle.refuse_signature_change();

-- Under the list that was approved, while it waits, and by nobody whose hand is in it already.
CREATE FUNCTION cycle.refuse_own_countersignature() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM cycle.cycle c WHERE c.cycle_id = NEW.cycle_id AND c.state = 'approved'
            AND c.list_digest = NEW.list_digest AND NEW.signed_by NOT IN (c.prepared_by, c.approved_by)) THEN
        RAISE EXCEPTION 'cycle %: not the approved list, or a signature of one''s own work', NEW.cycle_id
            USING ERRCODE = '23514';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER not_own_work BEFORE INSERT ON cycle.countersignature
    FOR EACH ROW EXECUTE FUNCTION cycle.refuse_own_countersignature();

-- The tier of a sum now, and the one that was found at approval: the stricter counts.
CREATE FUNCTION cycle.signatures_needed(cycle_number integer) RETURNS integer LANGUAGE sql STABLE AS $$
    SELECT greatest(1,
        coalesce((SELECT n.signature_count FROM cycle.signature_need n WHERE n.cycle_id = cycle_number), 1),
        coalesce((SELECT t.signature_count FROM cycle.value_tier t
                  WHERE t.programme_id = c.programme_id AND t.over_minor <
                        (SELECT coalesce(sum(r.pay_now_minor), 0) FROM cycle.household_result r
                         WHERE r.cycle_id = cycle_number)
                  ORDER BY t.over_minor DESC LIMIT 1), 1))
    FROM cycle.cycle c WHERE c.cycle_id = cycle_number
$$;

CREATE FUNCTION cycle.refuse_unsigned_release() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    signed integer;
    needed integer;
BEGIN
    IF EXISTS (SELECT FROM cycle.countersignature s WHERE s.cycle_id = NEW.cycle_id
               AND s.signed_by = NEW.released_by) THEN
        RAISE EXCEPTION 'cycle %: who signed it does not send it', NEW.code USING ERRCODE = '23514';
    END IF;
    IF EXISTS (SELECT FROM cycle.value_tier t WHERE t.programme_id = NEW.programme_id)
       OR EXISTS (SELECT FROM cycle.signature_need n WHERE n.cycle_id = NEW.cycle_id) THEN
        needed := cycle.signatures_needed(NEW.cycle_id);
        signed := 1 + (SELECT count(*) FROM cycle.countersignature s WHERE s.cycle_id = NEW.cycle_id
                       AND s.list_digest = NEW.list_digest);
        IF signed < needed THEN
            RAISE EXCEPTION 'cycle %: % of % signatures', NEW.code, signed, needed USING ERRCODE = '23514';
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER enough_signatures BEFORE UPDATE ON cycle.cycle
    FOR EACH ROW WHEN (OLD.state = 'approved' AND NEW.state = 'released')
    EXECUTE FUNCTION cycle.refuse_unsigned_release();

GRANT SELECT ON cycle.value_tier, cycle.countersignature, cycle.signature_need TO cct_app, cct_auditor;
GRANT INSERT, UPDATE ON cycle.value_tier TO cct_app;
GRANT INSERT ON cycle.countersignature, cycle.signature_need TO cct_app;
"""

UNDO = """
DROP TRIGGER enough_signatures ON cycle.cycle;
DROP FUNCTION cycle.refuse_unsigned_release();
DROP FUNCTION cycle.signatures_needed(integer);
DROP TABLE cycle.signature_need;
DROP TABLE cycle.countersignature;
DROP TABLE cycle.value_tier;
DROP FUNCTION cycle.refuse_own_countersignature();
DROP FUNCTION cycle.refuse_signature_change();
"""


def upgrade() -> None:
    run_script(op.get_bind(), SCRIPT)


def downgrade() -> None:
    run_script(op.get_bind(), UNDO)
