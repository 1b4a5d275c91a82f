"""What the read-back of a shard's results finds, by the rule it names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cct_engine.entitlement.identities import broken_identities

if TYPE_CHECKING:
    from pathlib import Path

FIGURES = ("gross", "arrears", "released", "recovery")
STATES = ("pay_now", "held", "withheld", "forfeited")
PARTS = ("payable", "held", "withheld", "forfeited")
SPLIT = "payable + held + withheld + forfeited"


def household(number: int, paid: int, **figures: int | None) -> dict[str, int | None]:
    """A household that is due ``paid`` cents and gets them, unless told otherwise."""
    plain = dict.fromkeys((*FIGURES, *STATES), 0) | {"gross": paid, "pay_now": paid}
    return {"household_id": number, **plain, **figures}


def line(number: int, paid: int, **figures: int | str) -> dict[str, int | str]:
    """A line that is due and paid, unless told otherwise."""
    plain = dict.fromkeys(PARTS, 0) | {"due": paid, "payable": paid}
    return {"household_id": number, "source": "due", "component": "BRC", **plain, **figures}


def found(
    folder: Path,
    households: list[dict[str, int | None]],
    lines: list[dict[str, int | str]],
    frozen: tuple[int, ...] = (1, 2),
) -> set[tuple[object, ...]]:
    """Write the three files and read them back."""
    pq.write_table(pa.Table.from_pylist(households), folder / "household.parquet")
    pq.write_table(pa.Table.from_pylist(lines), folder / "line.parquet")
    pq.write_table(pa.table({"household_id": frozen}), folder / "frozen.parquet")
    files = {name: folder / f"{name}.parquet" for name in ("household", "line")}
    return {tuple(finding) for finding in broken_identities(files, folder / "frozen.parquet")}


def test_results_that_add_up_give_no_finding(tmp_path: Path) -> None:
    lines = [
        line(1, 90),
        line(1, 30, source="released"),
        line(1, -20, source="recovery"),
        line(1, 7, source="arrears"),
        line(1, 50, source="lapsed", payable=0, forfeited=50),
        line(2, 10, payable=4, held=3, withheld=2, forfeited=1),
    ]
    one = household(1, 90, pay_now=107, released=30, recovery=20, arrears=7)
    two = household(2, 10, pay_now=4, held=3, withheld=2, forfeited=1)
    assert found(tmp_path, [one, two], lines) == set()


def test_each_rule_that_is_broken_is_named_with_both_sides(tmp_path: Path) -> None:
    right, lines = household(2, 10), [line(1, 90), line(2, 10)]
    owed = "gross + arrears + released - recovery = pay_now + held + withheld + forfeited"
    each = "one result for each household of the shard"
    assert found(tmp_path, [household(1, 90, gross=91), right], lines) == {
        (1, owed, 91, 90),
        (1, "sum of lines = gross", 90, 91),
    }
    assert found(tmp_path, [household(1, -5), right], [line(1, -5), line(2, 10)]) == {
        (1, "pay_now is not below zero", -5, 0),
    }
    torn = [line(1, 90, withheld=1), line(2, 10)]
    assert found(tmp_path, [household(1, 90, withheld=1), right], torn) == {
        (1, owed, 90, 91),
        (1, f"line BRC: due = {SPLIT}", 90, 91),
    }
    assert found(tmp_path, [right], lines) == {
        (1, each, 0, 1),
        (1, "lines belong to a household of the run", 1, 0),
    }
    twice = found(tmp_path, [household(1, 90), right, right], lines)
    assert twice == {(2, each, 2, 1)}
    assert found(tmp_path, [household(1, 90), right], lines, frozen=(1,)) == {(2, each, 1, 0)}


def test_a_figure_that_is_not_there_is_no_figure_that_adds_up(tmp_path: Path) -> None:
    lost = household(1, 90, held=None)
    rules = {rule for _, rule, _, _ in found(tmp_path, [lost, household(2, 10)], [line(1, 90)])}
    assert "sum of lines = held" in rules
    assert "sum of lines = gross" in rules  # of household 2, which has no line at all


def test_a_hundred_findings_are_enough(tmp_path: Path) -> None:
    numbers = tuple(range(1, 301))
    given = found(tmp_path, [household(n, 5) for n in numbers], [line(1, 5)], frozen=numbers)
    assert len(given) == 100
    assert {household_id for household_id, *_ in given} <= set(range(2, 53))


def test_a_shard_in_which_nobody_is_due_anything_adds_up(tmp_path: Path) -> None:
    pq.write_table(pa.Table.from_pylist([line(1, 5)]).slice(0, 0), tmp_path / "none.parquet")
    pq.write_table(pa.Table.from_pylist([household(1, 0)]), tmp_path / "household.parquet")
    files = {"household": tmp_path / "household.parquet", "line": tmp_path / "none.parquet"}
    assert broken_identities(files, tmp_path / "household.parquet") == ()


def test_a_figure_that_no_exact_sum_can_hold_stops_the_run(tmp_path: Path) -> None:
    with pytest.raises(OverflowError, match="no exact sum can hold"):
        found(tmp_path, [household(1, 2**60), household(2, 10)], [line(1, 5), line(2, 10)])
