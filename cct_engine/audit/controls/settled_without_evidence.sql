-- findings: 15, 7
-- title: Paid is what a bank has shown
-- asks: Which payments count as paid without an entry of the bank that says so?
-- found: {count} [payment|payments], {amount} in all, [counts|count] as paid although no booked entry of the bank names them or their file.
-- clean: Behind every payment that counts as paid stands a booked entry of the bank.
-- limits: Cash in hand is not paid by this engine; proof of delivery is the bank's entry.
SELECT i.transfer_group AS cycle, i.instruction_id, i.rail AS bank, i.value_on, i.amount_minor, i.currency
FROM cycle.instruction i
WHERE i.state = 'settled'
  AND (:cycle_id IS NULL OR EXISTS (SELECT FROM cycle.instruction_part p
       WHERE p.instruction_id = i.instruction_id AND p.cycle_id = :cycle_id))
  AND NOT EXISTS (SELECT FROM recon.match k WHERE k.instruction_id = i.instruction_id
                  AND k.evidence = 'debit' AND k.counts)
  AND (NOT EXISTS (SELECT FROM recon.match k WHERE k.instruction_id = 0 AND k.file_id = i.file_id
                   AND k.evidence = 'debit' AND k.counts)
       OR EXISTS (SELECT FROM recon.match k WHERE k.instruction_id = i.instruction_id
                  AND k.evidence IN ('refusal', 'credit') AND k.counts))
ORDER BY i.instruction_id
