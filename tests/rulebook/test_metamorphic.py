"""What must hold of any law: order, splitting, scale and good news change nothing for the worse."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from cct_engine.rulebook import Month, parse

from .oracle import PlainLaw
from .oracle.households import Rows, households, shard
from .test_independent import calculated
from .test_oracle import SOME, law_of

if TYPE_CHECKING:
    from cct_engine.rulebook import Rulebook

COUNT = 40
ATTENDED = [
    ("school_grant", "2025-06"),
    ("bolsa_familia", "2025-09"),
    ("bolsa_familia-2018", "2019-09"),
    ("pantawid_4ps", "2025-06"),
]


def drawn(rulebook: Rulebook, month: str, seed: int) -> list[Rows]:
    law = PlainLaw(rulebook.text)
    return households(law, rulebook.text, Month.parse(month).number, seed, COUNT)


@pytest.mark.parametrize(("name", "month"), SOME[::2])
def test_the_order_of_rows_changes_nothing(name: str, month: str) -> None:
    rulebook = law_of(name)
    tables = shard(rulebook, drawn(rulebook, month, 21))
    turned = {
        key: table.take(pa.array(range(len(table) - 1, -1, -1), pa.int64()))
        for key, table in tables.items()
    }
    assert calculated(rulebook, turned, month) == calculated(rulebook, tables, month)


@pytest.mark.parametrize(("name", "month"), SOME[1::2])
def test_a_shard_of_any_size_gives_the_same(name: str, month: str) -> None:
    rulebook = law_of(name)
    tables = shard(rulebook, drawn(rulebook, month, 22))
    whole = calculated(rulebook, tables, month)
    apart: dict[str, list[dict[str, Any]]] = {outlet: [] for outlet in whole}
    for first in range(1, COUNT + 1, COUNT // 2):
        ids = pa.array(range(first, first + COUNT // 2))
        part = {
            key: table.filter(pc.is_in(table["household_id"], value_set=ids))
            for key, table in tables.items()
        }
        for outlet, rows in calculated(rulebook, part, month).items():
            apart[outlet] += rows
    assert apart == whole


@pytest.mark.parametrize(("name", "month"), SOME)
def test_a_currency_of_a_thousand_parts_pays_ten_times_the_number(name: str, month: str) -> None:
    """The same text in dinars of 1,000 fils: every amount is the same, in ten times the units."""
    rulebook = law_of(name)
    text = rulebook.text.replace(f"currency: {rulebook.currency}", "currency: KWD", 1)
    rescaled = parse(text, file=rulebook.file)
    tables = shard(rulebook, drawn(rulebook, month, 23))
    money = {
        "household": ["income_total", *_own_money(rulebook, "household")],
        "member": _own_money(rulebook, "member"),
        "balance": ["amount"],
        "history": ["due", "payable"],
    }
    larger = {
        key: _times_ten(table, money[key]) if key in money else table
        for key, table in tables.items()
    }
    before = calculated(rulebook, tables, month)
    after = calculated(rescaled, larger, month)
    amounts = {"due", "payable", "held", "withheld", "forfeited", "gross", "arrears", "released"}
    amounts |= {"recovery", "pay_now", "lapsed"}
    for outlet in ("household", "line"):
        scaled = [
            {key: cell * 10 if key in amounts else cell for key, cell in row.items()}
            for row in before[outlet]
        ]
        assert after[outlet] == scaled


def _own_money(rulebook: Rulebook, noun: str) -> list[str]:
    own = rulebook.own_attributes(noun).items()
    return [name for name, attribute in own if attribute.type == "money"]


def _times_ten(table: pa.Table, names: list[str]) -> pa.Table:
    for name in names:
        place = table.column_names.index(name)
        table = table.set_column(place, table.schema.field(name), pc.multiply(table[name], 10))
    return table


@pytest.mark.parametrize(("name", "month"), ATTENDED)
def test_more_attendance_never_pays_less(name: str, month: str) -> None:
    rulebook = law_of(name)
    rows = drawn(rulebook, month, 24)
    before = {
        row["household_id"]: row["pay_now"]
        for row in calculated(rulebook, shard(rulebook, rows), month)["household"]
    }
    for household in rows:
        for fact in household["fact"]:
            if fact["kind"] == "attendance" and fact["denominator"]:
                fact["numerator"] = fact["denominator"]
    after = calculated(rulebook, shard(rulebook, rows), month)["household"]
    assert [r["household_id"] for r in after if r["pay_now"] < before[r["household_id"]]] == []


@pytest.mark.parametrize(("name", "month"), SOME)
def test_nobody_and_forty_members_are_calculated_and_a_missing_age_holds(
    name: str, month: str
) -> None:
    rulebook = law_of(name)
    none, forty, unborn = drawn(rulebook, month, 25)[:3]
    none["member"], none["pregnancy"], none["state"] = [], [], []
    member = dict(forty["member"][0])
    forty["member"] = [{**member, "member_id": 20000 + n} for n in range(40)]
    forty["state"], forty["pregnancy"] = [], []
    for person in unborn["member"]:
        for form in ("", "_day", "_month"):
            person[f"birth_date{form}"] = None
    found = calculated(rulebook, shard(rulebook, [none, forty, unborn]), month)["household"]
    assert (found[0]["gross"], found[0]["pay_now"]) == (0, 0)
    assert found[1]["size"] in {0, 40}
    if "age_" in rulebook.text:
        assert found[2]["pay_now"] == 0
