-- findings: 29
-- title: Only our files take money from the fund
-- asks: Which debits on the fund's account does no file of ours explain?
-- found: {count} [debit|debits], {amount} in all, left the fund's account without a payment file of ours, and [is|are] not explained yet.
-- clean: Every debit on a fund's account is explained by a payment file, a charge or a correction of the bank.
SELECT e.entry_id, e.booked_on, e.kind, left(e.reference, 24) AS bank_reference, e.amount_minor, e.currency
FROM recon.entry e
WHERE e.direction = 'DBIT' AND e.kind <> 'CHARGE'
  AND (:cycle_id IS NULL OR e.cycle_id = :cycle_id)
  AND NOT EXISTS (SELECT FROM recon.match k WHERE k.entry_id = e.entry_id)
  AND NOT EXISTS (SELECT FROM recon.suspense_item s WHERE s.entry_id = e.entry_id AND s.state = 'closed')
  AND NOT EXISTS (SELECT FROM recon.suspense_item s WHERE s.closed_as <> '' AND s.amount_minor = e.amount_minor
                  AND s.direction = 'CRDT' AND s.account = e.account AND s.closed_in = e.inbox_file_id)
ORDER BY e.entry_id
