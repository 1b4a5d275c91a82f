"""The release: a family's lines in one payment, a payment in one file, a file sent once."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import asyncssh
import pytest
from lxml import etree
from ruamel.yaml import YAML

import ledger
from bank_adapters import load_profile
from cct_engine import cycle
from cct_engine.cycle import approve, check, release, submit
from cct_engine.cycle.sending import send

if TYPE_CHECKING:
    from cycle_office import Office
    from written_lists import Line

OCTOBER = date(2026, 10, 1)
FUND = "bf-2026"
PROFILE = """
code: small_bank
format: pain.001.001.09
currency: BRL
debtor: {name: Programa, account: "0001000012345678", agent: "99999001", agent_scheme: BRISP,
         country: BR}
limits: {transactions_max: 2, bytes_max: 90000, amount_max_minor: 1000000,
         total_max_minor: 50000000000, files_per_day_max: 999}
account_kinds: [AGENCIA_CONTA, PIX, OTHER]
agent_schemes: [BRISP]
"""


@pytest.fixture
def street(office: Office) -> Office:
    """Five families with accounts."""
    office.endow()
    office.register([office.family(f"F{one}", f"1234/56780{one}-1") for one in range(1, 6)])
    return office


def _approved(office: Office, lines: list[Line], period: date | None = None) -> str:
    code = office.cycle(lines, period=period) if period else office.cycle(lines)
    check(office.desk("maker"), code)
    submit(office.desk("maker"), code)
    approve(office.desk("checker"), code)
    return code


def _sent(office: Office) -> dict[str, int]:
    """Return what the bank reads: reference and amount in minor units, with a reader of its own."""
    found = {}
    for path in sorted(cycle.outbox_of(office.home).glob("*.xml")):
        for payment in etree.parse(path).iterfind(".//{*}CdtTrfTxInf"):
            reference = payment.findtext("{*}PmtId/{*}EndToEndId")
            amount = payment.findtext("{*}Amt/{*}InstdAmt")
            assert reference is not None
            assert amount is not None
            assert reference not in found
            found[reference] = int(amount.replace(".", ""))
    return found


def test_a_family_gets_one_payment_of_all_its_lines_less_what_is_recovered(street: Office) -> None:
    first = _approved(street, [street.line(1, 9000)])
    overpaid = ledger.Batch(
        event=ledger.Event.OVERPAYMENT,
        programme_id=1,
        fund_id=1,
        cycle_id=0,
        value_on=date(2026, 9, 1),
        currency="BRL",
        key="case/1",
        prepared_by=street.officers["maker"],
        approved_by=street.officers["checker"],
        recorded_at=street.at,
    )
    with street.database.transaction() as connection:
        debt = ledger.Lines.of(subject=[1], seq=[1], amount_minor=[1500], reference=[1])
        ledger.post(connection, overpaid, debt)
    release(street.desk("releaser"), first)
    lines = [
        street.line(1, 60000),
        street.line(1, 4000, component="EXTRA"),
        street.line(1, -1500, source="recovery", component="CASE"),
    ]
    second = _approved(street, lines, OCTOBER)
    release(street.desk("releaser"), second)
    assert sorted(_sent(street).values()) == [9000, 62500]
    with street.database.transaction() as connection:
        assert ledger.balance(connection, 2100, fund_id=1, subject=1) == 0
        assert ledger.balance(connection, 1210, fund_id=1, subject=1) == 0


def test_every_part_of_a_payment_is_a_line_and_they_add_up(street: Office) -> None:
    lines = [street.line(family, 100 * n, component=f"C{n}") for family in (1, 2) for n in (1, 2)]
    release(street.desk("releaser"), _approved(street, lines))
    assert street.rows(
        "SELECT i.amount_minor, sum(p.amount_minor), count(*), count(l.line_seq)"
        " FROM cycle.instruction i JOIN cycle.instruction_part p USING (instruction_id)"
        " LEFT JOIN cycle.living_part l"
        " USING (cycle_id, household_id, line_seq, instruction_id)"
        " GROUP BY i.instruction_id, i.amount_minor ORDER BY i.instruction_id"
    ) == [(300, 300, 2, 2), (300, 300, 2, 2)]


def test_payments_are_cut_into_files_by_the_limits_of_the_bank(street: Office) -> None:
    folder = street.home / "bank" / "profiles"
    folder.mkdir(parents=True)
    (folder / "bf-2026.yaml").write_text(PROFILE)
    code = _approved(street, [street.line(family, 60000) for family in range(1, 6)])
    report = release(street.desk("releaser"), code)
    assert report.counts["files"] == 3
    assert street.rows("SELECT instruction_count, state FROM bank.file ORDER BY file_id") == [
        (2, "sent"),
        (2, "sent"),
        (1, "sent"),
    ]
    assert len(_sent(street)) == 5


def test_what_is_sent_is_in_transit_and_no_longer_owed(street: Office) -> None:
    code = _approved(street, [street.line(family, 60000) for family in (1, 2, 3)])
    report = release(street.desk("releaser"), code)
    assert report.money["instruct"] == report.money["sent"] == 180000
    with street.database.transaction() as connection:
        assert ledger.balance(connection, 2100, fund_id=1) == 0
        assert ledger.balance(connection, 1090, fund_id=1) == -180000


def test_pressed_again_nothing_is_sent_again(street: Office) -> None:
    code = _approved(street, [street.line(1, 60000)])
    release(street.desk("releaser"), code)
    before = _sent(street)
    again = release(street.desk("releaser", later=timedelta(hours=1)), code)
    assert not again.done
    assert _sent(street) == before
    assert street.value("SELECT count(*) FROM bank.delivery") == 1


def test_a_list_with_nothing_to_pay_is_released_without_a_file(street: Office) -> None:
    code = _approved(street, [street.line(1, 60000, money_state="forfeited")])
    report = release(street.desk("releaser"), code)
    assert (report.state.value, report.counts["files"]) == ("released", 0)
    assert not cycle.outbox_of(street.home).exists()


def test_a_family_whose_account_is_gone_is_paid_by_the_next_release(street: Office) -> None:
    first = _approved(street, [street.line(1, 60000), street.line(2, 60000)])
    street.run(
        "UPDATE registry.account SET known_to = now() WHERE person_id = 3 AND known_to = 'infinity'"
    )
    report = release(street.desk("releaser"), first)
    assert report.counts["without_account"] == 1
    assert "1 families without a usable account" in report.sentence
    street.take_in(
        "accounts",
        "person_ref,kind,number,agent,holder_name,verified,valid_from\n"
        "F2-m,AGENCIA_CONTA,1234/567888-1,00000000,Maria da Silva,true,2026-01-01\n",
    )
    second = _approved(street, [street.line(1, 60000)], OCTOBER)
    assert release(street.desk("releaser"), second).counts["payments"] == 2
    assert street.rows("SELECT transfer_group FROM cycle.instruction WHERE payee_id = 3") == [
        (first,)
    ]


def test_the_same_list_gives_the_same_references(street: Office) -> None:
    release(street.desk("releaser"), _approved(street, [street.line(1, 60000)]))
    assert street.rows(
        "SELECT instruction_id, end_to_end_id, instruction_text, uetr FROM cycle.instruction"
    ) == [
        (
            1,
            "CCT202609S4ARINFMCD2OENPV5VWY",
            "CCT202609S4ARINFMCD2OENPV5VWY-1",
            "34963e4d-ec41-4c09-a4f9-f2a088dbda95",
        )
    ]


def test_reading_names_and_accounts_is_an_act_with_its_purpose(street: Office) -> None:
    release(street.desk("releaser"), _approved(street, [street.line(1, 60000)]))
    assert street.rows(
        "SELECT officer_id, purpose_code FROM people.act WHERE verb = 'read_clear_accounts'"
        " ORDER BY act_id"
    ) == [(street.officers["maker"], "check"), (street.officers["releaser"], "payment")]


def test_a_bank_that_cannot_be_reached_gets_its_files_later_and_once(street: Office) -> None:
    code = _approved(street, [street.line(1, 60000)])
    agreed = street.home / "bank" / "channels" / f"{FUND}.yaml"
    agreed.parent.mkdir(parents=True)
    key = asyncssh.generate_private_key("ssh-ed25519")
    key.write_private_key(str(street.home / "key"))
    host_key = " ".join(key.export_public_key().decode().split()[:2])
    agreed.write_text(
        "{kind: sftp, host: 127.0.0.1, port: 1, user: us, outbox: /in, seconds_max: 5,"
        f" host_key: {host_key}, our_key: {street.home / 'key'}}}"
    )
    report = release(street.desk("releaser"), code)
    assert (report.state.value, report.counts["not_sent"]) == ("released", 1)
    assert "cct bank send" in report.sentence
    assert street.value("SELECT state FROM bank.file") == "sealed"
    with street.database.transaction() as connection:
        assert ledger.balance(connection, 1090, fund_id=1) == -60000
    agreed.unlink()
    assert len(send(street.desk("releaser")).sent) == 1
    assert list(_sent(street).values()) == [60000]
    assert send(street.desk("releaser")).sent == ()
    assert street.value("SELECT count(*) FROM bank.delivery") == 1


def test_a_rail_with_little_room_is_paid_under_short_references(street: Office) -> None:
    agreed = street.home / "bank" / "profiles" / f"{FUND}.yaml"
    agreed.parent.mkdir(parents=True)
    shipped = load_profile("cnab_bank_brl").model_dump(mode="json")
    with agreed.open("w") as file:
        YAML().dump(shipped, file)
    code = _approved(street, [street.line(family, 60000 + family) for family in (1, 2)])
    release(street.desk("releaser"), code)
    (order,) = cycle.outbox_of(street.home).glob("*.rem")
    paid = {
        row[73:93].strip(): int(row[119:134])
        for row in order.read_text("ascii").splitlines()
        if row[7] == "3" and row[13] == "A"
    }
    assert sorted(paid.values()) == [60001, 60002]
    known = street.rows("SELECT reference FROM bank.short_reference ORDER BY 1")
    assert [(reference,) for reference in sorted(paid)] == known
