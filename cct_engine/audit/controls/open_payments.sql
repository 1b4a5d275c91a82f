-- findings: 7
-- title: Every payment comes to an end
-- asks: Which payments sent to a bank have no final answer ten days after their value date?
-- found: {count} [payment|payments], {amount} in all, [is|are] still without a final answer; the oldest stand first.
-- clean: Every payment sent has its final answer, or is not ten days old.
SELECT i.transfer_group AS cycle, i.instruction_id, i.rail AS bank, i.state, i.value_on,
       :as_of - i.value_on AS age_days, i.amount_minor, i.currency
FROM cycle.instruction i
WHERE i.state IN ('drafted', 'sealed', 'sent', 'acknowledged', 'accepted', 'unknown')
  AND i.value_on + 10 < :as_of
  AND (:cycle_id IS NULL OR EXISTS (SELECT FROM cycle.instruction_part p
       WHERE p.instruction_id = i.instruction_id AND p.cycle_id = :cycle_id))
ORDER BY i.value_on, i.instruction_id
