"""Lines are whole, positive, each once, in one order; anybody can compute their hash."""

from __future__ import annotations

import hashlib
import struct
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import BadLines, Lines
from ledger.digest import leaves_of, merkle_root

TRIPLES = st.lists(
    st.tuples(
        st.integers(0, 2**63 - 1),
        st.integers(0, 2**31 - 1),
        st.integers(1, 2**40),
        st.integers(-(2**63), 2**63 - 1),
    ),
    unique_by=lambda line: line[:2],
    max_size=40,
)


def of(rows: list[tuple[int, int, int, int]]) -> Lines:
    columns = zip(*rows, strict=True) if rows else ([], [], [], [])
    subject, seq, amount, reference = (list(column) for column in columns)
    return Lines.of(subject=subject, seq=seq, amount_minor=amount, reference=reference)


def root_by_the_book(rows: list[tuple[int, int, int, int]], leaf_lines: int = 1024) -> str:
    """The Merkle root as the documentation words it, without our code."""
    packed = [struct.pack(">qiqq", *row) for row in sorted(rows)]
    level = [
        hashlib.sha256(b"\x00" + b"".join(packed[i : i + leaf_lines])).digest()
        for i in range(0, len(packed), leaf_lines)
    ]
    if not level:
        return hashlib.sha256(b"").hexdigest()
    while len(level) > 1:
        pairs = [level[i : i + 2] for i in range(0, len(level), 2)]
        level = [
            hashlib.sha256(b"\x01" + pair[0] + pair[1]).digest() if len(pair) > 1 else pair[0]
            for pair in pairs
        ]
    return level[0].hex()


@given(TRIPLES)
def test_lines_are_sorted_and_hash_the_same_in_any_order(
    rows: list[tuple[int, int, int, int]],
) -> None:
    lines = of(rows)
    assert list(zip(lines.subject.tolist(), lines.seq.tolist(), strict=True)) == sorted(
        row[:2] for row in rows
    )
    assert lines.total_minor == sum(row[2] for row in rows)
    root = merkle_root(leaves_of(lines))
    assert root == merkle_root(leaves_of(of(rows[::-1]))) == root_by_the_book(rows)


@pytest.mark.parametrize("count", [1, 1023, 1024, 1025, 5000, 300_000])
def test_the_root_of_many_leaves_is_the_one_anybody_computes(count: int) -> None:
    rows = [(subject, 1, subject % 97 + 1, 0) for subject in range(count)]
    assert merkle_root(leaves_of(of(rows))) == root_by_the_book(rows)


@pytest.mark.parametrize("field", range(4))
def test_every_column_of_a_line_is_in_the_hash(field: int) -> None:
    row = [11, 1, 500, 3]
    changed = row.copy()
    changed[field] += 1
    assert merkle_root(leaves_of(of([tuple(row)]))) != merkle_root(leaves_of(of([tuple(changed)])))


@pytest.mark.parametrize(
    ("amounts", "said"),
    [
        ([5, 0], "at least 1"),
        ([5, -3], "at least 1"),
        ([5.0, 7.5], "whole numbers"),
        ([5, None], "whole numbers"),
        (["5", "7"], "whole numbers"),
        ([True, True], "whole numbers"),
        ([5, 2**63], "fit|whole numbers"),
        ([2**63 - 1, 2**63 - 1], "more than 64 bits"),
        ([5], "one length"),
        (pa.array([5, None]), "whole numbers"),
        (np.array([[5, 7]]), "2 dimensions"),
    ],
)
def test_amounts_that_are_not_positive_whole_numbers_are_refused(amounts: Any, said: str) -> None:
    with pytest.raises(BadLines, match=said):
        Lines.of(subject=[1, 2], amount_minor=amounts)


def test_negative_subjects_and_repeats_are_refused() -> None:
    with pytest.raises(BadLines, match="subject must be at least 0"):
        Lines.of(subject=[-1], amount_minor=[5])
    with pytest.raises(BadLines, match="subject 2, seq 1"):
        Lines.of(subject=[2, 1, 2], seq=[1, 1, 1], amount_minor=[5, 5, 5])


def test_arrow_numpy_and_lists_make_the_same_lines() -> None:
    made = [
        Lines.of(subject=kind([3, 1]), amount_minor=kind([7, 5]), seq=kind([1, 2]))
        for kind in (list, np.array, pa.array, lambda v: pa.chunked_array([v]))
    ]
    assert len({merkle_root(leaves_of(lines)) for lines in made}) == 1


def test_lines_cannot_be_changed_after_they_are_made() -> None:
    amounts = np.array([5, 7])
    lines = Lines.of(subject=[1, 2], amount_minor=amounts)
    amounts[0] = 9
    assert lines.total_minor == 12
    with pytest.raises(ValueError, match="read-only"):
        lines.amount_minor[0] = 9
