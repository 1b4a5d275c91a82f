"""A file that is larger, deeper or longer than agreed is refused while it is read."""

from __future__ import annotations

import tracemalloc
from typing import Any

import pytest
from read_messages import taken
from refused_files import both_sizes, refused

from bank_adapters import RefusalCode


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


def test_ten_thousand_attributes_are_no_harm(messages: Any) -> None:
    many = " ".join(f'a{i}="x"' for i in range(10_000))
    assert taken(messages.statement(3).replace("<NtryRef>", f"<NtryRef {many}>", 1)).entries == 3
