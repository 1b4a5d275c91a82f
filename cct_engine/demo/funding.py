"""The Treasury in a month of the demo: it pays in what approved lists may send, before they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

import ledger
from cct_engine import failpoints, treasury
from cct_engine.demo.plan import PROGRAMMES, first_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cct_engine.demo.office import Office
    from cct_engine.demo.plan import DemoPlan, Payer

__all__ = ["ask_the_treasury"]

_FUNDING_DAY: Final = 4
_ROUND_MINOR: Final = 1_000_00
_BANK: Final = 1010
_TO_BE_PAID: Final = (1090, 2100, 2120)
"""What is on its way to families, owed to them, and came back and may be sent again."""
_FUND: Final = sa.text("SELECT fund_id FROM registry.fund WHERE code = :code")


def ask_the_treasury(office: Office, plan: DemoPlan, period: str) -> None:
    """Have each fund's account hold what may be paid from it, and a little for the bank's charges.

    The maker asks with a voucher of whole thousands, the checker confirms that the money came in.
    """
    now = plan.on_day(period, _FUNDING_DAY).now()
    for payer in PROGRAMMES:
        document = f"Treasury release {period}"
        with office.database.transaction() as connection:
            asked = _asked(treasury.vouchers(connection), payer, document)
            short_minor = _short_minor(connection, payer)
        if asked is None:
            if short_minor <= 0:
                continue
            asked = treasury.propose(
                office.database,
                treasury.Proposal(
                    act="fund",
                    programme=payer.programme,
                    fund=payer.fund,
                    value_on=first_of(period).replace(day=_FUNDING_DAY),
                    document=document,
                    reason="What the approved lists of the month may send.",
                    amount_minor=(short_minor // _ROUND_MINOR + 1) * _ROUND_MINOR,
                ),
                by=office.officer("maker"),
                at=now,
            )
            failpoints.hit("demo.before_confirm")
        if asked.state == "proposed":
            treasury.confirm(
                office.database, asked.voucher_id, by=office.officer("checker"), at=now
            )


def _asked(
    vouchers: Iterable[treasury.Voucher], payer: Payer, document: str
) -> treasury.Voucher | None:
    same = (payer.fund, document)
    return next((one for one in vouchers if (one.fund, one.document) == same), None)


def _short_minor(connection: sa.Connection, payer: Payer) -> int:
    fund_id: int = connection.execute(_FUND, {"code": payer.fund}).scalar_one()
    to_be_paid = sum(
        -ledger.balance(connection, account, fund_id=fund_id) for account in _TO_BE_PAID
    )
    return to_be_paid - ledger.balance(connection, _BANK, fund_id=fund_id)
