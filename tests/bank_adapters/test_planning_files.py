"""Payments are cut into files by the bank's limits, before anything is written."""

from __future__ import annotations

import dataclasses
from itertools import pairwise
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bank_adapters import RefusedInstructions, load_profile, plan_files, write_file
from bank_adapters.profiles import Limits

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bank_adapters import BankProfile, FileContext, FileSlice


def limited(profile: BankProfile, **limits: int) -> BankProfile:
    widest = {"amount_max_minor": 10**9, "total_max_minor": 10**12, "bytes_max": 10**8}
    return profile.model_copy(update={"limits": Limits(**(widest | limits))})


def assert_whole(slices: tuple[FileSlice, ...], table: pa.Table) -> None:
    assert slices[0].start == 0
    assert slices[-1].stop == table.num_rows
    assert all(a.stop == b.start for a, b in pairwise(slices))
    amounts = table["amount_minor"].to_pylist()
    for cut in slices:
        assert cut.total_minor == sum(amounts[cut.start : cut.stop])
        assert cut.expected.count == cut.stop - cut.start > 0


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(1, 900), min_size=1, max_size=60),
    st.integers(1, 20),
    st.integers(900, 5_000),
    st.integers(1, 60),
)
def test_no_file_exceeds_a_limit_and_no_payment_is_lost_or_moved(
    amounts: list[int], count_max: int, total_max: int, batch: int
) -> None:
    profile = limited(
        load_profile("neft_bank_inr"), transactions_max=count_max, total_max_minor=total_max
    )
    table = _table(amounts)
    slices = plan_files(iter(table.to_batches(batch)), profile)
    assert_whole(slices, table)
    for cut, following in zip(slices, [*slices[1:], None], strict=True):
        assert cut.expected.count <= count_max
        assert cut.total_minor <= total_max
        if following is not None:  # a file is full before the next begins
            fits = cut.total_minor + amounts[following.start] <= total_max
            assert cut.expected.count == count_max or not fits


def _table(amounts: list[int]) -> pa.Table:
    from bank_adapters import INSTRUCTION_SCHEMA  # noqa: PLC0415 - beside its only use

    return pa.Table.from_pylist(
        [
            {
                "end_to_end_id": f"E{number}",
                "instruction_id_text": f"E{number}-1",
                "amount_minor": amount,
                "currency": "INR",
                "creditor_name": "Sunita Devi",
                "account": f"{number + 10**9}",
                "account_kind": "OTHER",
            }
            for number, amount in enumerate(amounts)
        ],
        schema=INSTRUCTION_SCHEMA,
    )


@pytest.mark.parametrize("bytes_max", [10_000, 20_000, 47_111])
def test_written_files_never_exceed_the_banks_bytes(
    bytes_max: int,
    rows: Callable[..., pa.Table],
    inr: BankProfile,
    context: Callable[..., FileContext],
    tmp_path: Path,
) -> None:
    profile = limited(inr, bytes_max=bytes_max)
    table = rows(120, inr)
    slices = plan_files(table, profile)
    assert_whole(slices, table)
    assert len(slices) > 1
    written = 0
    for number, cut in enumerate(slices):
        made = dataclasses.replace(
            context(profile, f"PLAN-20260901-{number:04d}"), expected=cut.expected
        )
        part = table.slice(cut.start, cut.stop - cut.start)
        sealed = write_file(part.to_batches(), made, tmp_path)
        assert sealed.bytes <= cut.bytes_estimate <= bytes_max
        written += sealed.count
    assert written == 120


def test_the_byte_estimate_counts_what_xml_escapes(
    inr: BankProfile, context: Callable[..., FileContext], tmp_path: Path
) -> None:
    profile = limited(inr).model_copy(update={"charset": "latin_extended"})
    table = _table([5] * 50)
    place = table.schema.get_field_index("creditor_name")
    names = pa.array(["&" * 70] * 50)
    table = table.set_column(place, table.schema.field("creditor_name"), names)
    (cut,) = plan_files(table, profile)
    sealed = write_file(table, context(profile), tmp_path)
    assert cut.bytes_estimate - 4_096 <= sealed.bytes <= cut.bytes_estimate


def test_the_plan_does_not_depend_on_how_rows_arrive(
    rows: Callable[..., pa.Table], brl: BankProfile
) -> None:
    profile = limited(brl, transactions_max=37, bytes_max=15_000)
    table = rows(500, brl)
    assert plan_files(table, profile) == plan_files(iter(table.to_batches(13)), profile)


def test_a_payment_that_fits_into_no_file_is_refused_by_its_row(inr: BankProfile) -> None:
    profile = limited(inr, total_max_minor=100)
    with pytest.raises(RefusedInstructions) as refused:
        plan_files(_table([5, 100, 101]), profile)
    assert [v.position for v in refused.value.violations] == [2]


def test_a_payment_on_a_rail_the_bank_has_not_is_refused_by_its_row(
    rows: Callable[..., pa.Table], inr: BankProfile, brl: BankProfile
) -> None:
    with pytest.raises(RefusedInstructions) as refused:
        plan_files(rows(20, brl), inr)
    assert refused.value.violations[0].column == "account_kind"


def test_no_payments_need_no_file(rows: Callable[..., pa.Table], inr: BankProfile) -> None:
    assert plan_files(rows(0, inr), inr) == ()
