-- findings: 6, 10, 18, 24
-- title: Nobody is counted in two families that are paid
-- asks: Which identity numbers stand in several families that were paid in the same cycle?
-- found: {count} families share an identity number with another family paid in the same cycle; {amount} was paid to them.
-- clean: No identity number stands in two families paid in the same cycle, in any district.
-- limits: Numbers are compared by their keyed tokens over the whole country. Names are not compared: an auditor's role does not read them (the second half of finding 6).
WITH held AS (
    SELECT DISTINCT c.cycle_id, d.scheme, d.token, d.person_id, m.household_id, r.pay_now_minor
    FROM cycle.cycle c
    JOIN cycle.household_result r ON r.cycle_id = c.cycle_id AND r.pay_now_minor > 0
    JOIN registry.membership m ON m.household_id = r.household_id AND m.status = 'counted'
         AND m.valid_from <= c.as_of_valid AND m.valid_to > c.as_of_valid
         AND m.known_from <= c.as_of_known AND m.known_to > c.as_of_known
    JOIN identity.person_identifier_masked d ON d.person_id = m.person_id
         AND d.status NOT IN ('refuted', 'withdrawn') AND d.known_to = 'infinity'
    WHERE c.state IN ('approved', 'released', 'closed') AND (:cycle_id IS NULL OR c.cycle_id = :cycle_id)
), shared AS (
    SELECT cycle_id, scheme, token FROM held
    GROUP BY cycle_id, scheme, token HAVING count(DISTINCT household_id) > 1
)
SELECT c.code AS cycle, h.scheme, left(h.token, 12) AS identity, h.household_id, h.person_id,
       h.pay_now_minor AS amount_minor, c.currency
FROM shared s JOIN held h USING (cycle_id, scheme, token) JOIN cycle.cycle c USING (cycle_id)
ORDER BY c.cycle_id, h.scheme, 3, h.household_id
