"""Late evidence, lived month by month: each story of ``stories.yaml`` against the books."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from correction_world import STORIES

import ledger
from cct_engine import cycle
from cct_engine.cycle import CycleError
from cct_engine.entitlement import list_digest
from cct_engine.entitlement.correction import corrected
from cct_engine.people import Refused

if TYPE_CHECKING:
    from correction_world import World

_SUMS = {
    "due": "gross_minor",
    "arrears": "arrears_minor",
    "released": "released_minor",
    "recovery": "recovery_minor",
    "pay_now": "pay_now_minor",
    "held": "held_minor",
    "forfeited": "forfeited_minor",
}


@pytest.mark.parametrize(
    ("number", "story"),
    list(enumerate(STORIES["stories"], start=1)),
    ids=[story["name"] for story in STORIES["stories"]],
)
def test_every_month_of_the_story_is_as_told(
    lived: World, number: int, story: dict[str, Any]
) -> None:
    household = lived.household(f"F{number}")
    for period, expected in story["then"].items():
        found = _month(lived, household, period)
        told = {
            name: value if name == "ladder" else value * 100 for name, value in expected.items()
        }
        assert {name: found.get(name, 0) for name in told} == told, period
    for kind, amount in story.get("open", {}).items():
        assert _open(lived, household, kind) == amount * 100, kind


def _month(lived: World, household: int, period: str) -> dict[str, Any]:
    code = f"bolsa_familia-{period}"
    rows = lived.rows(
        f"SELECT {', '.join(_SUMS.values())} FROM cycle.household_result JOIN cycle.cycle"
        " USING (cycle_id) WHERE code = :code AND household_id = :household",
        code=code,
        household=household,
    )
    found: dict[str, Any] = dict(zip(_SUMS, rows[0], strict=True)) if rows else {}
    found["lapsed"] = lived.rows(
        "SELECT coalesce(sum(amount_minor), 0) FROM cycle.entitlement_line JOIN cycle.cycle"
        " USING (cycle_id) WHERE code = :code AND household_id = :household AND source = 'lapsed'",
        code=code,
        household=household,
    )[0][0]
    states = lived.rows(
        "SELECT e.state FROM cycle.effect_state e JOIN cycle.cycle USING (cycle_id)"
        " WHERE code = :code AND household_id = :household AND ladder = 'family'",
        code=code,
        household=household,
    )
    found["ladder"] = states[0][0] if states else "none"
    return found


def _open(lived: World, household: int, kind: str) -> int:
    """What the books say: money to be taken back (1210) or held (2105) of the household."""
    if kind == "arrears":
        rows = lived.rows(
            "SELECT coalesce(sum(arrears_minor), 0) - (SELECT coalesce(sum(l.amount_minor), 0)"
            " FROM cycle.entitlement_line l LEFT JOIN cycle.line_set_aside a"
            " USING (cycle_id, household_id, line_seq) WHERE household_id = :household"
            " AND l.source = 'arrears' AND coalesce(a.reason_code, l.reason_code) = 'correction')"
            " FROM cycle.correction_line WHERE household_id = :household",
            household=household,
        )
        return int(rows[0][0])
    account = {"recoverable": 1210, "held": 2105}[kind]
    rows = lived.rows(
        "SELECT coalesce(sum(amount_minor), 0) FROM ledger.balance"
        " WHERE account = :account AND subject_id = :household",
        account=account,
        household=household,
    )
    return abs(int(rows[0][0]))


def test_corrected_twice_a_cycle_finds_what_it_found_and_opens_nothing(lived: World) -> None:
    code = f"bolsa_familia-{STORIES['cycles'][-1]}"
    counted = "SELECT count(*), sum(after_minor) FROM cycle.correction_line"
    before = lived.rows(counted)
    pins = lived.rows("SELECT as_of_known FROM cycle.cycle WHERE code = :code", code=code)
    with pytest.raises(CycleError, match="starts from opened"):
        cycle.correct(lived.desk("maker", "2027-04", 5), code)
    assert lived.rows(counted) == before
    assert pins == lived.rows("SELECT as_of_known FROM cycle.cycle WHERE code = :code", code=code)


def test_only_families_with_late_news_are_replayed(lived: World) -> None:
    replayed = dict(
        lived.rows(
            "SELECT code, household_count FROM cycle.correction JOIN cycle.cycle USING (cycle_id)"
        )
    )
    stories = STORIES["stories"]
    news = {
        period: sum(bool(story.get("known", {}).get(period)) for story in stories)
        for period in STORIES["cycles"]
    }
    # Before the first cycle nothing was closed; reports that come in time replay nobody.
    assert replayed["bolsa_familia-2026-09"] == 0
    assert replayed["bolsa_familia-2026-10"] == news["2026-10"] - 1
    assert replayed["bolsa_familia-2026-11"] == 1
    assert replayed["bolsa_familia-2027-04"] == 2


def test_a_closed_list_is_the_one_that_was_approved(lived: World) -> None:
    with lived.database.transaction() as connection:
        approved = {one.cycle_id: one.list_digest for one in cycle.cycles(connection)}
        assert len(approved) > 1
        assert {one: list_digest(connection, one) for one in approved} == approved


def test_every_line_of_a_correction_says_what_became_of_the_difference(lived: World) -> None:
    with lived.database.transaction() as connection:
        lines = [line for code in lived.codes for line in corrected(connection, cycle=code)]
    assert lines
    for line in lines:
        became = (
            line.arrears_minor
            + line.set_off_minor
            - line.recoverable_minor
            - line.hold_cancelled_minor
            + line.netted_minor
        )
        assert line.after_minor - line.before_minor == became
    by_month: dict[tuple[int, str, str], int] = {}
    for line in lines:
        key = (line.household_id, line.found_in, line.cycle)
        by_month[key] = by_month.get(key, 0) + line.netted_minor
    assert set(by_month.values()) == {0}


def test_the_books_are_sound_and_owe_nobody_a_correction(lived: World) -> None:
    with lived.database.transaction() as connection:
        assert ledger.verify(connection) == ()


def test_an_appeal_needs_a_verdict_a_reason_and_somebody_who_did_not_sign(lived: World) -> None:
    worker = lived.desk("case_worker", "2027-04", 20)
    quiet = lived.household("F1")
    with pytest.raises(CycleError, match="nothing to annul"):
        cycle.uphold(
            worker,
            quiet,
            "bolsa_familia-2027-04",
            filed_on=date(2027, 4, 10),
            reason="the family says so",
        )
    warned = lived.household("F4")
    with pytest.raises(CycleError, match="could until"):
        cycle.uphold(
            worker,
            warned,
            "bolsa_familia-2026-11",
            filed_on=date(2027, 4, 10),
            reason="the family says so",
        )
    with pytest.raises(Refused):
        cycle.uphold(
            lived.desk("checker", "2027-04", 20),
            warned,
            "bolsa_familia-2026-11",
            filed_on=date(2026, 11, 10),
            reason="the family says so",
        )
