-- findings: 11
-- title: Nobody is paid on a blank
-- asks: Which families were paid although a member the amount counts had no birth date or sex?
-- found: {count} [member|members] of paid families, behind {amount}, had no birth date or no sex in the data that was frozen.
-- clean: Every member counted in a paid family had a birth date and a sex at the cut-off.
SELECT c.code AS cycle, r.household_id, m.person_id,
       CASE WHEN v.birth_date IS NULL THEN 'birth date' ELSE 'sex' END AS missing,
       r.pay_now_minor AS amount_minor, c.currency
FROM cycle.cycle c
JOIN cycle.household_result r ON r.cycle_id = c.cycle_id AND r.pay_now_minor > 0
JOIN registry.membership m ON m.household_id = r.household_id AND m.status = 'counted'
     AND m.valid_from <= c.as_of_valid AND m.valid_to > c.as_of_valid
     AND m.known_from <= c.as_of_known AND m.known_to > c.as_of_known
LEFT JOIN registry.person_vitals v ON v.person_id = m.person_id
     AND v.valid_from <= c.as_of_valid AND v.valid_to > c.as_of_valid
     AND v.known_from <= c.as_of_known AND v.known_to > c.as_of_known
WHERE c.state IN ('approved', 'released', 'closed') AND (:cycle_id IS NULL OR c.cycle_id = :cycle_id)
  AND (v.birth_date IS NULL OR v.sex IS NULL)
ORDER BY c.cycle_id, r.household_id, m.person_id
