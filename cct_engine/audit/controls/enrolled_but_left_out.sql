-- findings: 23, 8
-- title: Nobody on the list is forgotten
-- asks: Which enrolled families were not even assessed in a cycle?
-- found: {count} [family was|families were] on the programme's list at the cut-off and [is|are] missing from the cycle.
-- clean: Every family on a programme's list at the cut-off was assessed in the cycle.
SELECT c.code AS cycle, n.household_id, n.enrolment_id, n.valid_from AS since_on
FROM cycle.cycle c
JOIN registry.enrolment n ON n.programme_id = c.programme_id
     AND n.valid_from <= c.as_of_valid AND n.valid_to > c.as_of_valid
     AND n.known_from <= c.as_of_known AND n.known_to > c.as_of_known
WHERE c.state IN ('approved', 'released', 'closed') AND (:cycle_id IS NULL OR c.cycle_id = :cycle_id)
  AND NOT EXISTS (SELECT FROM cycle.household_result r
                  WHERE r.cycle_id = c.cycle_id AND r.household_id = n.household_id)
ORDER BY c.cycle_id, n.household_id
