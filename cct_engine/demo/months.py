"""One month of the demo: feeds, two cycles, the bank's answers, corrections, closing.

Each function is one stage; run again, it does nothing that was done before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

from bank_adapters.simulator import FailureMix, simulate
from cct_engine import compliance, cycle, failpoints, registry
from cct_engine.demo.plan import PROGRAMMES, first_of
from cct_engine.demo.world import write_account_corrections

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cct_engine.clock import Clock
    from cct_engine.demo.office import Office
    from cct_engine.demo.plan import DemoPlan
    from cct_engine.demo.world import FeedFile

__all__ = [
    "approve",
    "calculate",
    "close",
    "correct_accounts",
    "freeze",
    "hear_the_bank",
    "hear_the_bank_again",
    "release",
    "take_in",
    "take_in_month",
]

FEED_DAY: Final = 1
FREEZE_DAY: Final = 2
SUBMIT_DAY: Final = 3
APPROVE_DAY: Final = 4
RELEASE_DAY: Final = 5
VALUE_DAY: Final = 9
LATE_ANSWERS_DAY: Final = 15
CORRECTION_DAY: Final = 16
CLOSE_DAY: Final = 17

_FACT_FEEDS: Final = frozenset(compliance.feeds)


def take_in(office: Office, clock: Clock, feeds: Iterable[FeedFile]) -> None:
    """Take feeds in, in the order given; rows that do not pass go to their reject files."""
    maker = office.officer("maker")
    rejects = office.settings.home / "rejects"
    for feed in feeds:
        with office.database.transaction() as connection:
            if feed.kind in _FACT_FEEDS:
                compliance.take_in(
                    connection,
                    feed.path,
                    compliance.feed(feed.kind),
                    at=clock.now(),
                    officer_id=maker,
                    rejects_folder=rejects,
                )
            else:
                registry.take_in(
                    connection,
                    feed.path,
                    registry.feed(feed.kind),
                    at=clock.now(),
                    officer_id=maker,
                    rejects_folder=rejects,
                    token_key=office.settings.token_key.get_secret_value().encode(),
                )
            failpoints.hit("take_in.before_commit")
        failpoints.hit("take_in.after_commit")


def take_in_month(office: Office, plan: DemoPlan, period: str, feeds: Iterable[FeedFile]) -> None:
    """Take in what became known before a period's cut-off."""
    take_in(office, plan.on_day(period, FEED_DAY), feeds)


def freeze(office: Office, plan: DemoPlan, period: str) -> None:
    """Open both cycles, pin their cut-off and seal their inputs."""
    desk = office.desk("maker", plan.on_day(period, FREEZE_DAY))
    for programme, code in _cycles(period):
        cycle.open_cycle(
            desk, programme, first_of(period), value_on=first_of(period).replace(day=VALUE_DAY)
        )
        cycle.freeze(desk, code)


def calculate(office: Office, plan: DemoPlan, period: str) -> None:
    """Assess, calculate and check both cycles."""
    desk = office.desk("maker", plan.on_day(period, FREEZE_DAY))
    for _, code in _cycles(period):
        cycle.calculate(desk, code)
        cycle.check(desk, code)


def approve(office: Office, plan: DemoPlan, period: str) -> None:
    """The maker submits; the checker signs the digest of the list, which posts it."""
    for _, code in _cycles(period):
        cycle.submit(office.desk("maker", plan.on_day(period, SUBMIT_DAY)), code)
        cycle.approve(office.desk("checker", plan.on_day(period, APPROVE_DAY)), code)


def release(office: Office, plan: DemoPlan, period: str) -> None:
    """The releaser sends the money, and again what came back and can be paid now."""
    for _, code in _cycles(period):
        cycle.release(office.desk("releaser", plan.on_day(period, RELEASE_DAY)), code)


def hear_the_bank(office: Office, plan: DemoPlan, period: str) -> None:
    """The bank answers up to the value date; what it says is booked."""
    _hear(office, plan, period, VALUE_DAY)


def hear_the_bank_again(office: Office, plan: DemoPlan, period: str) -> None:
    """Late returns, whole copies of cut files, and what the bank puts right."""
    _hear(office, plan, period, LATE_ANSWERS_DAY)


def correct_accounts(office: Office, plan: DemoPlan, period: str) -> None:
    """Families whose payment came back bring another account; a second officer confirms it."""
    clock = plan.on_day(period, CORRECTION_DAY)
    on = first_of(period).replace(day=CORRECTION_DAY)
    folder = office.settings.home / "feeds" / f"{period}-corrections"
    correction = write_account_corrections(folder, _returned_persons(office), seed=plan.seed, on=on)
    if correction is not None:
        take_in(office, clock, [correction])
        with office.database.transaction() as connection:
            registry.confirm_accounts(
                connection, at=clock.now(), officer_id=office.officer("checker")
            )


def close(office: Office, plan: DemoPlan, period: str) -> None:
    """Prove that every unit is in one named state, and close."""
    for _, code in _cycles(period):
        cycle.close(office.desk("liaison", plan.on_day(period, CLOSE_DAY)), code)


def _hear(office: Office, plan: DemoPlan, period: str, day: int) -> None:
    """Let the bank answer, carry its files from its counter to our inbox, and book them."""
    bank = office.settings.home / "bank"
    simulate(
        bank / "outbox",
        bank / "answers",
        seed=plan.seed,
        mix=FailureMix.NORMAL,
        on=first_of(period).replace(day=day),
    )
    inbox = cycle.inbox_of(office.settings.home)
    inbox.mkdir(parents=True, exist_ok=True)
    for answer in sorted((bank / "answers").glob("*.xml")):
        answer.rename(inbox / answer.name)
        failpoints.hit("demo.after_answer")
    cycle.reconcile(office.desk("liaison", plan.on_day(period, day)))


def _cycles(period: str) -> Iterator[tuple[str, str]]:
    for payer in PROGRAMMES:
        yield payer.programme, f"{payer.programme}-{period}"


def _returned_persons(office: Office) -> list[str]:
    """The sources' own references of payees whose last payment came back or was rejected."""
    with office.database.transaction() as connection:
        rows = connection.execute(
            sa.text(
                "SELECT DISTINCT r.reference FROM cycle.instruction i "
                "JOIN registry.person_reference r ON r.person_id = i.payee_id "
                "WHERE i.state IN ('returned', 'rejected') AND NOT EXISTS (SELECT 1 "
                "FROM cycle.instruction later WHERE later.end_to_end_id = i.end_to_end_id "
                "AND later.attempt > i.attempt) ORDER BY 1"
            )
        )
        return list(rows.scalars())
