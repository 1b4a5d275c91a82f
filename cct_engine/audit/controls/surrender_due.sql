-- findings: 22, 24
-- title: Unclaimed money is surrendered
-- asks: Which money due to the Treasury has not been sent to it for 30 days?
-- found: {count} [fund holds|funds hold] {amount} due to the Treasury for more than 30 days.
-- clean: No money due to the Treasury has waited for more than 30 days.
SELECT m.fund_id, m.programme_id, max(m.value_on) FILTER (WHERE m.credit_minor > 0) AS due_since_on,
       CAST(sum(m.credit_minor - m.debit_minor) AS bigint) AS amount_minor, m.currency
FROM ledger.movement m
WHERE m.account = 2130 AND (:cycle_id IS NULL OR m.cycle_id = :cycle_id)
GROUP BY m.fund_id, m.programme_id, m.currency
HAVING sum(m.credit_minor - m.debit_minor) > 0
   AND min(m.value_on) FILTER (WHERE m.credit_minor > 0) + 30 < :as_of
ORDER BY m.fund_id, m.programme_id
