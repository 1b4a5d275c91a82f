"""An office with officers and a programme, and lists that no rulebook had to calculate."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

import pytest
import sqlalchemy as sa
from lxml import etree

import ledger
from cct_engine import cycle, registry
from cct_engine.clock import FixedClock
from cct_engine.cycle.desk import Desk
from cct_engine.people import ENGINE, Role
from cct_engine.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from cct_engine.database import Database

NOON = datetime(2026, 9, 22, 12, tzinfo=UTC)
SEPTEMBER = date(2026, 9, 1)
REFUSAL = """<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"><CstmrPmtStsRpt><GrpHdr>
<MsgId>B{reason}</MsgId><CreDtTm>2026-09-28T18:00:00Z</CreDtTm></GrpHdr><OrgnlGrpInfAndSts>
<OrgnlMsgId>{message}</OrgnlMsgId><OrgnlMsgNmId>pain.001.001.09</OrgnlMsgNmId></OrgnlGrpInfAndSts>
<OrgnlPmtInfAndSts><OrgnlPmtInfId>{group}</OrgnlPmtInfId><TxInfAndSts>
<OrgnlInstrId>{instruction}</OrgnlInstrId><OrgnlEndToEndId>{reference}</OrgnlEndToEndId>
<TxSts>RJCT</TxSts><StsRsnInf><Rsn><Cd>{reason}</Cd></Rsn></StsRsnInf></TxInfAndSts>
</OrgnlPmtInfAndSts></CstmrPmtStsRpt></Document>"""


class Family(NamedTuple):
    """A family as the feeds bring it; the payee is its mother, who has the account.

    ``account`` None: she has none. ``cpf`` None: no identity number.
    """

    reference: str
    account: str | None
    cpf: str | None = None
    name: str = "Maria"
    verified: bool = True


class Line(NamedTuple):
    """One line of a list as a rulebook would have calculated it."""

    household_id: int
    amount_minor: int
    source: str = "due"
    money_state: str = "payable"
    component: str = "BASE"
    reason_code: str = ""
    for_period: date = SEPTEMBER


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
            self._write_list(connection, cycle_id, lines, fund)
        for reached in ("frozen", "calculated", "checked") if state != "opened" else ():
            self.run(
                "UPDATE cycle.cycle SET state = :state, version = version + 1 WHERE code = :code",
                state=reached,
                code=code,
            )
            if reached == state:
                break
        return code

    def _write_list(
        self, connection: sa.Connection, cycle_id: object, lines: Sequence[Line], fund: int
    ) -> None:
        numbered: dict[int, int] = {}
        for line in lines:
            numbered[line.household_id] = numbered.get(line.household_id, 0) + 1
            connection.execute(
                sa.text(
                    "INSERT INTO cycle.entitlement_line (cycle_id, household_id, line_seq, source,"
                    " component, for_period, enrolment_id, fund_id, money_state, amount_minor,"
                    " reason_code) VALUES (:cycle_id, :household_id, :line_seq, :source,"
                    " :component, :for_period, :household_id, :fund, :money_state, :amount_minor,"
                    " :reason_code)"
                ),
                line._asdict()
                | {"cycle_id": cycle_id, "line_seq": numbered[line.household_id], "fund": fund},
            )
        for household_id in sorted(numbered):
            own = [line for line in lines if line.household_id == household_id]
            figures = _figures(own) | {
                "cycle_id": cycle_id,
                "household_id": household_id,
                "payee": self.payees.get(household_id, household_id * 10),
            }
            connection.execute(sa.text(_RESULT), figures)

    def register(self, families: Sequence[Family], *, reason: str = "entered") -> None:
        """Take families in through the registry's feeds, enrolled or (``applied``) applying.

        Household n is a mother and a child: persons 2n - 1, who is paid, and 2n.
        """
        known = int(
            str(self.value("SELECT coalesce(max(household_id), 0) FROM registry.household"))
        )
        feeds = self.home / "feeds" / str(known)
        feeds.mkdir(parents=True)
        with self.database.transaction() as connection:
            registry.setup.packaged_sources(connection)
            for name, rows in _feeds(families, self.programme, reason).items():
                path = feeds / f"{name}.csv"
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
                    rejects_folder=feeds,
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


def _mother(family: Family) -> dict[str, str]:
    return {
        "person_ref": f"{family.reference}-m",
        "household_ref": family.reference,
        "given_name": family.name,
        "family_name": "da Silva",
        "sex": "F",
        "birth_date": "1990-05-04",
        "relationship": "head",
        "responsible": "true",
        "joined_on": "2026-01-01",
        "left_on": "",
        "national_id_scheme": "CPF" if family.cpf else "",
        "national_id": family.cpf or "",
        "disability": "",
        "grade": "",
        "finished_basic_education": "",
        "pregnant": "",
        "is_mother": "",
    }


def _child(family: Family) -> dict[str, str]:
    return _mother(family) | {
        "person_ref": f"{family.reference}-c",
        "given_name": "Ana",
        "birth_date": "2018-05-04",
        "relationship": "child",
        "responsible": "false",
        "national_id_scheme": "",
        "national_id": "",
    }


def _account(family: Family, number: str) -> dict[str, str]:
    return {
        "person_ref": f"{family.reference}-m",
        "kind": "AGENCIA_CONTA",
        "number": number,
        "agent": "00000000",
        "holder_name": f"{family.name} da Silva",
        "verified": str(family.verified).lower(),
        "valid_from": "2026-01-01",
    }


def _household(family: Family) -> dict[str, str]:
    return {
        "household_ref": family.reference,
        "kind": "family",
        "area_code": "",
        "zone": "",
        "municipality": "3550308",
        "urban": "true",
        "centre_code": "",
        "income_total": "150.00",
        "updated_on": "2026-01-01",
    }


def _enrolment(family: Family, programme: str, reason: str) -> dict[str, str]:
    return {
        "programme": programme,
        "household_ref": family.reference,
        "person_ref": "",
        "entered_on": "2026-01-01",
        "exited_on": "",
        "reason": reason,
    }


def _feeds(
    families: Sequence[Family], programme: str, reason: str
) -> dict[str, list[dict[str, str]]]:
    feeds = {
        "households": [_household(family) for family in families],
        "persons": [person(family) for family in families for person in (_mother, _child)],
        "accounts": [
            _account(family, family.account) for family in families if family.account is not None
        ],
        "enrolments": [_enrolment(family, programme, reason) for family in families],
    }
    return {name: rows for name, rows in feeds.items() if rows}


_RESULT = """
    INSERT INTO cycle.household_result (cycle_id, household_id, enrolment_id, member_count,
        gross_minor, arrears_minor, released_minor, recovery_minor, pay_now_minor, held_minor,
        withheld_minor, forfeited_minor, standing, sanction_state, payee_person_id)
    VALUES (:cycle_id, :household_id, :household_id, 4, :due, :arrears, :released, :recovery,
        :payable, :held, :withheld, :forfeited, 'regular', 'none', :payee)
"""


def _figures(lines: Sequence[Line]) -> dict[str, int]:
    def by(which: Callable[[Line], bool]) -> int:
        return sum(line.amount_minor for line in lines if which(line))

    figures = {name: by(lambda line, name=name: line.source == name) for name in _SOURCES}
    figures["recovery"] = -figures["recovery"]
    figures |= {
        name: by(lambda line, name=name: line.money_state == name and line.source != "lapsed")
        for name in ("payable", "held", "withheld", "forfeited")
    }
    return figures


_SOURCES = ("due", "arrears", "released", "recovery")
_ROLES: dict[str, tuple[Role, ...]] = {
    "admin": (Role.ADMINISTRATOR,),
    "maker": (Role.MAKER,),
    "checker": (Role.CHECKER,),
    "second_checker": (Role.CHECKER,),
    "releaser": (Role.RELEASER,),
    "liaison": (Role.BANK_LIAISON,),
    "case_worker": (Role.CASE_WORKER,),
    "auditor": (Role.AUDITOR,),
    "two_hats": (Role.MAKER, Role.CHECKER, Role.RELEASER, Role.BANK_LIAISON),
}


@pytest.fixture
def office(database: Database, tmp_path: Path) -> Office:
    """One programme with one fund, and an officer for each role."""
    numbers = {"engine": ENGINE, "nobody": 999}
    with database.transaction() as connection:
        for statement in _PROGRAMME:
            connection.execute(sa.text(statement))
        for number, (login, roles) in enumerate(_ROLES.items(), start=3):
            numbers[login] = number
            connection.execute(
                sa.text("INSERT INTO people.officer VALUES (:number, :login, :at)"),
                {"number": number, "login": login, "at": NOON},
            )
            for role in roles:
                connection.execute(
                    sa.text("INSERT INTO people.role_grant VALUES (:number, :role, NULL, :at)"),
                    {"number": number, "role": role.value, "at": NOON},
                )
    return Office(database, tmp_path / "home", numbers)


_PROGRAMME = (
    "INSERT INTO registry.department VALUES (1, 'mds', 'Social development')",
    """
    INSERT INTO registry.programme
    VALUES (1, 'bolsa_familia', 'Bolsa Família', 'own', 'household', 1, 'BRL', 'America/Sao_Paulo')
    """,
    """
    INSERT INTO registry.fund
    VALUES (1, 'bf-2026', 'Bolsa Família 2026', 1, 'BRL', '0001000012345678', 2026)
    """,
    "INSERT INTO registry.programme_fund VALUES (1, 1)",
)
