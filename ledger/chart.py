"""The chart of accounts: two self-balancing books, and subjects that are keys, not accounts.

Amounts are debit positive. ``guard`` is the side an account may not leave: −1 for a payable means
that no beneficiary can ever be paid more than is owed; on 8020 it means that no cycle can commit
more than was allotted.
"""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["CHART", "Account"]


class Account(NamedTuple):
    """One account. ``normal_side`` and ``guard``: 1 debit, −1 credit, 0 either."""

    account: int
    name: str
    class_: str
    normal_side: int
    guard: int
    subsidiary: bool
    book: str


_FINANCIAL, _BUDGETARY = "financial", "budgetary"
_ACCOUNTS = (
    Account(1010, "Bank, Treasury single account", "asset", 1, 0, False, _FINANCIAL),
    Account(1030, "Advances to payment conduits", "asset", 1, 1, False, _FINANCIAL),
    Account(1090, "Payments in transit", "asset", -1, -1, False, _FINANCIAL),
    Account(1210, "Overpayments recoverable", "asset", 1, 1, True, _FINANCIAL),
    Account(1900, "Unidentified bank debits, suspense", "asset", 1, 1, True, _FINANCIAL),
    Account(1290, "Allowance for irrecoverable overpayments", "asset", -1, -1, False, _FINANCIAL),
    Account(
        2100, "Beneficiary payable, current entitlement", "liability", -1, -1, True, _FINANCIAL
    ),
    Account(2105, "Beneficiary payable, held", "liability", -1, -1, True, _FINANCIAL),
    Account(2110, "Beneficiary payable, withheld", "liability", -1, -1, True, _FINANCIAL),
    Account(2120, "Returned, awaiting re-issue", "liability", -1, -1, True, _FINANCIAL),
    Account(2130, "Unclaimed, due to Treasury", "liability", -1, -1, False, _FINANCIAL),
    Account(2900, "Unidentified receipts, suspense", "liability", -1, -1, True, _FINANCIAL),
    Account(3000, "Funds from Treasury", "net_assets", -1, 0, False, _FINANCIAL),
    Account(4100, "Forfeitures and prior-year recoveries", "revenue", -1, 0, False, _FINANCIAL),
    Account(5100, "Social benefits expense", "expense", 1, 0, False, _FINANCIAL),
    Account(5150, "Bank and delivery charges", "expense", 1, 0, False, _FINANCIAL),
    Account(5190, "Overpayments written off", "expense", 1, 0, False, _FINANCIAL),
    Account(8010, "Appropriation", "budgetary", 1, 1, False, _BUDGETARY),
    Account(8015, "Appropriation not yet allotted", "budgetary", -1, -1, False, _BUDGETARY),
    Account(8020, "Allotment available", "budgetary", -1, -1, False, _BUDGETARY),
    Account(8030, "Encumbered", "budgetary", -1, -1, False, _BUDGETARY),
    Account(8040, "Expended", "budgetary", -1, 0, False, _BUDGETARY),
)
CHART: dict[int, Account] = {account.account: account for account in _ACCOUNTS}
