-- findings: 18
-- title: No payment goes by a side way
-- asks: Which payments are in no sealed file, or in no sealed batch of the books?
-- found: {count} [payment|payments], {amount} in all, went past the files or past the books.
-- clean: Every payment sent is in one sealed file and in one sealed batch of the books.
SELECT i.transfer_group AS cycle, i.instruction_id, i.state,
       CASE WHEN f.sha256 IS NULL THEN 'in no sealed file'
            WHEN n.file_id IS NULL THEN 'its file is not in the manifest'
            ELSE 'not in the books' END AS reason, i.amount_minor, i.currency
FROM cycle.instruction i
LEFT JOIN bank.file f USING (file_id)
LEFT JOIN bank.manifest n USING (file_id)
WHERE i.state <> 'drafted'
  AND (:cycle_id IS NULL OR EXISTS (SELECT FROM cycle.instruction_part p
       WHERE p.instruction_id = i.instruction_id AND p.cycle_id = :cycle_id))
  AND (f.sha256 IS NULL OR n.file_id IS NULL OR EXISTS (
       SELECT FROM cycle.instruction_part p WHERE p.instruction_id = i.instruction_id AND NOT EXISTS (
           SELECT FROM ledger.journal j JOIN ledger.seal s USING (batch_id)
           WHERE j.slot = 40 AND j.subject_id = p.household_id AND j.cycle_id = p.cycle_id
             AND j.seq = i.ordinal AND j.reference = i.instruction_id)))
ORDER BY i.instruction_id
