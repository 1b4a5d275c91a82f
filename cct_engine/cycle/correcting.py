"""Correcting: what became known of closed cycles is replayed before the next one is frozen.

Late reports, corrected ones and upheld appeals change no closed cycle. What they would have changed
is paid or taken back in the cycle to come, and its ladders go on from where they should stand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from cct_engine import failpoints, registry
from cct_engine.cycle.cut_off import inputs_of, pinned, pins_of
from cct_engine.cycle.desk import run
from cct_engine.cycle.record import CycleError
from cct_engine.entitlement import EntitlementError
from cct_engine.entitlement.correction import correct as _correct
from cct_engine.entitlement.correction import found_in
from cct_engine.money import format_minor
from cct_engine.people import acts

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import date, datetime

    from cct_engine.cycle.desk import Desk, StepReport, Work
    from cct_engine.entitlement import CyclePins
    from cct_engine.entitlement.correction import Correction
    from cct_engine.rulebook import Rulebook

__all__ = ["brought_to_light", "correct", "told"]


def correct(desk: Desk, code: str) -> StepReport:
    """Bring into an open cycle what became known of closed ones since the last cut-off.

    The cut-off is pinned by it: what comes in afterwards belongs to a later cycle. ``freeze`` does
    the same where nobody did it before. A second time it finds what was found and opens nothing.
    """

    def body(work: Work) -> None:
        rules = pinned(work)
        try:
            found = brought_to_light(work, pins_of(work.cycle), rules)
        except EntitlementError as error:
            raise CycleError(f"{code} was not corrected. {error}") from error
        work.sentence = (
            f"{code}: {found.cycle_count} earlier cycles looked at, {found.household_count} "
            f"families replayed.{told(found, work.cycle.currency)}"
        )

    return run(desk, code, "correct", body)


def brought_to_light(work: Work, pins: CyclePins, rules: Rulebook) -> Correction:
    """Replay who was touched, once per cycle, and leave an act.

    The act has a transaction of its own: the replay sees one instant, and the record of acts has
    gone on since then. Who is killed between the two leaves the act when the step is done again.
    """
    engine = work.desk.database.engine
    with engine.begin() as connection:
        done = found_in(connection, pins.cycle_id)
    if done is None:
        with engine.execution_options(isolation_level="REPEATABLE READ").begin() as connection:
            done = _correct(
                connection,
                pins,
                law=rules,
                inputs=_Inputs(),
                home=work.desk.home,
                by=work.desk.officer_id,
                at=work.at,
            )
            failpoints.hit("correct.before_commit")
        failpoints.hit("correct.after_commit")
    with engine.begin() as connection:
        _leave_act(connection, work, pins, done)
    work.counts |= _counts(done)
    work.money |= _money(done)
    return done


def _leave_act(connection: sa.Connection, work: Work, pins: CyclePins, done: Correction) -> None:
    subject = f"cycle/{pins.code}"
    connection.execute(
        sa.text("SELECT 1 FROM cycle.cycle WHERE cycle_id = :cycle_id FOR UPDATE"),
        {"cycle_id": pins.cycle_id},
    )
    found = connection.execute(
        sa.text(
            "SELECT EXISTS (SELECT FROM people.act WHERE verb = 'cycle.correct' "
            "AND subject = :subject AND outcome = 'done')"
        ),
        {"subject": subject},
    )
    if not found.scalar_one():
        acts.record(
            connection,
            at=work.at,
            officer_id=work.desk.officer_id,
            verb="cycle.correct",
            subject=subject,
            outcome="done",
            detail=_counts(done) | _money(done) | {"digest": done.digest},
        )


def told(found: Correction, currency: str) -> str:
    """Return the sentence that an officer reads; nothing where nothing was changed."""
    if not found.changed_count:
        return ""
    sums = {
        "to be paid late": found.arrears_minor,
        "to be taken back": found.recoverable_minor,
        "set off": found.set_off_minor,
        "held and never to be paid": found.hold_cancelled_minor,
    }
    parts = [
        f"{format_minor(amount, currency)} {words}" for words, amount in sums.items() if amount
    ]
    money = f": {', '.join(parts)}" if parts else ", without money"
    return f" Late evidence changes {found.changed_count} families of closed months{money}."


def _counts(found: Correction) -> dict[str, int]:
    return {"replayed": found.household_count, "corrected": found.changed_count}


def _money(found: Correction) -> dict[str, int]:
    return {"arrears": found.arrears_minor, "recoverable": found.recoverable_minor}


class _Inputs:
    """The registry, asked as a correction asks it."""

    def touched(
        self,
        *,
        since: datetime,
        until: datetime,
        day: date,
        facts: Mapping[str, Collection[date]],
    ) -> str:
        return registry.extract.touched(since=since, until=until, day=day, facts=facts)

    def selects(
        self, pins: CyclePins, law: Rulebook, *, known: datetime, among: str
    ) -> Mapping[str, str]:
        return inputs_of(pins, law, known=known, among=among)
