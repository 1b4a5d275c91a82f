-- findings: 16, 6
-- title: One month is paid once
-- asks: Which families were paid the same component for the same month twice?
-- found: {count} [component was|components were] paid twice for the same month, {amount} too much.
-- clean: No component was paid twice for the same person and month, and no line by two settled payments.
SELECT min(c.code) AS cycle, l.household_id, l.component, l.person_id, l.for_period AS for_month_on,
       count(*) AS times, CAST(sum(l.amount_minor) - max(l.amount_minor) AS bigint) AS amount_minor,
       c.currency
FROM cycle.entitlement_line l JOIN cycle.cycle c USING (cycle_id)
WHERE c.state IN ('approved', 'released', 'closed') AND l.source = 'due' AND l.money_state = 'payable'
  AND l.amount_minor > 0
GROUP BY c.programme_id, c.currency, l.household_id, l.component, l.person_id, l.pregnancy_id,
         l.for_period, l.enrolment_id
HAVING count(DISTINCT l.cycle_id) > 1
   AND (:cycle_id IS NULL OR bool_or(l.cycle_id = :cycle_id))
UNION ALL
SELECT c.code, p.household_id, 'line ' || p.line_seq, 0, c.period, count(*),
       CAST(sum(p.amount_minor) - max(p.amount_minor) AS bigint), c.currency
FROM cycle.instruction_part p JOIN cycle.instruction i USING (instruction_id)
JOIN cycle.cycle c USING (cycle_id)
WHERE i.state = 'settled' AND (:cycle_id IS NULL OR p.cycle_id = :cycle_id)
GROUP BY c.code, c.period, c.currency, p.household_id, p.line_seq
HAVING count(*) > 1
ORDER BY 1, 2, 3
