"""The ledger against a model of plain dictionaries, over every event, in random order."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

import ledger
from ledger import Event

if TYPE_CHECKING:
    from cct_engine.database import Database

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
FUNDS, CYCLES = (1, 2), (1, 2)
SUBJECTS, AMOUNTS, SEQS = st.integers(1, 3), st.integers(1, 4), st.integers(1, 2)
# The events of daily life come up more often than the others.
EVENTS = st.sampled_from(
    [*Event, *[Event.ENTITLE, Event.INSTRUCT, Event.SETTLE, Event.RETURN_BEFORE, Event.REISSUE] * 4]
)
LINES = st.dictionaries(st.tuples(SUBJECTS, SEQS), AMOUNTS, max_size=3)


class Model:
    """What the books must hold. Written from the chart and the templates alone."""

    def __init__(self) -> None:
        self.balances: dict[tuple[int, int, int], int] = defaultdict(int)
        self.lines: dict[tuple[int, int, int, int], tuple[int, int, int]] = {}
        self.control: dict[tuple[int, int], int] = defaultdict(int)

    def post(
        self, batch: ledger.Batch, batch_id: int, lines: dict[tuple[int, int], int]
    ) -> type[Exception] | None:
        """Post, or say which refusal is due and change nothing."""
        template = batch.template
        for subject, seq in lines:
            if (template.slot, subject, seq, batch.cycle_id) in self.lines:
                return ledger.AlreadyPosted
        if not all(
            self._follows(template, batch, subject, seq, amount)
            for (subject, seq), amount in lines.items()
        ):
            return ledger.Unpreceded
        changed = dict(self.balances)
        for account, sign in ((template.debit, 1), (template.credit, -1)):
            chart = ledger.CHART[account]
            for (subject, _), amount in lines.items():
                key = (account, batch.fund_id, subject if chart.subsidiary else 0)
                changed[key] = changed.get(key, 0) + sign * amount
            for (holder, _, _), amount in changed.items():
                if holder == account and chart.guard * amount < 0:
                    return ledger.Overdrawn
        self.balances = defaultdict(int, changed)
        for (subject, seq), amount in lines.items():
            key = (template.slot, subject, seq, batch.cycle_id)
            self.lines[key] = (template.event, amount, batch_id)
            self.control[template.debit, batch.fund_id] += amount
            self.control[template.credit, batch.fund_id] -= amount
        return None

    def _follows(
        self, template: ledger.Template, batch: ledger.Batch, subject: int, seq: int, amount: int
    ) -> bool:
        if not template.follows:
            return True
        slot = ledger.TEMPLATES[template.follows[0]].slot
        event, there, batch_id = self.lines.get((slot, subject, seq, batch.cycle_id), (0, 0, 0))
        return event in template.follows and there == amount and batch.reverses in {None, batch_id}


class LedgerMachine(RuleBasedStateMachine):
    """Posts, repeats, contradicts and corrects; after each step the books equal the model."""

    database: Database

    def __init__(self) -> None:
        super().__init__()
        self.connection = self.database.engine.connect()
        self.model = Model()
        self.posted: list[tuple[ledger.Batch, dict[tuple[int, int], int], ledger.Seal]] = []
        self.tried = 0

    def teardown(self) -> None:
        try:
            self.connection.execute(sa.text("SET CONSTRAINTS ALL IMMEDIATE"))
            assert ledger.verify(self.connection) == ()
        finally:
            self.connection.rollback()
            self.connection.close()

    @rule(
        event=EVENTS, fund_id=st.sampled_from(FUNDS), cycle_id=st.sampled_from(CYCLES), lines=LINES
    )
    def post(
        self, event: Event, fund_id: int, cycle_id: int, lines: dict[tuple[int, int], int]
    ) -> None:
        self._try(self._batch(event, fund_id, cycle_id), lines)

    @precondition(lambda self: self.posted)
    @rule(data=st.data())
    def go_on(self, data: Any) -> None:
        """Post the event that usually comes next for lines that are there."""
        following = {
            Event.ENTITLE: Event.INSTRUCT,
            Event.INSTRUCT: Event.SETTLE,
            Event.REISSUE: Event.RETURN_BEFORE,
            Event.SETTLE: Event.RETURN_AFTER,
            Event.HOLD: Event.RELEASE_HOLD,
            Event.APPROPRIATE: Event.ENCUMBER,
        }
        batch, lines, _ = data.draw(st.sampled_from(self.posted))
        event = following.get(batch.event, Event.ENTITLE)
        self._try(self._batch(event, batch.fund_id, batch.cycle_id), lines)

    @precondition(lambda self: self.posted)
    @rule(data=st.data())
    def repeat(self, data: Any) -> None:
        batch, lines, seal = data.draw(st.sampled_from(self.posted))
        assert ledger.post(self.connection, batch, _lines(lines)) == seal

    @precondition(lambda self: self.posted)
    @rule(data=st.data(), subject=SUBJECTS)
    def contradict(self, data: Any, subject: int) -> None:
        batch, lines, _ = data.draw(st.sampled_from(self.posted))
        other = {**lines, (subject, 1): lines.get((subject, 1), 0) + 1}
        with pytest.raises(ledger.KeyConflict):
            ledger.post(self.connection, batch, _lines(other))

    @precondition(lambda self: any(batch.reverses is None for batch, _, _ in self.posted))
    @rule(data=st.data())
    def correct(self, data: Any) -> None:
        originals = [entry for entry in self.posted if entry[0].reverses is None]
        batch, lines, seal = data.draw(st.sampled_from(originals))
        mirror = self._batch(
            Event(batch.event), batch.fund_id, batch.cycle_id, reverses=seal.batch_id
        )
        some = data.draw(st.sets(st.sampled_from(sorted(lines)))) if lines else set()
        self._try(mirror, {key: lines[key] for key in some})

    @invariant()
    def the_books_equal_the_model(self) -> None:
        stored = self.connection.execute(
            sa.text("SELECT account, fund_id, subject_id, amount_minor FROM ledger.balance")
        )
        found = {(a, f, s): amount for a, f, s, amount in stored if amount}
        expected = {
            key: amount
            for key, amount in self.model.balances.items()
            if amount and ledger.CHART[key[0]].guard
        }
        assert found == expected

    @invariant()
    def each_book_balances_and_controls_equal_the_model(self) -> None:
        lines = ledger.trial_balance(self.connection)
        for book in ("financial", "budgetary"):
            assert sum(line.balance_minor for line in lines if line.book == book) == 0
        assert {(n.account, n.fund_id): n.balance_minor for n in lines if n.balance_minor} == {
            key: amount for key, amount in self.model.control.items() if amount
        }

    def _batch(
        self, event: Event, fund_id: int, cycle_id: int, reverses: int | None = None
    ) -> ledger.Batch:
        self.tried += 1
        return ledger.Batch(
            event=event,
            programme_id=1,
            fund_id=fund_id,
            cycle_id=cycle_id,
            value_on=date(2026, 3, 10),
            currency="INR",
            key=f"batch {self.tried}",
            prepared_by=7,
            approved_by=8,
            recorded_at=AT,
            reverses=reverses,
        )

    def _try(self, batch: ledger.Batch, lines: dict[tuple[int, int], int]) -> None:
        due = self.model.post(batch, len(self.posted) + 1, lines)
        if due is None:
            seal = ledger.post(self.connection, batch, _lines(lines))
            assert seal.batch_id == seal.position == len(self.posted) + 1
            self.posted.append((batch, lines, seal))
        else:
            with pytest.raises(due):
                ledger.post(self.connection, batch, _lines(lines))


def _lines(lines: dict[tuple[int, int], int]) -> ledger.Lines:
    return ledger.Lines.of(
        subject=[subject for subject, _ in lines],
        seq=[seq for _, seq in lines],
        amount_minor=list(lines.values()),
    )


def test_any_sequence_of_postings_leaves_the_books_as_the_model_says(
    shared_database: Database,
) -> None:
    class Machine(LedgerMachine):
        database = shared_database

    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=25,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
