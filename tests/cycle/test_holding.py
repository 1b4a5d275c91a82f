"""A finding holds a family's money without losing any of it, and lets it go when it is gone."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cct_engine.cycle import record
from cct_engine.cycle.checks import holding

if TYPE_CHECKING:
    from cycle_office import Office

OCTOBER = date(2026, 10, 1)
FIGURES = (
    "SELECT household_id, gross_minor, arrears_minor, released_minor, recovery_minor,"
    " pay_now_minor, held_minor, withheld_minor, forfeited_minor FROM cycle.household_result"
    " WHERE cycle_id = :cycle_id ORDER BY household_id"
)
LINES = (
    "SELECT household_id, line_seq, source, component, for_period, money_state, amount_minor,"
    " reason_code FROM cycle.entitlement_line WHERE cycle_id = :cycle_id ORDER BY 1, 2"
)
_PAYEE = (
    "SELECT payee_person_id FROM cycle.household_result WHERE cycle_id = 2 AND household_id = 1"
)
OF_LINES = """
    SELECT household_id,
           CAST(coalesce(sum(amount_minor) FILTER (WHERE source = 'released'), 0) AS bigint),
           CAST(-coalesce(sum(amount_minor) FILTER (WHERE source = 'recovery'), 0) AS bigint),
           CAST(coalesce(sum(amount_minor) FILTER (WHERE money_state = 'payable'), 0) AS bigint),
           CAST(coalesce(sum(amount_minor) FILTER (WHERE money_state = 'held'), 0) AS bigint)
    FROM cycle.household_result r LEFT JOIN cycle.entitlement_line l USING (cycle_id, household_id)
    WHERE r.cycle_id = :cycle_id GROUP BY 1 ORDER BY 1
"""
OF_RESULTS = (
    "SELECT household_id, released_minor, recovery_minor, pay_now_minor, held_minor"
    " FROM cycle.household_result WHERE cycle_id = :cycle_id ORDER BY household_id"
)


def _rewrite(office: Office, code: str) -> holding.Rewritten:
    with office.database.transaction() as connection:
        cycle = record.by_code(connection, code)
        holding.undo(connection, cycle.cycle_id)
        return holding.apply(connection, cycle, officer_id=office.officers["maker"], at=office.at)


def _list(office: Office, cycle_id: int = 1) -> list[tuple[object, ...]]:
    return office.rows(LINES, cycle_id=cycle_id) + office.rows(FIGURES, cycle_id=cycle_id)


def _approved(office: Office, code: str) -> None:
    for statement in _APPROVAL:
        office.run(statement, code=code, at=office.at, **office.officers)


_APPROVAL = (
    "UPDATE cycle.cycle SET state = 'checked', version = version + 1 WHERE code = :code",
    """
    UPDATE cycle.cycle SET state = 'submitted', version = version + 1, list_digest = 'd',
           prepared_by = :maker, submitted_at = :at WHERE code = :code
    """,
    """
    INSERT INTO cycle.approval (cycle_id, version, list_digest, submitted_by, decided_by,
                                decided_at, decision, control)
    SELECT cycle_id, version, 'd', :maker, :checker, :at, 'approved', '{}'
    FROM cycle.cycle WHERE code = :code
    """,
    """
    UPDATE cycle.cycle SET state = 'approved', version = version + 1, approved_by = :checker,
           approved_at = :at WHERE code = :code
    """,
)


def test_what_is_due_is_held_and_nothing_else_of_the_list_changes(office: Office) -> None:
    code = office.cycle(
        [office.line(1, 600), office.line(1, 50, component="EXTRA"), office.line(2, 600)]
    )
    office.finding(code, 1, effect="holds")
    found = _rewrite(office, code)
    assert found == holding.Rewritten(1, 650, 0, 0)
    assert [(row[0], row[5], row[7]) for row in office.rows(LINES, cycle_id=1)] == [
        (1, "held", "finding:ACCOUNT_MISSING"),
        (1, "held", "finding:ACCOUNT_MISSING"),
        (2, "payable", ""),
    ]
    assert office.rows(OF_RESULTS, cycle_id=1) == [(1, 0, 0, 0, 650), (2, 0, 0, 600, 0)]
    assert office.rows("SELECT household_id, reason_kind FROM cycle.hold") == [(1, "finding")]


def test_a_held_family_is_neither_recovered_from_nor_released_to(office: Office) -> None:
    lines = [
        office.line(1, 600),
        office.line(1, 300, source="released", reason_code="held:ladder:family:blocked"),
        office.line(1, -60, source="recovery"),
        office.line(1, 100, source="arrears", component="EXTRA"),
    ]
    code = office.cycle(lines)
    office.finding(code, 1, effect="holds")
    _rewrite(office, code)
    assert office.rows(OF_RESULTS, cycle_id=1) == [(1, 0, 0, 0, 700)]
    assert [row[2] for row in office.rows(LINES, cycle_id=1)] == ["due", "arrears"]


def test_money_a_sanction_held_or_lost_stays_as_the_sanction_left_it(office: Office) -> None:
    lines = [
        office.line(1, 600),
        office.line(1, 200, component="A", money_state="held", reason_code="ladder:family:blocked"),
        office.line(1, 100, component="B", money_state="withheld"),
        office.line(1, 90, component="C", money_state="forfeited"),
    ]
    code = office.cycle(lines)
    office.finding(code, 1, effect="holds")
    _rewrite(office, code)
    assert [(row[5], row[7]) for row in office.rows(LINES, cycle_id=1)] == [
        ("held", "finding:ACCOUNT_MISSING"),
        ("held", "ladder:family:blocked"),
        ("withheld", ""),
        ("forfeited", ""),
    ]


@pytest.mark.parametrize("effect", ["warns", "blocks"])
def test_only_a_finding_that_holds_holds(office: Office, effect: str) -> None:
    code = office.cycle([office.line(1, 600)])
    office.finding(code, 1, effect=effect)
    before = _list(office)
    _rewrite(office, code)
    assert _list(office) == before


def test_rewriting_twice_changes_nothing_more(office: Office) -> None:
    code = office.cycle(
        [office.line(1, 600), office.line(1, -60, source="recovery"), office.line(2, 600)]
    )
    office.finding(code, 1, effect="holds")
    _rewrite(office, code)
    once = _list(office)
    _rewrite(office, code)
    assert _list(office) == once


def test_a_finding_that_is_gone_leaves_the_list_as_calculated(office: Office) -> None:
    code = office.cycle(
        [
            office.line(1, 600, reason_code="full month"),
            office.line(1, -60, source="recovery"),
            office.line(1, 300, source="released", reason_code="held:ladder:x", component="OLD"),
        ]
    )
    before = _list(office)
    office.finding(code, 1, effect="holds")
    _rewrite(office, code)
    assert _list(office) != before
    office.run("UPDATE cycle.finding SET state = 'overridden'")
    _rewrite(office, code)
    assert _list(office) == before
    assert office.rows("SELECT * FROM cycle.hold") == []


def test_the_next_cycle_releases_what_is_no_longer_held(office: Office) -> None:
    first = office.cycle(
        [office.line(1, 600), office.line(1, 50, component="EXTRA"), office.line(2, 600)]
    )
    office.finding(first, 1, effect="holds")
    _rewrite(office, first)
    _approved(office, first)
    second = office.cycle(
        [office.line(1, 600, for_period=OCTOBER), office.line(2, 600)], period=OCTOBER
    )
    assert _rewrite(office, second) == holding.Rewritten(0, 0, 1, 650)
    assert office.rows(OF_RESULTS, cycle_id=2) == [(1, 650, 0, 1250, 0), (2, 0, 0, 600, 0)]
    released = office.rows(LINES + "", cycle_id=2)[1:3]
    assert [(row[1], row[2], row[4], row[6], row[7]) for row in released] == [
        (2, "released", date(2026, 9, 1), 600, "held:finding:ACCOUNT_MISSING"),
        (3, "released", date(2026, 9, 1), 50, "held:finding:ACCOUNT_MISSING"),
    ]
    assert office.value("SELECT released_in FROM cycle.hold") == 2


def test_a_finding_that_stands_holds_two_cycles_and_both_come_together(office: Office) -> None:
    first = office.cycle([office.line(1, 600)])
    office.finding(first, 1, effect="holds")
    _rewrite(office, first)
    _approved(office, first)
    second = office.cycle([office.line(1, 700, for_period=OCTOBER)], period=OCTOBER)
    office.finding(second, 1, effect="holds")
    assert _rewrite(office, second) == holding.Rewritten(1, 700, 0, 0)
    _approved(office, second)
    november = date(2026, 11, 1)
    third = office.cycle([office.line(1, 800, for_period=november)], period=november)
    assert _rewrite(office, third) == holding.Rewritten(0, 0, 1, 1300)
    assert office.rows(OF_RESULTS, cycle_id=3) == [(1, 1300, 0, 2100, 0)]


def test_a_family_that_left_still_gets_what_was_held(office: Office) -> None:
    first = office.cycle([office.line(1, 600), office.line(2, 600)])
    office.finding(first, 1, effect="holds")
    _rewrite(office, first)
    _approved(office, first)
    second = office.cycle([office.line(2, 600)], period=OCTOBER)
    before = _list(office, 2)
    _rewrite(office, second)
    assert office.rows(OF_RESULTS, cycle_id=2) == [(1, 600, 0, 600, 0), (2, 0, 0, 600, 0)]
    assert office.value(_PAYEE) == 10
    with office.database.transaction() as connection:
        holding.undo(connection, 2)
    assert _list(office, 2) == before
    assert office.value("SELECT released_in FROM cycle.hold") is None


def test_what_is_released_once_is_not_released_again(office: Office) -> None:
    first = office.cycle([office.line(1, 600)])
    office.finding(first, 1, effect="holds")
    _rewrite(office, first)
    _approved(office, first)
    second = office.cycle([office.line(1, 600, for_period=OCTOBER)], period=OCTOBER)
    _rewrite(office, second)
    _approved(office, second)
    november = date(2026, 11, 1)
    third = office.cycle([office.line(1, 600, for_period=november)], period=november)
    assert _rewrite(office, third).released_families == 0


_LINES = st.lists(
    st.tuples(
        st.integers(1, 4),
        st.integers(1, 10**9),
        st.sampled_from(["due", "arrears", "released"]),
        st.sampled_from(["payable", "held", "withheld", "forfeited"]),
        st.sampled_from("ABCDEFGH"),
    ),
    max_size=12,
    unique_by=lambda line: (line[0], *line[2:]),
)


@given(lines=_LINES, held=st.sets(st.integers(1, 5)))
@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_whatever_is_held_the_figures_are_the_sums_of_the_lines(
    office: Office, lines: list[tuple[int, int, str, str, str]], held: set[int]
) -> None:
    for table in ("line_set_aside", "hold", "finding"):
        office.run(f"DELETE FROM cycle.{table}")
    cycle_id = int(str(office.value("SELECT count(*) + 1 FROM cycle.cycle")))
    made = [
        office.line(*line, reason_code=f"x{number}")
        for number, line in enumerate(lines)
        if line[2] != "released" or line[3] == "payable"
    ]
    code = office.cycle(made, period=date(2027 + cycle_id // 12, cycle_id % 12 + 1, 1))
    before = _list(office, cycle_id)
    for household_id in sorted(held):
        office.finding(code, household_id, effect="holds")
    _rewrite(office, code)
    assert office.rows(OF_RESULTS, cycle_id=cycle_id) == office.rows(OF_LINES, cycle_id=cycle_id)
    with office.database.transaction() as connection:
        holding.undo(connection, cycle_id)
    assert _list(office, cycle_id) == before
