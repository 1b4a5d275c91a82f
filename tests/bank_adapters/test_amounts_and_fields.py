"""An amount, a date, a direction or a flag that breaks the rules of its entry is refused.

Every trap is set in a small file and in one large enough for the bulk extractor, whose own leniency
must not show.
"""

from __future__ import annotations

from typing import Any

import pytest
from read_messages import taken
from refused_files import both_sizes, refused

from bank_adapters import RefusalCode

AMOUNTS = [
    *("NaN", "INF", "-INF", "1e5", "1E2", "-1.00", "+1.00", "1,00", "1.001", "1.005", "abc", ""),
    *(
        "1.0.0",
        "0x10",
        "١.٠٠",
        "1 00",
        ".5",
        "5.",
        "9999999999999999999.00",
        "99999999999999999.00",
        "99999999999999999",
        "1_0",
        "--1",
        "1.00-",
    ),
]


@both_sizes
@pytest.mark.parametrize("amount", AMOUNTS)
def test_what_is_no_plain_amount_is_refused_at_its_entry(
    n: int, amount: str, messages: Any
) -> None:
    def entry(number: int) -> str:
        return messages.credit(number, amount=amount if number == n else "1.00", detail="")

    found = refused(messages.statement(n, entry=entry))
    assert found.code == RefusalCode.AMOUNT
    assert found.place == f"Ntry {n}, Amt"


@both_sizes
@pytest.mark.parametrize("amount", AMOUNTS)
def test_what_is_no_plain_amount_is_refused_in_a_report_too(
    n: int, amount: str, messages: Any
) -> None:
    whole = messages.report(n).replace(f">{n}.50<", f">{amount}<")
    assert refused(whole).code == RefusalCode.AMOUNT


@both_sizes
@pytest.mark.parametrize("amount", ["1", "1.0", "1.00", "1.000", "01.00", "1.00000", " 1.00\n"])
def test_an_amount_may_be_written_with_fewer_decimals_or_more_zeros(
    n: int, amount: str, messages: Any
) -> None:
    message = taken(messages.statement(n, entry=lambda i: messages.credit(i, amount=amount)))
    assert message.totals == {"INR.CRDT": n * 100}


@both_sizes
@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ('<Amt Ccy="INR">1.00</Amt><CdtDbtInd>', "<Amt>1.00</Amt><CdtDbtInd>", "CURRENCY"),
        (
            '<Amt Ccy="INR">1.00</Amt><CdtDbtInd>',
            '<Amt Ccy="XXX">1.00</Amt><CdtDbtInd>',
            "CURRENCY",
        ),
        (
            '<Amt Ccy="INR">1.00</Amt><CdtDbtInd>',
            '<Amt Ccy="inr">1.00</Amt><CdtDbtInd>',
            "CURRENCY",
        ),
        ("<CdtDbtInd>CRDT</CdtDbtInd><Sts>", "<CdtDbtInd>C</CdtDbtInd><Sts>", "DIRECTION"),
        ("<CdtDbtInd>CRDT</CdtDbtInd><Sts>", "<Sts>", "DIRECTION"),
        ("<BookgDt><Dt>2026-09-03", "<BookgDt><Dt>2026-02-30", "DATE"),
        ("<BookgDt><Dt>2026-09-03", "<BookgDt><Dt>03.09.2026", "DATE"),
        ("<NtryRef>", "<RvslInd>perhaps</RvslInd><NtryRef>", "FLAG"),
        ("<NtryRef>", '<Amt Ccy="INR">1.00</Amt><NtryRef>', "REPEATED"),
        ("<NtryRef>", "<CdtDbtInd>CRDT</CdtDbtInd><NtryRef>", "REPEATED"),
        ("<EndToEndId>", "<EndToEndId>E0</EndToEndId><EndToEndId>", "REPEATED"),
    ],
)
def test_what_breaks_the_rules_of_an_entry_is_refused(
    n: int, old: str, new: str, code: str, messages: Any
) -> None:
    whole = messages.statement(n)
    at = whole.rindex(old)
    assert refused(whole[:at] + new + whole[at + len(old) :]).code == code


@both_sizes
def test_a_second_amount_can_never_be_glued_to_the_first(n: int, messages: Any) -> None:
    def entry(number: int) -> str:
        once = messages.credit(number, amount="1", detail="")
        return once.replace(
            '<Amt Ccy="INR">1</Amt>', '<Amt Ccy="INR">1</Amt><Amt Ccy="INR">0</Amt>'
        )

    assert refused(messages.statement(n, entry=entry)).code == RefusalCode.REPEATED
