-- findings: 27
-- title: What is taken back has a cause
-- asks: Which payments were ended as refused or returned without a message of the bank, and which postings were corrected without an act?
-- found: {count} [reversal|reversals], {amount} in all, [has|have] no cause that anybody recorded.
-- clean: Behind every refusal and return stands a message of the bank with its reason, and no posting was corrected without one.
SELECT i.transfer_group AS cycle, i.instruction_id, NULL AS batch_id, i.state, i.amount_minor, i.currency
FROM cycle.instruction i
WHERE i.state IN ('rejected', 'returned')
  AND (:cycle_id IS NULL OR EXISTS (SELECT FROM cycle.instruction_part p
       WHERE p.instruction_id = i.instruction_id AND p.cycle_id = :cycle_id))
  AND NOT EXISTS (SELECT FROM recon.match k WHERE k.instruction_id = i.instruction_id
                  AND k.evidence IN ('refusal', 'credit'))
UNION ALL
SELECT coalesce(c.code, ''), NULL, b.batch_id, 'corrected', s.total_minor, b.currency
FROM ledger.batch b JOIN ledger.seal s USING (batch_id) LEFT JOIN cycle.cycle c USING (cycle_id)
WHERE b.reverses IS NOT NULL AND (:cycle_id IS NULL OR b.cycle_id = :cycle_id)
  AND NOT EXISTS (SELECT FROM people.act a WHERE a.outcome = 'done'
                  AND (a.subject = 'ledger/' || b.reverses OR a.detail ->> 'reverses' = b.reverses::text))
ORDER BY 1, 2, 3
