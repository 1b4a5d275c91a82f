"""Equivalence scales: an amount times the number of children to a power, exact to the cent."""

from __future__ import annotations

from decimal import Decimal, localcontext
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cct_engine.rulebook import check, load
from cct_engine.rulebook.scaling import MOST_COUNTED, scaled
from cct_engine.rulebook.scenarios import read_file, run

LAWS = Path(__file__).parent / "laws"


@given(
    amount=st.integers(-(10**9), 10**9),
    count=st.integers(0, MOST_COUNTED),
    thousandths=st.integers(1, 3000),
    unit=st.sampled_from([1, 5, 100]),
    mode=st.sampled_from(["down", "up", "half_up", "half_even"]),
)
def test_a_scale_is_right_to_the_unit_of_rounding(
    amount: int, count: int, thousandths: int, unit: int, mode: str
) -> None:
    found = scaled(amount, count, Fraction(thousandths, 1000), unit=unit, mode=mode)
    assert found % unit == 0
    with localcontext(prec=80):
        size = Decimal(count) ** (Decimal(thousandths) / 1000) if count else Decimal(0)
        away = Decimal(found) - amount * size
        if mode.startswith("half"):
            assert abs(away) <= Decimal(unit) / 2
        else:
            assert abs(away) < unit
            assert (away * (1 if amount > 0 else -1) >= 0) == (mode == "up") or away == 0


def test_a_scale_of_the_power_one_is_a_product_and_of_one_child_the_amount_itself() -> None:
    assert scaled(260000, 7, Fraction(1), unit=1, mode="half_up") == 1820000
    assert scaled(260000, 1, Fraction(3, 5), unit=1, mode="half_up") == 260000
    assert scaled(260000, 0, Fraction(3, 5), unit=1, mode="up") == 0


def test_halves_go_up_or_to_the_even_neighbour() -> None:
    quarter = Fraction(1, 2)  # the root of four is two: 25 x 2 = 50, half of a unit of 100
    assert scaled(25, 4, quarter, unit=100, mode="half_up") == 100
    assert scaled(25, 4, quarter, unit=100, mode="half_even") == 0
    assert scaled(75, 4, quarter, unit=100, mode="half_even") == 200


def test_a_law_with_a_scale_and_a_table_by_numbers_pays_what_its_cases_say() -> None:
    file = read_file(LAWS / "scale_grant.scenarios.yaml")
    results = run(load(LAWS / "scale_grant.yaml"), file, file.scenarios)
    assert {r.id: r.differences for r in results} == {f"SG-{n}": () for n in range(1, 6)}


def test_more_people_than_a_scale_is_written_out_for_hold_the_money(tmp_path: Path) -> None:
    people = ", ".join(f"{{id: k{n}, age: 5, sex: F}}" for n in range(MOST_COUNTED + 1))
    path = tmp_path / "many.scenarios.yaml"
    path.write_text(
        f"""programme: scale_grant
scenarios:
  - id: MANY
    given: {{household: {{zone: north, members: [{{id: m, age: 30, sex: F}}, {people}]}}}}
    when: {{cycle: 2026-04}}
    then: {{pay_now: 0, held: 81, reason: incomplete}}
""",
        encoding="utf-8",
    )
    file = read_file(path)
    (result,) = run(load(LAWS / "scale_grant.yaml"), file, file.scenarios)
    assert [text for text in result.differences if not text.startswith("reason")] == []


@pytest.mark.parametrize(
    ("right", "wrong", "told"),
    [
        ("value: 0.6,", "value: 60 %,", "`60 %` is not a power; write 0.6"),
        ("rows: {1:", "rows: {one:", "`bonus` is looked up by a number, and `one` is none."),
        (
            "scaled(base, count_of(members, counted), scale_power)",
            "scaled(base, counted, scale_power)",
            "only a member has an age",
        ),
        (
            "scaled(base, count_of(members, counted), scale_power)",
            "scaled(base + base, household.size, scale_power)",
            "scaled(a money parameter, int, a power parameter)",
        ),
        (
            "level = 'secondary'), scale_power, down, 5.00)",
            "level = 'secondary'), base)",
            "scaled(a money parameter, int, a power parameter)",
        ),
    ],
)
def test_a_scale_written_wrongly_is_refused_with_what_to_write(
    tmp_path: Path, right: str, wrong: str, told: str
) -> None:
    text = (LAWS / "scale_grant.yaml").read_text(encoding="utf-8")
    assert right in text
    path = tmp_path / "scale_grant.yaml"
    path.write_text(text.replace(right, wrong, 1), encoding="utf-8")
    assert told in " ".join(str(problem) for problem in check(path))
