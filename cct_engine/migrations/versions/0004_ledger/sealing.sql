-- Many lines meet their balances, or the lines they follow, in the order the indexes have. Left
-- alone, the planner, which has no statistics of rows this young, would look up each one.
CREATE FUNCTION ledger.run_in_index_order(statement text) RETURNS bigint LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
SET enable_nestloop = off SET enable_hashjoin = off SET enable_hashagg = off
SET enable_sort = off SET enable_bitmapscan = off AS $$
DECLARE
    rows_met bigint;
BEGIN
    EXECUTE statement;
    GET DIAGNOSTICS rows_met = ROW_COUNT;
    RETURN rows_met;
END $$;

-- Whether to read another table through, in the order of its index, rather than look up each line
-- in it. Reading a row in passing costs an eighth of looking it up; a page holds about 100.
CREATE FUNCTION ledger.reads_through(line_count bigint, other regclass) RETURNS boolean
LANGUAGE sql SET search_path = pg_catalog, pg_temp
RETURN line_count * 8 > pg_relation_size(other) / 8192 * 100;

CREATE FUNCTION ledger.run(statement text, in_index_order boolean) RETURNS bigint LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    rows_met bigint;
BEGIN
    IF in_index_order THEN
        RETURN ledger.run_in_index_order(statement);
    END IF;
    EXECUTE statement;
    GET DIAGNOSTICS rows_met = ROW_COUNT;
    RETURN rows_met;
END $$;

-- The condition that finds a batch's lines: by slot and so in order of subject, or, when they are
-- few, by the pages they stand on.
CREATE FUNCTION ledger.lines_of(batch ledger.batch, slot smallint, in_index_order boolean)
RETURNS text LANGUAGE sql SET search_path = pg_catalog, pg_temp
RETURN format('l.cycle_id = %s AND l.batch_id = %s', (batch).cycle_id, (batch).batch_id)
       || CASE WHEN in_index_order THEN format(' AND l.slot = %s', slot) ELSE '' END;

-- One side of a batch onto the balances of one account.
CREATE FUNCTION ledger.move_balances(
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

-- Lines of an event that follows others are refused if they follow none.
CREATE FUNCTION ledger.check_preceded(
    batch ledger.batch, rule ledger.template, line_count bigint, part regclass
) RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    in_order  boolean := ledger.reads_through(line_count, part);
    statement text := format(
        'SELECT l.subject_id, l.seq FROM ledger.journal l WHERE %s AND NOT EXISTS ('
        'SELECT FROM ledger.journal o WHERE o.cycle_id = %s AND o.slot = %s '
        'AND o.subject_id = l.subject_id AND o.seq = l.seq '
        'AND o.amount_minor = l.amount_minor AND o.event = ANY (%L) AND %s)',
        ledger.lines_of(batch, rule.slot, in_order), batch.cycle_id,
        (SELECT slot FROM ledger.template WHERE event = rule.follows[1]), rule.follows,
        CASE WHEN batch.reverses IS NULL THEN 'true'
             ELSE format('o.batch_id = %s', batch.reverses) END);
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

-- The seal is the act of posting: lines counted and summed, predecessors found, balances moved.
-- Whoever seals holds the posting lock until the transaction ends, so there is one chain.
CREATE FUNCTION ledger.check_seal() RETURNS trigger LANGUAGE plpgsql
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
CREATE TRIGGER checked BEFORE INSERT ON ledger.seal
    FOR EACH ROW EXECUTE FUNCTION ledger.check_seal();

