"""An office of a cycle: its officers, one programme and its fund, and the lists a test asks for."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa
from family_feeds import Family, feeds
from lxml import etree
from written_lists import SEPTEMBER, Line, write_list

import ledger
from cct_engine import cycle, registry
from cct_engine.clock import FixedClock
from cct_engine.cycle.desk import Desk
from cct_engine.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from cct_engine.database import Database

__all__ = ["NOON", "Office"]

NOON = datetime(2026, 9, 22, 12, tzinfo=UTC)
REFUSAL = """<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"><CstmrPmtStsRpt><GrpHdr>
<MsgId>B{reason}</MsgId><CreDtTm>2026-09-28T18:00:00Z</CreDtTm></GrpHdr><OrgnlGrpInfAndSts>
<OrgnlMsgId>{message}</OrgnlMsgId><OrgnlMsgNmId>pain.001.001.09</OrgnlMsgNmId></OrgnlGrpInfAndSts>
<OrgnlPmtInfAndSts><OrgnlPmtInfId>{group}</OrgnlPmtInfId><TxInfAndSts>
<OrgnlInstrId>{instruction}</OrgnlInstrId><OrgnlEndToEndId>{reference}</OrgnlEndToEndId>
<TxSts>RJCT</TxSts><StsRsnInf><Rsn><Cd>{reason}</Cd></Rsn></StsRsnInf></TxInfAndSts>
</OrgnlPmtInfAndSts></CstmrPmtStsRpt></Document>"""


@dataclass
class Office:
    """Officers, a programme and its fund; makes cycles with the list a test asks for."""

    database: Database
    home: Path
    officers: dict[str, int]
    at: datetime = NOON
    programme: str = "bolsa_familia"
    payees: dict[int, int] = field(default_factory=dict)
    told: list[object] = field(default_factory=list)
    line: type[Line] = Line
    family: type[Family] = Family

    def desk(self, who: str, *, later: timedelta = timedelta(0)) -> Desk:
        """Sit down as one of the officers: maker, checker, second_checker, releaser, liaison."""
        return Desk(
            database=self.database,
            settings=Settings(home=self.home, shard_households=100),
            clock=FixedClock(self.at + later),
            officer_id=self.officers[who],
            tell=self.told.append,
        )

    def run(self, statement: str, **values: object) -> sa.CursorResult[tuple[object, ...]]:
        """Run one statement as the engine's role and keep it."""
        with self.database.transaction() as connection:
            return connection.execute(sa.text(statement), values)

    def rows(self, statement: str, **values: object) -> list[tuple[object, ...]]:
        """Read rows as plain tuples."""
        with self.database.transaction() as connection:
            return [tuple(row) for row in connection.execute(sa.text(statement), values)]

    def value(self, statement: str, **values: object) -> object:
        """Read one value."""
        return self.rows(statement, **values)[0][0]

    def state(self, code: str) -> str:
        """Return where the cycle stands."""
        return str(self.value("SELECT state FROM cycle.cycle WHERE code = :code", code=code))

    def cycle(
        self,
        lines: Sequence[Line],
        *,
        period: date = SEPTEMBER,
        state: str = "calculated",
        fund: int = 1,
    ) -> str:
        """Make a cycle that stands at ``state`` (at most checked), with these lines."""
        code = f"{self.programme}-{period:%Y-%m}"
        cycle_id = self.value("SELECT coalesce(max(cycle_id), 0) + 1 FROM cycle.cycle")
        with self.database.transaction() as connection:
            connection.execute(
                sa.text(
                    "INSERT INTO cycle.cycle (cycle_id, code, programme_id, fund_id, period,"
                    " month_count, currency, opened_at, opened_by, as_of_valid, as_of_known,"
                    " value_on) VALUES (:cycle_id, :code, 1, :fund, :period, 1, 'BRL', :at, 1,"
                    " :period, :at, :value_on)"
                ),
                {
                    "cycle_id": cycle_id,
                    "code": code,
                    "fund": fund,
                    "period": period,
                    "at": self.at,
                    "value_on": date(2026, 9, 28),
                },
            )
            connection.execute(
                sa.text("SELECT cycle.open_partitions(:cycle_id)"), {"cycle_id": cycle_id}
            )
            write_list(connection, cycle_id, lines, fund=fund, payees=self.payees)
        for reached in ("frozen", "calculated", "checked") if state != "opened" else ():
            self.run(
                "UPDATE cycle.cycle SET state = :state, version = version + 1 WHERE code = :code",
                state=reached,
                code=code,
            )
            if reached == state:
                break
        return code

    def register(self, families: Sequence[Family], *, reason: str = "entered") -> None:
        """Take families in through the registry's feeds, enrolled or (``applied``) applying.

        Household n is a mother and a child: persons 2n - 1, who is paid, and 2n.
        """
        known = int(
            str(self.value("SELECT coalesce(max(household_id), 0) FROM registry.household"))
        )
        folder = self.home / "feeds" / str(known)
        folder.mkdir(parents=True)
        with self.database.transaction() as connection:
            registry.setup.packaged_sources(connection)
            for name, rows in feeds(families, self.programme, reason).items():
                path = folder / f"{name}.csv"
                with path.open("w", encoding="utf-8", newline="") as file:
                    writer = csv.DictWriter(file, fieldnames=list(rows[0]))
                    writer.writeheader()
                    writer.writerows(rows)
                report = registry.take_in(
                    connection,
                    path,
                    registry.feed(name),
                    at=self.at,
                    officer_id=self.officers["case_worker"],
                    rejects_folder=folder,
                    token_key=b"only-for-demo-and-tests",
                    collected_on=date(2026, 1, 1),
                )
                assert report.rejected == 0, report
        for number, _ in enumerate(families, start=known + 1):
            self.payees[number] = 2 * number - 1

    def take_in(self, name: str, rows: str) -> None:
        """Take in one feed, written out as a CSV file."""
        path = self.home / f"{name}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(rows)
        with self.database.transaction() as connection:
            registry.take_in(
                connection,
                path,
                registry.feed(name),
                at=self.at,
                officer_id=self.officers["case_worker"],
                rejects_folder=self.home,
                token_key=b"only-for-demo-and-tests",
            )

    def endow(self, amount_minor: int = 10**12, *, fund: int = 1) -> None:
        """Open the books, with the first fund, and give a fund its allotment."""
        with self.database.transaction() as connection:
            if fund == 1:
                ledger.open_period(
                    connection,
                    opens_on=date(2026, 1, 1),
                    closes_on=date(2027, 12, 31),
                    by=self.officers["checker"],
                    at=self.at,
                )
            for event in (ledger.Event.APPROPRIATE, ledger.Event.FUND_RECEIVED):
                batch = ledger.Batch(
                    event=event,
                    programme_id=1,
                    fund_id=fund,
                    cycle_id=0,
                    value_on=date(2026, 1, 2),
                    currency="BRL",
                    key=f"fund/{fund}/{event.name}",
                    prepared_by=self.officers["maker"],
                    approved_by=self.officers["checker"],
                    recorded_at=self.at,
                )
                lines = ledger.Lines.of(
                    subject=[0], seq=[fund], amount_minor=[amount_minor], reference=[0]
                )
                ledger.post(connection, batch, lines)

    def refused(self, amount: str, reason: str) -> None:
        """Let the bank refuse the one payment of an amount that is in the outbox."""
        path, payment = next(
            (path, found)
            for path in sorted(cycle.outbox_of(self.home).glob("*.xml"))
            for found in etree.parse(path).iterfind(".//{*}CdtTrfTxInf")
            if found.findtext("{*}Amt/{*}InstdAmt") == amount
        )
        sent = etree.parse(path)
        inbox = cycle.inbox_of(self.home)
        inbox.mkdir(parents=True, exist_ok=True)
        (inbox / f"{reason}.xml").write_text(
            REFUSAL.format(
                message=sent.findtext(".//{*}GrpHdr/{*}MsgId"),
                group=sent.findtext(".//{*}PmtInfId"),
                instruction=payment.findtext("{*}PmtId/{*}InstrId"),
                reference=payment.findtext("{*}PmtId/{*}EndToEndId"),
                reason=reason,
            )
        )
        cycle.reconcile(self.desk("liaison"))

    def finding(
        self, code: str, household_id: int | None, *, kind: str = "ACCOUNT_MISSING", effect: str
    ) -> int:
        """Write an open finding by hand and return its number."""
        number = self.value("SELECT coalesce(max(finding_id), 0) + 1 FROM cycle.finding")
        self.run(
            "INSERT INTO cycle.finding (finding_id, cycle_id, code, effect, household_id, found_at)"
            " SELECT :number, cycle_id, :kind, :effect, :household_id, :at FROM cycle.cycle"
            " WHERE code = :code",
            number=number,
            kind=kind,
            effect=effect,
            household_id=household_id,
            at=self.at,
            code=code,
        )
        return int(str(number))
