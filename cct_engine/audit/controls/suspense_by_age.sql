-- findings: 30
-- title: Suspense is explained within 30 days
-- asks: Which money of the bank has found no payment for more than 30 days, and who looks after it?
-- found: {count} [item|items], {amount} in all, [has|have] been in suspense for more than 30 days.
-- clean: No money has been in suspense for more than 30 days.
SELECT s.item_id, s.opened_on, :as_of - s.opened_on AS age_days, s.owner_role AS owner,
       replace(s.reason, '_', ' ') AS reason, s.direction, s.amount_minor, s.currency
FROM recon.suspense_item s
WHERE s.state <> 'closed' AND s.opened_on + 30 < :as_of AND (:cycle_id IS NULL OR s.cycle_id = :cycle_id)
ORDER BY s.opened_on, s.item_id
