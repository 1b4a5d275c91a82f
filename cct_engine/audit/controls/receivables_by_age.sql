-- findings: 9, 28
-- title: Overpayments are taken back
-- asks: Which overpayments are older than 180 days and less than half recovered?
-- found: {count} [family owes|families owe] {amount} of overpayments older than 180 days of which less than half has come back.
-- clean: No overpayment older than 180 days is less than half recovered.
-- limits: Found, recovered and written off are sums of the books, account 1210.
SELECT o.subject_id AS household_id, o.fund_id, m.found_on, m.found_minor, m.recovered_minor,
       m.found_minor - m.gone_minor AS amount_minor, m.currency
FROM ledger.balance o
CROSS JOIN LATERAL (
    SELECT min(b.value_on) FILTER (WHERE t.debit = 1210) AS found_on, min(b.currency) AS currency,
           CAST(coalesce(sum(j.amount_minor) FILTER (WHERE t.debit = 1210), 0) AS bigint) AS found_minor,
           CAST(coalesce(sum(j.amount_minor) FILTER (WHERE t.credit = 1210), 0) AS bigint) AS gone_minor,
           CAST(coalesce(sum(j.amount_minor) FILTER (WHERE b.event IN (72, 73)), 0) AS bigint)
               AS recovered_minor
    FROM ledger.journal j JOIN ledger.batch b USING (batch_id)
    JOIN ledger.template t ON t.event = b.event AND 1210 IN (t.debit, t.credit)
    WHERE j.subject_id = o.subject_id AND b.fund_id = o.fund_id
      AND j.slot = ANY (ARRAY(SELECT DISTINCT slot FROM ledger.template))
      AND (:cycle_id IS NULL OR j.cycle_id = :cycle_id)
) m
WHERE o.account = 1210 AND o.amount_minor > 0 AND m.found_on + 180 < :as_of
  AND 2 * m.recovered_minor < m.found_minor
ORDER BY m.found_on, o.subject_id
