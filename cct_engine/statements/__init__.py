"""Statements of the books: what an accountant, a family or a parliament asks to see.

Every statement is a paper made from the ledger alone, as of any day, and says itself whether it
adds up. Amounts are minor units until they are shown. Programmes and funds are called by their
codes; households are numbers.
"""

from cct_engine.statements.budget import budget_execution
from cct_engine.statements.funds import source_and_use
from cct_engine.statements.household import household_statement
from cct_engine.statements.in_transit import in_transit_ageing
from cct_engine.statements.trial_balance import trial_balance

__all__ = [
    "budget_execution",
    "household_statement",
    "in_transit_ageing",
    "source_and_use",
    "trial_balance",
]
