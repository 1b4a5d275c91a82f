"""Files to the bank: identity before bytes, one seal, one delivery, one chain."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
import sqlalchemy as sa

import reconciliation
from bank_adapters import INSTRUCTION_SCHEMA, Expected, instruction_text, uetr_from, write_file
from reconciliation import FileConflict, FileOrder, FileState

if TYPE_CHECKING:
    from pathlib import Path

    from bank_adapters import SealedFile


@pytest.fixture
def opened(connection: sa.Connection, new_world: Any) -> Any:
    """A world with three payments drafted and nothing sent."""
    world = new_world(connection)
    world.open([60000, 60000, 60000])
    world.draft([1, 2, 3])
    return world


def order_of(world: Any) -> FileOrder:
    on = world.connection.scalar(sa.text("SELECT max(value_on) FROM cycle.instruction"))
    return FileOrder(
        batch_key="a release",
        bank=world.bank,
        programme_id=world.programme_id,
        fund_id=world.fund_id,
        cycle_id=world.cycle_id,
        execution_on=on,
    )


def rows_of(world: Any) -> pa.Table:
    references = [world.reference(n) for n in range(1, len(world.amounts) + 1)]
    texts = [instruction_text(reference, 1) for reference in references]
    return pa.Table.from_pylist(
        [
            {
                "end_to_end_id": reference,
                "instruction_id_text": text,
                "uetr": uetr_from(text),
                "amount_minor": amount,
                "currency": world.bank.currency,
                "creditor_name": "Payee",
                "account": "30000000001",
                "account_kind": "IFSC_ACCOUNT",
                "agent": "SBIN0000691",
                "agent_scheme": "INFSC",
            }
            for reference, text, amount in zip(references, texts, world.amounts, strict=True)
        ],
        INSTRUCTION_SCHEMA,
    )


def seal(world: Any, folder: Path) -> SealedFile:
    (file,) = reconciliation.allocate(
        world.connection, order_of(world), [Expected(3, 180000)], at=world.now
    )
    world.put_in(file.file_id)
    sealed = write_file(rows_of(world), file.context(world.bank), folder)
    reconciliation.register(world.connection, sealed, at=world.now)
    return sealed


def test_message_ids_and_times_are_stored_before_anything_is_written(opened: Any) -> None:
    slices = [Expected(2, 120000), Expected(1, 60000)]
    order = order_of(opened)
    first = reconciliation.allocate(opened.connection, order, slices, at=opened.now)
    later = opened.now + timedelta(days=2)
    again = reconciliation.allocate(opened.connection, order, slices, at=later)
    assert again == first, "a killed release must find the same ids and times again"
    assert [file.number for file in first] == [1, 2]
    assert len({file.message_id for file in first}) == 2


def test_an_order_cannot_be_allocated_anew_for_something_else(opened: Any) -> None:
    order = order_of(opened)
    reconciliation.allocate(opened.connection, order, [Expected(3, 180000)], at=opened.now)
    with pytest.raises(FileConflict, match="message ids are taken"):
        reconciliation.allocate(opened.connection, order, [Expected(3, 180001)], at=opened.now)


def test_the_same_file_is_rendered_to_the_same_bytes(opened: Any, tmp_path: Path) -> None:
    (tmp_path / "again").mkdir()
    sealed = seal(opened, tmp_path)
    (file,) = reconciliation.allocate(
        opened.connection, order_of(opened), [Expected(3, 180000)], at=opened.now
    )
    again = write_file(rows_of(opened), file.context(opened.bank), tmp_path / "again")
    assert again.sha256 == sealed.sha256
    assert reconciliation.register(opened.connection, again, at=opened.now) == file.file_id


def test_a_seal_moves_the_instructions_and_says_whose_lines_they_pay(
    opened: Any, tmp_path: Path
) -> None:
    seal(opened, tmp_path)
    assert opened.states() == ["sealed"] * 3
    parts = opened.connection.execute(sa.text("SELECT * FROM bank.file_part")).one()
    assert parts.amount_minor == 180000
    assert parts.cycle_id == opened.cycle_id


def test_a_file_with_another_sum_than_its_instructions_is_not_sealed(opened: Any) -> None:
    (file,) = reconciliation.allocate(
        opened.connection, order_of(opened), [Expected(3, 180000)], at=opened.now
    )
    opened.put_in(file.file_id)
    with pytest.raises(FileConflict, match="does not agree with what it pays"):
        reconciliation.register(
            opened.connection, replace(opened.sealed(file), total_minor=180001), at=opened.now
        )


def test_a_file_whose_parts_are_not_its_amount_is_not_sealed(opened: Any) -> None:
    opened.connection.execute(
        sa.text("UPDATE cycle.instruction_part SET amount_minor = 1 WHERE household_id = 1")
    )
    (file,) = reconciliation.allocate(
        opened.connection, order_of(opened), [Expected(3, 180000)], at=opened.now
    )
    opened.put_in(file.file_id)
    with pytest.raises(FileConflict, match="for entitlement lines"):
        reconciliation.register(opened.connection, opened.sealed(file), at=opened.now)


def test_a_file_under_an_id_that_was_never_stored_is_refused(opened: Any) -> None:
    (file,) = reconciliation.allocate(
        opened.connection, order_of(opened), [Expected(3, 180000)], at=opened.now
    )
    stranger = replace(opened.sealed(file), message_id="SOMEBODY-1")
    with pytest.raises(FileConflict, match="never allocated"):
        reconciliation.register(opened.connection, stranger, at=opened.now)


def test_a_sealed_file_cannot_be_sealed_with_other_bytes(opened: Any, tmp_path: Path) -> None:
    sealed = seal(opened, tmp_path)
    with pytest.raises(FileConflict, match="keep the first"):
        reconciliation.register(opened.connection, replace(sealed, sha256="0" * 64), at=opened.now)
    with pytest.raises(sa.exc.DBAPIError), opened.connection.begin_nested():
        opened.connection.execute(sa.text(f"UPDATE bank.file SET sha256 = '{'0' * 64}'"))


def test_a_file_is_offered_to_the_bank_once(opened: Any, tmp_path: Path) -> None:
    sealed = seal(opened, tmp_path)
    reconciliation.begin_delivery(opened.connection, sealed.message_id, sha256=sealed.sha256)
    with pytest.raises(FileState, match="ask the bank"):
        reconciliation.begin_delivery(opened.connection, sealed.message_id, sha256=sealed.sha256)


def test_an_unknown_upload_blocks_the_file_until_the_bank_has_been_asked(
    opened: Any, tmp_path: Path
) -> None:
    sealed = seal(opened, tmp_path)
    message = sealed.message_id
    reconciliation.begin_delivery(opened.connection, message, sha256=sealed.sha256)
    ended = {"channel": "sftp", "at": opened.now, "officer_id": 5}
    reconciliation.end_delivery(opened.connection, message, outcome="unknown", **ended)
    assert opened.states() == ["unknown"] * 3
    with pytest.raises(FileState):
        reconciliation.begin_delivery(opened.connection, message, sha256=sealed.sha256)
    reconciliation.end_delivery(opened.connection, message, outcome="refused", **ended)
    assert opened.states() == ["sealed"] * 3
    reconciliation.begin_delivery(opened.connection, message, sha256=sealed.sha256)
    reconciliation.end_delivery(opened.connection, message, outcome="sent", **ended)
    assert opened.states() == ["sent"] * 3
    tried = opened.connection.scalar(sa.text("SELECT count(*) FROM bank.delivery"))
    assert tried == 3


def test_other_bytes_than_the_sealed_ones_are_not_sent(opened: Any, tmp_path: Path) -> None:
    sealed = seal(opened, tmp_path)
    with pytest.raises(FileConflict, match="What was approved is what is sent"):
        reconciliation.begin_delivery(opened.connection, sealed.message_id, sha256="1" * 64)


def test_the_answer_of_the_bank_resolves_an_unknown_upload(opened: Any, tmp_path: Path) -> None:
    sealed = seal(opened, tmp_path)
    reconciliation.begin_delivery(opened.connection, sealed.message_id, sha256=sealed.sha256)
    reconciliation.end_delivery(
        opened.connection,
        sealed.message_id,
        outcome="unknown",
        channel="sftp",
        at=opened.now,
        officer_id=5,
    )
    opened.files = list(
        reconciliation.allocate(
            opened.connection, order_of(opened), [Expected(3, 180000)], at=opened.now
        )
    )
    opened.hear(opened.status(whole="ACTC"))
    assert opened.states() == ["acknowledged"] * 3


def test_untouched_files_verify(opened: Any, tmp_path: Path) -> None:
    seal(opened, tmp_path)
    assert reconciliation.verify(opened.connection, tmp_path) == ()


def test_a_changed_byte_is_found_and_the_file_is_named(opened: Any, tmp_path: Path) -> None:
    sealed = seal(opened, tmp_path)
    content = bytearray(sealed.path.read_bytes())
    content[len(content) // 2] ^= 1
    sealed.path.chmod(0o600)
    sealed.path.write_bytes(content)
    (found,) = reconciliation.verify(opened.connection, tmp_path)
    assert (found.rule, found.file) == ("sha256", sealed.name)


def test_a_missing_file_is_named(opened: Any, tmp_path: Path) -> None:
    sealed = seal(opened, tmp_path)
    sealed.path.unlink()
    (found,) = reconciliation.verify(opened.connection, tmp_path)
    assert (found.rule, found.file) == ("file present", sealed.name)
