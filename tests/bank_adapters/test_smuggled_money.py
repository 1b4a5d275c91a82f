"""What hides in a comment, in CDATA or in a foreign namespace moves no money.

Every trap is set in a small file and in one large enough for the bulk extractor, whose own leniency
must not show.
"""

from __future__ import annotations

from typing import Any

import pytest
from read_messages import taken
from refused_files import both_sizes


@both_sizes
@pytest.mark.parametrize("hiding", ["<!-- {} -->", "<AddtlNtryInf><![CDATA[{}]]></AddtlNtryInf>"])
def test_an_entry_hidden_in_a_comment_or_cdata_is_no_entry(
    n: int, hiding: str, messages: Any
) -> None:
    hidden = hiding.format(messages.credit(99))
    for near in ("<TxsSummry>", "<NtryRef>N2</NtryRef>"):
        whole = messages.statement(n).replace(near, near.replace("<", f"{hidden}<", 1), 1)
        message = taken(whole)
        assert message.entries == n
        assert message.totals == {"INR.CRDT": n * 100}
        references = [r for r in message.events["end_to_end_id"].to_pylist() if r is not None]
        assert references == [f"E{i}" for i in range(1, n + 1)]


@pytest.mark.parametrize(
    ("begin", "end"), [("<!--", "-->"), ("<?x ", "?>"), ("<A><![CDATA[", "]]></A>")]
)
@pytest.mark.parametrize("where", ["<GrpHdr>", "<TxsSummry>", "<NtryRef>N500</NtryRef>"])
def test_many_entries_hidden_where_entries_stand_are_no_entries(
    where: str, begin: str, end: str, messages: Any
) -> None:
    hidden = begin + "".join(messages.credit(i) for i in range(5_000, 9_000)) + end
    whole = messages.statement(900).replace(where, hidden + where, 1)
    message = taken(whole)
    assert message.totals == {"INR.CRDT": 90_000}
    assert message.entries == 900


@both_sizes
@pytest.mark.parametrize("where", ["<TxsSummry>", "<NtryRef>N2</NtryRef>"])
def test_an_amount_in_a_foreign_namespace_is_not_ours(n: int, where: str, messages: Any) -> None:
    for foreign in (
        '<Amt xmlns="urn:evil" Ccy="INR">9.00</Amt>',
        '<e:Amt xmlns:e="urn:evil" Ccy="INR">9.00</e:Amt>',
        f'<e:Ntry xmlns:e="urn:evil">{messages.credit(7)}</e:Ntry>',
    ):
        whole = messages.statement(n).replace(where, foreign + where, 1)
        assert taken(whole).totals == {"INR.CRDT": n * 100}


@both_sizes
@pytest.mark.parametrize("where", ["<TxsSummry>", "<NtryRef>N2</NtryRef>"])
def test_a_flag_in_a_foreign_namespace_does_not_turn_an_entry_round(
    n: int, where: str, messages: Any
) -> None:
    root = '<Document xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    plain = messages.statement(n)
    for whole in (
        plain.replace(where, f'<RvslInd xmlns="urn:evil">true</RvslInd>{where}', 1),
        plain.replace(where, f'<e:RvslInd xmlns:e="urn:evil">true</e:RvslInd>{where}', 1),
        plain.replace("<Document ", root, 1).replace(
            where, f"<xsi:RvslInd>true</xsi:RvslInd>{where}", 1
        ),
    ):
        assert taken(whole).events.equals(taken(plain).events)


@both_sizes
def test_a_prefix_declared_at_the_root_does_not_make_an_amount(n: int, messages: Any) -> None:
    for uri in ("urn:evil", "http://www.w3.org/2001/XMLSchema-instance"):
        whole = messages.statement(n).replace("<Document ", f'<Document xmlns:xsi="{uri}" ', 1)
        whole = whole.replace("<NtryRef>N2", '<xsi:Amt Ccy="INR">9.00</xsi:Amt><NtryRef>N2', 1)
        assert taken(whole).totals == {"INR.CRDT": n * 100}


@both_sizes
def test_a_message_under_a_prefix_is_read_as_without(n: int, messages: Any) -> None:
    plain = messages.report(n)
    prefixed = plain.replace("xmlns=", "xmlns:p=").replace("<", "<p:").replace("<p:/", "</p:")
    prefixed = prefixed.replace("<p:?", "<?")
    assert taken(prefixed).events.equals(taken(plain).events)
