"""The acts an officer does on the books, and the events each one posts, as one table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from ledger import Event

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["ACTS", "CORRECT", "YEAR_END", "Act"]

CORRECT: Final = "correct"
YEAR_END: Final = "year_end"


class Act(NamedTuple):
    """One kind of voucher: what it posts, in this order, and whose money it is about.

    ``household``: its lines are one household's. ``of_cycle``: they belong to a cycle. An expense
    reversed in the year it was made in gives the budget back, so the second event moves that.
    """

    events: tuple[Event, ...]
    text: str
    household: bool = False
    of_cycle: bool = False


ACTS: Final[Mapping[str, Act]] = {
    "appropriate": Act((Event.APPROPRIATE,), "A warrant: it may be committed at once."),
    "appropriate_to_allot": Act(
        (Event.APPROPRIATE_TO_ALLOT,), "A warrant whose money is allotted later."
    ),
    "allot": Act((Event.ALLOT,), "A part of the appropriation that may be committed now."),
    "fund": Act((Event.FUND_RECEIVED,), "The Treasury paid money in."),
    "unencumber": Act(
        (Event.UNENCUMBER,), "A reservation of a cycle that is not needed.", of_cycle=True
    ),
    "overpayment": Act(
        (Event.OVERPAYMENT, Event.UNEXPEND),
        "A household was paid too much this year, and owes it.",
        household=True,
    ),
    "overpayment_prior_year": Act(
        (Event.OVERPAYMENT_PRIOR_YEAR,),
        "A household was paid too much in a year that is over, and owes it.",
        household=True,
    ),
    "recover_in_cash": Act(
        (Event.RECOVER_IN_CASH,), "A household paid an overpayment back.", household=True
    ),
    "write_off": Act((Event.WRITE_OFF,), "An overpayment that will not come back.", household=True),
    "provide": Act((Event.PROVIDE,), "An allowance for overpayments that may not come back."),
    "write_off_provided": Act(
        (Event.WRITE_OFF_PROVIDED,),
        "An overpayment that will not come back, taken from the allowance.",
        household=True,
    ),
    "unclaimed": Act(
        (Event.UNCLAIMED,),
        "Money nobody drew in time; the law gives it to the Treasury.",
        household=True,
        of_cycle=True,
    ),
    "unclaimed_returned": Act(
        (Event.UNCLAIMED_RETURNED,),
        "Returned money nobody claimed in time; the law gives it to the Treasury.",
        household=True,
        of_cycle=True,
    ),
    "forfeit": Act(
        (Event.FORFEIT, Event.UNEXPEND),
        "A right that lapsed this year.",
        household=True,
        of_cycle=True,
    ),
    "forfeit_prior_year": Act(
        (Event.FORFEIT_PRIOR_YEAR,),
        "A right of a year that is over lapsed.",
        household=True,
        of_cycle=True,
    ),
    "forfeit_returned": Act(
        (Event.FORFEIT_RETURNED, Event.UNEXPEND),
        "A right to returned money lapsed this year.",
        household=True,
        of_cycle=True,
    ),
    "forfeit_returned_prior_year": Act(
        (Event.FORFEIT_RETURNED_PRIOR_YEAR,),
        "A right of a year that is over, to returned money, lapsed.",
        household=True,
        of_cycle=True,
    ),
    "surrender_unclaimed": Act(
        (Event.REMIT_UNCLAIMED,), "Unclaimed money was paid to the Treasury."
    ),
    "advance": Act((Event.ADVANCE,), "Cash in the hand of a conduit, to be paid out."),
    "advance_returned": Act((Event.ADVANCE_RETURNED,), "Cash a conduit gave back."),
    YEAR_END: Act(
        (Event.UNENCUMBER, Event.LAPSE, Event.LAPSE_NOT_ALLOTTED),
        "All that is not spent lapses: reservations, allotment and appropriation.",
    ),
    CORRECT: Act((), "A batch that was wrong is mirrored, line by line."),
}
