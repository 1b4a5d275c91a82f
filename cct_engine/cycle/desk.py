"""How a step is done: who does it, whether now is the time, what it says afterwards.

A step runs its own transactions. It may be run again: after a crash it goes on, and when it is
done already it does nothing and says so. Every refusal is an act in the record.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import sqlalchemy as sa
import structlog

from cct_engine.cycle import record, tiers
from cct_engine.cycle.record import Cycle, CycleError
from cct_engine.cycle.states import TRANSITIONS, State, Transition, is_past, permission
from cct_engine.people import Refused, acts, authorise, record_refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime
    from pathlib import Path

    from cct_engine.clock import Clock
    from cct_engine.database import Database
    from cct_engine.settings import Settings

__all__ = ["Desk", "Progress", "StepReport", "Work", "run"]


class Progress(NamedTuple):
    """How far a running step is: ``done`` of ``total`` things (0: not known) of one kind."""

    cycle: str
    verb: str
    what: str
    done: int
    total: int


class StepReport(NamedTuple):
    """What a step did. ``done`` is False when it had been done before and nothing was changed.

    ``counts`` are numbers of things, ``money`` is minor units of the cycle's currency.
    """

    cycle: str
    verb: str
    state: State
    done: bool
    sentence: str
    counts: Mapping[str, int]
    money: Mapping[str, int]


def _silent(_progress: Progress) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True)
class Desk:
    """Where an officer works: the database, the data folder, the clock, and who sits there."""

    database: Database
    settings: Settings
    clock: Clock
    officer_id: int
    tell: Callable[[Progress], None] = _silent

    @property
    def home(self) -> Path:
        """The data folder: snapshots, runs, files, reports."""
        return self.settings.home


@dataclass(slots=True)
class Work:
    """A step under way on one cycle. ``at`` is the step's instant, asked from the clock once."""

    desk: Desk
    cycle: Cycle
    way: Transition
    at: datetime
    sentence: str = ""
    counts: dict[str, int] = field(default_factory=dict)
    money: dict[str, int] = field(default_factory=dict)
    detail: dict[str, object] = field(default_factory=dict)

    def tell(self, what: str, done: int, total: int = 0) -> None:
        """Report progress to whoever waits."""
        self.desk.tell(Progress(self.cycle.code, self.way.verb, what, done, total))

    @contextmanager
    def last_transaction(self) -> Iterator[sa.Connection]:
        """The transaction that ends the step: what it writes counts together with its act."""
        with self.desk.database.transaction() as connection:
            yield connection
            acts.record(
                connection,
                at=self.at,
                officer_id=self.desk.officer_id,
                verb=f"cycle.{self.way.verb}",
                subject=f"cycle/{self.cycle.code}",
                outcome="done",
                detail=self.counts | self.money | self.detail,
            )

    def move(self, connection: sa.Connection, **columns: object) -> None:
        """Move the cycle along the step's transition; raise ``Changed`` if it moved already."""
        self.cycle = record.advance(connection, self.cycle, self.way.verb, **columns)


def run(
    desk: Desk,
    code: str,
    verb: str,
    body: Callable[[Work], None],
    *,
    proposed: int | None = None,
) -> StepReport:
    """Do one step of the cycle ``code``.

    Raises ``Refused`` when the officer may not, ``CycleError`` when the cycle is not in the state
    the step starts from or its rules refuse; both stand in the record of acts.
    """
    started = time.perf_counter()
    at = desk.clock.now()
    try:
        work = _taken_up(desk, code, verb, at=at, proposed=proposed)
        done = not _has_happened(work.cycle.state, work.way)
        if done:
            body(work)
        else:
            work.sentence = (
                f"{code} is {work.cycle.state.value} already; '{verb}' had nothing to do."
            )
    except (Refused, CycleError) as refusal:
        structlog.get_logger().warning(
            "cycle.refused", step=verb, cycle=code, rule=refusal.rule, officer_id=desk.officer_id
        )
        record_refusal(
            desk.database,
            refusal,
            at=at,
            officer_id=desk.officer_id,
            verb=f"cycle.{verb}",
            subject=f"cycle/{code}",
        )
        raise
    report = _report(work, done=done)
    structlog.get_logger().info(
        "cycle.step",
        step=verb,
        cycle=code,
        done=report.done,
        state=report.state.value,
        seconds=round(time.perf_counter() - started, 3),
        officer_id=desk.officer_id,
        **{f"{name}_count": value for name, value in report.counts.items()},
        **{f"{name}_minor": value for name, value in report.money.items()},
    )
    return report


def _taken_up(desk: Desk, code: str, verb: str, *, at: datetime, proposed: int | None) -> Work:
    way = TRANSITIONS[verb]
    with desk.database.transaction() as connection:
        cycle = record.by_code(connection, code)
        earlier: dict[str, list[int | None]] = {
            "prepared": [cycle.prepared_by],
            "approved": [cycle.approved_by],
            "released": [cycle.released_by],
            "countersigned": [*tiers.signatures(connection, cycle.cycle_id).countersigned_by],
            "overrode": _overriders(connection, cycle.cycle_id),
            "proposed": [proposed],
        }
        authorise(
            connection,
            permission(verb),
            officer_id=desk.officer_id,
            at=at,
            programme=cycle.programme,
            earlier=earlier,
        )
    _refuse_wrong_state(cycle, way)
    return Work(desk, cycle, way, at)


def _overriders(connection: sa.Connection, cycle_id: int) -> list[int | None]:
    rows = connection.execute(
        sa.text(
            "SELECT DISTINCT o.proposed_by FROM cycle.override o "
            "JOIN cycle.finding f USING (finding_id) "
            "WHERE f.cycle_id = :cycle_id AND f.state = 'overridden' ORDER BY 1"
        ),
        {"cycle_id": cycle_id},
    )
    return [int(officer_id) for officer_id in rows.scalars()]


def _refuse_wrong_state(cycle: Cycle, way: Transition) -> None:
    if cycle.state is way.since or _has_happened(cycle.state, way):
        return
    first = next((step for step in TRANSITIONS.values() if step.since is cycle.state), None)
    advice = f"The next step is '{first.verb}'." if first else "A closed cycle stays as it is."
    raise CycleError(
        f"{cycle.code} is {cycle.state.value}, and '{way.verb}' starts from "
        f"{way.since.value if way.since else 'nothing'}. Nothing was done. {advice}"
    )


def _has_happened(state: State, way: Transition) -> bool:
    forward = way.since is not None and is_past(way.to, way.since) and way.to is not way.since
    return forward and is_past(state, way.to)


def _report(work: Work, *, done: bool) -> StepReport:
    return StepReport(
        cycle=work.cycle.code,
        verb=work.way.verb,
        state=work.cycle.state,
        done=done,
        sentence=work.sentence,
        counts=work.counts,
        money=work.money,
    )
