"""A message becomes the same events, however the file is cut, fast or slow."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from read_messages import batch, exact, only_entry, taken, whole

from bank_adapters import ReadLimits, RefusalCode, RefusedFile, read
from bank_adapters.iso20022 import conductor, reader
from bank_adapters.iso20022.bulk import units_in_bulk
from bank_adapters.iso20022.families import FAMILIES
from bank_adapters.iso20022.regular import Regular

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[int], None]]:
    """Let the bulk extractor work on files of a few kilobytes, cut at any place."""

    def set_to(block: int) -> None:
        monkeypatch.setattr(reader, "BLOCK_BYTES", block)
        monkeypatch.setattr(conductor, "_RUN_BYTES_MIN", 1)
        monkeypatch.setattr(conductor, "_UNIT_BYTES_MAX", 2_500)

    return set_to


@pytest.mark.parametrize("kind", ["statement", "report"])
@pytest.mark.parametrize("fastest", ["regular", "bulk"])
def test_a_large_plain_file_is_read_fast_and_gives_what_the_exact_reader_gives(
    kind: str,
    fastest: str,
    messages: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Units written alike go to the fastest extractor; without it, to the bulk extractor."""
    counts: list[int] = []
    found_regularly, found_in_bulk = Regular.units, conductor.units_in_bulk

    def regularly(self: Regular, run: Any, exactly: Any) -> Any:
        found = found_regularly(self, run, exactly) if fastest == "regular" else None
        counts.append(0 if found is None else found.units.num_rows)
        return found

    def in_bulk(run: bytes, count: int, family: Any) -> Any:
        counts.append(count)
        return found_in_bulk(run, count, family)

    monkeypatch.setattr(Regular, "units", regularly)
    monkeypatch.setattr(conductor, "units_in_bulk", in_bulk)
    content = getattr(messages, kind)(6_000)
    fast = taken(content)
    assert sum(counts) > 5_500
    assert (0 in counts) is (fastest == "bulk")
    counts.clear()
    slow = exact(content)
    assert counts == []
    assert whole(fast) == whole(slow)


VARIANTS: list[Callable[[str], str]] = [
    lambda x: x,
    lambda x: x.replace("><", ">\n  <"),
    lambda x: x.replace("><", ">\r\n\t<"),
    lambda x: x.replace("A Person", "José &amp; Søn &#233; देवी <b/>"),
    lambda x: x.replace("<Ntry>", "<Ntry >", 2).replace("</TxInfAndSts>", "</TxInfAndSts >", 2),
    lambda x: x.replace("<NtryRef>N2</NtryRef>", "<NtryRef/>"),
    lambda x: x.replace("<StsId>S2</StsId>", ""),
    lambda x: x.replace("<NtryRef>", "<NtryRef/><NtryRef>").replace(
        "<StsId>", "<StsId> </StsId><StsId>"
    ),
    lambda x: x.replace("</NtryRef>", "</NtryRef><NtryRef/>").replace(
        "</TxSts>", "</TxSts><TxSts/>"
    ),
    lambda x: x.replace("<NtryDtls>", "<NtryDtls/><NtryDtls>", 3),
    lambda x: x.replace("<NtryDtls>", "<NtryDtls><Btch/>", 3),
    lambda x: x.replace(">E3<", "> E3\n<"),
    lambda x: x.replace("<Ntry>", '<Ntry xmlns:q="urn:q">', 1),
    lambda x: x.replace("<TxsSummry>", "<TxsSummry><!-- <Ntry> --><?pi <Ntry>?>"),
    lambda x: x.replace(">E3<", ">E&amp;3<").replace(">E4<", ">E4&#13;<").replace("A P", "A&lt;P"),
    lambda x: x.replace("<Sts><Cd>BOOK</Cd></Sts>", "<Sts>BOOK<Any/></Sts>", 2),
    lambda x: x.replace("<NtryDtls>", "E > 1<NtryDtls>").replace("</Ntry><", "</Ntry> , <"),
    lambda x: x.replace('Ccy="INR"', "Ccy = 'INR' other=\">\""),
    lambda x: x.replace("<Cd>AC04</Cd>", "<Cd> </Cd>", 2).replace("<Cd>AC06</Cd>", "<Cd/>"),
]


@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.tuples(
        st.sampled_from(["statement", "report", "camt.054", "camt.052", "batches"]),
        st.integers(0, 9),
        st.sampled_from(range(len(VARIANTS))),
    ),
    st.integers(40, 6_000),
)
def test_events_do_not_depend_on_how_a_file_is_cut_or_who_reads_it(
    small_blocks: Callable[[int], None],
    messages: Any,
    file: tuple[str, int, int],
    block: int,
) -> None:
    kind, n, variant = file
    content = VARIANTS[variant](_content(messages, kind, n))
    small_blocks(1 << 20)
    conductor._RUN_BYTES_MIN = 1 << 20  # the exact reader alone
    one = read(io.BytesIO(content.encode()), name="answer.xml")
    small_blocks(block)
    other = read(io.BytesIO(content.encode()), name="answer.xml")
    assert whole(one) == whole(other)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Regular, "units", lambda *_: None)  # the bulk reader before it
        third = read(io.BytesIO(content.encode()), name="answer.xml")
    assert whole(one) == whole(third)


def test_entries_under_a_prefix_are_read_and_counted_among_the_others(
    small_blocks: Callable[[int], None], messages: Any
) -> None:
    """A prefix declared in the midst of plain entries hides nothing from the limit."""
    plain = messages.statement(30)
    namespace = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"
    first, *others = plain.split("<Ntry>")
    hidden = f'<p:Ntry xmlns:p="{namespace}">'.join(["", *others[9:20]])
    hidden = hidden.replace("</Ntry>", "</p:Ntry>")
    mixed = "<Ntry>".join([first, *others[:9]]) + hidden + "<Ntry>" + "<Ntry>".join(others[20:])
    small_blocks(1 << 20)
    assert outcome(mixed.encode()) == outcome(plain.encode())
    assert outcome(mixed.encode()) is not None
    with pytest.raises(RefusedFile) as refused:
        read(io.BytesIO(mixed.encode()), name="answer.xml", limits=ReadLimits(entries_max=29))
    assert refused.value.code is RefusalCode.TOO_MANY


LETTERS = (
    *(bytes([letter]) for letter in b"<>&/;\"' x\0\x0b\xff"),
    *(b"", b"<b/>", b"</Ntry>", b"<Ntry>", b"]]>", b"&amp;", b"&#0;", b"&lt;", b"\r\n", b"a:"),
    *(b"xmlns:a='b'", b"<Cd>AC01</Cd>", b"<NtryDtls/>", "é".encode(), "\uffff".encode()),
)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.sampled_from(["statement", "report"]),
    st.lists(
        st.tuples(
            st.floats(0, 1, exclude_max=True),
            st.integers(0, 3),
            st.sampled_from(LETTERS),
        ),
        min_size=1,
        max_size=3,
    ),
)
def test_a_file_with_a_few_letters_changed_is_read_or_refused_as_the_exact_reader_does(
    small_blocks: Callable[[int], None],
    messages: Any,
    kind: str,
    changes: list[tuple[float, int, bytes]],
) -> None:
    """What is nearly written alike is where a fast reader could take what it must not."""
    content = _content(messages, kind, 9).encode()
    for place, length, letters in changes:
        at = int(place * len(content))
        content = content[:at] + letters + content[at + length :]
    small_blocks(1 << 20)
    fast = outcome(content)
    conductor._RUN_BYTES_MIN = 1 << 20  # the exact reader alone
    assert fast == outcome(content)


def outcome(content: bytes) -> tuple[Any, ...] | None:
    """Return what a file tells; None where it is refused, whichever of its faults is met first."""
    try:
        return whole(read(io.BytesIO(content), name="answer.xml"))
    except RefusedFile:
        return None


def _content(messages: Any, kind: str, n: int) -> str:
    if kind == "report":
        return messages.report(n)
    if kind == "batches":
        return messages.statement(
            n,
            entry=lambda i: messages.credit(
                i, amount="1.00", detail=batch(["0.01"] * (95 + i) + ["0.02"] * (i % 3))
            ),
        )
    return messages.statement(n, family={"statement": "camt.053"}.get(kind, kind) + ".001.08")


@pytest.mark.parametrize("tag", ["AcctSvcrRef", "EndToEndId"])
@pytest.mark.parametrize("fastest", ["regular", "bulk"])
def test_a_text_that_is_too_long_refuses_the_file_whoever_reads_it(
    tag: str,
    fastest: str,
    small_blocks: Callable[[int], None],
    messages: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    content = messages.statement(9).replace(f"</{tag}>", f"{'x' * 2_000}</{tag}>", 1)
    small_blocks(1 << 20)
    if fastest == "bulk":
        monkeypatch.setattr(Regular, "units", lambda *_: None)
    with pytest.raises(RefusedFile) as refused:
        read(io.BytesIO(content.encode()), name="answer.xml")
    assert refused.value.code is RefusalCode.TOO_LARGE


def test_the_bulk_extractor_is_not_believed_where_its_count_differs(messages: Any) -> None:
    statement, report = FAMILIES["camt.053"], FAMILIES["pain.002"]
    run = f"<r>{messages.credit(1)}{messages.credit(2)}</r>".encode()
    assert units_in_bulk(run, 2, statement) is not None
    assert units_in_bulk(run, 3, statement) is None
    assert units_in_bulk(run.replace(b"<NtryDtls>", b"<NtryDtls><Btch/>"), 2, statement) is None
    twice = run.replace(b"<NtryRef>", b"<NtryRef>N0</NtryRef><NtryRef>")
    assert units_in_bulk(twice, 2, statement) is None
    assert units_in_bulk(f"<r>{messages.rejection(1)}</r>".encode(), 2, report) is None


def test_a_huge_batch_inside_one_entry_is_read_in_bulk_too(
    messages: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_bulk: list[int] = []
    original = conductor.rows_in_bulk

    def counted(run: bytes, count: int, *rest: Any) -> Any:
        in_bulk.append(count)
        return original(run, count, *rest)

    monkeypatch.setattr(conductor, "rows_in_bulk", counted)
    monkeypatch.setattr(conductor, "_UNIT_BYTES_MAX", 1 << 20)
    content = only_entry(messages, batch(["1.00"] * 20_000, stated="20000"), "20000.00")
    fast = taken(content)
    assert sum(in_bulk) > 10_000
    slow = exact(content)
    assert whole(fast) == whole(slow)
    assert fast.events.num_rows == 20_002
    assert fast.entries == 1


def test_delivered_batches_are_the_events_and_the_table_stays_empty(messages: Any) -> None:
    content = messages.statement(3_000).encode()
    delivered: list[pa.RecordBatch] = []
    streamed = read(io.BytesIO(content), name="a", deliver=delivered.append)
    table = read(io.BytesIO(content), name="a").events
    assert streamed.events.num_rows == 0
    assert pa.Table.from_batches(delivered).equals(table)


def test_a_path_and_a_stream_that_gives_little_at_a_time_are_read_alike(
    messages: Any, tmp_path: Path
) -> None:
    class Dripping(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            return super().read(min(size or 1_000, 1_000))

    content = messages.statement(2_000).encode()
    file = tmp_path / "answer.xml"
    file.write_bytes(content)
    assert whole(read(file, name="a")) == whole(read(Dripping(content), name="a"))
