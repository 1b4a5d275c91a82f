"""What an analyst reads for a slip of the pen: the value, what it may be, what was meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from cct_engine.rulebook import check

LAW = Path(__file__).parent / "laws" / "village_grant.yaml"
SCALE = Path(__file__).parent / "laws" / "scale_grant.yaml"


def first(law: Path, right: str, wrong: str, folder: Path) -> str:
    """Return the first problem of a law in which something is written otherwise."""
    text = law.read_text(encoding="utf-8")
    assert right in text
    path = folder / law.name
    path.write_text(text.replace(right, wrong, 1), encoding="utf-8")
    return str(check(path)[0])


@pytest.mark.parametrize(
    ("right", "wrong", "told"),
    [
        ("money: forfeit", "money: forfit", "none of the words for this. Did you mean `forfeit`?"),
        ("cycle: {every: month}", "cycle: monthly", "`monthly` is no section. {key: value, …}; "),
        ("currency: INR", "currency: rupees", "`rupees` is not written as it must be. Three cap"),
        ("by: [birth_date ASC]", "by: birth_date", "`birth_date` is no list. [birth_date]"),
        ("applies_to: all", "applies_to: KID", "Or a list: [KID]."),
        ("amount: child,", "amount: 50,", "`50` stands where a name is asked for. A parameter."),
        ("window: this_month", "window: {observe: month}", "A word or an expression is needed"),
        ("age_at(cycle.first_day) >= 18", "age >= 18", "`age_at(cycle.first_day)` is an age."),
        ("age_at(cycle.first_day) >= 18", "IF sex THEN 1", "CASE WHEN test THEN x ELSE y END."),
        ("line * household.size", "line * count(members)", "`count_of(members, test)`."),
        ("line * household.size", "line * 85 %", "`share(amount, percent)`."),
        ("line * household.size", "line ^ 2", "`scaled(amount, count, power)`"),
        ("line * household.size", "line[1]", "`lookup(table, key)`."),
        ("age_at(cycle.first_day) >= 18", "birth_date < '2020-01-01'", "DATE '2020-01-01', or an"),
        (
            "age_at(cycle.first_day) >= 18",
            "birth_date + 30 = joined_on",
            "`days_between(day, day)`",
        ),
        ("when: breach, to: warned", "when: NOT is_met(school), to: warned", "judged AND NOT br"),
    ],
)
def test_a_slip_is_told_with_what_it_may_be(
    tmp_path: Path, right: str, wrong: str, told: str
) -> None:
    assert told in first(LAW, right, wrong, tmp_path)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ('level = "secondary"', "Nobody knows `\"secondary\"`. A code is written 'secondary'."),
        ("level = secondary", "Nobody knows `secondary`. A code is written 'secondary'."),
    ],
)
def test_a_code_is_written_in_single_quotes(tmp_path: Path, wrong: str, told: str) -> None:
    right = "definitions:\n"
    found = first(SCALE, right, f"{right}  older: {wrong} AND NOT disability\n", tmp_path)
    assert told in found
    assert "definitions.older" in found


@pytest.mark.parametrize(
    ("right", "wrong", "told"),
    [
        (
            "standing:\n",
            "definitions: {standing: household.urban}\nstanding:\n",
            (
                "`standing` means two things here: a definition and a word of every law. "
                "Rename the definition."
            ),
        ),
        (
            "parameters:\n",
            "parameters:\n  breach: {type: int, values: [{from: 2020-01-01, value: 1, law: s}]}\n",
            (
                "`breach` means two things here: a word of every law and a parameter. "
                "Rename the parameter."
            ),
        ),
        (
            "    states:\n",
            "    counters: {size: {consecutive: true}}\n    states:\n",
            (
                "`size` means two things here: an attribute of a household and a counter. "
                "Rename the counter, or write `household.size` for the attribute."
            ),
        ),
    ],
)
def test_a_name_with_two_meanings_is_told_with_the_one_to_rename(
    tmp_path: Path, right: str, wrong: str, told: str
) -> None:
    text = LAW.read_text(encoding="utf-8")
    assert right in text
    path = tmp_path / LAW.name
    asked = text.replace(right, wrong, 1).replace(
        "when: breach, to: w", "when: breach AND size > 2, to: w"
    )
    asked = asked.replace("amount: base,", "where: standing = 'full', amount: base,")
    path.write_text(asked, encoding="utf-8")
    problems = [p for p in check(path) if p.code == "RB-016"]
    assert {f"{p.message} {p.instead}" for p in problems} == {told}
