GRANT USAGE ON SCHEMA ledger TO cct_app, cct_auditor;
GRANT SELECT ON ALL TABLES IN SCHEMA ledger TO cct_app, cct_auditor;
GRANT INSERT ON ledger.batch, ledger.journal, ledger.seal, ledger.anchor TO cct_app;
GRANT INSERT ON ledger.fiscal_period TO cct_app;
GRANT UPDATE (closed_by, closed_at, closed_head, closed_digest) ON ledger.fiscal_period TO cct_app;
REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA ledger FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ledger.open_partition(integer), ledger.next_batch_id(),
    ledger.locked_head(), ledger.open_batch() TO cct_app;
