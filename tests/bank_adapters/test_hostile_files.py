"""Files that are cut, damaged, forged or made to harm are refused, and nothing of them leaks.

Every trap is set twice: in a small file, which the exact extractor reads, and in one large enough
for the bulk extractor, whose own leniency must not show.
"""

from __future__ import annotations

import pickle
import time
import tracemalloc
from typing import TYPE_CHECKING, Any

import pytest
from refused_files import refused

from bank_adapters import RefusalCode, RefusedFile

if TYPE_CHECKING:
    from collections.abc import Callable

    from bank_adapters import BankMessage

SIZES = (3, 900)
both_sizes = pytest.mark.parametrize("n", SIZES)


@both_sizes
def test_the_plain_file_is_taken(n: int, messages: Any, taken: Callable[..., BankMessage]) -> None:
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


@both_sizes
def test_bytes_that_are_no_utf8_are_refused(n: int, messages: Any) -> None:
    for wrong in (b"\xff\xfe", b"\xc3(", b"\xed\xa0\x80", "José".encode("latin-1")):
        whole = messages.statement(n).encode().replace(b"A Person", wrong)
        assert refused(whole).code == RefusalCode.NOT_WELL_FORMED


@both_sizes
@pytest.mark.parametrize(
    "encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be", "utf-7"]
)
def test_another_encoding_than_utf8_is_refused(n: int, encoding: str, messages: Any) -> None:
    whole = messages.statement(n).replace("UTF-8", encoding.upper())
    code = refused(whole.encode(encoding)).code
    assert code in (RefusalCode.ENCODING, RefusalCode.NOT_WELL_FORMED)


@both_sizes
@pytest.mark.parametrize(
    ("declared", "encoding"),
    [
        ("UTF-16", "utf-16"),
        ("UTF-16LE", "utf-16-le"),
        ("UTF-16BE", "utf-16-be"),
        ("ISO-8859-1", "latin-1"),
        ("windows-1252", "cp1252"),
    ],
)
def test_a_file_rightly_encoded_otherwise_is_refused_with_what_to_ask(
    n: int, declared: str, encoding: str, messages: Any
) -> None:
    whole = messages.statement(n).replace("UTF-8", declared).replace("A Person", "José")
    assert f'encoding="{declared}"' in whole
    why = refused(whole.encode(encoding))
    assert why.code == RefusalCode.ENCODING
    assert why.ask == "Ask for the file in UTF-8, as ISO 20022 wants it."


@pytest.mark.parametrize("encoding", ["ISO-8859-1", "windows-1252", "UTF-7", "EBCDIC-CP-US", "x"])
def test_a_declared_encoding_other_than_utf8_is_refused(encoding: str, messages: Any) -> None:
    whole = messages.statement(3).replace("UTF-8", encoding)
    assert refused(whole).code == RefusalCode.ENCODING


def test_a_byte_order_mark_of_utf8_is_no_harm(
    messages: Any, taken: Callable[..., BankMessage]
) -> None:
    assert taken(b"\xef\xbb\xbf" + messages.statement(3).encode()).entries == 3


@both_sizes
@pytest.mark.parametrize(
    "namespace",
    [
        "urn:iso:std:iso:20022:tech:xsd:camt.053.001.99",
        "urn:iso:std:iso:20022:tech:xsd:camt.053.001.13",
        "urn:iso:std:iso:20022:tech:xsd:camt.060.001.05",
        "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08/",
        "urn:example:camt.053",
        "http://www.w3.org/1999/xhtml",
    ],
)
def test_a_namespace_that_is_not_known_is_refused(n: int, namespace: str, messages: Any) -> None:
    whole = messages.statement(n).replace(
        "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08", namespace, 1
    )
    assert refused(whole).code == RefusalCode.NAMESPACE


@both_sizes
def test_a_message_that_is_not_what_its_namespace_says_is_refused(n: int, messages: Any) -> None:
    whole = messages.report(n).replace("pain.002.001.10", "camt.053.001.08", 1)
    assert refused(whole).code == RefusalCode.MESSAGE


def test_two_messages_in_one_document_are_refused(messages: Any) -> None:
    whole = messages.report(2)
    start, end = whole.index("<CstmrPmtStsRpt>"), whole.index("</Document>")
    assert refused(whole[:end] + whole[start:]).code == RefusalCode.MESSAGE


def test_two_documents_in_one_envelope_are_refused(messages: Any) -> None:
    document = messages.report(2).split("\n", 1)[1]
    whole = f'<Envelope xmlns="urn:swift:xsd:envelope">{document}{document}</Envelope>'
    assert refused(whole).code == RefusalCode.TWO_DOCUMENTS


def test_a_message_without_an_id_is_refused(messages: Any) -> None:
    whole = messages.report(2).replace("<MsgId>ACK-1</MsgId>", "")
    assert refused(whole).code == RefusalCode.MESSAGE


DOCTYPES = {
    "plain": "<!DOCTYPE Document>",
    "external entity": '<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
    "external entity by http": '<!DOCTYPE d [<!ENTITY x SYSTEM "http://127.0.0.1:1/x">]>',
    "parameter entity": '<!DOCTYPE d [<!ENTITY % x SYSTEM "file:///etc/passwd"> %x;]>',
    "external subset": '<!DOCTYPE d SYSTEM "http://127.0.0.1:1/x.dtd">',
    "laughs": '<!DOCTYPE d [<!ENTITY a "ha"><!ENTITY x "&a;&a;&a;&a;&a;&a;&a;&a;">]>',
    "quadratic": f'<!DOCTYPE d [<!ENTITY x "{"x" * 100_000}">]>',
}


@both_sizes
@pytest.mark.parametrize("kind", sorted(DOCTYPES))
def test_a_doctype_is_refused_before_anything_in_it_is_used(
    n: int, kind: str, messages: Any
) -> None:
    head, body = messages.statement(n).split("\n", 1)
    whole = f"{head}\n{DOCTYPES[kind]}{body.replace('A Person', '&x;' * 50)}"
    started = time.perf_counter()
    assert refused(whole).code == RefusalCode.DOCTYPE
    assert time.perf_counter() - started < 2


@both_sizes
def test_an_entity_nobody_declared_is_refused(n: int, messages: Any) -> None:
    whole = messages.statement(n).replace("A Person", "&x;", 1)
    assert refused(whole).code == RefusalCode.DOCTYPE


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
    n: int, amount: str, messages: Any, taken: Callable[..., BankMessage]
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


@both_sizes
@pytest.mark.parametrize("hiding", ["<!-- {} -->", "<AddtlNtryInf><![CDATA[{}]]></AddtlNtryInf>"])
def test_an_entry_hidden_in_a_comment_or_cdata_is_no_entry(
    n: int, hiding: str, messages: Any, taken: Callable[..., BankMessage]
) -> None:
    hidden = hiding.format(messages.credit(99))
    for near in ("<TxsSummry>", "<NtryRef>N2</NtryRef>"):
        whole = messages.statement(n).replace(near, near.replace("<", f"{hidden}<", 1), 1)
        message = taken(whole)
        assert message.entries == n
        assert "E99" not in message.events["end_to_end_id"].to_pylist() or n >= 99


@pytest.mark.parametrize(
    ("begin", "end"), [("<!--", "-->"), ("<?x ", "?>"), ("<A><![CDATA[", "]]></A>")]
)
@pytest.mark.parametrize("where", ["<GrpHdr>", "<TxsSummry>", "<NtryRef>N500</NtryRef>"])
def test_many_entries_hidden_where_entries_stand_are_no_entries(
    where: str, begin: str, end: str, messages: Any, taken: Callable[..., BankMessage]
) -> None:
    hidden = begin + "".join(messages.credit(i) for i in range(5_000, 9_000)) + end
    whole = messages.statement(900).replace(where, hidden + where, 1)
    message = taken(whole)
    assert message.totals == {"INR.CRDT": 90_000}
    assert message.entries == 900


@both_sizes
@pytest.mark.parametrize("where", ["<TxsSummry>", "<NtryRef>N2</NtryRef>"])
def test_an_amount_in_a_foreign_namespace_is_not_ours(
    n: int, where: str, messages: Any, taken: Callable[..., BankMessage]
) -> None:
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
    n: int, where: str, messages: Any, taken: Callable[..., BankMessage]
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
def test_a_prefix_declared_at_the_root_does_not_make_an_amount(
    n: int, messages: Any, taken: Callable[..., BankMessage]
) -> None:
    for uri in ("urn:evil", "http://www.w3.org/2001/XMLSchema-instance"):
        whole = messages.statement(n).replace("<Document ", f'<Document xmlns:xsi="{uri}" ', 1)
        whole = whole.replace("<NtryRef>N2", '<xsi:Amt Ccy="INR">9.00</xsi:Amt><NtryRef>N2', 1)
        assert taken(whole).totals == {"INR.CRDT": n * 100}


@both_sizes
def test_a_message_under_a_prefix_is_read_as_without(
    n: int, messages: Any, taken: Callable[..., BankMessage]
) -> None:
    plain = messages.report(n)
    prefixed = plain.replace("xmlns=", "xmlns:p=").replace("<", "<p:").replace("<p:/", "</p:")
    prefixed = prefixed.replace("<p:?", "<?")
    assert taken(prefixed).events.equals(taken(plain).events)


@pytest.mark.parametrize("where", ["<TxsSummry>", "<NtryRef>"])
def test_a_file_nested_too_deeply_is_refused_soon(where: str, messages: Any) -> None:
    depth = 3_000_000
    bomb = messages.statement(3).replace(where, "<a>" * depth, 1)
    tracemalloc.start()
    assert refused(bomb).code == RefusalCode.TOO_DEEP
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 60_000_000


def test_a_file_larger_than_agreed_is_refused(messages: Any) -> None:
    whole = messages.statement(900)
    assert refused(whole, bytes_max=1_000).code == RefusalCode.TOO_LARGE
    assert refused(whole, bytes_max=len(whole) - 1).code == RefusalCode.TOO_LARGE


@both_sizes
def test_more_entries_than_agreed_are_refused(n: int, messages: Any) -> None:
    assert refused(messages.statement(n), entries_max=n - 1).code == RefusalCode.TOO_MANY


def test_a_text_without_end_is_refused(messages: Any) -> None:
    whole = messages.statement(3).replace("<NtryRef>N1", "<NtryRef>" + "N" * 5_000_000)
    assert refused(whole).code == RefusalCode.TOO_LARGE


def test_ten_thousand_attributes_are_no_harm(
    messages: Any, taken: Callable[..., BankMessage]
) -> None:
    many = " ".join(f'a{i}="x"' for i in range(10_000))
    assert taken(messages.statement(3).replace("<NtryRef>", f"<NtryRef {many}>", 1)).entries == 3


@both_sizes
def test_a_refusal_never_repeats_what_the_file_says(n: int, messages: Any) -> None:
    whole = messages.statement(n).replace("A Person", "CANARY", 1)
    for broken in (
        whole[:-20],
        whole.replace("CANARY", "CANARY & CO"),
        whole.replace(">1.00<", ">CANARY<", 1),
        whole.replace("2026-09-03", "CANARY", 5),
        whole.replace("CRDT", "CANARY"),
        whole.replace("urn:iso", "CANARY"),
        whole + "CANARY",
    ):
        found = refused(broken)
        assert "CANARY" not in str(found) + repr(found) + found.place
        assert found.__cause__ is None
        assert found.__suppress_context__ or found.__context__ is None


def test_a_refusal_says_what_where_and_what_to_ask(messages: Any) -> None:
    found = refused(messages.statement(3)[:-1])
    assert str(found).startswith("answer was refused (NOT_WELL_FORMED) at byte ")
    assert "ask for it again" in found.ask


def test_a_refusal_passes_between_processes(messages: Any) -> None:
    found = refused(messages.statement(3)[:-1])
    copy = pickle.loads(pickle.dumps(found))  # noqa: S301 - our own bytes
    assert (copy.code, copy.place, str(copy)) == (found.code, found.place, str(found))


def test_every_code_tells_what_to_ask_the_bank() -> None:
    for code in RefusalCode:
        assert len(RefusedFile(code, name="f", place="p").ask) > 20
