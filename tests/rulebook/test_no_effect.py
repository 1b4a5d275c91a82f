"""What stands twice, too late or for nothing is refused, in exact words."""

from __future__ import annotations

from pathlib import Path

import pytest

from cct_engine.rulebook import parse
from cct_engine.rulebook.check_sense import without_sense

from .slips import PARAMETERS, told

WITHHELD = (Path(__file__).parent / "laws" / "withheld_grant.yaml").read_text(encoding="utf-8")
UNCLAIMED = 'unclaimed: [{channel: any, after: never, law: "art. 5"}]'
CAP = (
    "limits:\n",
    (
        "caps: [{name: c, of: [BASE], per: cycle, at_most: base, reduce: {lines: [BASE], "
        "how: in_order, unit: 0.01, remainder: first, tie: [amount DESC]}, law: s}]\nlimits:\n"
    ),
)
LIMITED = (
    "in_force: {from: 2020-01-01, until: 2023-12-31, law: s}\nparameters:\n",
    (
        "parameters.base.values[2]: RB-022 The law ends on 2023-12-31, so what begins on "
        "2024-01-01 never holds. An earlier day, or the version that follows."
    ),
)


@pytest.mark.parametrize(
    ("right", "wrong", "expected"),
    [
        (
            "over: [KID]",
            "over: [KID, KID]",
            "limits[1].over: RB-002 `KID` stands twice in one list. Once.",
        ),
        (
            CAP[0],
            CAP[1].replace("of: [BASE]", "of: [BASE, BASE]"),
            "caps[1].of: RB-002 `BASE` stands twice in one list. Once.",
        ),
        (
            CAP[0],
            CAP[1].replace("amount DESC", "amount UP"),
            (
                "caps[1].reduce.tie: RB-031 `amount UP` does not say in which direction. "
                "amount ASC, or amount DESC."
            ),
        ),
        (
            UNCLAIMED,
            (
                "unclaimed: [{channel: any, after: 30 days, law: s}, {channel: bank, after: never, "
                "law: s}]"
            ),
            (
                "unclaimed[2].channel: RB-052 This rule is hidden: the one for `any` above it is "
                "asked first. The special case first, each once."
            ),
        ),
        (
            UNCLAIMED,
            "unclaimed: [{channel: any, after: 30 days, warn_after: 60 days, law: s}]",
            (
                "unclaimed[1].warn_after: RB-055 After 60 days nobody can draw the money any more. "
                "A shorter time than `after`."
            ),
        ),
        (
            UNCLAIMED,
            "unclaimed: [{channel: any, after: 0 days, law: s}]",
            (
                "unclaimed[1].after: RB-060 Money that goes back on the day it comes can be drawn "
                "by nobody. 30 days, or never."
            ),
        ),
        (
            "payee: [",
            "overrides: [{from: 2024-01-01, to: 2024-03-01, law: s}]\npayee: [",
            (
                "overrides[1]: RB-041 This exception changes nothing. conditions: exempt, ladders: "
                "frozen, release: without_certificate or calendar: first_day."
            ),
        ),
        (
            "payee: [",
            "recertify: {from: household.updated_on, ladder: {}}\npayee: [",
            (
                "recertify.ladder: RB-041 A registration of any age has no effect. "
                "warn: 22 months, hold: 24 months"
            ),
        ),
        (
            "payee: [",
            "recertify: {from: household.updated_on, ladder: {hold: 0 months}}\npayee: [",
            (
                "recertify.ladder.hold: RB-060 `hold` at 0 months is there on the first day. "
                "1 months or more."
            ),
        ),
        (
            PARAMETERS,
            LIMITED[0].replace("2023-12-31", "2019-12-31"),
            "in_force.until: RB-022 This ends before it begins. A later day.",
        ),
        (PARAMETERS, *LIMITED),
    ],
)
def test_what_stands_twice_or_for_nothing_is_refused(right: str, wrong: str, expected: str) -> None:
    assert told(right, wrong) == [expected]


@pytest.mark.parametrize(
    ("right", "wrong", "expected"),
    [
        (
            "of: [DEP, INT]",
            "of: [DEP, INT, CHILD]",
            (
                "RB-037 `libreta_share` withholds of `CHILD` already, so `majority` never does. "
                "Each component in one of them."
            ),
        ),
        (
            "exceptions: [",
            'exceptions: [{earned: 2018, until: 2020-01-31, law: "s. 5"}, ',
            "RB-002 The deadline of 2018 is moved twice. One entry.",
        ),
        (
            "until: 2020-03-31",
            "until: 2010-03-31",
            "RB-022 What is earned in 2018 is lost before that year. A later day.",
        ),
    ],
)
def test_a_component_waits_for_one_certificate(right: str, wrong: str, expected: str) -> None:
    assert right in WITHHELD
    law = parse(WITHHELD.replace(right, wrong, 1), file="law.yaml")
    assert [f"{p.code} {p.message} {p.instead}" for p in without_sense(law)] == [expected]


STOPPED = "stopped: {money: forfeit, months: 1}"
PAYEE = "payee: [{where: age_at(cycle.first_day) >= 18, by: [birth_date ASC]}]"


@pytest.mark.parametrize(
    ("right", "wrong", "expected"),
    [
        (
            'value: 300.00, law: "art. 1"',
            'value: 300.00, law: " "',
            (
                "parameters.line.values[1].law: RB-008 This `law:` says nothing. "
                "The article that says so."
            ),
        ),
        (
            PARAMETERS,
            f"time_zone: Asia/Kolkatta\n{PARAMETERS}",
            (
                "time_zone: RB-015 Nobody knows the time zone `Asia/Kolkatta`. "
                "Asia/Kolkata, America/Lima, UTC."
            ),
        ),
        (
            STOPPED,
            "stopped: {money: forfeit, months: 1, by: 50 %}",
            (
                "ladders.steps.states.stopped.by: RB-054 State `stopped` has `money: forfeit`; "
                "`by` says nothing of it. money: reduce, or leave `by` out."
            ),
        ),
        (
            STOPPED,
            "stopped: {money: reduce, months: 1, by: 0 %}",
            "ladders.steps.states.stopped.by: RB-054 State `stopped` reduces by nothing. by: 50 %",
        ),
        (
            "over: [KID]",
            "over: [BASE]",
            (
                "limits[1].over: RB-036 Limit `children` counts persons, and `BASE` is of the "
                "household. Components of members or pregnancies; `instalments` for how often."
            ),
        ),
        (
            UNCLAIMED,
            "unclaimed: [{channel: any, after: never, then: return_to_programme, law: s}]",
            (
                "unclaimed[1].then: RB-041 Money that never goes back has nothing to follow. "
                "after: 90 days"
            ),
        ),
        (
            "payee: [",
            (
                "stops: [{name: s, each: household, when: household.size > 20, money: hold, "
                "lines: [], alert: BIG}]\npayee: ["
            ),
            "stops[1].lines: RB-041 `s` holds no line. lines: all",
        ),
        (
            "payee: [",
            (
                'stops: [{name: s, each: household, when: "TRUE", money: hold, lines: all, '
                "alert: BIG}]\npayee: ["
            ),
            (
                "stops[1].when: RB-059 This holds of everybody, and was to be an exception. "
                "A test, or leave the entry out."
            ),
        ),
        (
            "where: age_at(cycle.first_day) < 18, amount: child",
            'where: "FALSE", amount: child',
            (
                "components[2].where: RB-059 This holds of nobody, so what stands here never "
                "comes. A test, or leave the entry out."
            ),
        ),
        (
            PAYEE,
            'payee: [{where: "TRUE", by: [birth_date ASC]}, {where: disability, by: [sex ASC]}]',
            (
                "payee[2]: RB-052 This rule is hidden: rule 1 is for every member. "
                "The special case first."
            ),
        ),
    ],
)
def test_what_would_have_no_effect_is_refused(right: str, wrong: str, expected: str) -> None:
    assert told(right, wrong) == [expected]
