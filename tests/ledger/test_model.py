"""The ledger against a model of plain dictionaries, over every event, in any order.

``CCT_TEST_LEDGER_STEPS=5000`` hunts longer; then every event and its correction must come to pass.
"""

from __future__ import annotations

import os
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from ledger_model import Model

import ledger
from ledger import Event

if TYPE_CHECKING:
    from ledger_model import LineKey

    from cct_engine.database import Database

STEPS = int(os.environ.get("CCT_TEST_LEDGER_STEPS", "160"))
STEPS_EACH = 40
EVERY_EVENT_FROM = 3_000

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
CURRENCIES = {1: "INR", 2: "INR", 3: "BRL"}
FUNDS, CYCLES = st.sampled_from(sorted(CURRENCIES)), st.integers(0, 2)
CONDUITS = st.sampled_from([None, "A", "B"])
YEARS = st.sampled_from([2026, 2026, 2026, 2025])
SUBJECTS, AMOUNTS, SEQS = st.integers(0, 3), st.integers(1, 4), st.integers(1, 3)
LINES = st.dictionaries(st.tuples(SUBJECTS, SEQS), AMOUNTS, max_size=3)
# Where money comes from, and what may be taken from each account that may not be overdrawn.
SOURCES = [
    event
    for event in Event
    if not ledger.TEMPLATES[event].follows
    and all(
        ledger.CHART[account].guard in (0, sign)
        for account, sign in (
            (ledger.TEMPLATES[event].debit, 1),
            (ledger.TEMPLATES[event].credit, -1),
        )
    )
]
TAKING = {
    account: [
        event
        for event in Event
        if account
        == (ledger.TEMPLATES[event].debit if chart.guard < 0 else ledger.TEMPLATES[event].credit)
    ]
    for account, chart in ledger.CHART.items()
    if chart.guard
}

# What becomes of money, from beginning to end; an officer knows these by heart.
_SENT = (Event.ENTITLE, Event.INSTRUCT)
_BACK = (*_SENT, Event.RETURN_BEFORE)
_KEPT = (Event.ENTITLE, Event.WITHHOLD_RETAINED)
_RESERVED = (Event.APPROPRIATE, Event.ENCUMBER)
LIVES = (
    (*_RESERVED, Event.EXPEND, Event.UNEXPEND),
    (*_RESERVED, Event.UNENCUMBER, Event.LAPSE),
    (Event.APPROPRIATE_TO_ALLOT, Event.ALLOT),
    (Event.APPROPRIATE_TO_ALLOT, Event.LAPSE_NOT_ALLOTTED),
    (Event.FUND_RECEIVED, Event.BANK_CHARGE),
    (*_SENT, Event.SETTLE, Event.RETURN_AFTER, Event.UNCLAIMED_RETURNED, Event.REMIT_UNCLAIMED),
    (*_BACK, Event.REISSUE, Event.SETTLE),
    (*_BACK, Event.FORFEIT_RETURNED),
    (*_BACK, Event.FORFEIT_RETURNED_PRIOR_YEAR),
    (Event.ADVANCE, *_SENT, Event.SETTLE_FROM_ADVANCE),
    (Event.ADVANCE, Event.ADVANCE_RETURNED),
    (Event.ENTITLE, Event.UNCLAIMED, Event.REMIT_UNCLAIMED),
    (Event.ENTITLE, Event.FORFEIT),
    (Event.ENTITLE, Event.FORFEIT_PRIOR_YEAR),
    (Event.HOLD, Event.RELEASE_HOLD),
    (Event.HOLD, Event.FORFEIT_HOLD),
    (Event.HOLD, Event.FORFEIT_HOLD_PRIOR_YEAR),
    (*_KEPT, Event.RELEASE_WITHHELD),
    (*_KEPT, Event.FORFEIT_WITHHELD),
    (*_KEPT, Event.FORFEIT_WITHHELD_PRIOR_YEAR),
    (Event.RELEASE_CONDITIONAL,),
    (Event.OVERPAYMENT, Event.ENTITLE, Event.RECOVER_BY_NETTING),
    (Event.OVERPAYMENT, Event.RECOVER_IN_CASH),
    (Event.OVERPAYMENT_PRIOR_YEAR, Event.WRITE_OFF),
    (Event.OVERPAYMENT, Event.PROVIDE, Event.WRITE_OFF_PROVIDED),
    (Event.SUSPENSE_IN, Event.SUSPENSE_OUT),
    (Event.DEBIT_SUSPENSE_IN, Event.DEBIT_SUSPENSE_OUT),
    (Event.OVERPAYMENT, Event.CARRY_OVERPAYMENT_OUT),
    (Event.CARRY_OVERPAYMENT_IN, Event.ENTITLE, Event.RECOVER_BY_NETTING),
    (Event.HOLD, Event.CARRY_HELD_OUT),
    (Event.CARRY_HELD_IN, Event.RELEASE_HOLD),
    (*_KEPT, Event.CARRY_WITHHELD_OUT),
    (Event.CARRY_WITHHELD_IN, Event.RELEASE_WITHHELD),
)
assert {event for life in LIVES for event in life} == set(Event)


class LedgerMachine(RuleBasedStateMachine):
    """Posts, repeats, contradicts, corrects, closes; after each step the books equal the model."""

    database: Database
    accepted: ClassVar[set[int]] = set()
    steps: ClassVar[int] = 0

    def __init__(self) -> None:
        super().__init__()
        self.connection = self.database.engine.connect()
        self.model = Model()
        self.posted: list[tuple[ledger.Batch, dict[LineKey, int], ledger.Seal]] = []
        self.tried = 0

    def teardown(self) -> None:
        try:
            self.connection.execute(sa.text("SET CONSTRAINTS ALL IMMEDIATE"))
            assert ledger.verify(self.connection) == ()
        finally:
            self.connection.rollback()
            self.connection.close()

    @initialize()
    def years_are_open(self) -> None:
        for year in (2025, 2026):
            ledger.open_period(
                self.connection,
                opens_on=date(year, 1, 1),
                closes_on=date(year, 12, 31),
                by=7,
                at=AT,
            )
            self.model.open_years.add(year)

    @rule(event=st.sampled_from(Event), fund_id=FUNDS, cycle_id=CYCLES, year=YEARS, lines=LINES)
    def post_anything(
        self,
        event: Event,
        fund_id: int,
        cycle_id: int,
        year: int,
        lines: dict[LineKey, int],
    ) -> None:
        self._try(self._batch(event, fund_id, cycle_id, year=year), lines)

    @rule(
        life=st.sampled_from(LIVES),
        fund_id=FUNDS,
        cycle_id=CYCLES,
        subject=SUBJECTS,
        seq=st.integers(1, 300),
        amount=AMOUNTS,
        conduit=CONDUITS,
    )
    def live(
        self,
        life: tuple[Event, ...],
        fund_id: int,
        cycle_id: int,
        subject: int,
        seq: int,
        amount: int,
        conduit: str | None,
    ) -> None:
        """Go a whole way; a second attempt has the next seq."""
        for event in life:
            seq += event is Event.REISSUE
            batch = self._batch(event, fund_id, cycle_id, conduit=conduit)
            self._try(batch, {(subject, seq): amount})

    @rule(event=st.sampled_from(SOURCES), fund_id=FUNDS, cycle_id=CYCLES, lines=LINES)
    def bring_in(
        self, event: Event, fund_id: int, cycle_id: int, lines: dict[LineKey, int]
    ) -> None:
        self._try(self._batch(event, fund_id, cycle_id), lines)

    @precondition(lambda self: self.model.held())
    @rule(data=st.data(), cycle_id=CYCLES, seq=st.integers(1, 30), conduit=CONDUITS)
    def take_out(self, data: Any, cycle_id: int, seq: int, conduit: str | None) -> None:
        """Take from an account what it holds, or one too much."""
        account, fund_id, subject, amount = data.draw(st.sampled_from(self.model.held()))
        event = data.draw(st.sampled_from(TAKING[account]))
        taken = data.draw(st.integers(1, amount + 1))
        batch = self._batch(event, fund_id, cycle_id, conduit=conduit)
        self._try(batch, {(subject, seq): taken})

    @precondition(lambda self: self.posted)
    @rule(data=st.data())
    def follow(self, data: Any) -> None:
        """Post what may only follow a line that is there."""
        following = [
            (event, entry)
            for entry in self.posted
            for event in Event
            if entry[0].template.event in ledger.TEMPLATES[event].follows
        ]
        if following:
            event, (batch, lines, _) = data.draw(st.sampled_from(following))
            self._try(
                self._batch(event, batch.fund_id, batch.cycle_id, conduit=batch.conduit), lines
            )

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
            Event(batch.event),
            batch.fund_id,
            batch.cycle_id,
            reverses=seal.batch_id,
            conduit=batch.conduit,
        )
        some = data.draw(st.sets(st.sampled_from(sorted(lines)))) if lines else set()
        self._try(mirror, {key: lines[key] for key in some})

    @precondition(lambda self: self.model.currencies)
    @rule(data=st.data(), lines=LINES)
    def mix_currencies(self, data: Any, lines: dict[LineKey, int]) -> None:
        fund_id = data.draw(st.sampled_from(sorted(self.model.currencies)))
        self._try(self._batch(Event.ENTITLE, fund_id, 1, currency="PHP"), lines)

    @precondition(lambda self: len(self.posted) > 15)
    @rule()
    def close_the_old_year(self) -> None:
        if 2025 in self.model.open_years:
            ledger.close_period(self.connection, 2, by=8, at=AT)
            self.model.open_years.remove(2025)
        else:
            with pytest.raises(ledger.PeriodClosed):
                ledger.close_period(self.connection, 2, by=8, at=AT)

    @invariant()
    def balances_equal_the_model_and_controls_their_subjects(self) -> None:
        stored = self.connection.execute(
            sa.text("SELECT account, fund_id, subject_id, amount_minor FROM ledger.balance")
        )
        found = {(a, f, s): amount for a, f, s, amount in stored if amount}
        guarded = {
            key: amount
            for key, amount in self.model.balances.items()
            if amount and ledger.CHART[key[0]].guard
        }
        assert found == guarded
        for (account, fund_id), amount in self.model.control.items():
            if ledger.CHART[account].guard:
                held = (n for (a, f, _), n in found.items() if (a, f) == (account, fund_id))
                assert sum(held) == amount

    @invariant()
    def each_book_balances_by_currency_and_equals_the_model(self) -> None:
        lines = ledger.trial_balance(self.connection)
        for book, currency in {(line.book, line.currency) for line in lines}:
            own = [line for line in lines if (line.book, line.currency) == (book, currency)]
            assert sum(line.debit_minor for line in own) == sum(line.credit_minor for line in own)
        assert {(n.account, n.fund_id): n.balance_minor for n in lines if n.balance_minor} == {
            key: amount for key, amount in self.model.control.items() if amount
        }

    @invariant()
    def what_is_in_transit_is_known_by_conduit(self) -> None:
        found = {
            (one.fund_id, one.conduit, one.cycle_id): one.amount_minor
            for one in ledger.in_transit(self.connection)
        }
        assert found == {key: amount for key, amount in self.model.transit.items() if amount}

    @invariant()
    def statements_equal_the_model(self) -> None:
        type(self).steps += 1
        for subject, lines in self.model.statements.items():
            told = ledger.statement(self.connection, subject)
            assert sorted((n.batch_id, n.event, n.amount_minor) for n in told) == sorted(lines)

    def _batch(
        self,
        event: Event,
        fund_id: int,
        cycle_id: int,
        *,
        year: int = 2026,
        **more: Any,
    ) -> ledger.Batch:
        self.tried += 1
        header = {
            "event": event,
            "programme_id": 1,
            "fund_id": fund_id,
            "cycle_id": cycle_id,
            "value_on": date(year, 3, 10),
            "currency": CURRENCIES[fund_id],
            "key": f"batch {self.tried}",
            "prepared_by": 7,
            "approved_by": 8,
            "recorded_at": AT,
        }
        return ledger.Batch(**(header | more))

    def _try(self, batch: ledger.Batch, lines: dict[LineKey, int]) -> None:
        due = self.model.post(batch, len(self.posted) + 1, lines)
        if due is None:
            seal = ledger.post(self.connection, batch, _lines(lines))
            assert seal.batch_id == seal.position == len(self.posted) + 1
            self.posted.append((batch, lines, seal))
            if lines:
                self.accepted.add(batch.template.event)
        else:
            with pytest.raises(due):
                ledger.post(self.connection, batch, _lines(lines))


def _lines(lines: dict[LineKey, int]) -> ledger.Lines:
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
            max_examples=max(1, STEPS // STEPS_EACH),
            stateful_step_count=STEPS_EACH,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    missing = sorted(event.name for event in set(Event) - Machine.accepted)
    kinds = len(Machine.accepted)
    print(f"{Machine.steps} steps, {kinds} kinds of postings accepted, never: {missing}")  # noqa: T201 - what a long hunt tried
    if EVERY_EVENT_FROM <= STEPS:
        assert missing == []
