"""What the books must hold, in plain dictionaries: written from the chart and templates alone."""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple

import ledger

LineKey = tuple[int, int]  # subject, seq


class Posted(NamedTuple):
    """A line in the model's journal."""

    event: int
    amount: int
    batch_id: int


class Model:
    """Posts, or says which refusal is due and changes nothing."""

    def __init__(self) -> None:
        self.balances: dict[tuple[int, int, int], int] = defaultdict(int)
        self.lines: dict[tuple[int, int, int, int], Posted] = {}
        self.control: dict[tuple[int, int], int] = defaultdict(int)
        self.transit: dict[tuple[int, str | None, int], int] = defaultdict(int)
        self.statements: dict[int, list[tuple[int, int, int]]] = defaultdict(list)
        self.currencies: dict[int, str] = {}
        self.open_years: set[int] = set()

    def post(
        self, batch: ledger.Batch, batch_id: int, lines: dict[LineKey, int]
    ) -> type[Exception] | None:
        """Post a batch whose header and lines are well formed."""
        due = self._refusal(batch, lines)
        if due is not None:
            return due
        template = batch.template
        changed = dict(self.balances)
        for account, sign in ((template.debit, 1), (template.credit, -1)):
            chart = ledger.CHART[account]
            for (subject, _), amount in lines.items():
                key = (account, batch.fund_id, subject if chart.subsidiary else 0)
                changed[key] = changed.get(key, 0) + sign * amount
        if any(ledger.CHART[key[0]].guard * amount < 0 for key, amount in changed.items()):
            return ledger.Overdrawn
        self.balances = defaultdict(int, changed)
        self._keep(batch, batch_id, lines)
        return None

    def held(self) -> list[tuple[int, int, int, int]]:
        """What stands on guarded accounts: account, fund, subject, positive amount."""
        return [
            (account, fund_id, subject, abs(amount))
            for (account, fund_id, subject), amount in sorted(self.balances.items())
            if amount and ledger.CHART[account].guard
        ]

    def _refusal(self, batch: ledger.Batch, lines: dict[LineKey, int]) -> type[Exception] | None:
        if batch.value_on.year not in self.open_years:
            return ledger.PeriodClosed
        if self.currencies.get(batch.fund_id, batch.currency) != batch.currency:
            return ledger.CurrencyMix
        slot = batch.template.slot
        if any((slot, *line, batch.cycle_id) in self.lines for line in lines):
            return ledger.AlreadyPosted
        if not all(self._follows(batch, line, amount) for line, amount in lines.items()):
            return ledger.Unpreceded
        return None

    def _follows(self, batch: ledger.Batch, line: LineKey, amount: int) -> bool:
        template = batch.template
        if not template.follows:
            return True
        slot = ledger.TEMPLATES[template.follows[0]].slot
        before = self.lines.get((slot, *line, batch.cycle_id))
        return (
            before is not None
            and before.event in template.follows
            and before.amount == amount
            and batch.reverses in {None, before.batch_id}
        )

    def _keep(self, batch: ledger.Batch, batch_id: int, lines: dict[LineKey, int]) -> None:
        template = batch.template
        self.currencies[batch.fund_id] = batch.currency
        for (subject, seq), amount in sorted(lines.items()):
            key = (template.slot, subject, seq, batch.cycle_id)
            self.lines[key] = Posted(template.event, amount, batch_id)
            self.statements[subject].append((batch_id, template.event, amount))
            for account, sign in ((template.debit, 1), (template.credit, -1)):
                self.control[account, batch.fund_id] += sign * amount
                if account == 1090:
                    self.transit[batch.fund_id, batch.conduit, batch.cycle_id] -= sign * amount
