-- findings: 3, 15
-- title: Nobody is paid while stopped
-- asks: Which families were paid for a month in which a sanction stopped their money, or after they had left the list?
-- found: {count} [family was|families were] paid {amount} although a sanction or their exit stopped it.
-- clean: No money was paid that a sanction or an exit stopped.
-- limits: A sanction is the state that the cycle itself recorded; an exit is what the registry knew at the cut-off.
SELECT c.code AS cycle, r.household_id, 'sanction: ' || e.state AS reason,
       r.pay_now_minor AS amount_minor, c.currency
FROM cycle.cycle c
JOIN cycle.household_result r USING (cycle_id)
JOIN cycle.effect_state e ON e.cycle_id = c.cycle_id AND e.household_id = r.household_id
     AND e.subject_id = 0 AND e.ladder <> 'standing'
     AND e.state IN ('blocked', 'suspended', 'suspended_again', 'cancelled')
     AND e.last_effect_month = e.cycle_month
WHERE c.state IN ('approved', 'released', 'closed') AND (:cycle_id IS NULL OR c.cycle_id = :cycle_id)
  AND EXISTS (SELECT FROM cycle.entitlement_line l WHERE l.cycle_id = c.cycle_id
              AND l.household_id = r.household_id AND l.source = 'due' AND l.money_state = 'payable'
              AND l.amount_minor > 0 AND l.for_period = c.period)
UNION ALL
SELECT c.code, l.household_id, 'left the list on ' || max(n.valid_to),
       CAST(sum(l.amount_minor) AS bigint), c.currency
FROM cycle.cycle c
JOIN cycle.entitlement_line l USING (cycle_id)
JOIN registry.enrolment n ON n.enrolment_id = l.enrolment_id AND n.household_id = l.household_id
     AND n.known_from <= c.as_of_known AND n.known_to > c.as_of_known
WHERE c.state IN ('approved', 'released', 'closed') AND (:cycle_id IS NULL OR c.cycle_id = :cycle_id)
  AND l.source = 'due' AND l.money_state = 'payable' AND l.amount_minor > 0
GROUP BY c.code, c.cycle_id, c.currency, l.household_id, l.for_period
HAVING max(n.valid_to) <= l.for_period
ORDER BY 1, 2, 3
