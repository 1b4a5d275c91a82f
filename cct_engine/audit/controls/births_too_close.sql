-- findings: 19
-- title: Births are as far apart as nature allows
-- asks: Which women have two deliveries within 180 days in the register?
-- found: {count} [delivery follows|deliveries follow] another of the same woman within 180 days; {amount} was paid for them.
-- clean: No two deliveries of one woman are within 180 days.
WITH birth AS (
    SELECT pregnancy_id, person_id, delivery_on,
           lag(delivery_on) OVER (PARTITION BY person_id ORDER BY delivery_on, pregnancy_id) AS before_on
    FROM registry.pregnancy WHERE known_to = 'infinity' AND valid_to = 'infinity' AND delivery_on IS NOT NULL
)
SELECT b.person_id, b.pregnancy_id, b.before_on, b.delivery_on, b.delivery_on - b.before_on AS days_between,
       CAST(coalesce(sum(l.amount_minor), 0) AS bigint) AS amount_minor, coalesce(max(c.currency), '') AS currency
FROM birth b
LEFT JOIN cycle.entitlement_line l ON l.pregnancy_id = b.pregnancy_id AND l.money_state = 'payable'
     AND (:cycle_id IS NULL OR l.cycle_id = :cycle_id)
LEFT JOIN cycle.cycle c ON c.cycle_id = l.cycle_id
WHERE b.delivery_on - b.before_on < 180
GROUP BY b.person_id, b.pregnancy_id, b.before_on, b.delivery_on
ORDER BY days_between, b.person_id
