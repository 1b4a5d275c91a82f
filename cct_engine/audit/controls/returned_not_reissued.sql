-- findings: 7, 10
-- title: Money that came back is sent again
-- asks: Which returned or refused payments wait for more than 90 days to be sent again?
-- found: {count} [family waits|families wait] for {amount} that came back more than 90 days ago.
-- clean: No payment that came back has waited for more than 90 days.
SELECT c.code AS cycle, p.household_id, i.instruction_id, i.reason, i.value_on,
       :as_of - i.value_on AS age_days, CAST(sum(p.amount_minor) AS bigint) AS amount_minor, i.currency
FROM cycle.instruction i
JOIN cycle.instruction_part p USING (instruction_id)
JOIN cycle.cycle c USING (cycle_id)
WHERE i.state IN ('rejected', 'returned', 'expired') AND i.value_on + 90 < :as_of
  AND (:cycle_id IS NULL OR p.cycle_id = :cycle_id)
  AND NOT EXISTS (SELECT FROM cycle.instruction_part n JOIN cycle.instruction o USING (instruction_id)
                  WHERE n.cycle_id = p.cycle_id AND n.household_id = p.household_id
                    AND n.line_seq = p.line_seq AND o.attempt > i.attempt)
GROUP BY c.code, p.household_id, i.instruction_id, i.reason, i.value_on, i.currency
ORDER BY i.value_on, i.instruction_id
