-- findings: 8, 23
-- title: What is due is sent
-- asks: Which approved money was in no payment 30 days after it was to be paid?
-- found: {count} [family has|families have] {amount} approved for them that no payment ever carried.
-- clean: All money approved for payment is in a payment, or is not 30 days late.
SELECT c.code AS cycle, l.household_id, c.value_on, :as_of - coalesce(c.value_on,
           CAST(c.approved_at AT TIME ZONE 'UTC' AS date)) AS age_days,
       CAST(sum(l.amount_minor) AS bigint) AS amount_minor, c.currency
FROM cycle.cycle c JOIN cycle.entitlement_line l USING (cycle_id)
WHERE c.state IN ('approved', 'released', 'closed') AND (:cycle_id IS NULL OR c.cycle_id = :cycle_id)
  AND l.money_state = 'payable' AND l.source <> 'lapsed'
  AND coalesce(c.value_on, CAST(c.approved_at AT TIME ZONE 'UTC' AS date)) + 30 < :as_of
  AND NOT EXISTS (SELECT FROM cycle.instruction_part p WHERE p.cycle_id = l.cycle_id
                  AND p.household_id = l.household_id AND p.line_seq = l.line_seq)
GROUP BY c.code, c.cycle_id, l.household_id, c.value_on, c.approved_at, c.currency
HAVING sum(l.amount_minor) > 0
ORDER BY age_days DESC, c.cycle_id, l.household_id
