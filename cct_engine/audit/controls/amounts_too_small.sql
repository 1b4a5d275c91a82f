-- findings: 25
-- title: A payment is worth paying
-- asks: Which payments are of less than one unit of the currency?
-- found: {count} [payment|payments], {amount} in all, [is|are] of less than one unit of their currency.
-- clean: No payment is of less than one unit of its currency.
SELECT i.transfer_group AS cycle, i.instruction_id, i.payee_id, i.value_on, i.amount_minor, i.currency
FROM cycle.instruction i
WHERE i.amount_minor < 100 AND i.state <> 'cancelled'
  AND (:cycle_id IS NULL OR EXISTS (SELECT FROM cycle.instruction_part p
       WHERE p.instruction_id = i.instruction_id AND p.cycle_id = :cycle_id))
ORDER BY i.instruction_id
