"""The Treasury in the demo: what the year's law gives each fund, and what it pays in each month."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

import ledger
from cct_engine import failpoints, treasury
from cct_engine.demo.plan import PROGRAMMES, first_of

if TYPE_CHECKING:
    from datetime import datetime

    from cct_engine.demo.office import Office
    from cct_engine.demo.plan import DemoPlan, Payer

__all__ = ["appropriate", "ask_the_treasury"]

_FUNDING_DAY: Final = 4
_ROUND_MINOR: Final = 1_000_00
_BANK: Final = 1010
_TO_BE_PAID: Final = (1090, 2100, 2120)
"""What is on its way to families, owed to them, and came back and may be sent again."""
_FUND: Final = sa.text("SELECT fund_id FROM registry.fund WHERE code = :code")


def appropriate(office: Office, plan: DemoPlan) -> None:
    """Have the warrant of each fund's year booked, on the day the office opens."""
    now = plan.opening().now()
    for payer in PROGRAMMES:
        warrant = treasury.Proposal(
            act="appropriate",
            programme=payer.programme,
            fund=payer.fund,
            value_on=now.date(),
            document=f"Warrant {now.year}",
            reason="The appropriation of the year.",
            amount_minor=payer.appropriation_minor_per_household * plan.households,
        )
        _booked(office, warrant, at=now)


def ask_the_treasury(office: Office, plan: DemoPlan, period: str) -> None:
    """Have each fund's account hold what may be paid from it, and a little for the bank's charges.

    The maker asks for whole thousands, the checker confirms that the money came in.
    """
    now = plan.on_day(period, _FUNDING_DAY).now()
    for payer in PROGRAMMES:
        with office.database.transaction() as connection:
            short_minor = _short_minor(connection, payer)
        if short_minor > 0:
            release = treasury.Proposal(
                act="fund",
                programme=payer.programme,
                fund=payer.fund,
                value_on=first_of(period).replace(day=_FUNDING_DAY),
                document=f"Treasury release {period}",
                reason="What the approved lists of the month may send.",
                amount_minor=(short_minor // _ROUND_MINOR + 1) * _ROUND_MINOR,
            )
            _booked(office, release, at=now)


def _booked(office: Office, proposal: treasury.Proposal, *, at: datetime) -> None:
    """A voucher of the maker, confirmed by the checker; after an interruption, no second one."""
    same = (proposal.fund, proposal.document)
    with office.database.transaction() as connection:
        asked = next(
            (one for one in treasury.vouchers(connection) if (one.fund, one.document) == same), None
        )
    if asked is None:
        asked = treasury.propose(office.database, proposal, by=office.officer("maker"), at=at)
        failpoints.hit("demo.before_confirm")
    if asked.state == "proposed":
        treasury.confirm(office.database, asked.voucher_id, by=office.officer("checker"), at=at)


def _short_minor(connection: sa.Connection, payer: Payer) -> int:
    fund_id: int = connection.execute(_FUND, {"code": payer.fund}).scalar_one()
    to_be_paid = sum(
        -ledger.balance(connection, account, fund_id=fund_id) for account in _TO_BE_PAID
    )
    return to_be_paid - ledger.balance(connection, _BANK, fund_id=fund_id)
