-- findings: 8
-- title: A hold is reviewed in time
-- asks: Which families' money has been held for a finding for more than 180 days?
-- found: {count} [hold|holds], {amount} in all, [has|have] waited for a decision for more than 180 days.
-- clean: No hold has waited for a decision for more than 180 days.
SELECT c.code AS cycle, h.household_id, h.hold_id, h.reason_kind AS reason, h.from_period AS since_on,
       :as_of - h.from_period AS age_days, r.held_minor AS amount_minor, c.currency
FROM cycle.hold h JOIN cycle.cycle c USING (cycle_id)
LEFT JOIN cycle.household_result r ON r.cycle_id = h.cycle_id AND r.household_id = h.household_id
WHERE h.released_in IS NULL AND h.from_period + 180 < :as_of
  AND c.state IN ('approved', 'released', 'closed') AND (:cycle_id IS NULL OR c.cycle_id = :cycle_id)
ORDER BY h.from_period, h.hold_id
