-- findings: 10, 21
-- title: Owed money does not lie forgotten
-- asks: Which families are owed money on which nothing has moved for 120 days, and when were they last told?
-- found: {count} [family is|families are] owed {amount} on which nothing has moved for more than 120 days.
-- clean: No family is owed money that has lain still for more than 120 days.
-- limits: Balances of the books (2100, 2110, 2120). Whether a family has drawn what was credited to its own account is the bank's to know.
SELECT o.subject_id AS household_id, o.account, o.fund_id, m.moved_on, :as_of - m.moved_on AS age_days,
       (SELECT max(n.sent_on) FROM registry.notice n WHERE n.household_id = o.subject_id) AS told_on,
       m.amount_minor, m.currency
FROM ledger.balance o
CROSS JOIN LATERAL (
    SELECT max(b.value_on) AS moved_on, min(b.currency) AS currency,
           CAST(sum(CASE o.account WHEN t.credit THEN j.amount_minor ELSE -j.amount_minor END) AS bigint)
               AS amount_minor
    FROM ledger.journal j JOIN ledger.batch b USING (batch_id)
    JOIN ledger.template t ON t.event = b.event AND o.account IN (t.debit, t.credit)
    WHERE j.subject_id = o.subject_id AND b.fund_id = o.fund_id
      AND j.slot = ANY (ARRAY(SELECT DISTINCT slot FROM ledger.template))
      AND (:cycle_id IS NULL OR j.cycle_id = :cycle_id)
) m
WHERE o.account IN (2100, 2110, 2120) AND o.amount_minor < 0
  AND m.amount_minor > 0 AND m.moved_on + 120 < :as_of
ORDER BY m.moved_on, o.subject_id, o.account
