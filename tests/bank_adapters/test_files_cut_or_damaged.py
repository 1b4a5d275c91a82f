"""A file that was cut, damaged or robbed of an entry on its way is refused.

Every trap is set in a small file and in one large enough for the bulk extractor, whose own leniency
must not show.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from read_messages import taken
from refused_files import refused

from bank_adapters import RefusalCode

if TYPE_CHECKING:
    from collections.abc import Callable

from refused_files import both_sizes


@both_sizes
def test_the_plain_file_is_taken(n: int, messages: Any) -> None:
    assert taken(messages.statement(n)).entries == n
    assert taken(messages.report(n)).entries == n


@both_sizes
@pytest.mark.parametrize("kind", ["statement", "report"])
def test_a_file_cut_at_any_place_is_refused(n: int, kind: str, messages: Any) -> None:
    whole = getattr(messages, kind)(n).encode()
    step = max(1, len(whole) // 41)
    for at in [*range(0, len(whole), step), len(whole) - 1]:
        assert refused(whole[:at]).code == RefusalCode.NOT_WELL_FORMED


@both_sizes
def test_a_file_cut_inside_a_tag_is_refused(n: int, messages: Any) -> None:
    whole = messages.statement(n)
    at = whole.rindex("<AcctSvcrRef>") + 5
    assert refused(whole[:at]).code == RefusalCode.NOT_WELL_FORMED


@both_sizes
def test_a_file_cut_between_two_entries_is_refused(n: int, messages: Any) -> None:
    whole = messages.statement(n)
    at = whole.rindex("<Ntry>")
    assert refused(whole[:at]).code == RefusalCode.NOT_WELL_FORMED


@both_sizes
@pytest.mark.parametrize("missing", ["first", "last"])
def test_an_entry_taken_out_of_a_file_is_missed_by_its_totals(
    n: int, missing: str, messages: Any
) -> None:
    whole = messages.statement(n)
    start = whole.index("<Ntry>") if missing == "first" else whole.rindex("<Ntry>")
    end = whole.index("</Ntry>", start) + len("</Ntry>")
    found = refused(whole[:start] + whole[end:])
    assert found.code == RefusalCode.TOTALS
    assert "summary of entries" in found.place


@both_sizes
def test_an_entry_taken_out_with_its_count_is_missed_by_the_balances(n: int, messages: Any) -> None:
    found = refused(messages.statement(n, closing=f"{100 + n + 1}.00"))
    assert found.code == RefusalCode.TOTALS
    assert "balance" in found.place


@both_sizes
def test_a_rejection_taken_out_of_a_report_is_missed(n: int, messages: Any) -> None:
    assert refused(messages.report(n, stated=n + 1)).code == RefusalCode.TOTALS
    assert refused(messages.report(n, stated=n - 1)).code == RefusalCode.TOTALS


DAMAGE: dict[str, Callable[[str], str]] = {
    "mismatched tags": lambda x: x.replace("</NtryRef>", "</NtryRfe>", 1),
    "swapped tags": lambda x: x.replace("</Cd></Sts>", "</Sts></Cd>", 1),
    "stray ampersand": lambda x: x.replace("A Person", "A & Person", 1),
    "stray less-than": lambda x: x.replace("A Person", "A < Person", 1),
    "junk after the root": lambda x: x + "junk",
    "two documents": lambda x: x + x[x.index("<Document") :],
    "attribute twice": lambda x: x.replace('Ccy="INR"', 'Ccy="INR" Ccy="INR"', 1),
    "control character": lambda x: x.replace("A Person", "A\x0bPerson", 1),
    "null character": lambda x: x.replace("A Person", "A\x00Person", 1),
    "reference to a control character": lambda x: x.replace("A Person", "A&#11;", 1),
    "prefix that stands for nothing": lambda x: x.replace("<NtryRef>N1</NtryRef>", "<x:A/>", 1),
    "declaration in the middle": lambda x: x.replace("<Ntry>", "<?xml version='1.0'?><Ntry>", 1),
    "end of CDATA": lambda x: x.replace("A Person", "]]>", 1),
    "nothing": lambda _: "",
    "space only": lambda _: " \n ",
}


@both_sizes
@pytest.mark.parametrize("damage", sorted(DAMAGE))
def test_a_damaged_file_is_refused(n: int, damage: str, messages: Any) -> None:
    assert refused(DAMAGE[damage](messages.statement(n))).code == RefusalCode.NOT_WELL_FORMED


@pytest.mark.parametrize(
    "content", ['{"Document": {}}', "%PDF-1.7", "id;amount\n1;2\n", "MZ\x90", "\x7fELF", "Hello"]
)
def test_a_file_of_no_format_we_know_is_refused(content: str) -> None:
    assert refused(content).code == RefusalCode.FORMAT
