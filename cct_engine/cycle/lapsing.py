"""Payments that came back and that nobody claimed within the window of the law.

The window is the one of the law a payment's cycle was calculated by, counted from the day of the
last attempt. The engine lists what is past it; an officer answers for letting it lapse.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import reconciliation
from cct_engine.cycle import law, record
from cct_engine.people import Permission, Refused, Role, acts, authorise, record_refusal
from cct_engine.rulebook import stale_after, unclaimed_rule

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    import sqlalchemy as sa

    from cct_engine.cycle.desk import Desk
    from cct_engine.cycle.record import Cycle
    from cct_engine.rulebook import Rulebook
    from ledger import Seal

__all__ = ["LAPSE", "Lapsed", "Unclaimed", "ends_enrolment", "lapse", "unclaimed"]

LAPSE: Final = Permission("payment.lapse", frozenset({Role.CHECKER}))
_CHANNEL: Final = "bank"


class Unclaimed(NamedTuple):
    """Payments of a cycle and day whose money is back: ``last_day`` to claim them; None: no end.

    ``lapses``: the law gives what is past it back; ``is_past``: the day is over;
    ``ends_enrolment``: the law also takes the family off the list, which is for an officer to do;
    the check ``MONEY_LEFT_BEHIND`` names the families.
    """

    cycle_id: int
    cycle: str
    value_on: date
    last_day: date | None
    lapses: bool
    is_past: bool
    currency: str
    number: int
    total_minor: int
    law: str
    ends_enrolment: bool

    @property
    def then(self) -> str:
        """Tell what becomes of them now, as a clause.

        What does not lapse goes again with a release as soon as its account is right, also beside
        the next cycle's own payment (``add_to_next_cycle``).
        """
        if not self.is_past:
            return "waits"
        ends = "; the law ends the enrolment" if self.ends_enrolment else ""
        return ("lapses" if self.lapses else "goes with the next release") + ends


class Lapsed(NamedTuple):
    """What was let lapse. ``seals``: what was posted."""

    lapsed: tuple[Unclaimed, ...]
    seals: tuple[Seal, ...]

    @property
    def sentence(self) -> str:
        """Return what was done as a sentence."""
        number = sum(one.number for one in self.lapsed)
        if number == 0:
            return "No payment is past the window of its law."
        return f"{number:,} payment(s) lapsed; what they were to pay is due to the Treasury."


def unclaimed(connection: sa.Connection, home: Path, *, on: date) -> tuple[Unclaimed, ...]:
    """Return what came back and lies unclaimed, oldest first, with the window its law gives."""
    found = []
    for idle in reconciliation.idle(connection):
        cycle = record.by_id(connection, idle.cycle_id)
        rules = _rules(connection, cycle, home)
        try:
            rule = unclaimed_rule(rules, _CHANNEL)
        except LookupError:  # this law says nothing of money on a bank account
            last_day, lapses, ends, source = None, False, False, ""
        else:
            last_day = stale_after(rules, channel=_CHANNEL, available_on=idle.value_on)
            lapses, ends = rule.then == "return_to_programme", rule.ends == "enrolment"
            source = rule.law
        found.append(
            Unclaimed(
                cycle_id=idle.cycle_id,
                cycle=cycle.code,
                value_on=idle.value_on,
                last_day=last_day,
                lapses=lapses,
                is_past=last_day is not None and on > last_day,
                currency=idle.currency.strip(),
                number=idle.number,
                total_minor=idle.total_minor,
                law=source,
                ends_enrolment=ends,
            )
        )
    return tuple(found)


def _rules(connection: sa.Connection, cycle: Cycle, home: Path) -> Rulebook:
    if cycle.rulebook_digest:
        return law.of_cycle(connection, cycle)
    return law.in_force(cycle.programme, home)


def ends_enrolment(
    connection: sa.Connection, cycle: Cycle, home: Path, *, paid_on: date, on: date
) -> bool:
    """Tell whether the law of a cycle takes families off the list on a day.

    That is, those that had not drawn what was paid to them on ``paid_on``.
    """
    rules = _rules(connection, cycle, home)
    try:
        rule = unclaimed_rule(rules, _CHANNEL)
    except LookupError:
        return False
    last_day = stale_after(rules, channel=_CHANNEL, available_on=paid_on)
    return rule.ends == "enrolment" and last_day is not None and on > last_day


def lapse(desk: Desk) -> Lapsed:
    """Let lapse what is past its window today; money is due to the Treasury until it is remitted.

    Raises ``Refused`` when the officer may not. Running it again finds nothing.
    """
    at = desk.clock.now()
    try:
        with desk.database.transaction() as connection:
            authorise(connection, LAPSE, officer_id=desk.officer_id, at=at)
            found = unclaimed(connection, desk.home, on=at.date())
            past = tuple(one for one in found if one.lapses and one.is_past)
            seals = reconciliation.lapse(
                connection,
                [(one.cycle_id, one.value_on) for one in past],
                approved_by=desk.officer_id,
                at=at,
            )
            if past:
                acts.record(
                    connection,
                    at=at,
                    officer_id=desk.officer_id,
                    verb=LAPSE.verb,
                    subject="payments",
                    outcome="done",
                    detail={"payments": sum(one.number for one in past), "batches": len(seals)},
                )
    except Refused as refusal:
        record_refusal(
            desk.database,
            refusal,
            at=at,
            officer_id=desk.officer_id,
            verb=LAPSE.verb,
            subject="payments",
        )
        raise
    return Lapsed(past, seals)
