"""Whatever bytes come, a reader gives a message or refuses: it never crashes, hangs or leaks.

Each example takes a good file of some format and damages it, as lines, disks and forgers do.
CCT_TEST_BYTES says how many examples each format gets, 40 if nobody says.
"""

from __future__ import annotations

import gzip
import io
import os
import time
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bank_adapters import EVENT_SCHEMA, ReadLimits, RefusedFile, inspect, load_answer, read

if TYPE_CHECKING:
    from bank_adapters import BankMessage

EXAMPLES = int(os.environ.get("CCT_TEST_BYTES", "40"))
SECONDS_MAX = 20.0
SMALL = ReadLimits(bytes_max=4 << 20, entries_max=5_000)
TOKENS = (
    *(b"<", b">", b"&", b"&amp;", b"<!--", b"-->", b"<![CDATA[", b"]]>", b"<!DOCTYPE x>", b"<?x?>"),
    *(b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\x1a", b"\r", b"\n", b"\r\n", b"\t", b" " * 500),
    *(b"NaN", b"1e5", b"-1", b"99999999999999999999", b"0.001", b"\xd9\xa1", b"\xe2\x80\x8b"),
    *(b":61:", b":62F:", b":20:", b":86:", b"-}{5:}", b"9" * 94, b"0" * 240, b"PK\x03\x04"),
    *(b"</Ntry>", b"<Ntry>", b"</Stmt>", b"<Document>", b' xmlns="x"', b"<x:y/>", b"=1+1"),
)
ANSWER = load_answer(
    {
        "code": "some_bank",
        "column_names": ["Ref", "Amount", "Status"],
        "columns": {"instruction_id_text": "Ref", "amount": "Amount", "status": "Status"},
        "statuses": {"Paid": "ACCC"},
        "currency": "INR",
        "last_line": "T,{count},{total_minor}",
    }
)


def seeds(messages: Any) -> dict[str, bytes]:
    statement = messages.statement(40)
    detail = "6{code}231380104{number:<17}{amount:010d}{id:<15}{name:<22}  012104288{number:07d}"
    entry = detail.format(code="22", number=1, amount=500, id="P1", name="Somebody")
    control = f"{1:06d}{23138010:010d}{0:012d}{500:012d}"
    nacha = [
        "101 231380104 1210428822609021200A094101".ljust(94),
        f"{'5220Programme':<40}121042882 PPD{'Benefits':<16}260902   1121042880000001",
        entry,
        f"8220{control}{'121042882':<10}{'':25}121042880000001",
        f"9000001000001{1:08d}{control[6:]}".ljust(94),
    ]
    cnab = [
        f"{'00100000         2' + '1' * 14:<142}2{'02092026120000000001103':<23}".ljust(240),
        "00100011C9001046".ljust(240),
        (
            f"0010001300001A00001800101234 {1:012d}1 {'Somebody':<30}{'P1':<20}02092026BRL"
            f"{0:015d}{500:015d}{'B1':<20}02092026{500:015d}"
        ).ljust(230)
        + "00".ljust(10),
        f"00100015{'':9}{3:06d}{500:018d}{'0' * 24}".ljust(240),
        f"00199999{'':9}{1:06d}{5:06d}{'0' * 6}".ljust(240),
    ]
    mt940 = (
        ":20:S1\n:25:1\n:28C:1/1\n:60F:C260902INR100,00\n:61:2609030903C1,00NTRFR1//B1\n"
        ":86:020?00X?20EREF+E1\n:61:2609030903D1,00NCHGNONREF//B2\n:62F:C260903INR100,00\n-\n"
    )
    ach = (
        f"12{'':7}{'PROGRAMME':<40}{'':14}{'':9}{'':9}{'':15}{'':3}{0:013d}{500:013d}02092026{'':10}"
        f"{'':10}{'':3}{'N1':<18}{'OUR-1':<18}{'ZZZZ0000001':<11}{'1':<35}{1:09d}{'':2}{'':57}\n"
        f"23{'':9}10{'':3}{'':15}{'Somebody':<40}{'':9}{'':7}{'B':<20}{'':13}{500:013d}{'':10}{'':10}"
        f"100{'ZZZZ0000002':<11}{'1':<35}{'ZZZZ0000001':<11}{'N1':<18}{'P1':<30}DBT{'':15}{'':20}{'':7}"
    )
    return {
        "statement": statement.encode(),
        "report": messages.report(40).encode(),
        "nacha": "\n".join([*nacha, *["9" * 94] * 5]).encode(),
        "cnab": "\r\n".join(cnab).encode(),
        "mt940": mt940.encode(),
        "ach": ach.encode(),
        "delimited": b"Ref,Amount,Status\nP1,5.00,Paid\nP2,1,Odd\nT,2,600\n",
        "gzip": gzip.compress(statement.encode()),
    }


FORMATS = ("statement", "report", "nacha", "cnab", "mt940", "ach", "delimited", "gzip")


def taken(raw: bytes) -> BankMessage | None:
    try:
        return read(io.BytesIO(raw), name="any", limits=SMALL, answers=[ANSWER])
    except RefusedFile as refusal:
        told = str(refusal)
    assert "Somebody" not in told
    assert "A Person" not in told
    return None


damages = st.lists(
    st.tuples(
        st.sampled_from(["cut", "drop", "twice", "flip", "put", "swap"]),
        st.floats(0, 1),
        st.floats(0, 1),
        st.sampled_from(TOKENS),
    ),
    min_size=1,
    max_size=6,
)


def damaged(raw: bytes, acts: list[tuple[str, float, float, bytes]]) -> bytes:
    for act, where, how_much, token in acts:
        at = int(where * len(raw))
        end = min(len(raw), at + 1 + int(how_much * 300))
        raw = {
            "cut": raw[:at],
            "drop": raw[:at] + raw[end:],
            "twice": raw[:end] + raw[at:],
            "flip": raw[:at] + bytes(b ^ 1 << end % 8 for b in raw[at : at + 1]) + raw[at + 1 :],
            "put": raw[:at] + token + raw[at:],
            "swap": raw[end:] + raw[:end],
        }[act]
    return raw


@pytest.mark.parametrize("form", FORMATS)
def test_the_undamaged_files_are_taken(form: str, messages: Any) -> None:
    message = taken(seeds(messages)[form])
    assert message is not None
    assert message.entries > 0


@pytest.mark.parametrize("form", FORMATS)
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(acts=damages)
def test_a_damaged_file_is_read_or_refused(
    form: str, acts: list[tuple[str, float, float, bytes]], messages: Any
) -> None:
    raw = damaged(seeds(messages)[form], acts)
    started = time.perf_counter()
    message = taken(raw)
    if message is not None:
        assert message.events.schema == EVENT_SCHEMA
        assert message.entries <= SMALL.entries_max
    try:
        seen = inspect(io.BytesIO(raw), name="any", limits=SMALL, answers=[ANSWER])
    except RefusedFile:
        assert message is None
    else:
        assert (message is None) == bool(seen.doubts)
    assert time.perf_counter() - started < SECONDS_MAX


@settings(max_examples=EXAMPLES * 4, deadline=None)
@given(raw=st.binary(max_size=400) | st.lists(st.sampled_from(TOKENS), max_size=30).map(b"".join))
def test_any_bytes_at_all_are_read_or_refused(raw: bytes) -> None:
    message = taken(raw)
    assert message is None or message.bytes == len(raw)
