-- findings: 26, 6
-- title: The account credited is the account registered
-- asks: Which payments went to an account that was not the payee's, not verified, or not the one registered?
-- found: {count} [payment|payments], {amount} in all, went to an account that is not the payee's verified account of the registry.
-- clean: Every payment went to the payee's own account, verified, as the registry knew it when the payment was made.
-- limits: What is compared is the account in the payment; a bank that credits another one shows it only where its answers name the account.
SELECT i.transfer_group AS cycle, i.instruction_id, i.payee_id, i.account_id,
       CASE WHEN a.account_id IS NULL THEN 'no such account then'
            WHEN a.person_id <> i.payee_id AND s.canonical_id IS NULL THEN 'account of somebody else'
            WHEN a.number_token <> i.account_token THEN 'another number'
            ELSE 'not verified' END AS reason, i.value_on, i.amount_minor, i.currency
FROM cycle.instruction i
LEFT JOIN LATERAL (
    SELECT a.* FROM registry.account a
    WHERE a.account_id = i.account_id AND a.known_from <= i.drafted_at AND a.known_to > i.drafted_at
    ORDER BY a.valid_from DESC LIMIT 1
) a ON true
LEFT JOIN registry.same_person s ON s.person_id = a.person_id AND s.canonical_id = i.payee_id
WHERE i.state NOT IN ('drafted', 'cancelled')
  AND (:cycle_id IS NULL OR EXISTS (SELECT FROM cycle.instruction_part p
       WHERE p.instruction_id = i.instruction_id AND p.cycle_id = :cycle_id))
  AND (a.account_id IS NULL OR (a.person_id <> i.payee_id AND s.canonical_id IS NULL)
       OR a.number_token <> i.account_token OR NOT a.verified)
ORDER BY i.instruction_id
