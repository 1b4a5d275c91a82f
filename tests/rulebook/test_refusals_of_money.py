"""What a section that pays leaves open or says twice is refused before it pays anybody."""

from __future__ import annotations

from pathlib import Path

import pytest

from cct_engine.rulebook import check_text

LAWS = Path(__file__).parent / "laws"

# The law, what is broken by what, and what the author is told.
BROKEN = [
    (
        "capped_grant",
        "of: [FOOD, SCH]",
        "of: [FOOD]",
        "RB-036 Cap `month` shrinks `SCH`, which it does not count. of: [FOOD, SCH]",
    ),
    (
        "capped_grant",
        "of: [FOOD, SCH]",
        "of: [FOOD, SCH, BOOKS]",
        (
            "RB-036 Cap `month` is per month, `BOOKS` is paid per cycle. "
            "`months: each` on the component, or `per: cycle` on the cap."
        ),
    ),
    (
        "capped_grant",
        "of: [FOOD, SCH]",
        "of: [FOOD, SCH, TAX]",
        "RB-036 Cap `month` counts `TAX`, a deduction made after it. Only benefits.",
    ),
    (
        "capped_grant",
        "largest_fraction, tie: [member_id ASC]",
        "largest_fraction, tie: [birth_date ASC]",
        "RB-032 Cap `month` breaks ties by `birth_date`. member_id ASC or amount DESC.",
    ),
    (
        "capped_grant",
        "remainder: largest_fraction, ",
        "",
        (
            "RB-032 Cap `month` does not say where the last cent goes. "
            "`remainder: largest_fraction` and `tie`."
        ),
    ),
    (
        "capped_grant",
        "each: member, season: [Sep..Sep, Mar..Mar], once",
        "each: member, months: each, season: [Sep..Sep, Mar..Mar], once",
        "RB-038 `BOOKS` comes once, and in each month of the cycle. Leave out `months`.",
    ),
    (
        "capped_grant",
        "entry_month: full, ",
        "",
        "RB-005 `conventions` has no `entry_month`. Add it.",
    ),
    (
        "withheld_grant",
        "libreta: {of: member, per: year, measure: date}",
        "libreta: {of: member, per: year, measure: count}",
        "RB-037 `libreta` is counted; a certificate is a date. measure: date",
    ),
    (
        "withheld_grant",
        "not_before: 60 days",
        "not_before: 2 months",
        "RB-037 The wait is in days. 60 days",
    ),
    (
        "withheld_grant",
        "balance_per: [member, calendar_year]",
        "balance_per: [member]",
        (
            "RB-037 A deadline counts from a year, and the balance has none. "
            "balance_per: [member, calendar_year], or deadline: never"
        ),
    ),
    (
        "withheld_grant",
        "default: 31 Dec next_year",
        "default: end of next year",
        "RB-006 `end of next year` is not a deadline; write `31 Dec next_year`.",
    ),
    (
        "withheld_grant",
        "default: 31 Dec next_year",
        "default: 31 Feb next_year",
        "RB-006 `31 Feb` is no day of every year; write `28 Feb`.",
    ),
    (
        "withheld_grant",
        "components:",
        "parts:",
        "RB-001 Unknown key `parts` in `the rulebook`.",
    ),
    (
        "entry_grant",
        'payee: [{where: "TRUE", by: [birth_date ASC]}]\n',
        "",
        "RB-005 The rulebook has no `payee`. Add it.",
    ),
    (
        "queue_grant",
        "queue: [per_capita_income ASC,",
        "queue: [colour ASC,",
        "RB-015 Nobody knows the attribute of the household `colour`.",
    ),
    (
        "queue_grant",
        "amount: each, law",
        "amount: \"balance('lost', PAY)\", law",
        "RB-029 `balance` is called with other arguments.",
    ),
    (
        "school_grant",
        'where: pupil, amount: "lookup',
        'where: pupil AND is_met(meetings), amount: "lookup',
        "RB-036 `meetings` is judged for each household, and a member asks.",
    ),
]


@pytest.mark.parametrize(
    ("law", "good", "bad", "told"), BROKEN, ids=[f"{b[0]}-{n}" for n, b in enumerate(BROKEN)]
)
def test_broken_money_is_told_with_what_to_write(law: str, good: str, bad: str, told: str) -> None:
    text = (LAWS / f"{law}.yaml").read_text(encoding="utf-8")
    assert good in text
    rulebook, problems = check_text(text.replace(good, bad, 1), file=f"{law}.yaml")
    assert rulebook is None
    assert any(f"{p.code} {p.message} {p.instead}".startswith(told) for p in problems), problems


@pytest.mark.parametrize("law", sorted({b[0] for b in BROKEN}))
def test_the_laws_themselves_are_whole(law: str) -> None:
    text = (LAWS / f"{law}.yaml").read_text(encoding="utf-8")
    assert check_text(text, file=f"{law}.yaml")[1] == ()
