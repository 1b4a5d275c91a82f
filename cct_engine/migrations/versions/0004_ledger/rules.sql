CREATE FUNCTION ledger.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%.% is append-only: % refused', TG_TABLE_SCHEMA, TG_TABLE_NAME, TG_OP
        USING ERRCODE = '23514', CONSTRAINT = 'append_only';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.account
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.template
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();
CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON ledger.fiscal_period
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.batch
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.journal
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.seal
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();
CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON ledger.balance
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.anchor
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

-- A period is closed once, and nothing else about it changes.
CREATE FUNCTION ledger.check_closing() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.closed_at IS NOT NULL
       OR NEW.closed_head <> (ledger.locked_head()).head_digest
       OR (NEW.period_id, NEW.opens_on, NEW.closes_on, NEW.opened_by, NEW.opened_at, NEW.digest)
          IS DISTINCT FROM
          (OLD.period_id, OLD.opens_on, OLD.closes_on, OLD.opened_by, OLD.opened_at, OLD.digest)
    THEN
        RAISE EXCEPTION 'fiscal period % can only be closed, once, naming the head of the chain',
            OLD.period_id
            USING ERRCODE = '23514', CONSTRAINT = 'append_only';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER closed_once BEFORE UPDATE ON ledger.fiscal_period
    FOR EACH ROW EXECUTE FUNCTION ledger.check_closing();

-- The period is locked for the rest of the transaction, so that it cannot be closed meanwhile.
CREATE FUNCTION ledger.check_batch() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    period  ledger.fiscal_period;
    undone  ledger.batch;
    rule    ledger.template;
BEGIN
    SELECT * INTO period FROM ledger.fiscal_period WHERE period_id = NEW.period_id FOR SHARE;
    IF NOT FOUND OR period.closed_at IS NOT NULL
       OR NEW.value_on NOT BETWEEN period.opens_on AND period.closes_on THEN
        RAISE EXCEPTION 'batch %: no open fiscal period % holds the value date %',
            NEW.batch_id, NEW.period_id, NEW.value_on
            USING ERRCODE = '23514', CONSTRAINT = 'period_open';
    END IF;
    SELECT * INTO rule FROM ledger.template WHERE event = NEW.event;
    IF (rule.mirror_of IS NULL) <> (NEW.reverses IS NULL) THEN
        RAISE EXCEPTION 'batch %: a correction names the batch it mirrors, and nothing else does',
            NEW.batch_id USING ERRCODE = '23514', CONSTRAINT = 'correction_mirrors';
    END IF;
    IF NEW.reverses IS NOT NULL THEN
        SELECT * INTO undone FROM ledger.batch WHERE batch_id = NEW.reverses;
        IF (undone.event, undone.programme_id, undone.fund_id, undone.cycle_id, undone.currency)
           IS DISTINCT FROM
           (rule.mirror_of, NEW.programme_id, NEW.fund_id, NEW.cycle_id, NEW.currency) THEN
            RAISE EXCEPTION 'batch % does not mirror batch %: event, programme, fund, cycle or '
                'currency differ', NEW.batch_id, NEW.reverses
                USING ERRCODE = '23514', CONSTRAINT = 'correction_mirrors';
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER checked BEFORE INSERT ON ledger.batch
    FOR EACH ROW EXECUTE FUNCTION ledger.check_batch();

-- A batch without a seal never outlives its transaction.
CREATE FUNCTION ledger.check_sealed() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM ledger.seal WHERE batch_id = NEW.batch_id) THEN
        RAISE EXCEPTION 'batch % has no seal at the end of its transaction', NEW.batch_id
            USING ERRCODE = '23514', CONSTRAINT = 'batch_is_sealed';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER sealed AFTER INSERT ON ledger.batch
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger.check_sealed();

-- The batch whose lines may come in: the one without a seal. Only its own transaction sees it.
-- Called immutable so that a statement asks once and compares each row with the answer: asking per
-- row, or a transition table, costs half as much again as writing the rows. Never call it from a
-- function, which would remember the answer. The trigger at the end of a statement asks anew, so
-- that a batch sealed in its midst takes no more lines.
CREATE FUNCTION ledger.open_batch() RETURNS bigint LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN (SELECT b.batch_id::bigint << 32 | b.cycle_id FROM ledger.batch b
            WHERE NOT EXISTS (SELECT FROM ledger.seal s WHERE s.batch_id = b.batch_id));
END $$;
CREATE FUNCTION ledger.refuse_line() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a line for batch %, cycle % refused: there is no such batch without a seal',
        NEW.batch_id, NEW.cycle_id USING ERRCODE = '23514', CONSTRAINT = 'lines_fit_header';
END $$;
CREATE TRIGGER into_open_batch AFTER INSERT ON ledger.journal FOR EACH ROW
    WHEN ((NEW.batch_id::bigint << 32 | NEW.cycle_id) IS DISTINCT FROM ledger.open_batch())
    EXECUTE FUNCTION ledger.refuse_line();
CREATE FUNCTION ledger.check_still_open() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM ledger.batch b
                   WHERE NOT EXISTS (SELECT FROM ledger.seal s WHERE s.batch_id = b.batch_id)) THEN
        RAISE EXCEPTION 'lines refused: there is no batch without a seal'
            USING ERRCODE = '23514', CONSTRAINT = 'lines_fit_header';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER still_open AFTER INSERT ON ledger.journal
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.check_still_open();

-- The number of a new batch: one more than the last. Batches being posted at this moment by others
-- are skipped without waiting for them; each holds an advisory lock on its number.
CREATE FUNCTION ledger.next_batch_id() RETURNS integer LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    candidate integer := (SELECT coalesce(max(batch_id), 0) + 1 FROM ledger.batch);
BEGIN
    WHILE NOT pg_try_advisory_xact_lock(7233173, candidate)
          OR EXISTS (SELECT FROM ledger.batch WHERE batch_id = candidate) LOOP
        candidate := candidate + 1;
    END LOOP;
    RETURN candidate;
END $$;

-- The head of the chain, held still until the transaction ends.
CREATE FUNCTION ledger.locked_head(OUT head_position integer, OUT head_digest text)
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

-- A cycle's own partition. Attached rather than created in place: readers and other postings go on.
CREATE FUNCTION ledger.open_partition(the_cycle integer) RETURNS void LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    part text := format('journal_cycle_%s', the_cycle);
BEGIN
    IF to_regclass('ledger.' || part) IS NOT NULL THEN
        RETURN;
    END IF;
    PERFORM pg_advisory_xact_lock(7233172, 2);
    -- Asked of the catalogue: to_regclass remembers that there was none before the wait.
    IF EXISTS (SELECT FROM pg_class
               WHERE relnamespace = 'ledger'::regnamespace AND relname = part) THEN
        RETURN;
    END IF;
    EXECUTE format('CREATE TABLE ledger.%I (LIKE ledger.journal INCLUDING ALL)', part);
    EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.%I '
                   'FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change()', part);
    -- Whoever may read the journal may read the line that stands in the way of another.
    EXECUTE format('GRANT SELECT ON ledger.%I TO cct_app, cct_auditor', part);
    EXECUTE format('ALTER TABLE ledger.journal ATTACH PARTITION ledger.%I FOR VALUES IN (%s)',
                   part, the_cycle);
END $$;
SELECT ledger.open_partition(0);
