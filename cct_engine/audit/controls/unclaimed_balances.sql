-- findings: 10, 21
-- title: Owed money does not lie forgotten
-- asks: Which families are owed money on which nothing has moved for 120 days, and when were they last told?
-- found: {count} families are owed {amount} on which nothing has moved for more than 120 days.
-- clean: No family is owed money that has lain still for more than 120 days.
-- limits: Balances of the books (2100, 2110, 2120). Whether a family has drawn what was credited to its own account is the bank's to know.
SELECT o.subject_id AS household_id, o.account, o.fund_id, o.moved_on, :as_of - o.moved_on AS age_days,
       (SELECT max(n.sent_on) FROM registry.notice n WHERE n.household_id = o.subject_id) AS told_on,
       o.amount_minor, o.currency
FROM (
    SELECT j.subject_id, side.account, b.fund_id, b.currency, max(b.value_on) AS moved_on,
           CAST(sum(side.sign * j.amount_minor) AS bigint) AS amount_minor
    FROM ledger.batch b JOIN ledger.template t ON t.event = b.event
    JOIN ledger.journal j ON j.batch_id = b.batch_id AND j.cycle_id = b.cycle_id
    CROSS JOIN LATERAL (VALUES (t.credit, 1), (t.debit, -1)) AS side (account, sign)
    WHERE side.account IN (2100, 2110, 2120) AND (:cycle_id IS NULL OR b.cycle_id = :cycle_id)
    GROUP BY j.subject_id, side.account, b.fund_id, b.currency
) o
WHERE o.amount_minor > 0 AND o.moved_on + 120 < :as_of
ORDER BY o.moved_on, o.subject_id, o.account
