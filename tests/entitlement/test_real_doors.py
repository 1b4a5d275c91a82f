"""From feeds to the stored list through the real doors: registry, compliance, Bolsa Família."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa

from cct_engine import compliance, registry
from cct_engine.entitlement import (
    CyclePins,
    Explanation,
    Run,
    SealBroken,
    Snapshot,
    UnknownHousehold,
    calculate,
    explain,
    freeze,
    record_snapshot,
    store,
    verdicts,
)
from cct_engine.rulebook import Month, compile_cycle, programme

if TYPE_CHECKING:
    from pathlib import Path

    from cct_engine.database import Database

BEFORE = datetime(2026, 9, 1, 8, tzinfo=UTC)
CUT_OFF = datetime(2026, 9, 5, 18, tzinfo=UTC)
HOUSEHOLDS = """\
household_ref,kind,area_code,zone,municipality,urban,centre_code,income_total,updated_on
F1,family,BR,urban,3550308,true,,300.00,2026-03-01
F2,family,BR,urban,3550308,true,,100.00,2026-03-01
"""
PERSONS = """\
person_ref,household_ref,given_name,family_name,sex,birth_date,relationship,responsible,joined_on,\
left_on,national_id_scheme,national_id,disability,grade,finished_basic_education,pregnant,is_mother
P1,F1,Ana,Lima,F,1990-05-02,responsible,true,2020-01-01,,NIS,12345678901,false,,false,false,true
P2,F1,Bia,Lima,F,2015-03-10,child,false,2020-01-01,,,,false,5,false,false,false
P3,F1,Caio,Lima,M,2022-08-20,child,false,2022-08-20,,,,false,,false,false,false
P4,F2,Davi,Reis,M,1985-01-15,responsible,true,2020-01-01,,NIS,12345678902,false,,false,false,false
"""
ENROLMENTS = """\
programme,household_ref,person_ref,entered_on,exited_on,reason
bolsa_familia,F1,,2024-02-01,,selected
bolsa_familia,F2,,2024-02-01,,selected
"""
AREAS = "area_code,level,parent_code,title,valid_from\nBR,country,,Brasil,2000-01-01\n"
FACILITIES = "facility_code,kind,title,area_code,valid_from\nS1,school,Escola 1,BR,2000-01-01\n"


PINS = CyclePins(
    cycle_id=1,
    code="bolsa_familia-2026-09",
    programme_id=1,
    programme="bolsa_familia",
    first_month=Month.parse("2026-09").number,
    month_count=1,
    as_of_valid=date(2026, 9, 1),
    as_of_known=CUT_OFF,
    rulebook_digest="",
)


@dataclass(frozen=True)
class Office:
    """An installation with two families on the list of Bolsa Família."""

    database: Database
    home: Path

    def take_in(self, name: str, text: str, *, at: datetime = BEFORE) -> None:
        path = self.home / f"{name}-{at:%d%H%M}.csv"
        path.write_text(text, encoding="utf-8")
        with self.database.transaction() as connection:
            common = {"at": at, "officer_id": 1, "rejects_folder": self.home / "rejects"}
            if name in compliance.feeds:
                report = compliance.take_in(connection, path, compliance.feed(name), **common)
            else:
                report = registry.take_in(
                    connection, path, registry.feed(name), token_key=b"test", **common
                )
        assert report.rejected == 0, report

    def freeze(self, place: str, *, known: datetime = CUT_OFF) -> Snapshot:
        rulebook = programme("bolsa_familia")
        day = date(2026, 9, 1)
        pins = replace(PINS, as_of_known=known, rulebook_digest=rulebook.digest)
        selects = registry.extract.selects(
            "bolsa_familia",
            rulebook=rulebook,
            as_of_valid=day,
            as_of_known=known,
            since=date(2025, 3, 1),
            id_scheme="NIS",
        )
        with self.database.transaction() as connection:
            return freeze(
                connection,
                pins,
                self.home / place,
                rulebook=rulebook,
                selects=selects,
                shard_households=1,
            )

    def open(self) -> None:
        rulebook = programme("bolsa_familia")
        with self.database.transaction() as connection:
            connection.execute(
                sa.text(
                    "INSERT INTO cycle.programme_version (digest, programme_id, rulebook,"
                    " loaded_at) VALUES (:digest, 1, :text, :at)"
                ),
                {"digest": rulebook.digest, "text": rulebook.text, "at": BEFORE},
            )
            connection.execute(
                sa.text(
                    "INSERT INTO cycle.cycle (cycle_id, code, programme_id, fund_id, period,"
                    " month_count, currency, state, opened_at, opened_by, as_of_valid, as_of_known,"
                    " rulebook_digest) VALUES (1, :code, 1, 1, :day, 1, 'BRL', 'opened', :at, 1,"
                    " :day, :at, :digest)"
                ),
                {"code": PINS.code, "day": PINS.period, "at": CUT_OFF, "digest": rulebook.digest},
            )
            connection.execute(sa.select(sa.func.cycle.open_partitions(1)))

    def listed(self, **changed: str) -> Run:
        """Open, freeze, calculate and store; ``changed`` are fields of the compiled rulebook."""
        self.open()
        snapshot = self.freeze("snapshot")
        compiled = compile_cycle(programme("bolsa_familia"), month=Month.parse("2026-09"))
        run = calculate(snapshot, replace(compiled, **changed), self.home / "run")
        with self.database.transaction() as connection:
            record_snapshot(connection, PINS, snapshot, home=self.home, at=CUT_OFF)
            connection.execute(
                sa.text("UPDATE cycle.cycle SET state = 'frozen', version = version + 1")
            )
            store(connection, 1, run, home=self.home, at=CUT_OFF)
        return run

    def explain(self, household_id: int, code: str = "bolsa_familia-2026-09") -> Explanation:
        with self.database.transaction() as connection:
            return explain(connection, self.home, household_id, code)

    def calculate(self, snapshot: Snapshot, place: str = "run") -> Run:
        compiled = compile_cycle(programme("bolsa_familia"), month=Month.parse("2026-09"))
        return calculate(snapshot, compiled, self.home / place)


@pytest.fixture
def office(database: Database, tmp_path: Path) -> Office:
    with database.transaction() as connection:
        registry.setup.packaged_sources(connection)
        registry.setup.department(connection, code="mds", title="Ministry")
        registry.setup.programme(
            connection,
            code="bolsa_familia",
            title="Bolsa Família",
            department="mds",
            currency="BRL",
            time_zone="America/Sao_Paulo",
        )
    office = Office(database, tmp_path)
    office.take_in("areas", AREAS)
    office.take_in("facilities", FACILITIES)
    office.take_in("households", HOUSEHOLDS)
    office.take_in("persons", PERSONS)
    office.take_in("enrolments", ENROLMENTS)
    return office


def test_what_the_registry_gives_is_frozen_and_calculated_to_the_amounts_of_the_law(
    office: Office,
) -> None:
    run = office.calculate(office.freeze("snapshot"))
    assert run.findings == ()
    gross = {
        row["household_id"]: (row["size"], row["gross"], row["pay_now"])
        for path in sorted(run.folder.glob("household/*.parquet"))
        for row in pq.read_table(path).to_pylist()
    }
    # three persons at 142.00 topped up to 600.00, 150.00 for the child of 4, 50.00 for that of 11
    assert gross == {1: (3, 80_000, 80_000), 2: (1, 60_000, 60_000)}


def test_what_becomes_known_later_is_not_in_an_earlier_snapshot(office: Office) -> None:
    attendance = "person_ref,month,facility_code,present,total,reason_code\nP2,2026-06,S1,10,20,\n"
    first = office.freeze("first")
    office.take_in("attendance", attendance, at=CUT_OFF + timedelta(hours=1))
    again = office.freeze("again")
    later = office.freeze("later", known=CUT_OFF + timedelta(days=1))
    assert again.digest == first.digest
    assert first.manifest.row_counts()["fact"] == 0
    assert later.manifest.row_counts()["fact"] == 1


def test_a_low_attendance_becomes_a_verdict_and_a_warning(office: Office) -> None:
    rows = "P2,2026-06,S1,10,20,\nP2,2026-07,S1,12,20,\n"
    header = "person_ref,month,facility_code,present,total,reason_code\n"
    office.take_in("attendance", header + rows)
    run = office.calculate(office.freeze("snapshot"))
    (verdict,) = [v for v in verdicts(run, 1) if v.condition == "school_6_15"]
    assert (verdict.numerator, verdict.denominator, verdict.verdict) == (22, 40, "not_met")
    states = [
        (row["ladder"], row["state"])
        for path in sorted(run.folder.glob("state/*.parquet"))
        for row in pq.read_table(path).to_pylist()
    ]
    assert ("family", "warned") in states


def test_an_explanation_gives_the_same_figures_from_the_same_statement(office: Office) -> None:
    run = office.listed()
    explanation = office.explain(1)
    assert explanation.calculated["pay_now"] == explanation.figures["pay_now_minor"] == 80_000
    assert explanation.run_digest == run.digest
    assert [(line.component, line.amount_minor) for line in explanation.lines] == [
        ("BRC", 3 * 14_200),
        ("BCO", 17_400),
        ("BPI", 15_000),
        ("BVF", 5_000),
    ]
    assert any(value.name == "per_person" and value.law for value in explanation.law)
    assert "142.00" in explanation.workings["BRC"]
    assert any("BRL 800.00" in sentence for sentence in explanation.sentences)
    assert "R$ 800,00  to be paid now" in explanation.text()
    assert explanation.as_dict()["lines"][0]["component"] == "BRC"


def test_an_explanation_shows_what_happened_to_the_money_afterwards(office: Office) -> None:
    office.listed()
    with office.database.transaction() as connection:
        connection.execute(sa.select(sa.func.cycle.open_month(date(2026, 9, 18))))
        connection.execute(
            sa.text(
                "INSERT INTO cycle.instruction (instruction_id, value_on, transfer_group, payee_id,"
                " attempt, ordinal, debtor_account, rail, amount_minor, currency, account_id,"
                " account_token, end_to_end_id, instruction_text, uetr, state, reason, drafted_at)"
                " VALUES (1, '2026-09-18', 'g', 1, 1, 1, 'x', 'r', 80000, 'BRL', 1, 't', 'E', 'I',"
                " 'u', 'returned', 'AC04', :at)"
            ),
            {"at": CUT_OFF},
        )
        connection.execute(
            sa.text(
                "INSERT INTO cycle.instruction_part SELECT cycle_id, household_id, line_seq, 1,"
                " fund_id, amount_minor FROM cycle.entitlement_line WHERE household_id = 1"
            )
        )
        connection.execute(
            sa.text(
                "INSERT INTO cycle.finding (finding_id, cycle_id, code, effect, household_id,"
                " found_at) VALUES (1, 1, 'ACCOUNT_SHARED', 'warns', 1, :at)"
            ),
            {"at": CUT_OFF},
        )
    explanation = office.explain(1)
    assert {(line.payment, line.bank_reason) for line in explanation.lines} == {
        ("returned", "AC04")
    }
    assert [notice.code for notice in explanation.notices] == ["ACCOUNT_SHARED"]
    assert "finding ACCOUNT_SHARED: warns, open" in explanation.text()


def test_a_run_of_an_earlier_engine_is_told_by_todays_where_the_lines_agree(
    office: Office,
) -> None:
    office.listed(digest="0" * 64)
    explanation = office.explain(1)
    assert explanation.compiled_digest == "0" * 64
    assert explanation.calculated["pay_now"] == 80_000
    assert explanation.sentences


def test_where_todays_statement_comes_to_other_lines_the_one_kept_with_the_run_is_executed(
    office: Office, owner_engine: sa.Engine
) -> None:
    office.listed(digest="0" * 64)
    with owner_engine.begin() as owner:
        owner.execute(
            sa.text(
                "UPDATE cycle.programme_version SET rulebook = replace(rulebook, '142.00', '1.00')"
            )
        )
    explanation = office.explain(1)
    assert explanation.calculated["pay_now"] == 80_000
    assert explanation.sentences == ()
    kept = office.home / "run" / "statements" / "explain.sql"
    kept.write_text(kept.read_text().replace("BPI", "BPX"))
    with pytest.raises(SealBroken, match="statement"):
        office.explain(1)


def test_an_explanation_from_changed_inputs_is_refused(office: Office) -> None:
    office.listed()
    victim = office.home / "snapshot" / "member" / "00001.parquet"
    victim.write_bytes(victim.read_bytes() + b"\0")
    with pytest.raises(SealBroken, match=r"member/00001\.parquet"):
        office.explain(1)


def test_an_unknown_household_or_cycle_is_said_to_be_unknown(office: Office) -> None:
    office.listed()
    with pytest.raises(UnknownHousehold, match="99"):
        office.explain(99)
    with pytest.raises(UnknownHousehold, match="2031-01"):
        office.explain(1, "bolsa_familia-2031-01")
