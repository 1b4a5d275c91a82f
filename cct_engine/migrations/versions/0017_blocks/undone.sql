DROP VIEW ledger.balance;
CREATE TABLE ledger.balance (
    subject_id   bigint NOT NULL,
    amount_minor bigint NOT NULL,
    fund_id      integer NOT NULL,
    account      smallint NOT NULL,
    guard        smallint NOT NULL,
    PRIMARY KEY (account, fund_id, subject_id),
    CONSTRAINT not_overdrawn CHECK (guard * amount_minor >= 0)
) WITH (fillfactor = 50);
ANALYZE ledger.balance_block;
WITH holder AS MATERIALIZED (
    SELECT DISTINCT a.account, b.fund_id, a.guard, moved.subject_id
    FROM ledger.batch b
    JOIN ledger.template t ON t.event = b.event
    JOIN ledger.account a ON a.account IN (t.debit, t.credit) AND a.guard <> 0
    CROSS JOIN LATERAL (
        SELECT j.subject_id FROM ledger.journal j
        WHERE a.subsidiary AND j.cycle_id = b.cycle_id AND j.batch_id = b.batch_id
        UNION ALL
        SELECT 0 FROM ledger.seal s
        WHERE NOT a.subsidiary AND s.batch_id = b.batch_id AND s.line_count > 0
    ) moved
)
INSERT INTO ledger.balance (subject_id, amount_minor, fund_id, account, guard)
    SELECT h.subject_id, k.amounts[(h.subject_id & 63) + 1], h.fund_id, h.account, h.guard
    FROM holder h JOIN ledger.balance_block k ON k.account = h.account AND k.fund_id = h.fund_id
                                             AND k.block = h.subject_id >> 6;
CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON ledger.balance
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();
GRANT SELECT ON ledger.balance TO cct_app, cct_auditor;
DROP TABLE ledger.balance_block;
DROP FUNCTION ledger.move_balances(ledger.batch, smallint, ledger.seal, smallint, smallint);
DROP FUNCTION ledger.refuse_overdraft(integer, ledger.account, smallint, text);
DROP FUNCTION ledger.moved(bigint[], integer[], bigint[], smallint);
DROP FUNCTION ledger.contents_in_order(ledger.batch, smallint);
DROP FUNCTION ledger.contents_by_pages(ledger.batch, regclass);
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
