"""Nothing more goes to the account of a payee who is said to have died, whenever it is told."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from cct_engine import registry
from cct_engine.cycle import approve, check, confirm_override, propose_override, release, submit

if TYPE_CHECKING:
    from cycle_office import Office
    from written_lists import Line

OCTOBER, NOVEMBER = date(2026, 10, 1), date(2026, 11, 1)
DIED = "MD07"  # ISO 20022: end customer deceased


@pytest.fixture
def street(office: Office) -> Office:
    """Two families were paid in September, and the list of October is approved."""
    office.endow()
    office.register([office.family(f"F{one}", f"1234/56780{one}-1") for one in (1, 2)])
    release(office.desk("releaser"), _approved(office, date(2026, 9, 1)))
    return office


def _approved(office: Office, period: date, lines: list[Line] | None = None) -> str:
    code = office.cycle(lines or [office.line(1, 60_000), office.line(2, 70_000)], period=period)
    check(office.desk("maker"), code)
    return _signed(office, code)


def _signed(office: Office, code: str) -> str:
    submit(office.desk("maker"), code)
    approve(office.desk("checker"), code)
    return code


def _paid(office: Office, code: str) -> list[tuple[object, ...]]:
    return office.rows(
        "SELECT p.household_id, p.amount_minor FROM cycle.instruction_part p JOIN cycle.cycle c"
        " USING (cycle_id) WHERE c.code = :code ORDER BY 1",
        code=code,
    )


def test_a_death_told_after_the_approval_stops_the_payment_at_its_release(street: Office) -> None:
    october = _approved(street, OCTOBER)
    street.refused("600.00", DIED)
    report = release(street.desk("releaser"), october)
    assert _paid(street, october) == [(2, 70_000)]
    assert (report.counts["payee_died"], report.counts["without_account"]) == (1, 0)
    assert "1 families wait: their payee is said to have died." in report.sentence
    november = street.cycle([street.line(1, 60_000)], period=NOVEMBER)
    check(street.desk("maker"), november)
    assert street.rows(
        "SELECT code, household_id FROM cycle.finding WHERE effect = 'holds' AND state = 'open'"
    ) == [("PAYEE_DEATH_TOLD", 1)], "the office is asked to look into it"


def test_a_refuted_death_stops_nothing_any_more(street: Office) -> None:
    october = _approved(street, OCTOBER)
    street.refused("600.00", DIED)
    release(street.desk("releaser"), october)
    street.take_in("deaths", "person_ref,died_on,register_ref\nF1-m,2026-09-20,\n")
    with street.database.transaction() as connection:
        registry.refute_death(
            connection,
            report_id=1,
            at=street.at,
            officer_id=street.officers["checker"],
            evidence="visit 7",
        )
    november = _approved(street, NOVEMBER, [street.line(2, 70_000)])
    report = release(street.desk("releaser"), november)
    assert (report.counts["payee_died"], report.counts["payments"]) == (0, 3)
    assert report.counts["reissued"] == 1, "what the bank gave back of September goes again"
    assert _paid(street, october) == [(1, 60_000), (2, 70_000)], "what waited is paid now"


def test_a_confirmed_death_stops_the_payment_too(street: Office) -> None:
    october = _approved(street, OCTOBER)
    street.take_in("deaths", "person_ref,died_on,register_ref\nF1-m,2026-09-20,CRC-1\n")
    assert release(street.desk("releaser"), october).counts["payee_died"] == 1
    assert _paid(street, october) == [(2, 70_000)]


def test_two_officers_who_looked_may_let_the_money_go(street: Office) -> None:
    street.refused("600.00", DIED)
    october = street.cycle([street.line(1, 60_000)], period=OCTOBER)
    check(street.desk("maker"), october)
    finding = int(
        str(street.value("SELECT finding_id FROM cycle.finding WHERE code = 'PAYEE_DEATH_TOLD'"))
    )
    reason = "Seen alive by the social worker on her visit."
    propose_override(street.desk("maker"), october, finding, reason=reason)
    confirm_override(street.desk("checker"), october, finding)
    release(street.desk("releaser"), _signed(street, october))
    assert _paid(street, october) == [(1, 60_000)]
