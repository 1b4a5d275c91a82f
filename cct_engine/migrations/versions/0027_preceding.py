"""Look up what a line follows by its key, whatever the statistics say.

A day's debits and its returns may be posted in one transaction. Nobody has counted the debits then,
so the planner took them for one row, and held each return against all of them: for a million
payments that is hours. Asked for line by line, each is found by the journal's key.

Revision ID: 0027
"""

from alembic import op

from cct_engine.database.migration import run_script

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

_CHECK = """
CREATE OR REPLACE FUNCTION ledger.check_preceded(
    batch ledger.batch, rule ledger.template, line_count bigint, part regclass
) RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    in_order  boolean := ledger.reads_through(line_count, part);
    statement text := {statement}
    alone     bigint := ledger.run(statement, in_order);
    example   record;
BEGIN
    IF alone > 0 THEN
        EXECUTE statement || ' ORDER BY 1, 2 LIMIT 1' INTO example;
        RAISE EXCEPTION '% lines (%) follow no line of the same cycle, subject, seq and amount that '
            'they need; the first is subject %, seq %', alone, rule.name, example.subject_id,
            example.seq
            USING ERRCODE = '23514', CONSTRAINT = 'line_follows';
    END IF;
END $$;
"""

_BY_KEY = """format(
        'SELECT l.subject_id, l.seq FROM ledger.journal l WHERE %s AND '
        || CASE WHEN in_order THEN 'NOT EXISTS (SELECT' ELSE 'NOT coalesce((SELECT true' END
        || ' FROM ledger.journal o WHERE o.cycle_id = %s AND o.slot = %s '
        'AND o.subject_id = l.subject_id AND o.seq = l.seq '
        'AND o.amount_minor = l.amount_minor AND o.event = ANY (%L) AND %s)'
        || CASE WHEN in_order THEN '' ELSE ', false)' END,
        ledger.lines_of(batch, rule.slot, in_order), batch.cycle_id,
        (SELECT slot FROM ledger.template WHERE event = rule.follows[1]), rule.follows,
        CASE WHEN batch.reverses IS NULL THEN 'true'
             ELSE format('o.batch_id = %s', batch.reverses) END);"""

_BY_PLAN = """format(
        'SELECT l.subject_id, l.seq FROM ledger.journal l WHERE %s AND NOT EXISTS ('
        'SELECT FROM ledger.journal o WHERE o.cycle_id = %s AND o.slot = %s '
        'AND o.subject_id = l.subject_id AND o.seq = l.seq '
        'AND o.amount_minor = l.amount_minor AND o.event = ANY (%L) AND %s)',
        ledger.lines_of(batch, rule.slot, in_order), batch.cycle_id,
        (SELECT slot FROM ledger.template WHERE event = rule.follows[1]), rule.follows,
        CASE WHEN batch.reverses IS NULL THEN 'true'
             ELSE format('o.batch_id = %s', batch.reverses) END);"""


def upgrade() -> None:
    run_script(op.get_bind(), _CHECK.format(statement=_BY_KEY))


def downgrade() -> None:
    run_script(op.get_bind(), _CHECK.format(statement=_BY_PLAN))
