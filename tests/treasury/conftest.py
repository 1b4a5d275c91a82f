"""An office with one programme, one fund, an open year and four officers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest

import ledger
from cct_engine import registry, treasury
from cct_engine.people import ENGINE, Role, officers

if TYPE_CHECKING:
    from cct_engine.database import Database

AT = datetime(2026, 11, 20, 9, tzinfo=UTC)
ROLES = {
    "administrator": Role.ADMINISTRATOR,
    "maker": Role.MAKER,
    "checker": Role.CHECKER,
    "second": Role.CHECKER,
    "auditor": Role.AUDITOR,
}


@dataclass
class Office:
    database: Database
    officers: dict[str, int]
    programme_id: int
    fund_id: int
    at: datetime = AT

    def propose(self, act: str, *, by: str = "maker", **what: Any) -> treasury.Voucher:
        fields: dict[str, Any] = {
            "act": act,
            "programme": "family_grant",
            "fund": "FG-2026",
            "value_on": date(2026, 11, 20),
            "document": f"decision {act} {what}",
            "reason": "as the law says",
        }
        proposal = treasury.Proposal(**(fields | what))
        return treasury.propose(self.database, proposal, by=self.officers[by], at=AT)

    def confirm(self, voucher: treasury.Voucher, *, by: str = "checker") -> treasury.Voucher:
        number = voucher.voucher_id
        return treasury.confirm(self.database, number, by=self.officers[by], at=AT)[0]

    def act(self, act: str, **what: Any) -> None:
        self.confirm(self.propose(act, **what))

    def post(self, event: ledger.Event, subject: int, amount_minor: int, seq: int = 1) -> None:
        """What the cycle would have posted."""
        with self.database.transaction() as connection:
            ledger.post(
                connection,
                ledger.Batch(
                    event=event,
                    programme_id=self.programme_id,
                    fund_id=self.fund_id,
                    cycle_id=0,
                    value_on=date(2026, 3, 10),
                    currency="INR",
                    key=f"test/{event}/{subject}/{seq}",
                    prepared_by=self.officers["maker"],
                    approved_by=self.officers["checker"],
                    recorded_at=AT,
                ),
                ledger.Lines.of(subject=[subject], seq=[seq], amount_minor=[amount_minor]),
            )

    def balance(self, account: int, subject: int | None = None) -> int:
        with self.database.transaction() as connection:
            return ledger.balance(connection, account, fund_id=self.fund_id, subject=subject)

    def findings(self, **known: Any) -> tuple[ledger.Finding, ...]:
        with self.database.transaction() as connection:
            return ledger.verify(connection, **known)


@pytest.fixture
def office(database: Database) -> Office:
    numbers: dict[str, int] = {}
    by = ENGINE
    for login, role in ROLES.items():
        numbers[login] = officers.add(database, login=login, at=AT, by=by)
        officers.grant(database, officer_id=numbers[login], role=role, at=AT, by=by)
        by = numbers["administrator"]
    with database.transaction() as connection:
        registry.setup.department(connection, code="welfare", title="Welfare")
        programme_id = registry.setup.programme(
            connection,
            code="family_grant",
            title="Family grant",
            kind="own",
            unit="household",
            department="welfare",
            currency="INR",
            time_zone="Asia/Kolkata",
        )
        fund_id = registry.setup.fund(
            connection,
            code="FG-2026",
            title="Family grant 2026",
            department="welfare",
            currency="INR",
            debtor_account="1",
            year=2026,
            programmes=["family_grant"],
        )
    office = Office(database, numbers, programme_id, fund_id)
    treasury.open_period(
        database,
        opens_on=date(2026, 1, 1),
        closes_on=date(2026, 12, 31),
        by=numbers["checker"],
        at=AT,
    )
    return office
