-- Kept for guarded accounts: per subject where the account is subsidiary, else for subject 0.
-- Debit positive. Subject s stands in block s >> 6 at place (s & 63) + 1. Half-full pages let every
-- update stay in its page, without touching the index.
CREATE TABLE ledger.balance_block (
    block        bigint NOT NULL CHECK (block >= 0),
    fund_id      integer NOT NULL,
    account      smallint NOT NULL,
    guard        smallint NOT NULL,
    amounts      bigint[] NOT NULL,
    PRIMARY KEY (account, fund_id, block),
    CONSTRAINT sixty_four CHECK (array_ndims(amounts) = 1 AND array_lower(amounts, 1) = 1
                                 AND cardinality(amounts) = 64
                                 AND array_position(amounts, NULL::bigint) IS NULL),
    CONSTRAINT not_overdrawn CHECK (CASE guard WHEN 1 THEN 0 <= ALL (amounts)
                                               WHEN -1 THEN 0 >= ALL (amounts) ELSE true END)
) WITH (fillfactor = 50);

-- Amounts onto the balances of one block, each at its place; a place may come more than once.
CREATE FUNCTION ledger.moved(
    amounts bigint[], places integer[], moving bigint[], sign smallint
) RETURNS bigint[] LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    FOR number IN 1 .. cardinality(places) LOOP
        amounts[places[number]] := amounts[places[number]] + sign * moving[number];
    END LOOP;
    RETURN amounts;
END $$;

INSERT INTO ledger.balance_block (block, fund_id, account, guard, amounts)
    SELECT b.subject_id >> 6, b.fund_id, b.account, min(b.guard),
           ledger.moved(array_fill(0::bigint, ARRAY[64]),
                        array_agg((b.subject_id & 63)::integer + 1),
                        array_agg(b.amount_minor), 1::smallint)
    FROM ledger.balance b GROUP BY b.account, b.fund_id, b.subject_id >> 6
    ORDER BY b.account, b.fund_id, b.subject_id >> 6;
DROP TABLE ledger.balance;
CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON ledger.balance_block
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

CREATE VIEW ledger.balance WITH (security_invoker = true) AS
    SELECT (b.block << 6) + held.place - 1 AS subject_id, held.amount_minor, b.fund_id, b.account,
           b.guard
    FROM ledger.balance_block b
    CROSS JOIN LATERAL unnest(b.amounts) WITH ORDINALITY AS held (amount_minor, place)
    WHERE held.amount_minor <> 0;
GRANT SELECT ON ledger.balance_block, ledger.balance TO cct_app, cct_auditor;

-- One side of a batch onto the balances of one account, block after block: so no two postings wait
-- for one another in a circle. Two that open a block at one moment: the second one sees it, and
-- begins anew.
DROP FUNCTION ledger.move_balances(
    ledger.batch, smallint, ledger.seal, smallint, smallint, boolean);
CREATE FUNCTION ledger.move_balances(
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
                'array_agg(l.amount_minor) AS moving FROM (%s) l GROUP BY 1 ORDER BY 1) d '
                'ON b.account = %s AND b.fund_id = %s AND b.block = d.block '
                'WHEN MATCHED THEN UPDATE '
                'SET amounts = ledger.moved(b.amounts, d.places, d.moving, %s::smallint) '
                'WHEN NOT MATCHED THEN INSERT (block, fund_id, account, guard, amounts) '
                'VALUES (d.block, %s, %s, %s, ledger.moved('
                'array_fill(0::bigint, ARRAY[64]), d.places, d.moving, %s::smallint))',
                lines, moved, batch.fund_id, sign, batch.fund_id, moved, chart.guard, sign),
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
CREATE FUNCTION ledger.refuse_overdraft(
    fund integer, chart ledger.account, sign smallint, lines text
) RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    first record;
BEGIN
    EXECUTE format(
        'SELECT d.subject_id, coalesce(b.amounts[(d.subject_id & 63) + 1], 0) + %s * d.amount '
        'AS amount_minor FROM (SELECT l.subject_id, sum(l.amount_minor) AS amount '
        'FROM (%s) l GROUP BY 1) d LEFT JOIN ledger.balance_block b '
        'ON b.account = %s AND b.fund_id = %s AND b.block = d.subject_id >> 6 '
        'WHERE %s * (coalesce(b.amounts[(d.subject_id & 63) + 1], 0) + %s * d.amount) < 0 '
        'ORDER BY 1 LIMIT 1',
        sign, lines, chart.account, fund, chart.guard, sign) INTO first;
    IF first IS NOT NULL THEN
        RAISE EXCEPTION 'account % of fund %, subject %: % is on the side it may not come to',
            chart.account, fund, first.subject_id, first.amount_minor
            USING ERRCODE = '23514', CONSTRAINT = 'not_overdrawn',
                  DETAIL = format('Failing row contains (%s, %s, %s, %s, %s).', first.subject_id,
                                  first.amount_minor, fund, chart.account, chart.guard);
    END IF;
END $$;

DROP FUNCTION ledger.contents_in_order(ledger.batch, smallint);
CREATE FUNCTION ledger.contents_in_order(
    batch ledger.batch, slot smallint, OUT line_count bigint, OUT total_minor numeric
) LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off SET enable_bitmapscan = off AS $$
BEGIN
    EXECUTE format(
        'SELECT count(*), coalesce(sum(amount_minor), 0) '
        'FROM ledger.journal WHERE slot = %s AND cycle_id = %s AND batch_id = %s',
        slot, batch.cycle_id, batch.batch_id) INTO line_count, total_minor;
END $$;
DROP FUNCTION ledger.contents_by_pages(ledger.batch, regclass);
CREATE FUNCTION ledger.contents_by_pages(
    batch ledger.batch, part regclass, OUT line_count bigint, OUT total_minor numeric
) LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET enable_seqscan = off AS $$
BEGIN
    PERFORM brin_summarize_new_values(to_regclass(part || '_batch_id_idx'));
    EXECUTE format(
        'SELECT count(*), coalesce(sum(amount_minor), 0) '
        'FROM ledger.journal WHERE cycle_id = %s AND batch_id = %s',
        batch.cycle_id, batch.batch_id) INTO line_count, total_minor;
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
    side   record;
BEGIN
    -- Slices move their balances beside one another, accounts and blocks in one order, so that
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
    -- What is one balance for all comes last: slices wait for one another there.
    FOR side IN
        SELECT a.account, CASE a.account WHEN rule.debit THEN 1 ELSE -1 END::smallint AS sign
        FROM ledger.account a WHERE a.account IN (rule.debit, rule.credit)
        ORDER BY a.subsidiary DESC, a.account
    LOOP
        PERFORM ledger.move_balances(batch, rule.slot, NEW, side.account, side.sign);
    END LOOP;
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
REVOKE EXECUTE ON FUNCTION ledger.moved(bigint[], integer[], bigint[], smallint),
    ledger.move_balances(ledger.batch, smallint, ledger.seal, smallint, smallint),
    ledger.refuse_overdraft(integer, ledger.account, smallint, text),
    ledger.contents_in_order(ledger.batch, smallint),
    ledger.contents_by_pages(ledger.batch, regclass) FROM PUBLIC;
