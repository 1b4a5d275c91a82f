-- findings: 9, 28
-- title: Overpayments are taken back
-- asks: Which overpayments are older than 180 days and less than half recovered?
-- found: {count} families owe {amount} of overpayments older than 180 days of which less than half has come back.
-- clean: No overpayment older than 180 days is less than half recovered.
-- limits: Found, recovered and written off are sums of the books, account 1210.
SELECT j.subject_id AS household_id, b.fund_id, min(b.value_on) FILTER (WHERE b.event IN (70, 71))
           AS found_on,
       CAST(coalesce(sum(j.amount_minor) FILTER (WHERE b.event IN (70, 71)), 0) AS bigint) AS found_minor,
       CAST(coalesce(sum(j.amount_minor) FILTER (WHERE b.event IN (72, 73)), 0) AS bigint) AS recovered_minor,
       CAST(sum(CASE WHEN t.debit = 1210 THEN j.amount_minor ELSE -j.amount_minor END) AS bigint)
           AS amount_minor, b.currency
FROM ledger.batch b JOIN ledger.template t ON t.event = b.event AND 1210 IN (t.debit, t.credit)
JOIN ledger.journal j ON j.batch_id = b.batch_id AND j.cycle_id = b.cycle_id
WHERE :cycle_id IS NULL OR b.cycle_id = :cycle_id
GROUP BY j.subject_id, b.fund_id, b.currency
HAVING sum(CASE WHEN t.debit = 1210 THEN j.amount_minor ELSE -j.amount_minor END) > 0
   AND min(b.value_on) FILTER (WHERE b.event IN (70, 71)) + 180 < :as_of
   AND 2 * coalesce(sum(j.amount_minor) FILTER (WHERE b.event IN (72, 73)), 0)
       < sum(j.amount_minor) FILTER (WHERE b.event IN (70, 71))
ORDER BY found_on, household_id
