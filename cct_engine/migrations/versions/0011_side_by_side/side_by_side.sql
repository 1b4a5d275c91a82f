-- The batch whose lines may come in, and their event and slot. Only one at a time: two without a
-- seal in one transaction would leave it open whose a line is.
CREATE OR REPLACE FUNCTION ledger.open_batch() RETURNS bigint LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    found record;
BEGIN
    SELECT count(*) AS open_count, min(b.batch_id::bigint << 32 | b.cycle_id) AS batch INTO found
    FROM ledger.batch b
    WHERE NOT EXISTS (SELECT FROM ledger.seal s WHERE s.batch_id = b.batch_id);
    IF found.open_count > 1 THEN
        RAISE EXCEPTION '% batches without a seal: seal one before the next takes lines',
            found.open_count USING ERRCODE = '23514', CONSTRAINT = 'lines_fit_header';
    END IF;
    RETURN found.batch;
END $$;
CREATE FUNCTION ledger.open_rule() RETURNS integer LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN (SELECT min(t.event::integer << 16 | t.slot)
            FROM ledger.batch b JOIN ledger.template t USING (event)
            WHERE NOT EXISTS (SELECT FROM ledger.seal s WHERE s.batch_id = b.batch_id));
END $$;
GRANT EXECUTE ON FUNCTION ledger.open_rule() TO cct_app;
REVOKE EXECUTE ON FUNCTION ledger.open_rule() FROM PUBLIC;
CREATE OR REPLACE FUNCTION ledger.refuse_line() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a line for batch %, cycle %, event %, slot % refused: no batch without a seal '
        'is of these', NEW.batch_id, NEW.cycle_id, NEW.event, NEW.slot
        USING ERRCODE = '23514', CONSTRAINT = 'lines_fit_header';
END $$;
DROP TRIGGER into_open_batch ON ledger.journal;
CREATE TRIGGER into_open_batch AFTER INSERT ON ledger.journal FOR EACH ROW
    WHEN ((NEW.batch_id::bigint << 32 | NEW.cycle_id) IS DISTINCT FROM ledger.open_batch()
          OR (NEW.event::integer << 16 | NEW.slot) IS DISTINCT FROM ledger.open_rule())
    EXECUTE FUNCTION ledger.refuse_line();

-- The head of the chain, held still until the transaction ends; no batch is being posted beside.
CREATE OR REPLACE FUNCTION ledger.locked_head(OUT head_position integer, OUT head_digest text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(7233172, 3);
    PERFORM pg_advisory_xact_lock(7233172, 1);
    SELECT position, digest INTO head_position, head_digest
        FROM ledger.seal ORDER BY position DESC LIMIT 1;
    IF NOT FOUND THEN
        head_position := 0;
        head_digest := repeat('0', 64);
    END IF;
END $$;
-- The same for a slice: it holds the first lock with the other slices, and waits for the second.
CREATE FUNCTION ledger.head_beside(OUT head_position integer, OUT head_digest text)
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

-- Count, sum, and whether all lines have one seq: of a large batch by the index, in order; of a
-- small one by the pages it stands on.
CREATE FUNCTION ledger.contents_in_order(
    batch ledger.batch, slot smallint,
    OUT line_count bigint, OUT total_minor numeric, OUT one_each boolean
) LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off SET enable_bitmapscan = off AS $$
BEGIN
    EXECUTE format(
        'SELECT count(*), coalesce(sum(amount_minor), 0), coalesce(min(seq) = max(seq), true) '
        'FROM ledger.journal WHERE slot = %s AND cycle_id = %s AND batch_id = %s',
        slot, batch.cycle_id, batch.batch_id) INTO line_count, total_minor, one_each;
END $$;
CREATE FUNCTION ledger.contents_by_pages(
    batch ledger.batch, part regclass,
    OUT line_count bigint, OUT total_minor numeric, OUT one_each boolean
) LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET enable_seqscan = off AS $$
BEGIN
    PERFORM brin_summarize_new_values(to_regclass(part || '_batch_id_idx'));
    EXECUTE format(
        'SELECT count(*), coalesce(sum(amount_minor), 0), coalesce(min(seq) = max(seq), true) '
        'FROM ledger.journal WHERE cycle_id = %s AND batch_id = %s',
        batch.cycle_id, batch.batch_id) INTO line_count, total_minor, one_each;
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
    IF NOT EXISTS (SELECT FROM ledger.balance b
                   WHERE b.account = moved AND b.fund_id = batch.fund_id) THEN
        -- Of slices that open an account at one moment the second waits, and finds it open.
        PERFORM pg_advisory_xact_lock(7233173, moved);
    END IF;
    IF NOT EXISTS (SELECT FROM ledger.balance b
                   WHERE b.account = moved AND b.fund_id = batch.fund_id) THEN
        PERFORM ledger.run(format(
            'INSERT INTO ledger.balance (subject_id, amount_minor, fund_id, account, guard) '
            'SELECT d.subject_id, %s * d.amount, %s, %s, %s FROM (%s) d',
            sign, batch.fund_id, moved, chart.guard, delta), in_order);
        RETURN;
    END IF;
    PERFORM ledger.run(format(
        'MERGE INTO ledger.balance b USING (%s) d '
        'ON b.account = %s AND b.fund_id = %s AND b.subject_id = d.subject_id '
        'WHEN MATCHED THEN UPDATE SET amount_minor = b.amount_minor + %s * d.amount '
        'WHEN NOT MATCHED THEN INSERT (subject_id, amount_minor, fund_id, account, guard) '
        'VALUES (d.subject_id, %s * d.amount, %s, %s, %s)',
        delta, moved, batch.fund_id, sign, sign, batch.fund_id, moved, chart.guard), in_order);
END $$;

-- What a seal is the digest of: the same bytes as ledger/batch.py, ledger/export/check.py and a
-- stranger with the published description compute.
CREATE FUNCTION ledger.seal_digest(seal ledger.seal, batch ledger.batch, rule ledger.template)
RETURNS text LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
RETURN encode(sha256(convert_to(
    'cct-ledger-seal-1' || chr(10) || '[' || concat_ws(',',
        (seal).position, to_json((seal).previous_digest::text), (batch).batch_id, (batch).event,
        (rule).debit, (rule).credit, (batch).programme_id, (batch).fund_id, (batch).cycle_id,
        coalesce(to_json((batch).conduit)::text, 'null'),
        to_json(to_char((batch).value_on, 'YYYY-MM-DD')), (batch).period_id,
        to_json((SELECT p.digest::text FROM ledger.fiscal_period p
                 WHERE p.period_id = (batch).period_id)),
        to_json((batch).currency), to_json((batch).key),
        coalesce((batch).reverses::text, 'null'), (batch).prepared_by, (batch).approved_by,
        to_json(to_char((batch).recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')),
        (seal).line_count, (seal).total_minor, to_json((seal).merkle_root::text),
        (SELECT string_agg(to_json(p.closed_digest::text)::text, ',' ORDER BY p.period_id)
         FROM ledger.fiscal_period p WHERE p.closed_head = (seal).previous_digest)
    ) || ']', 'UTF8')), 'hex');

CREATE OR REPLACE FUNCTION ledger.check_seal() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET enable_seqscan = off AS $$
DECLARE
    beside boolean := current_setting('ledger.beside', true) IS NOT DISTINCT FROM 'on';
    head   record;
    batch  ledger.batch;
    rule   ledger.template;
    part   regclass;
    found  record;
BEGIN
    -- Slices move their balances beside one another, accounts and subjects in one order, so that
    -- none waits for another in a circle; each is alone in its transaction.
    IF beside THEN
        PERFORM pg_advisory_xact_lock_shared(7233172, 3);
    ELSE
        SELECT * INTO head FROM ledger.locked_head();
    END IF;
    SELECT * INTO STRICT batch FROM ledger.batch WHERE batch_id = NEW.batch_id;
    SELECT * INTO STRICT rule FROM ledger.template WHERE event = batch.event;
    part := to_regclass(format('ledger.journal_cycle_%s', batch.cycle_id));
    IF ledger.reads_through(NEW.line_count, part) THEN
        SELECT * INTO found FROM ledger.contents_in_order(batch, rule.slot);
    ELSE
        SELECT * INTO found FROM ledger.contents_by_pages(batch, part);
    END IF;
    IF found.line_count <> NEW.line_count OR found.total_minor <> NEW.total_minor THEN
        RAISE EXCEPTION 'seal of batch % says % lines of %, the journal has % of %', NEW.batch_id,
            NEW.line_count, NEW.total_minor, found.line_count, found.total_minor
            USING ERRCODE = '23514', CONSTRAINT = 'seal_matches_lines';
    END IF;
    IF cardinality(rule.follows) > 0 THEN
        PERFORM ledger.check_preceded(batch, rule, NEW.line_count, part);
    END IF;
    IF rule.debit < rule.credit THEN
        PERFORM ledger.move_balances(
            batch, rule.slot, NEW, rule.debit, 1::smallint, found.one_each);
    END IF;
    PERFORM ledger.move_balances(
        batch, rule.slot, NEW, rule.credit, -1::smallint, found.one_each);
    IF rule.debit > rule.credit THEN
        PERFORM ledger.move_balances(
            batch, rule.slot, NEW, rule.debit, 1::smallint, found.one_each);
    END IF;
    IF beside THEN
        SELECT * INTO head FROM ledger.head_beside();
    END IF;
    NEW.position := coalesce(NEW.position, head.head_position + 1);
    NEW.previous_digest := coalesce(NEW.previous_digest, head.head_digest);
    IF NEW.position <> head.head_position + 1 OR NEW.previous_digest <> head.head_digest THEN
        RAISE EXCEPTION 'seal of batch % does not continue the chain at position %',
            NEW.batch_id, head.head_position + 1
            USING ERRCODE = '23514', CONSTRAINT = 'one_chain';
    END IF;
    NEW.digest := coalesce(NEW.digest, ledger.seal_digest(NEW, batch, rule));
    IF NEW.digest <> ledger.seal_digest(NEW, batch, rule) THEN
        RAISE EXCEPTION 'seal of batch %: % is not the digest of its header and lines',
            NEW.batch_id, NEW.digest USING ERRCODE = '23514', CONSTRAINT = 'seal_digest';
    END IF;
    RETURN NEW;
END $$;
REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA ledger FROM PUBLIC;
