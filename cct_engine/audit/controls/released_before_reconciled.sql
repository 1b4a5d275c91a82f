-- findings: 20
-- title: The last cycle is reconciled before the next is paid
-- asks: Which cycles were released while more than 5 % of an earlier cycle had no answer from the bank?
-- found: {count} [cycle was|cycles were] released while {amount} of earlier cycles was still without an answer.
-- clean: Every release came after the cycle before it was answered for, to 5 %.
SELECT c.code AS cycle, e.code AS earlier_cycle, CAST(c.released_at AT TIME ZONE 'UTC' AS date) AS released_on,
       m.sent_minor, m.open_minor AS amount_minor, c.currency
FROM cycle.cycle c
JOIN cycle.cycle e ON e.programme_id = c.programme_id AND e.period < c.period
JOIN LATERAL (
    SELECT CAST(coalesce(sum(m.credit_minor), 0) AS bigint) AS sent_minor,
           CAST(coalesce(sum(m.credit_minor - m.debit_minor), 0) AS bigint) AS open_minor
    FROM ledger.movement m JOIN ledger.batch b USING (batch_id)
    WHERE m.account = 1090 AND m.cycle_id = e.cycle_id AND b.recorded_at < c.released_at
) m ON true
WHERE c.released_at IS NOT NULL AND (:cycle_id IS NULL OR c.cycle_id = :cycle_id)
  AND m.open_minor * 20 > m.sent_minor
ORDER BY c.cycle_id, e.cycle_id
