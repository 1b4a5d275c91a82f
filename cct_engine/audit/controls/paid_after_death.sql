-- findings: 4, 2, 5, 15, 24, 25
-- title: Nobody is paid after death
-- asks: Which payments reached a payee, or were for a person, who had died before?
-- found: {count} [payment|payments], {amount} in all, [is|are] later than the death of the payee or of the person they are for.
-- clean: No payment is later than the death of the payee or of the person it is for.
-- limits: A death counts when a register or an officer confirmed it; the month of death itself is due by law. Both days are shown, so that the delay can be seen.
SELECT i.transfer_group AS cycle, i.instruction_id, i.payee_id AS person_id, 'payee' AS role,
       d.died_on, i.value_on, i.value_on - d.died_on AS days_after,
       CAST(d.known_from AT TIME ZONE 'UTC' AS date) AS known_on, i.amount_minor, i.currency
FROM cycle.instruction i
JOIN registry.death_report d ON d.person_id = i.payee_id AND d.known_to = 'infinity'
     AND d.state = 'confirmed' AND date_trunc('month', d.died_on) < date_trunc('month', i.value_on)
WHERE i.state = 'settled' AND (:cycle_id IS NULL OR EXISTS (SELECT FROM cycle.instruction_part p
       WHERE p.instruction_id = i.instruction_id AND p.cycle_id = :cycle_id))
UNION ALL
SELECT c.code, NULL, l.person_id, 'member', d.died_on, l.for_period, l.for_period - d.died_on,
       CAST(d.known_from AT TIME ZONE 'UTC' AS date), l.amount_minor, c.currency
FROM cycle.entitlement_line l
JOIN cycle.cycle c USING (cycle_id)
JOIN registry.death_report d ON d.person_id = l.person_id AND d.known_to = 'infinity'
     AND d.state = 'confirmed' AND date_trunc('month', d.died_on) < l.for_period
WHERE c.state IN ('approved', 'released', 'closed') AND (:cycle_id IS NULL OR c.cycle_id = :cycle_id)
  AND l.person_id <> 0 AND l.money_state = 'payable' AND l.source = 'due' AND l.amount_minor > 0
ORDER BY 7 DESC, 3, 1
