"""Look up the balances that a few lines move by their key, whatever the statistics say.

The account and the fund stood in the statement as constants. Of an account that nobody has counted
yet the planner then expects no block at all, and each block that the lines touch was compared with
all of it: 13,000 returns after a million entries of the same transaction are 200 million
comparisons. As columns of the lines they tell nothing, so the whole key is looked up.

Revision ID: 0028
"""

from alembic import op

from cct_engine.database.migration import run_script

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

_FUNCTIONS = """
CREATE OR REPLACE FUNCTION ledger.move_balances(
    batch ledger.batch, slot smallint, seal ledger.seal, moved smallint, sign smallint
) RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    chart    ledger.account;
    in_order boolean;
    lines    text;
    broken   text;
    tries    integer := 0;
BEGIN
    SELECT * INTO STRICT chart FROM ledger.account WHERE account = moved;
    IF chart.guard = 0 OR seal.line_count = 0 THEN
        RETURN;
    END IF;
    -- Reading all blocks in passing costs less than looking up each, if there are more lines
    -- than pages.
    in_order := chart.subsidiary
        AND seal.line_count > pg_relation_size('ledger.balance_block') / 8192;
    lines := CASE WHEN chart.subsidiary
        THEN 'SELECT l.subject_id, l.amount_minor FROM ledger.journal l WHERE '
             || ledger.lines_of(batch, slot, in_order)
        ELSE format('SELECT 0::bigint AS subject_id, %s::bigint AS amount_minor',
                    seal.total_minor) END;
    LOOP
        BEGIN
            PERFORM ledger.run(format(
                'MERGE INTO ledger.balance_block b USING ('
                'SELECT l.subject_id >> 6 AS block, '
                'array_agg((l.subject_id & 63)::integer + 1) AS places, '
                'array_agg(l.amount_minor) AS moving{account} FROM (%s) l GROUP BY 1 ORDER BY 1) d '
                'ON %s AND b.block = d.block '
                'WHEN MATCHED THEN UPDATE '
                'SET amounts = ledger.moved(b.amounts, d.places, d.moving, %s::smallint) '
                'WHEN NOT MATCHED THEN INSERT (block, fund_id, account, guard, amounts) '
                'VALUES (d.block, %s, %s, %s, ledger.moved('
                'array_fill(0::bigint, ARRAY[64]), d.places, d.moving, %s::smallint))',
                {arguments}, sign, batch.fund_id, moved, chart.guard, sign),
                in_order);
            RETURN;
        EXCEPTION
            WHEN unique_violation THEN
                tries := tries + 1;
                IF tries > 9 THEN
                    RAISE;
                END IF;
            WHEN check_violation THEN
                GET STACKED DIAGNOSTICS broken = CONSTRAINT_NAME;
                IF broken = 'not_overdrawn' THEN
                    PERFORM ledger.refuse_overdraft(batch.fund_id, chart, sign, lines);
                END IF;
                RAISE;
        END;
    END LOOP;
END $$;

-- Names the first subject whose balance would leave its side.
CREATE OR REPLACE FUNCTION ledger.refuse_overdraft(
    fund integer, chart ledger.account, sign smallint, lines text
) RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    first record;
BEGIN
    EXECUTE format(
        'SELECT d.subject_id, coalesce(b.amounts[(d.subject_id & 63) + 1], 0) + %s * d.amount '
        'AS amount_minor FROM (SELECT l.subject_id, sum(l.amount_minor) AS amount{account} '
        'FROM (%s) l GROUP BY 1) d LEFT JOIN ledger.balance_block b '
        'ON {same_account} AND b.block = d.subject_id >> 6 '
        'WHERE %s * (coalesce(b.amounts[(d.subject_id & 63) + 1], 0) + %s * d.amount) < 0 '
        'ORDER BY 1 LIMIT 1',
        sign, {asked}, chart.guard, sign) INTO first;
    IF first IS NOT NULL THEN
        RAISE EXCEPTION 'account % of fund %, subject %: % is on the side it may not come to',
            chart.account, fund, first.subject_id, first.amount_minor
            USING ERRCODE = '23514', CONSTRAINT = 'not_overdrawn',
                  DETAIL = format('Failing row contains (%s, %s, %s, %s, %s).', first.subject_id,
                                  first.amount_minor, fund, chart.account, chart.guard);
    END IF;
END $$;
"""
_CONSTANTS = "format('b.account = %s AND b.fund_id = %s', moved, batch.fund_id)"
_COLUMNS = "b.account = d.account AND b.fund_id = d.fund_id"
_BY_KEY = {
    "account": ", %s::smallint AS account, %s AS fund_id",
    # In order of blocks, the account's are read through once, however many they are.
    "arguments": f"""moved, batch.fund_id, lines,
                CASE WHEN in_order THEN {_CONSTANTS} ELSE '{_COLUMNS}' END""",
    "same_account": _COLUMNS,
    "asked": "chart.account, fund, lines",
}
_BY_PLAN = {
    "account": "",
    "arguments": f"lines, {_CONSTANTS}",
    "same_account": "b.account = %s AND b.fund_id = %s",
    "asked": "lines, chart.account, fund",
}


def upgrade() -> None:
    run_script(op.get_bind(), _FUNCTIONS.format(**_BY_KEY))


def downgrade() -> None:
    run_script(op.get_bind(), _FUNCTIONS.format(**_BY_PLAN))
