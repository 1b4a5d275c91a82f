-- findings: 17
-- title: A component goes to whom the law names
-- asks: Which money for pregnancies was paid for persons recorded as male, or for pregnancies nobody registered?
-- found: {count} [line|lines], {amount} in all, [pays|pay] a pregnancy that is not registered or not a woman's.
-- clean: Every pregnancy paid is registered, and a woman's.
SELECT c.code AS cycle, l.household_id, l.pregnancy_id, l.component,
       CASE WHEN g.pregnancy_id IS NULL THEN 'not registered' ELSE 'recorded as male' END AS reason,
       l.amount_minor, c.currency
FROM cycle.entitlement_line l JOIN cycle.cycle c USING (cycle_id)
LEFT JOIN LATERAL (SELECT g.pregnancy_id, g.person_id FROM registry.pregnancy g
    WHERE g.pregnancy_id = l.pregnancy_id AND g.known_from <= c.as_of_known LIMIT 1) g ON true
LEFT JOIN registry.person_vitals v ON v.person_id = g.person_id
     AND v.valid_from <= c.as_of_valid AND v.valid_to > c.as_of_valid
     AND v.known_from <= c.as_of_known AND v.known_to > c.as_of_known
WHERE c.state IN ('approved', 'released', 'closed') AND (:cycle_id IS NULL OR c.cycle_id = :cycle_id)
  AND l.pregnancy_id <> 0 AND l.money_state = 'payable' AND l.amount_minor > 0
  AND (g.pregnancy_id IS NULL OR v.sex = 'M')
ORDER BY c.cycle_id, l.household_id
