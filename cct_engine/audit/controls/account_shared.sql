-- findings: 5, 6
-- title: One account, one family
-- asks: Which accounts were paid for several families or payees in one cycle?
-- found: {count} payments, {amount} in all, went to accounts that several families or payees were paid on in the same cycle.
-- clean: No account was paid for more than one family or payee in a cycle.
-- limits: Accounts are compared by their keyed tokens; the number is not read.
WITH paid AS (
    SELECT DISTINCT p.cycle_id, p.household_id, i.instruction_id, i.payee_id, i.account_token,
           i.amount_minor, i.currency
    FROM cycle.instruction i JOIN cycle.instruction_part p USING (instruction_id)
    WHERE i.state NOT IN ('drafted', 'cancelled', 'rejected', 'returned', 'expired')
      AND (:cycle_id IS NULL OR p.cycle_id = :cycle_id)
), shared AS (
    SELECT cycle_id, account_token, count(DISTINCT household_id) AS families,
           count(DISTINCT payee_id) AS payees
    FROM paid GROUP BY cycle_id, account_token
    HAVING count(DISTINCT household_id) > 1 OR count(DISTINCT payee_id) > 1
)
SELECT c.code AS cycle, left(s.account_token, 12) AS account, p.household_id, p.payee_id,
       p.instruction_id, s.families, p.amount_minor, p.currency
FROM shared s JOIN paid p USING (cycle_id, account_token) JOIN cycle.cycle c USING (cycle_id)
ORDER BY s.families DESC, 2, p.household_id
