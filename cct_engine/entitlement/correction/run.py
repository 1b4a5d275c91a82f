"""One correction run: who was touched, the replay of their months, what becomes of the money."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Protocol

import sqlalchemy as sa
from structlog import get_logger

from cct_engine.entitlement import recorded
from cct_engine.entitlement.copy_out import driver
from cct_engine.entitlement.correction import replay, settling
from cct_engine.entitlement.correction.found import Correction, found_in
from cct_engine.entitlement.kept import kept_cycle
from cct_engine.rulebook import Month, evidence_read

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import date, datetime
    from pathlib import Path

    from cct_engine.entitlement.kept import KeptCycle
    from cct_engine.entitlement.pins import CyclePins
    from cct_engine.rulebook import Rulebook

__all__ = ["Inputs", "correct"]

_CHUNK = 50_000
_DAYS_A_MONTH = 30


class Inputs(Protocol):
    """How the registry and compliance are asked; the cycle's step knows them, this package not."""

    def touched(
        self,
        *,
        since: datetime,
        until: datetime,
        day: date,
        facts: Mapping[str, Collection[date]],
    ) -> str:
        """Return the select of households about whom something became known."""
        ...

    def selects(
        self, pins: CyclePins, law: Rulebook, *, known: datetime, among: str
    ) -> Mapping[str, str]:
        """Return the selects of a past cycle's inputs, as known at another instant."""
        ...


def correct(
    connection: sa.Connection,
    pins: CyclePins,
    *,
    law: Rulebook,
    inputs: Inputs,
    home: Path,
    by: int,
    at: datetime,
) -> Correction:
    """Bring to light what became known of earlier cycles up to ``pins.as_of_known``.

    ``pins`` and ``law`` are those of the cycle about to be frozen; its ``appeals.arrears_limit``
    says how far back is corrected, and a law without it corrects nothing. A cycle is corrected
    once: when it was done before, that is returned and nothing is opened. Everything happens in
    the caller's transaction, which must be REPEATABLE READ. Raises SealBroken when the folder of an
    earlier cycle is not what was sealed.
    """
    if (done := found_in(connection, pins.cycle_id)) is not None:
        return done
    cycles = recorded.earlier_cycles(connection, pins)
    open_ones = tuple(c for c in cycles if c.month >= pins.first_month - _months_back(law))
    kept = [kept_cycle(connection, home, cycle.code) for cycle in open_ones]
    replay.make_tables(connection)
    if kept:
        _find_touched(connection, pins, kept, inputs)
    replayed = 0
    while count := replay.next_households(connection, _CHUNK):
        replayed += count
        for cycle in kept:
            before = [c for c in cycles if c.month < cycle.pins.first_month]
            replay.replay(connection, cycle, before, pins=pins, inputs=inputs)
        settling.settle(connection, pins, cycles)
    return _recorded(connection, pins, kept, replayed, by=by, at=at)


def _months_back(law: Rulebook) -> int:
    """Return how many months back a correction may reach; 0 where the law grants none."""
    appeals = law.law.appeals
    if appeals is None:
        return 0
    limit = appeals.arrears_limit
    if limit.unit == "cycle":
        return limit.length * law.cycle_months
    return limit.length if limit.unit == "month" else limit.length // _DAYS_A_MONTH


def _find_touched(
    connection: sa.Connection, pins: CyclePins, kept: list[KeptCycle], inputs: Inputs
) -> None:
    """Write who is to be replayed, and from which month on.

    First everybody about whom something became known; of these, whose inputs of a past cycle are
    other rows now than they were. Only families that were on a list by then: what a later
    enrolment brings for the past is said by the law itself.
    """
    until = pins.as_of_known
    reached = connection.execute(
        sa.text("SELECT max(known_until) FROM cycle.correction WHERE programme_id = :programme"),
        {"programme": pins.programme_id},
    ).scalar()
    since = {c.pins.code: max(filter(None, (reached, c.pins.as_of_known))) for c in kept}
    read = {c.pins.code: evidence_read(c.law, Month.of(c.pins.period)) for c in kept}
    months: dict[str, set[date]] = {}
    for facts in read.values():
        for kind, observed in facts.items():
            months.setdefault(kind, set()).update(month.first_day for month in observed)
    replay.note_candidates(
        connection,
        inputs.touched(
            since=min(since.values()),
            until=until,
            day=max(c.pins.as_of_valid for c in kept),
            facts=months,
        ),
        programme_id=pins.programme_id,
    )
    for cycle in kept:
        known = since[cycle.pins.code]
        then, now = (
            inputs.selects(cycle.pins, cycle.law, known=instant, among=replay.CANDIDATES)
            for instant in (known, until)
        )
        replay.note_changed(connection, cycle, then, now, read[cycle.pins.code])


def _recorded(
    connection: sa.Connection,
    pins: CyclePins,
    kept: list[KeptCycle],
    replayed: int,
    *,
    by: int,
    at: datetime,
) -> Correction:
    connection.execute(
        sa.text(
            "INSERT INTO cycle.correction (cycle_id, programme_id, known_until, first_period,"
            " cycle_count, household_count, digest, found_by, found_at) VALUES (:cycle_id,"
            " :programme_id, :known_until, :first_period, :cycle_count, :household_count, :digest,"
            " :by, :at)"
        ),
        {
            "cycle_id": pins.cycle_id,
            "programme_id": pins.programme_id,
            "known_until": pins.as_of_known,
            "first_period": kept[0].pins.period if kept else None,
            "cycle_count": len(kept),
            "household_count": replayed,
            "digest": _digest(connection, pins.cycle_id),
            "by": by,
            "at": at,
        },
    )
    found = found_in(connection, pins.cycle_id)
    if found is None:
        raise AssertionError(f"The correction of {pins.code} was written and is not there.")
    get_logger().info(
        "correct.found",
        cycle=pins.code,
        replayed=replayed,
        changed=found.changed_count,
        arrears_minor=found.arrears_minor,
        recoverable_minor=found.recoverable_minor,
        digest=found.digest,
    )
    return found


_SEALED = (
    (
        "SELECT household_id, from_month, found_month FROM cycle.corrected_household"
        " WHERE cycle_id = {cycle_id} ORDER BY household_id"
    ),
    (
        "SELECT household_id, corrected_cycle_id, component, person_id, pregnancy_id, for_period,"
        " before_minor, after_minor, arrears_minor, set_off_minor, recoverable_minor,"
        " hold_cancelled_minor, netted_minor FROM cycle.correction_line WHERE cycle_id = {cycle_id}"
        " ORDER BY 1, 2, 3, 4, 5, 6"
    ),
    (
        "SELECT household_id, component, person_id, pregnancy_id, for_period, kind, reason_code,"
        " amount_minor FROM cycle.correction_hold WHERE cycle_id = {cycle_id}"
        " ORDER BY 1, 2, 3, 4, 5, 6, 7"
    ),
    (
        "SELECT * FROM cycle.corrected_state WHERE cycle_id = {cycle_id}"
        " ORDER BY household_id, cycle_month, ladder, subject_id"
    ),
)


def _digest(connection: sa.Connection, cycle_id: int) -> str:
    """Return the SHA-256 of everything the correction wrote, in PostgreSQL's COPY text."""
    digest = hashlib.sha256()
    for select in _SEALED:
        statement = f"COPY ({select.format(cycle_id=int(cycle_id))}) TO STDOUT"
        with driver(connection).cursor().copy(statement) as copy:
            for block in copy:
                digest.update(block)
    return digest.hexdigest()
