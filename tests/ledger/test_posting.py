"""What a posting keeps, repeats and refuses."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa

import ledger
from ledger import Event


def test_an_entitlement_is_an_expense_and_a_payable_of_the_same_amount(books: Any) -> None:
    seal = books.post(Event.ENTITLE, {11: 500, 12: 700})
    assert (seal.count, seal.total_minor) == (2, 1200)
    assert books.balance(5100) == 1200
    assert books.balance(2100) == -1200
    assert (books.owed(11), books.owed(12)) == (500, 700)


@pytest.mark.parametrize("event", Event)
def test_every_event_moves_one_amount_from_one_account_to_another(event: Event) -> None:
    template = ledger.TEMPLATES[event]
    mirror = ledger.TEMPLATES[event + 100]
    assert template.debit != template.credit
    assert (mirror.debit, mirror.credit) == (template.credit, template.debit)
    books = {ledger.CHART[template.debit].book, ledger.CHART[template.credit].book}
    assert len(books) == 1, "a posting stays in one of the two self-balancing books"


def test_debits_equal_credits_in_each_book_after_a_whole_life_of_a_payment(books: Any) -> None:
    books.post(Event.APPROPRIATE, {0: 10_000}, cycle_id=0)
    books.post(Event.ENCUMBER, {0: 5_000})
    books.post(Event.ENTITLE, {11: 500, 12: 700})
    books.post(Event.EXPEND, {0: 1_200})
    books.post(Event.INSTRUCT, {11: 500, 12: 700})
    books.post(Event.SETTLE, {11: 500})
    books.post(Event.RETURN_BEFORE, {12: 700})
    books.post(Event.REISSUE, [(12, 2, 700)])
    books.post(Event.SETTLE, [(12, 2, 700)])
    with books.transaction() as connection:
        lines = ledger.trial_balance(connection)
    for book in ("financial", "budgetary"):
        assert sum(line.balance_minor for line in lines if line.book == book) == 0
    held = {line.account: line.balance_minor for line in lines}
    assert held[1090] == held[2100] == held[2120] == 0
    assert held[1010] == -1200
    assert held[8040] == -held[5100] == -1200
    assert books.findings() == ()


def test_posting_the_same_again_returns_the_first_seal_and_posts_nothing(books: Any) -> None:
    first = books.post(Event.ENTITLE, {11: 500}, key="cycle/1/entitle")
    again = books.post(Event.ENTITLE, {11: 500}, key="cycle/1/entitle")
    assert again == first
    assert books.count("journal") == 1
    assert books.owed(11) == 500


def test_the_moment_of_recording_is_no_part_of_the_content(books: Any) -> None:
    first = books.post(Event.ENTITLE, {11: 500}, key="k")
    later = first.sealed_at.replace(hour=23)
    assert books.post(Event.ENTITLE, {11: 500}, key="k", recorded_at=later) == first


@pytest.mark.parametrize(
    ("lines", "changes", "differing"),
    [
        ({11: 501}, {}, "lines"),
        ({12: 500}, {}, "lines"),
        ({11: 500, 12: 1}, {}, "lines"),
        ({11: 500}, {"value_on": date(2026, 3, 11)}, "value_on"),
        ({11: 500}, {"programme_id": 2}, "programme_id"),
        ({11: 500}, {"fund_id": 2}, "fund_id"),
        ({11: 500}, {"cycle_id": 2}, "cycle_id"),
        ({11: 500}, {"conduit": "BANK"}, "conduit"),
        ({11: 500}, {"approved_by": 9}, "approved_by"),
        ({11: 500}, {"event": Event.HOLD}, "event"),
    ],
)
def test_the_same_key_with_another_content_is_a_conflict(
    books: Any, lines: dict[int, int], changes: dict[str, Any], differing: str
) -> None:
    books.post(Event.ENTITLE, {11: 500}, key="k")
    event = changes.pop("event", Event.ENTITLE)
    with pytest.raises(ledger.KeyConflict, match=differing):
        books.post(event, lines, key="k", **changes)
    assert books.count("batch") == 1


def test_a_second_entitlement_from_another_batch_is_refused(books: Any) -> None:
    books.post(Event.ENTITLE, {11: 500})
    with pytest.raises(ledger.AlreadyPosted, match="subject 11, cycle 1, seq 1"):
        books.post(Event.ENTITLE, {11: 500, 12: 300})
    assert books.owed(12) == 0, "all or nothing"


def test_an_entitlement_line_is_payable_or_held_never_both(books: Any) -> None:
    books.post(Event.HOLD, {11: 500})
    with pytest.raises(ledger.AlreadyPosted):
        books.post(Event.ENTITLE, {11: 500})


def test_no_more_is_paid_than_is_owed(books: Any) -> None:
    books.post(Event.ENTITLE, {11: 500})
    with pytest.raises(ledger.Overdrawn, match=r"account 2100 .* subject 11, .* by 1 minor"):
        books.post(Event.INSTRUCT, {11: 501})
    with pytest.raises(ledger.Overdrawn):
        books.post(Event.INSTRUCT, {12: 1})
    books.post(Event.INSTRUCT, {11: 500})
    with pytest.raises(ledger.Overdrawn):
        books.post(Event.INSTRUCT, [(11, 2, 1)])


def test_one_fund_does_not_pay_what_another_owes(books: Any) -> None:
    books.post(Event.ENTITLE, {11: 500}, fund_id=1)
    with pytest.raises(ledger.Overdrawn, match="fund 2"):
        books.post(Event.INSTRUCT, {11: 500}, fund_id=2)


def test_no_cycle_commits_more_than_was_allotted(books: Any) -> None:
    books.post(Event.APPROPRIATE, {0: 1_000}, cycle_id=0)
    with pytest.raises(ledger.Overdrawn, match="account 8020"):
        books.post(Event.ENCUMBER, {0: 1_001})
    books.post(Event.ENCUMBER, {0: 1_000})
    with pytest.raises(ledger.Overdrawn, match="account 8030"):
        books.post(Event.EXPEND, {0: 1_001})


def test_an_overpayment_is_never_recovered_beyond_what_it_was(books: Any) -> None:
    books.post(Event.ENTITLE, {11: 900})
    books.post(Event.OVERPAYMENT, {11: 300})
    with pytest.raises(ledger.Overdrawn, match="account 1210"):
        books.post(Event.RECOVER_BY_NETTING, {11: 301})
    books.post(Event.RECOVER_BY_NETTING, {11: 300})
    assert books.owed(11) == 600


def test_a_payment_settles_or_returns_never_both(books: Any) -> None:
    books.post(Event.ENTITLE, {11: 500, 12: 500})
    books.post(Event.INSTRUCT, {11: 500, 12: 500})
    books.post(Event.SETTLE, {11: 500})
    with pytest.raises(ledger.AlreadyPosted):
        books.post(Event.RETURN_BEFORE, {11: 500})
    with pytest.raises(ledger.AlreadyPosted):
        books.post(Event.SETTLE, {11: 500})


def test_only_what_was_sent_settles_with_exactly_its_amount(books: Any) -> None:
    books.post(Event.ENTITLE, {11: 500, 12: 500})
    books.post(Event.INSTRUCT, {11: 500})
    for event in (Event.SETTLE, Event.RETURN_BEFORE):
        with pytest.raises(ledger.Unpreceded, match="subject 12, seq 1"):
            books.post(event, {12: 500})
        with pytest.raises(ledger.Unpreceded):
            books.post(event, {11: 499})
        with pytest.raises(ledger.Unpreceded):
            books.post(event, [(11, 2, 500)])
    with pytest.raises(ledger.Unpreceded):
        books.post(Event.RETURN_AFTER, {11: 500})


def test_a_second_attempt_needs_the_money_of_the_first_back(books: Any) -> None:
    books.post(Event.ENTITLE, {11: 500})
    books.post(Event.INSTRUCT, {11: 500})
    with pytest.raises(ledger.Overdrawn, match="account 2120"):
        books.post(Event.REISSUE, [(11, 2, 500)])
    books.post(Event.RETURN_BEFORE, {11: 500})
    books.post(Event.REISSUE, [(11, 2, 500)])
    books.post(Event.SETTLE, [(11, 2, 500)])
    assert books.balance(1010) == -500


def test_a_refused_batch_leaves_nothing_and_the_transaction_goes_on(books: Any) -> None:
    with books.transaction() as connection:
        ledger.post(connection, books.batch(Event.ENTITLE), books.lines({11: 500}))
        with pytest.raises(ledger.Overdrawn):
            ledger.post(connection, books.batch(Event.INSTRUCT), books.lines({11: 501}))
        seal = ledger.post(connection, books.batch(Event.INSTRUCT), books.lines({11: 500}))
    assert (seal.batch_id, seal.position) == (2, 2)
    assert books.count("journal") == 2
    assert books.findings() == ()


def test_nothing_posts_into_a_closed_period_or_outside_all_periods(books: Any) -> None:
    with pytest.raises(ledger.PeriodClosed, match="2027-01-01"):
        books.post(Event.ENTITLE, {11: 500}, value_on=date(2027, 1, 1))
    with books.transaction() as connection:
        ledger.close_period(connection, 1, by=7, at=books.batch(Event.HOLD).recorded_at)
    with pytest.raises(ledger.PeriodClosed):
        books.post(Event.ENTITLE, {11: 500})


def test_a_period_closes_once_and_periods_do_not_overlap(books: Any) -> None:
    at = books.batch(Event.HOLD).recorded_at
    with books.transaction() as connection:
        same = ledger.open_period(
            connection, opens_on=date(2026, 1, 1), closes_on=date(2026, 12, 31), by=7, at=at
        )
        assert same.period_id == 1
        with pytest.raises(ledger.LedgerError, match="overlaps period 1"):
            ledger.open_period(
                connection, opens_on=date(2026, 12, 31), closes_on=date(2027, 1, 31), by=7, at=at
            )
        ledger.close_period(connection, 1, by=7, at=at)
        with pytest.raises(ledger.PeriodClosed):
            ledger.close_period(connection, 1, by=7, at=at)


def test_nobody_approves_what_they_prepared(books: Any) -> None:
    with pytest.raises(ledger.MakerIsChecker):
        books.post(Event.ENTITLE, {11: 500}, prepared_by=7, approved_by=7)


def test_a_fund_has_one_currency(books: Any) -> None:
    books.post(Event.ENTITLE, {11: 500}, currency="INR")
    with pytest.raises(ledger.CurrencyMix):
        books.post(Event.ENTITLE, {12: 500}, currency="BRL")
    books.post(Event.ENTITLE, {12: 500}, currency="BRL", fund_id=2)


def test_a_correction_mirrors_lines_of_the_batch_it_names_once(books: Any) -> None:
    wrong = books.post(Event.ENTITLE, {11: 500, 12: 700})
    with pytest.raises(ledger.Unpreceded):
        books.post(Event.ENTITLE, {11: 499}, reverses=wrong.batch_id)
    books.post(Event.ENTITLE, {11: 500}, reverses=wrong.batch_id)
    assert (books.owed(11), books.owed(12)) == (0, 700)
    with pytest.raises(ledger.AlreadyPosted):
        books.post(Event.ENTITLE, {11: 500}, reverses=wrong.batch_id)
    with books.transaction() as connection:
        totals = ledger.totals_by_event(connection, 1)
    assert totals == {Event.ENTITLE: (1, 700)}


@pytest.mark.parametrize(
    "changes", [{"cycle_id": 2}, {"fund_id": 2}, {"programme_id": 2}, {"event": Event.HOLD}]
)
def test_a_correction_of_another_event_cycle_fund_or_programme_is_refused(
    books: Any, changes: dict[str, Any]
) -> None:
    wrong = books.post(Event.ENTITLE, {11: 500})
    event = changes.pop("event", Event.ENTITLE)
    with pytest.raises(ledger.CorrectionMismatch):
        books.post(event, {11: 500}, reverses=wrong.batch_id, **changes)


def test_what_was_paid_out_cannot_be_corrected_away(books: Any) -> None:
    entitled = books.post(Event.ENTITLE, {11: 500})
    sent = books.post(Event.INSTRUCT, {11: 500})
    books.post(Event.SETTLE, {11: 500})
    with pytest.raises(ledger.Overdrawn):
        books.post(Event.ENTITLE, {11: 500}, reverses=entitled.batch_id)
    with pytest.raises(ledger.AlreadyPosted):
        books.post(Event.INSTRUCT, {11: 500}, reverses=sent.batch_id)


def test_lines_selected_in_the_database_give_the_seal_that_lines_in_memory_give(
    books: Any,
) -> None:
    amounts = {subject: 100 + subject for subject in range(1, 3001)}
    with books.transaction() as connection:
        outer = connection.begin_nested()
        in_memory = ledger.post(
            connection, books.batch(Event.ENTITLE, key="k"), books.lines(amounts)
        )
        outer.rollback()
        number = sa.func.generate_series(3000, 1, -1).column_valued("number")
        big = sa.cast(number, sa.BigInteger)
        select = sa.select(big, sa.literal(1), big + 100, sa.literal(0))
        selected = ledger.post_selected(connection, books.batch(Event.ENTITLE, key="k"), select)
        assert selected == in_memory
        assert (
            ledger.post_selected(connection, books.batch(Event.ENTITLE, key="k"), select)
            == selected
        )
        with pytest.raises(ledger.KeyConflict, match="lines"):
            ledger.post_selected(
                connection, books.batch(Event.ENTITLE, key="k"), select.where(number > 1)
            )


def test_a_select_that_is_no_lines_is_refused(books: Any) -> None:
    batch = books.batch(Event.ENTITLE)
    with books.transaction() as connection:
        with pytest.raises(ledger.BadLines, match="3 columns"):
            ledger.post_selected(
                connection, batch, sa.select(sa.literal(1), sa.literal(1), sa.literal(5))
            )
        half = sa.literal(0.5, sa.Numeric)
        with pytest.raises(ledger.BadLines, match="whole minor units"):
            ledger.post_selected(
                connection, batch, sa.select(sa.literal(1), sa.literal(1), half, sa.literal(0))
            )
        one, zero = sa.literal(1), sa.literal(0)
        with pytest.raises(ledger.BadLines, match="amount_minor must be at least 1"):
            ledger.post_selected(connection, batch, sa.select(one, one, zero, zero))
        nothing = sa.null().cast(sa.BigInteger)
        with pytest.raises(ledger.BadLines, match="holds a null"):
            ledger.post_selected(connection, batch, sa.select(one, one, nothing, zero))
        row = sa.func.generate_series(1, 2).column_valued("row")
        with pytest.raises(ledger.BadLines, match="repeat a subject and seq"):
            ledger.post_selected(connection, batch, sa.select(row * 0, one, one, zero))


def test_an_empty_batch_is_sealed_too(books: Any) -> None:
    seal = books.post(Event.HOLD, {})
    assert (seal.count, seal.total_minor) == (0, 0)
    assert books.findings() == ()


def test_an_undone_attempt_and_another_order_give_the_same_head(books: Any) -> None:
    heads = set()
    for order in ([1, 2, 3, 4], [4, 2, 1, 3]):
        with books.transaction() as connection:
            attempt = connection.begin_nested()
            for event in (Event.ENTITLE, Event.INSTRUCT, Event.SETTLE):
                lines = books.lines([(subject, 1, 100) for subject in order])
                ledger.post(connection, books.batch(event, key=event.name), lines)
            heads.add(ledger.head(connection))
            attempt.rollback()
    assert len(heads) == 1


def test_a_return_is_looked_up_by_key_among_debits_that_nobody_has_counted(
    kept_books: Any, owner_engine: sa.Engine
) -> None:
    books, families = kept_books, dict.fromkeys(range(1, 12001), 100)
    books.post(Event.ENTITLE, families)
    books.post(Event.INSTRUCT, families)
    with owner_engine.begin() as owner:
        owner.execute(sa.text("ANALYZE ledger.journal"))
    with books.transaction() as connection:
        ledger.post(connection, books.batch(Event.SETTLE), books.lines(families))
        before = _met(connection, "journal_cycle_1_pkey")
        returned = dict.fromkeys(range(1, 12001, 60), 100)
        ledger.post(connection, books.batch(Event.RETURN_AFTER), books.lines(returned))
        assert _met(connection, "journal_cycle_1_pkey") - before <= 4 * len(returned)


def test_few_lines_look_up_their_balances_by_key_in_an_account_that_nobody_has_counted(
    kept_books: Any, owner_engine: sa.Engine
) -> None:
    books = kept_books
    families = dict.fromkeys(range(64, 64 * 2001, 64), 100)  # one of each block of balances
    few = dict.fromkeys(range(64, 64 * 2001, 64 * 100), 100)
    books.post(Event.ENTITLE, families)
    with owner_engine.begin() as owner:
        owner.execute(sa.text("ANALYZE ledger.journal, ledger.balance_block"))
    with books.transaction() as connection:
        for event in (Event.INSTRUCT, Event.RETURN_BEFORE):  # opens 2,000 blocks of 2120
            ledger.post(connection, books.batch(event), books.lines(families))
        before = _met(connection, "balance_block_pkey")
        again = books.lines([(family, 2, amount) for family, amount in few.items()])
        ledger.post(connection, books.batch(Event.REISSUE), again)
        assert _met(connection, "balance_block_pkey") - before <= 2 * len(few)
        more = books.lines([(family, 3, amount) for family, amount in few.items()])
        before = _met(connection, "balance_block_pkey")
        with pytest.raises(ledger.Overdrawn):
            ledger.post(connection, books.batch(Event.REISSUE), more)
        assert _met(connection, "balance_block_pkey") - before <= 4 * len(few)


def _met(connection: sa.Connection, key: str) -> int:
    """How many entries of a key of the ledger this transaction has met."""
    met = connection.execute(
        sa.text("SELECT pg_stat_get_xact_tuples_returned(CAST(:key AS regclass))"),
        {"key": f"ledger.{key}"},
    )
    return int(met.scalar_one())
