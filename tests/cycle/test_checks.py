"""Each check finds what it is for, says so without a name, and holds nobody it should not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from correction_world import COLUMNS

from cct_engine.cycle import (
    approve,
    check,
    confirm_override,
    findings,
    propose_override,
    recheck,
    submit,
)
from cct_engine.cycle.checks.policy import CHECKS, EFFECTS, policy
from cct_engine.cycle.record import CycleError
from cct_engine.people import Refused

if TYPE_CHECKING:
    from cycle_office import Office


def _found(office: Office, code: str) -> set[tuple[str, int | None]]:
    with office.database.transaction() as connection:
        return {(one.code, one.household_id) for one in findings(connection, code)}


def _checked(office: Office, amounts: dict[int, int]) -> str:
    code = office.cycle([office.line(number, amount) for number, amount in amounts.items()])
    check(office.desk("maker"), code)
    return code


def _states(office: Office, cycle_id: int = 1) -> dict[int, str]:
    rows = office.rows(
        "SELECT household_id, string_agg(DISTINCT money_state, '+') FROM cycle.entitlement_line"
        " WHERE cycle_id = :cycle_id GROUP BY 1",
        cycle_id=cycle_id,
    )
    return {int(str(household)): str(state) for household, state in rows}


@pytest.fixture
def town(office: Office) -> Office:
    """Five families: two as they should be, one without account, two with one account."""
    office.endow()
    family = office.family
    office.register(
        [
            family("A", "1234/567890-1", cpf="52998224725"),
            family("B", "1234/567891-1"),
            family("C", None),
            family("D", "1234/567892-1"),
            family("E", "1234/567892-1"),
        ]
    )
    return office


def test_nothing_is_found_where_nothing_is_wrong(town: Office) -> None:
    code = _checked(town, {1: 60000})
    assert _found(town, code) == set()
    assert _states(town) == {1: "payable"}


def test_a_family_without_an_account_is_held(town: Office) -> None:
    code = _checked(town, {1: 60000, 3: 60000})
    assert ("ACCOUNT_MISSING", 3) in _found(town, code)
    assert _states(town) == {1: "payable", 3: "held"}


def test_an_account_nobody_verified_is_none(town: Office) -> None:
    town.register([town.family("F", "1234/567893-1", verified=False)])
    code = _checked(town, {6: 60000})
    assert ("ACCOUNT_MISSING", 6) in _found(town, code)


def test_families_on_one_account_are_all_held(town: Office) -> None:
    code = _checked(town, {2: 60000, 4: 60000, 5: 60000})
    found = {one for one in _found(town, code) if one[0] == "ACCOUNT_SHARED"}
    assert found == {("ACCOUNT_SHARED", 4), ("ACCOUNT_SHARED", 5)}
    assert _states(town) == {2: "payable", 4: "held", 5: "held"}


def test_a_family_that_is_not_paid_is_no_finding(town: Office) -> None:
    assert _found(town, _checked(town, {1: 60000})) == set()


def test_one_identity_in_two_households_holds_both(town: Office) -> None:
    town.register([town.family("F", "1234/567893-1", cpf="52998224725")])
    code = _checked(town, {1: 60000, 2: 60000, 6: 60000})
    found = {one for one in _found(town, code) if one[0] == "PERSON_IN_TWO_HOUSEHOLDS"}
    assert found == {("PERSON_IN_TWO_HOUSEHOLDS", 1), ("PERSON_IN_TWO_HOUSEHOLDS", 6)}
    assert _states(town) == {1: "held", 2: "payable", 6: "held"}


def test_two_families_that_name_each_others_mother_are_told_and_each_paid_for_its_own(
    town: Office,
) -> None:
    """Guardians in a circle: each adult counts at home, and nobody is paid for twice."""
    rows = "".join(f"{who},,,,,guardian,1,2026-02-01,,,,,,,,\n" for who in ("A-m,B", "B-m,A"))
    town.take_in("persons", f"{COLUMNS['persons']}\n{rows}")
    code = _checked(town, {1: 60000, 2: 60000})
    found = {one for one in _found(town, code) if one[0] == "CLAIMED_BY_ANOTHER"}
    assert found == {("CLAIMED_BY_ANOTHER", 1), ("CLAIMED_BY_ANOTHER", 2)}
    assert _states(town) == {1: "payable", 2: "payable"}


def test_an_account_the_bank_cannot_take_is_found_before_the_file_is_written(
    town: Office,
) -> None:
    town.register([town.family("F", "1234/567893-1", name="李")])
    code = _checked(town, {1: 60000, 6: 60000})
    assert ("ACCOUNT_MALFORMED", 6) in _found(town, code)
    with town.database.transaction() as connection:
        evidence = [one.evidence for one in findings(connection, code) if one.household_id == 6]
    assert evidence[0]["column"] == "creditor_name"
    assert "李" not in str(evidence)


def test_nobody_to_pay_to_is_found(town: Office) -> None:
    town.payees[1] = 0
    assert ("PAYEE_MISSING", 1) in _found(town, _checked(town, {1: 60000, 2: 60000}))


def test_more_than_the_ceiling_is_held(town: Office) -> None:
    code = _checked(town, {1: 500_000, 2: 500_001})
    assert ("AMOUNT_OVER_CEILING", 2) in _found(town, code)
    assert _states(town) == {1: "payable", 2: "held"}


@pytest.mark.parametrize(
    ("died_on", "whose", "held"),
    [
        ("2026-08-31", "A-c", True),  # the child's own line of September
        ("2026-09-01", "A-c", False),  # the month of death is due
        ("2026-09-10", "A-m", True),  # the payee: whose account is it now?
    ],
)
def test_money_after_a_death_is_held(town: Office, died_on: str, whose: str, held: bool) -> None:  # noqa: FBT001 - a column of the table above
    town.take_in("deaths", f"person_ref,died_on,register_ref\n{whose},{died_on},CRC-1\n")
    town.run("SELECT 1")
    code = town.cycle([town.line(1, 60000)])
    town.run("UPDATE cycle.entitlement_line SET person_id = 2")
    check(town.desk("maker"), code)
    assert (("DEATH_BEFORE_PERIOD", 1) in _found(town, code)) is held


def test_a_death_only_reported_holds_nothing(town: Office) -> None:
    town.take_in("deaths", "person_ref,died_on,register_ref\nA-m,2026-08-10,\n")
    code = _checked(town, {1: 60000})
    assert _found(town, code) == set()


def test_a_list_beyond_the_allotment_cannot_be_submitted(office: Office) -> None:
    office.endow(amount_minor=1000)
    office.register([office.family("A", "1234/567890-1", cpf="52998224725")])
    code = _checked(office, {1: 1001})
    assert _found(office, code) == {("BUDGET_SHORT", None)}
    with pytest.raises(CycleError, match="BUDGET_SHORT"):
        submit(office.desk("maker"), code)


def test_payees_without_an_identity_number_are_counted_and_paid(town: Office) -> None:
    code = _checked(town, {2: 60000})
    assert _found(town, code) == {("IDENTITY_MISSING", None)}
    assert _states(town) == {2: "payable"}


def test_checking_again_finds_the_same(town: Office) -> None:
    code = _checked(town, {1: 60000, 3: 60000})
    before = town.rows("SELECT finding_id, code, state FROM cycle.finding ORDER BY 1")
    recheck(town.desk("maker"), code)
    assert _states(town) == {1: "payable", 3: "payable"}
    check(town.desk("maker"), code)
    assert town.rows("SELECT finding_id, code, state FROM cycle.finding ORDER BY 1") == before
    assert _states(town) == {1: "payable", 3: "held"}


def test_a_finding_that_was_mended_is_resolved_and_the_money_flows(town: Office) -> None:
    code = _checked(town, {1: 60000, 3: 60000})
    town.take_in(
        "accounts",
        "person_ref,kind,number,agent,holder_name,verified,valid_from\n"
        "C-m,AGENCIA_CONTA,1234/567899-1,00000000,Maria da Silva,true,2026-01-01\n",
    )
    recheck(town.desk("maker"), code)
    check(town.desk("maker"), code)
    assert _states(town) == {1: "payable", 3: "payable"}
    assert town.rows("SELECT state FROM cycle.finding WHERE household_id = 3") == [("resolved",)]


# ------------------------------------------------------------------ overrides


def _finding_of(office: Office, code: str, household_id: int) -> int:
    with office.database.transaction() as connection:
        return next(
            one.finding_id for one in findings(connection, code) if one.household_id == household_id
        )


def test_an_override_needs_two_persons_and_a_reason(town: Office) -> None:
    code = _checked(town, {4: 60000, 5: 60000})
    finding = _finding_of(town, code, 4)
    with pytest.raises(CycleError, match="at least 10"):
        propose_override(town.desk("case_worker"), code, finding, reason="  ok  ")
    propose_override(town.desk("case_worker"), code, finding, reason="Mother and grown daughter.")
    assert _states(town) == {4: "held", 5: "held"}
    confirm_override(town.desk("checker"), code, finding)
    assert _states(town) == {4: "payable", 5: "held"}
    rows = town.rows("SELECT proposed_by, confirmed_by FROM cycle.override")
    assert rows == [(town.officers["case_worker"], town.officers["checker"])]


def test_nobody_confirms_their_own_override(town: Office) -> None:
    code = _checked(town, {4: 60000, 5: 60000})
    finding = _finding_of(town, code, 4)
    propose_override(town.desk("two_hats"), code, finding, reason="Mother and grown daughter.")
    with pytest.raises(Refused, match="no one signs their own work"):
        confirm_override(town.desk("two_hats"), code, finding)
    assert _states(town)[4] == "held"


def test_only_what_was_proposed_can_be_confirmed_and_only_once(town: Office) -> None:
    code = _checked(town, {4: 60000, 5: 60000})
    finding = _finding_of(town, code, 4)
    with pytest.raises(CycleError, match="waits to be confirmed"):
        confirm_override(town.desk("checker"), code, finding)
    propose_override(town.desk("case_worker"), code, finding, reason="Mother and grown daughter.")
    with pytest.raises(CycleError, match="proposed already"):
        propose_override(town.desk("maker"), code, finding, reason="Another reason given.")
    confirm_override(town.desk("checker"), code, finding)
    with pytest.raises(CycleError, match="not open"):
        confirm_override(town.desk("second_checker"), code, finding)


def test_a_family_held_for_two_reasons_needs_two_overrides(town: Office) -> None:
    code = _checked(town, {4: 500_001, 5: 60000})
    with town.database.transaction() as connection:
        of_family = [one for one in findings(connection, code) if one.household_id == 4]
    assert {one.code for one in of_family} == {"ACCOUNT_SHARED", "AMOUNT_OVER_CEILING"}
    for number, one in enumerate(of_family, start=1):
        propose_override(
            town.desk("case_worker"), code, one.finding_id, reason="Seen by the committee."
        )
        confirm_override(town.desk("checker"), code, one.finding_id)
        assert _states(town)[4] == ("held" if number == 1 else "payable")


def test_an_override_survives_the_next_check(town: Office) -> None:
    code = _checked(town, {4: 60000, 5: 60000})
    finding = _finding_of(town, code, 4)
    propose_override(town.desk("case_worker"), code, finding, reason="Mother and grown daughter.")
    confirm_override(town.desk("checker"), code, finding)
    recheck(town.desk("maker"), code)
    check(town.desk("maker"), code)
    assert _states(town) == {4: "payable", 5: "held"}


def test_who_proposed_an_override_does_not_approve_the_list(town: Office) -> None:
    code = _checked(town, {4: 60000, 5: 60000})
    finding = _finding_of(town, code, 4)
    propose_override(town.desk("two_hats"), code, finding, reason="Mother and grown daughter.")
    confirm_override(town.desk("checker"), code, finding)
    submit(town.desk("maker"), code)
    with pytest.raises(Refused, match="overrode"):
        approve(town.desk("two_hats"), code)


# ------------------------------------------------------------------ the policy


def test_every_check_has_an_effect_and_a_reason() -> None:
    for programme, currency in (("bolsa_familia", "BRL"), ("dilli_annashree", "INR"), ("x", "MXN")):
        checks = policy(programme, currency)
        assert set(checks) == set(CHECKS)
        assert all(one.effect in EFFECTS and len(one.because) > 20 for one in checks.values())


def test_a_programme_has_its_own_ceiling() -> None:
    assert policy("bolsa_familia", "BRL")["AMOUNT_OVER_CEILING"].ceiling_minor == 500_000
    assert policy("another", "BRL")["AMOUNT_OVER_CEILING"].ceiling_minor is None
