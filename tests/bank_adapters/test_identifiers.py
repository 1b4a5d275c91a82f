"""References are computed: a repeat gives the same, and another payment another."""

from __future__ import annotations

import re
import uuid
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bank_adapters import (
    end_to_end_id,
    end_to_end_ids,
    instruction_text,
    message_id,
    uetr_from,
    uetrs_from,
)

GROUPS = st.text("abcdefghij_-0123456789", min_size=1, max_size=40)
DIGESTS = st.text("0123456789abcdef", min_size=64, max_size=64)


@given(GROUPS, st.integers(0, 2**63 - 1), DIGESTS)
def test_a_payment_keeps_its_reference_over_attempts_and_runs(
    group: str, payee: int, digest: str
) -> None:
    reference = end_to_end_id(group, payee, digest)
    assert reference == end_to_end_id(group, payee, digest)
    assert re.fullmatch(r"[A-Z0-9]{29}", reference)


def test_the_reference_is_known_and_never_changes() -> None:
    assert end_to_end_id("bolsa_familia-2026-09", 42, "ab" * 32) == "CCT2026095BUYMKKNROSNGU6FEVJP"


@given(st.lists(st.tuples(st.integers(0, 10**6), DIGESTS), max_size=20))
def test_a_column_of_references_is_the_references_one_by_one(pairs: list[tuple[int, str]]) -> None:
    payees, digests = [p for p, _ in pairs], [d for _, d in pairs]
    together = end_to_end_ids("pilot-2026-10", payees, digests).to_pylist()
    assert together == [end_to_end_id("pilot-2026-10", p, d) for p, d in pairs]


def test_another_group_payee_or_lines_give_another_reference() -> None:
    references = {
        end_to_end_id(group, payee, digest)
        for group in ("a-2026-09", "a-2026-10", "b-2026-09")
        for payee in range(50)
        for digest in ("00", "01")
    }
    assert len(references) == 300


def test_parts_of_the_key_cannot_be_shifted_into_each_other() -> None:
    assert end_to_end_id("a", 11, "1") != end_to_end_id("a", 1, "11")
    with pytest.raises(ValueError, match="transfer group"):
        end_to_end_id("a|1", 1, "x")
    with pytest.raises(ValueError, match="transfer group"):
        end_to_end_id("", 1, "x")


@given(st.integers(1, 10**6))
def test_each_attempt_has_its_own_instruction_text(attempt: int) -> None:
    reference = end_to_end_id("a-2026-09", 1, "x")
    text = instruction_text(reference, attempt)
    assert text.startswith(reference + "-")
    assert len(text) <= 35
    assert int(text.rpartition("-")[2], 36) == attempt
    assert text != instruction_text(reference, attempt + 1)


def test_attempts_count_from_one_and_fit_the_field() -> None:
    with pytest.raises(ValueError, match="count from 1"):
        instruction_text("A", 0)
    with pytest.raises(ValueError, match="at most 35"):
        instruction_text("A" * 34, 1)


@given(st.text(max_size=60))
def test_a_uetr_is_a_version_4_uuid_and_the_same_again(text: str) -> None:
    uetr = uetr_from(text)
    parsed = uuid.UUID(uetr)
    assert (parsed.version, parsed.variant) == (4, uuid.RFC_4122)
    assert uetr == uetr_from(text) == uetrs_from([text])[0].as_py() == uetr.lower()


def test_a_message_id_tells_bank_day_and_number() -> None:
    made = message_id("pix_bank_brl", execution_on=date(2026, 9, 2), sequence=7)
    assert made == "PIXBANKBRL-20260902-0007"
    longest = message_id("x" * 40, execution_on=date(2026, 9, 2), sequence=9_999)
    assert len(longest) <= 33
    with pytest.raises(ValueError, match="count from 1"):
        message_id("a", execution_on=date(2026, 9, 2), sequence=0)
