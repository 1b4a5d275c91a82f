"""Which instruction lives: a row that goes, instead of a mark that changes.

That a line is paid by one living instruction at most was an index over the rows marked alive; so
each mark taken away rewrote its row and two index entries. Now the living ones stand in a table of
their own, from which a payment that failed is deleted: the guard is its key, and only the database
adds to it. Besides, evidence loses an index that its key replaces, entries one that nobody reads,
and a payment named by its UETR alone gets one.

Revision ID: 0026
"""

from alembic import op

from cct_engine.database.migration import run_script

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

_PARENTS = "'entitlement_line', 'effect_state', 'household_result', 'instruction_part'"
_PARTITIONS = """
CREATE OR REPLACE FUNCTION cycle.open_partitions(opened integer) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = cycle, pg_temp AS $$
DECLARE parent text;
BEGIN
    FOREACH parent IN ARRAY ARRAY[{parents}]
    LOOP
        EXECUTE format('CREATE TABLE IF NOT EXISTS cycle.%I PARTITION OF cycle.%I FOR VALUES IN (%s)',
                       parent || '_' || opened, parent, opened);
    END LOOP;
END $$;
CREATE OR REPLACE FUNCTION cycle.refresh_statistics(loaded integer) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = cycle, pg_temp AS $$
DECLARE parent text;
BEGIN
    FOREACH parent IN ARRAY ARRAY[{parents}]
    LOOP
        EXECUTE format('ANALYZE cycle.%I', parent || '_' || loaded);
        EXECUTE format('ANALYZE %s cycle.%I',
                       CASE WHEN current_setting('server_version_num')::integer >= 180000 THEN 'ONLY' ELSE '' END,
                       parent);
    END LOOP;
    ANALYZE cycle.instruction;
END $$;
"""

SCRIPT = (
    """
DROP INDEX cycle.one_living_instruction;
-- The entitlement lines that an instruction is to pay or has paid. A payment that failed and whose
-- money is back leaves; then another attempt may come.
CREATE TABLE cycle.living_part (
    cycle_id      integer NOT NULL,
    household_id  bigint NOT NULL,
    line_seq      integer NOT NULL,
    instruction_id bigint NOT NULL,
    CONSTRAINT one_living_instruction PRIMARY KEY (cycle_id, household_id, line_seq)
) PARTITION BY LIST (cycle_id);
DO $$
DECLARE part record;
BEGIN
    FOR part IN SELECT substring(c.relname FROM '[0-9]+$') AS cycle_id
                FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
                WHERE i.inhparent = 'cycle.instruction_part'::regclass
    LOOP
        EXECUTE format('CREATE TABLE cycle.%I PARTITION OF cycle.living_part FOR VALUES IN (%s)',
                       'living_part_' || part.cycle_id, part.cycle_id);
    END LOOP;
END $$;
INSERT INTO cycle.living_part (cycle_id, household_id, line_seq, instruction_id)
    SELECT cycle_id, household_id, line_seq, instruction_id FROM cycle.instruction_part WHERE alive
    ORDER BY cycle_id, household_id, line_seq;
ALTER TABLE cycle.instruction_part DROP COLUMN alive;

CREATE FUNCTION cycle.let_live() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = cycle, pg_temp AS $$
BEGIN
    INSERT INTO cycle.living_part (cycle_id, household_id, line_seq, instruction_id)
        SELECT cycle_id, household_id, line_seq, instruction_id FROM new_parts;
    RETURN NULL;
END $$;
CREATE TRIGGER lives AFTER INSERT ON cycle.instruction_part
    REFERENCING NEW TABLE AS new_parts FOR EACH STATEMENT EXECUTE FUNCTION cycle.let_live();
GRANT SELECT ON cycle.living_part TO cct_app, cct_auditor;
GRANT DELETE ON cycle.living_part TO cct_app;
REVOKE EXECUTE ON FUNCTION cycle.let_live() FROM PUBLIC;
"""
    + _PARTITIONS.format(parents=f"{_PARENTS}, 'living_part'")
    + """
-- What counts is found by file and instruction under evidence_once; what was known, here.
DROP INDEX recon.match_by_instruction;
CREATE INDEX evidence_known ON recon.match (file_id, instruction_id) WHERE NOT counts;
DROP INDEX recon.entry_by_cycle;
-- Four bytes of a hash each: few messages ask for it, every payment pays for it.
CREATE INDEX instruction_by_uetr ON cycle.instruction USING hash (uetr);

-- A message of a million events is a partition that nobody has statistics of yet.
CREATE FUNCTION recon.refresh_statistics(loaded date) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET default_statistics_target = 10 AS $$
BEGIN
    EXECUTE format('ANALYZE recon.%I', 'event_' || to_char(loaded, 'YYYYMM'));
END $$;
REVOKE EXECUTE ON FUNCTION recon.refresh_statistics(date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION recon.refresh_statistics(date) TO cct_app;
"""
)

UNDO = (
    """
DROP FUNCTION recon.refresh_statistics(date);
DROP INDEX cycle.instruction_by_uetr;
CREATE INDEX entry_by_cycle ON recon.entry (cycle_id);
DROP INDEX recon.evidence_known;
CREATE INDEX match_by_instruction ON recon.match (instruction_id);
"""
    + _PARTITIONS.format(parents=_PARENTS)
    + """
DROP TRIGGER lives ON cycle.instruction_part;
DROP FUNCTION cycle.let_live();
ALTER TABLE cycle.instruction_part ADD COLUMN alive boolean NOT NULL DEFAULT true;
UPDATE cycle.instruction_part p SET alive = false WHERE NOT EXISTS (
    SELECT FROM cycle.living_part l
    WHERE (l.cycle_id, l.household_id, l.line_seq, l.instruction_id)
        = (p.cycle_id, p.household_id, p.line_seq, p.instruction_id));
DROP TABLE cycle.living_part;
CREATE UNIQUE INDEX one_living_instruction ON cycle.instruction_part (cycle_id, household_id, line_seq)
    WHERE alive;
"""
)


def upgrade() -> None:
    run_script(op.get_bind(), SCRIPT)


def downgrade() -> None:
    run_script(op.get_bind(), UNDO)
