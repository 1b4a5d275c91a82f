DROP TRIGGER into_open_batch ON ledger.journal;
CREATE OR REPLACE FUNCTION ledger.open_batch() RETURNS bigint LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN (SELECT b.batch_id::bigint << 32 | b.cycle_id FROM ledger.batch b
            WHERE NOT EXISTS (SELECT FROM ledger.seal s WHERE s.batch_id = b.batch_id));
END $$;
CREATE OR REPLACE FUNCTION ledger.refuse_line() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a line for batch %, cycle % refused: there is no such batch without a seal',
        NEW.batch_id, NEW.cycle_id USING ERRCODE = '23514', CONSTRAINT = 'lines_fit_header';
END $$;
CREATE TRIGGER into_open_batch AFTER INSERT ON ledger.journal FOR EACH ROW
    WHEN ((NEW.batch_id::bigint << 32 | NEW.cycle_id) IS DISTINCT FROM ledger.open_batch())
    EXECUTE FUNCTION ledger.refuse_line();
CREATE OR REPLACE FUNCTION ledger.locked_head(OUT head_position integer, OUT head_digest text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(7233172, 1);
    SELECT position, digest INTO head_position, head_digest
        FROM ledger.seal ORDER BY position DESC LIMIT 1;
    IF NOT FOUND THEN
        head_position := 0;
        head_digest := repeat('0', 64);
    END IF;
END $$;
CREATE OR REPLACE FUNCTION ledger.move_balances(
    batch ledger.batch, slot smallint, seal ledger.seal, moved smallint, sign smallint,
    one_each boolean
) RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    chart    ledger.account;
    in_order boolean := ledger.reads_through(seal.line_count, 'ledger.balance');
    delta    text;
BEGIN
    SELECT * INTO STRICT chart FROM ledger.account WHERE account = moved;
    IF chart.guard = 0 OR seal.line_count = 0 THEN
        RETURN;
    END IF;
    IF chart.subsidiary THEN
        delta := format(
            'SELECT l.subject_id, %s AS amount FROM ledger.journal l WHERE %s %s',
            CASE WHEN one_each THEN 'l.amount_minor' ELSE 'sum(l.amount_minor)::bigint' END,
            ledger.lines_of(batch, slot, in_order),
            CASE WHEN one_each THEN '' ELSE 'GROUP BY l.subject_id' END);
    ELSE
        delta := format('SELECT 0::bigint AS subject_id, %s::bigint AS amount', seal.total_minor);
        in_order := false;
    END IF;
    PERFORM ledger.run(format(
        'MERGE INTO ledger.balance b USING (%s) d '
        'ON b.account = %s AND b.fund_id = %s AND b.subject_id = d.subject_id '
        'WHEN MATCHED THEN UPDATE SET amount_minor = b.amount_minor + %s * d.amount '
        'WHEN NOT MATCHED THEN INSERT (subject_id, amount_minor, fund_id, account, guard) '
        'VALUES (d.subject_id, %s * d.amount, %s, %s, %s)',
        delta, moved, batch.fund_id, sign, sign, batch.fund_id, moved, chart.guard), in_order);
END $$;
CREATE OR REPLACE FUNCTION ledger.check_seal() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET enable_seqscan = off AS $$
DECLARE
    head  record;
    batch ledger.batch;
    rule  ledger.template;
    part  regclass;
    found record;
BEGIN
    SELECT * INTO head FROM ledger.locked_head();
    IF NEW.position <> head.head_position + 1 OR NEW.previous_digest <> head.head_digest THEN
        RAISE EXCEPTION 'seal of batch % does not continue the chain at position %',
            NEW.batch_id, head.head_position + 1
            USING ERRCODE = '23514', CONSTRAINT = 'one_chain';
    END IF;
    SELECT * INTO STRICT batch FROM ledger.batch WHERE batch_id = NEW.batch_id;
    SELECT * INTO STRICT rule FROM ledger.template WHERE event = batch.event;
    part := to_regclass(format('ledger.journal_cycle_%s', batch.cycle_id));
    PERFORM brin_summarize_new_values(to_regclass(part || '_batch_id_idx'));
    EXECUTE format(
        'SELECT count(*) AS line_count, coalesce(sum(amount_minor), 0) AS total_minor, '
        'coalesce(min(seq) = max(seq), true) AS one_each, '
        'count(*) FILTER (WHERE event <> %s OR slot <> %s) AS strange_count '
        'FROM ledger.journal WHERE cycle_id = %s AND batch_id = %s',
        rule.event, rule.slot, batch.cycle_id, batch.batch_id)
        INTO found;
    IF found.strange_count > 0 THEN
        RAISE EXCEPTION 'batch % is of event %: % of its lines have another event or slot',
            NEW.batch_id, rule.event, found.strange_count
            USING ERRCODE = '23514', CONSTRAINT = 'lines_fit_header';
    END IF;
    IF found.line_count <> NEW.line_count OR found.total_minor <> NEW.total_minor THEN
        RAISE EXCEPTION 'seal of batch % says % lines of %, the journal has % of %', NEW.batch_id,
            NEW.line_count, NEW.total_minor, found.line_count, found.total_minor
            USING ERRCODE = '23514', CONSTRAINT = 'seal_matches_lines';
    END IF;
    IF cardinality(rule.follows) > 0 THEN
        PERFORM ledger.check_preceded(batch, rule, NEW.line_count, part);
    END IF;
    PERFORM ledger.move_balances(
        batch, rule.slot, NEW, rule.debit, 1::smallint, found.one_each);
    PERFORM ledger.move_balances(
        batch, rule.slot, NEW, rule.credit, -1::smallint, found.one_each);
    RETURN NEW;
END $$;
DROP FUNCTION ledger.open_rule();
DROP FUNCTION ledger.head_beside();
DROP FUNCTION ledger.contents_in_order(ledger.batch, smallint);
DROP FUNCTION ledger.contents_by_pages(ledger.batch, regclass);
DROP FUNCTION ledger.seal_digest(ledger.seal, ledger.batch, ledger.template);
