-- findings: 2, 24
-- title: Nobody is paid on a refuted identity number
-- asks: Which payments went to a payee all of whose identity numbers were refuted or withdrawn?
-- found: {count} [payment|payments], {amount} in all, went to [a payee|payees] whose only identity numbers are refuted or withdrawn.
-- clean: No payee holds refuted or withdrawn identity numbers alone. A payee without any number is paid: a number is no condition.
-- limits: Check digits are tested when a number is taken in; the number itself is not kept, so they cannot be tested again.
SELECT i.transfer_group AS cycle, i.instruction_id, i.payee_id, i.value_on, i.amount_minor, i.currency
FROM cycle.instruction i
WHERE i.state NOT IN ('drafted', 'cancelled')
  AND (:cycle_id IS NULL OR EXISTS (SELECT FROM cycle.instruction_part p
       WHERE p.instruction_id = i.instruction_id AND p.cycle_id = :cycle_id))
  AND EXISTS (SELECT FROM identity.person_identifier_masked d WHERE d.person_id = i.payee_id
              AND d.known_to = 'infinity' AND d.status IN ('refuted', 'withdrawn'))
  AND NOT EXISTS (SELECT FROM identity.person_identifier_masked d WHERE d.person_id = i.payee_id
                  AND d.known_to = 'infinity' AND d.status NOT IN ('refuted', 'withdrawn'))
ORDER BY i.instruction_id
