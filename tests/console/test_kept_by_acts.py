"""Who opens a page after an act finds its sums added up: the act did it, or nothing moved."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa

from cct_engine import cycle as steps
from cct_engine.clock import FixedClock
from cct_engine.console.keeper import Keeper, keep
from cct_engine.console.works import Works
from cct_engine.cycle import by_code

if TYPE_CHECKING:
    from collections.abc import Callable

    from demo_plays import Books, Office

    from cct_engine.cycle import StepReport

CODES: Final = ("bolsa_familia-2026-11", "dilli_annashree-2026-11")
CODE: Final = CODES[0]


_Kept = dict[str, tuple[str, Any]]


def _kept(office: Office, code: str) -> _Kept:
    """Return what is kept of a cycle by kind; without the ten cases, drawn anew at each state."""
    with office.database.transaction() as connection:
        subject = str(by_code(connection, code).cycle_id)
        rows = connection.execute(
            sa.text("SELECT kind, key, value FROM console.kept WHERE subject = :subject"),
            {"subject": subject},
        )
        return {row.kind: (row.key, row.value) for row in rows if row.kind != "drawn"}


def _kept_in_the_end(office: Office, is_there: Callable[[_Kept], bool]) -> _Kept:
    """Wait for the keeper; what it never keeps ends the wait, and the test."""
    until = time.monotonic() + 60
    while not is_there(kept := _kept(office, CODE)) and time.monotonic() < until:
        time.sleep(0.05)
    return kept


def _at_work(office: Office, clock: FixedClock, act: Callable[[], StepReport]) -> None:
    """Do a step as the console does it, to its end."""
    works = Works(office.database, clock)
    running = works.start("step", f"cycle/{CODE}", 1, lambda _tell: act().sentence)
    assert running is not None
    assert running.ended(120)
    works.close()


def test_signing_sending_and_closing_move_no_sum_of_a_list(
    moments: dict[str, Books], copied: Callable[[Books], Books]
) -> None:
    with copied(moments["calculate and check"]).office() as office:
        clock = FixedClock(datetime(2026, 11, 4, 8, tzinfo=UTC))
        _at_work(office, clock, lambda: steps.submit(office.desk("maker", clock), CODE))
        submitted = _kept(office, CODE)
        assert submitted.keys() == {"figures", "compared", "chips", "large", "controls"}
        steps.approve(office.desk("checker", clock), CODE)
        steps.release(office.desk("releaser", clock), CODE)
        keep(office.database)
        released = _kept(office, CODE)
    assert released.keys() > submitted.keys()
    assert {kind: released[kind] for kind in submitted} == submitted


def test_who_opens_a_cycle_that_was_just_closed_waits_for_no_sum(
    moments: dict[str, Books], copied: Callable[[Books], Books]
) -> None:
    with copied(moments["account corrections"]).office() as office:
        clock = FixedClock(datetime(2026, 11, 20, 8, tzinfo=UTC))
        keep(office.database)
        answered = _kept(office, CODE)
        assert {"own proof", "returns", "figures", "compared", "chips"} <= answered.keys()
        steps.close(office.desk("liaison", clock), CODE)
        keep(office.database)
        closed = _kept(office, CODE)
    assert closed == answered


def test_a_step_of_another_process_is_added_up_without_being_asked_for(
    moments: dict[str, Books], copied: Callable[[Books], Books]
) -> None:
    with copied(moments["calculate and check"]).office() as office:
        keeper = Keeper(office.database)
        keeper.begin()
        kept = _kept_in_the_end(office, lambda kept: "controls" in kept)
        checked = kept["figures"]
        clock = FixedClock(datetime(2026, 11, 4, 8, tzinfo=UTC))
        steps.submit(office.desk("maker", clock), CODE)
        kept = _kept_in_the_end(office, lambda kept: kept["figures"][0] != checked[0])
        keeper.close()
    assert kept["figures"] != checked
    assert kept["figures"][1] == checked[1]
