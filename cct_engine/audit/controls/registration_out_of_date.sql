-- findings: 1
-- title: Nobody is paid on an old registration
-- asks: Which families were paid although their registration was older than the law allows?
-- found: {count} family [payment|payments], {amount} in all, [rests|rest] on a registration older than 24 months or on none with a date.
-- clean: Every family paid had its registration confirmed within the 24 months before the cut-off.
-- limits: The registry's own last confirmation is read as it was known at the cut-off. Income declared wrongly is not seen without a second source (finding 28).
SELECT c.code AS cycle, r.household_id, p.updated_on, r.pay_now_minor AS amount_minor, c.currency
FROM cycle.cycle c
JOIN cycle.household_result r USING (cycle_id)
LEFT JOIN registry.household_profile p ON p.household_id = r.household_id
     AND p.valid_from <= c.as_of_valid AND p.valid_to > c.as_of_valid
     AND p.known_from <= c.as_of_known AND p.known_to > c.as_of_known
WHERE c.state IN ('approved', 'released', 'closed') AND (:cycle_id IS NULL OR c.cycle_id = :cycle_id)
  AND r.pay_now_minor > 0
  AND (p.updated_on IS NULL OR date_trunc('month', p.updated_on) + interval '25 months' <= c.period)
ORDER BY p.updated_on NULLS FIRST, c.cycle_id, r.household_id
