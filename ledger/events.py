"""The journal templates: the only postings there are, as one table.

An event names which account is debited and which is credited; a line of that event carries one
amount for both, so it balances by construction. Recognition follows IPSAS 42: expense and
liability arise when compliance is verified and the cycle is approved, for that payment only.
"""

from __future__ import annotations

from enum import IntEnum, unique
from typing import NamedTuple

__all__ = ["MIRROR_OFFSET", "TEMPLATES", "Event", "Template", "template_of"]

MIRROR_OFFSET = 100  # the stored event of a correction is the event it mirrors plus this


@unique
class Event(IntEnum):
    """What happened to money. The numbers are stored and hashed: they never change meaning."""

    # Budgetary book: what the law allows to be spent.
    APPROPRIATE = 1  # a warrant sets the ceiling, and all of it may be committed at once
    ENCUMBER = 2  # reserved for a cycle; refused beyond the allotment
    EXPEND = 3  # with every recognised expense
    UNENCUMBER = 4  # a reservation not needed, or lapsed at year end
    UNEXPEND = 5  # with every reversal of an expense of the same year
    LAPSE = 6  # allotment returned at year end
    APPROPRIATE_TO_ALLOT = 7  # a warrant sets the ceiling; what may be committed is allotted later
    ALLOT = 8
    LAPSE_NOT_ALLOTTED = 9

    # Funding.
    FUND_RECEIVED = 10
    BANK_CHARGE = 11

    # Recognition, and the four states of money owed.
    ENTITLE = 20  # approved and payable
    HOLD = 21  # approved, held by a sanction or a review
    RELEASE_HOLD = 22
    FORFEIT_HOLD = 23
    FORFEIT_HOLD_PRIOR_YEAR = 24
    WITHHOLD_RETAINED = 25  # earned by law, kept back until the year's conditions are shown
    RELEASE_WITHHELD = 26
    FORFEIT_WITHHELD = 27
    FORFEIT_WITHHELD_PRIOR_YEAR = 28
    RELEASE_CONDITIONAL = 29  # a part that was no liability until its condition was met

    # Payment.
    INSTRUCT = 40  # in a sealed bank file
    SETTLE = 41  # the bank confirms
    RETURN_BEFORE = 42  # rejected or returned before settlement
    RETURN_AFTER = 43  # credited back after settlement
    REISSUE = 44  # the next attempt for returned money
    SUSPENSE_IN = 50  # money from the bank nobody can name yet; the subject is the bank line
    SUSPENSE_OUT = 51
    DEBIT_SUSPENSE_IN = 52  # money the bank took and nobody can say what for
    DEBIT_SUSPENSE_OUT = 53  # placed, or given back

    # Money nobody drew.
    UNCLAIMED = 60  # the window has passed and the law gives it to the Treasury
    UNCLAIMED_RETURNED = 61
    REMIT_UNCLAIMED = 62
    FORFEIT = 63  # the right lapsed: the expense is reversed
    FORFEIT_PRIOR_YEAR = 64
    FORFEIT_RETURNED = 65
    FORFEIT_RETURNED_PRIOR_YEAR = 66

    # Overpayments; the reference of their lines is the case number.
    OVERPAYMENT = 70
    OVERPAYMENT_PRIOR_YEAR = 71
    RECOVER_BY_NETTING = 72
    RECOVER_IN_CASH = 73
    WRITE_OFF = 74
    PROVIDE = 75  # allowance for what will probably not come back
    WRITE_OFF_PROVIDED = 76

    # Cash in hand through a conduit.
    ADVANCE = 80
    SETTLE_FROM_ADVANCE = 81
    ADVANCE_RETURNED = 82

    # The turn of a fund's year: what a household has open goes over to the next fund. The seq is
    # the older fund's number.
    CARRY_OVERPAYMENT_OUT = 90
    CARRY_OVERPAYMENT_IN = 91
    CARRY_HELD_OUT = 92
    CARRY_HELD_IN = 93
    CARRY_WITHHELD_OUT = 94
    CARRY_WITHHELD_IN = 95


class Template(NamedTuple):
    """One legal posting.

    ``slot``: events that exclude one another for the same cycle, subject and seq share a slot, and
    a slot is filled once: a line is recognised once, a payment is sent once and ends once.
    ``follows``: a line needs a line of one of these events with the same cycle, subject, seq and
    amount. ``mirror_of``: the event this one corrects.
    """

    event: int
    name: str
    debit: int
    credit: int
    slot: int
    follows: tuple[int, ...] = ()
    mirror_of: int | None = None


_SENT = (Event.INSTRUCT, Event.REISSUE)
_SETTLED = (Event.SETTLE,)
_ORIGINALS = (
    Template(Event.APPROPRIATE, "appropriate", 8010, 8020, 1),
    Template(Event.ENCUMBER, "encumber", 8020, 8030, 2),
    Template(Event.EXPEND, "expend", 8030, 8040, 3),
    Template(Event.UNENCUMBER, "unencumber", 8030, 8020, 4),
    Template(Event.UNEXPEND, "unexpend", 8040, 8020, 5),
    Template(Event.LAPSE, "lapse", 8020, 8010, 6),
    Template(Event.APPROPRIATE_TO_ALLOT, "appropriate, to be allotted", 8010, 8015, 7),
    Template(Event.ALLOT, "allot", 8015, 8020, 8),
    Template(Event.LAPSE_NOT_ALLOTTED, "lapse, not allotted", 8015, 8010, 9),
    Template(Event.FUND_RECEIVED, "fund received", 1010, 3000, 10),
    Template(Event.BANK_CHARGE, "bank charge", 5150, 1010, 11),
    Template(Event.ENTITLE, "entitle", 5100, 2100, 20),
    Template(Event.HOLD, "hold", 5100, 2105, 20),
    Template(Event.RELEASE_HOLD, "release hold", 2105, 2100, 22),
    Template(Event.FORFEIT_HOLD, "forfeit hold", 2105, 5100, 23),
    Template(Event.FORFEIT_HOLD_PRIOR_YEAR, "forfeit hold, prior year", 2105, 4100, 24),
    Template(Event.WITHHOLD_RETAINED, "withhold, retained", 2100, 2110, 25),
    Template(Event.RELEASE_WITHHELD, "release withheld", 2110, 2100, 26),
    Template(Event.FORFEIT_WITHHELD, "forfeit withheld", 2110, 5100, 27),
    Template(Event.FORFEIT_WITHHELD_PRIOR_YEAR, "forfeit withheld, prior year", 2110, 4100, 28),
    Template(Event.RELEASE_CONDITIONAL, "release conditional", 5100, 2100, 29),
    Template(Event.INSTRUCT, "instruct", 2100, 1090, 40),
    Template(Event.SETTLE, "settle", 1090, 1010, 41, _SENT),
    Template(Event.RETURN_BEFORE, "return before settlement", 1090, 2120, 41, _SENT),
    Template(Event.RETURN_AFTER, "return after settlement", 1010, 2120, 43, _SETTLED),
    Template(Event.REISSUE, "re-issue", 2120, 1090, 40),
    Template(Event.SUSPENSE_IN, "suspense in", 1010, 2900, 50),
    Template(Event.SUSPENSE_OUT, "suspense out", 2900, 1010, 51),
    Template(Event.DEBIT_SUSPENSE_IN, "debit suspense in", 1900, 1010, 52),
    Template(Event.DEBIT_SUSPENSE_OUT, "debit suspense out", 1010, 1900, 53),
    Template(Event.UNCLAIMED, "unclaimed", 2100, 2130, 60),
    Template(Event.UNCLAIMED_RETURNED, "unclaimed, returned", 2120, 2130, 61),
    Template(Event.REMIT_UNCLAIMED, "remit unclaimed", 2130, 1010, 62),
    Template(Event.FORFEIT, "forfeit", 2100, 5100, 63),
    Template(Event.FORFEIT_PRIOR_YEAR, "forfeit, prior year", 2100, 4100, 64),
    Template(Event.FORFEIT_RETURNED, "forfeit returned", 2120, 5100, 65),
    Template(Event.FORFEIT_RETURNED_PRIOR_YEAR, "forfeit returned, prior year", 2120, 4100, 66),
    Template(Event.OVERPAYMENT, "overpayment", 1210, 5100, 70),
    Template(Event.OVERPAYMENT_PRIOR_YEAR, "overpayment, prior year", 1210, 4100, 71),
    Template(Event.RECOVER_BY_NETTING, "recover by netting", 2100, 1210, 72),
    Template(Event.RECOVER_IN_CASH, "recover in cash", 1010, 1210, 73),
    Template(Event.WRITE_OFF, "write off", 5190, 1210, 74),
    Template(Event.PROVIDE, "provide for write-off", 5190, 1290, 75),
    Template(Event.WRITE_OFF_PROVIDED, "write off, provided", 1290, 1210, 76),
    Template(Event.ADVANCE, "advance", 1030, 1010, 80),
    Template(Event.SETTLE_FROM_ADVANCE, "settle from advance", 1090, 1030, 41, _SENT),
    Template(Event.ADVANCE_RETURNED, "advance returned", 1010, 1030, 82),
    Template(Event.CARRY_OVERPAYMENT_OUT, "overpayment carried out", 3000, 1210, 90),
    Template(Event.CARRY_OVERPAYMENT_IN, "overpayment carried in", 1210, 3000, 91),
    Template(Event.CARRY_HELD_OUT, "held carried out", 2105, 3000, 92),
    Template(Event.CARRY_HELD_IN, "held carried in", 3000, 2105, 93),
    Template(Event.CARRY_WITHHELD_OUT, "withheld carried out", 2110, 3000, 94),
    Template(Event.CARRY_WITHHELD_IN, "withheld carried in", 3000, 2110, 95),
)
# Undoing a sent payment ends it; undoing a settlement excludes a return after it.
_MIRROR_SLOTS = {
    Event.INSTRUCT: 41,
    Event.REISSUE: 41,
    Event.SETTLE: 43,
    Event.SETTLE_FROM_ADVANCE: 43,
    Event.RETURN_BEFORE: MIRROR_OFFSET + Event.RETURN_BEFORE,
}


def _mirror(original: Template) -> Template:
    return Template(
        event=MIRROR_OFFSET + original.event,
        name=f"correct: {original.name}",
        debit=original.credit,
        credit=original.debit,
        slot=_MIRROR_SLOTS.get(Event(original.event), MIRROR_OFFSET + original.slot),
        follows=(original.event,),
        mirror_of=original.event,
    )


TEMPLATES: dict[int, Template] = {
    template.event: template
    for template in (*_ORIGINALS, *(_mirror(original) for original in _ORIGINALS))
}


def template_of(event: Event, *, correction: bool = False) -> Template:
    """Return the posting of an event, or the one that mirrors it."""
    return TEMPLATES[event + MIRROR_OFFSET if correction else event]
