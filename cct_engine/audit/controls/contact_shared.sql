-- findings: 14, 19
-- title: A telephone serves one family
-- asks: Which telephone numbers stand for more than ten paid families?
-- found: {count} paid families, {amount} in all, share a telephone with more than ten others.
-- clean: No telephone stands for more than ten paid families.
-- limits: Telephones are compared by their keyed tokens.
WITH phone AS (
    SELECT DISTINCT t.token, m.household_id
    FROM identity.person_contact_masked t
    JOIN registry.membership m ON m.person_id = t.person_id AND m.status = 'counted'
         AND m.known_to = 'infinity' AND m.valid_to = 'infinity'
    WHERE t.kind = 'phone' AND t.known_to = 'infinity'
), paid AS (
    SELECT c.code AS cycle, c.currency, r.household_id, r.pay_now_minor, p.token,
           count(*) OVER (PARTITION BY c.cycle_id, p.token) AS families
    FROM cycle.cycle c JOIN cycle.household_result r ON r.cycle_id = c.cycle_id AND r.pay_now_minor > 0
    JOIN phone p USING (household_id)
    WHERE c.state IN ('approved', 'released', 'closed') AND (:cycle_id IS NULL OR c.cycle_id = :cycle_id)
)
SELECT cycle, left(token, 12) AS telephone, families, household_id, pay_now_minor AS amount_minor, currency
FROM paid WHERE families > 10 ORDER BY families DESC, telephone, household_id
