"""A payment file is complete, sealed and the same for ever, or it is not there."""

from __future__ import annotations

import dataclasses
import errno
import os
import signal
import stat
import subprocess
import sys
from hashlib import sha256
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from lxml import etree

from bank_adapters import (
    Expected,
    FileConflict,
    FileContext,
    RefusedInstructions,
    SchemaBroken,
    tally,
    verify_file,
    write_file,
)
from bank_adapters.iso20022 import pain001

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bank_adapters import BankProfile

PLACES = (
    "bank.write.opened",
    "bank.write.chunk",
    "bank.write.before_fsync",
    "bank.write.before_check",
    "bank.write.before_rename",
    "bank.write.linked",
    "bank.write.after_rename",
    "bank.write.sealed",
)


@pytest.fixture
def made(
    rows: Callable[..., pa.Table], context: Callable[..., FileContext], inr: BankProfile
) -> tuple[pa.Table, FileContext]:
    return rows(40, inr), context(inr)


class Full:
    """A disk that is full when a named place is passed."""

    def __init__(self, place: str) -> None:
        self.place = place
        self.passed: list[str] = []

    def __call__(self, place: str) -> None:
        self.passed.append(place)
        if place == self.place:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_an_independent_reader_finds_the_same_count_and_sum(
    made: tuple[pa.Table, FileContext], tmp_path: Path
) -> None:
    table, context = made
    sealed = write_file(table, context, tmp_path)
    tree = etree.fromstring(sealed.path.read_bytes())
    texts = [e.text.split(".") for e in tree.iterfind(".//{*}InstdAmt")]
    assert len(texts) == sealed.count == 40
    assert sum(int(whole) * 100 + int(part) for whole, part in texts) == sealed.total_minor
    assert sum(table["amount_minor"].to_pylist()) == sealed.total_minor
    assert {e.text for e in tree.iterfind(".//{*}NbOfTxs")} == {"40"}
    cents = {e.text.replace(".", "") for e in tree.iterfind(".//{*}CtrlSum")}
    assert cents == {str(sealed.total_minor)}


def test_payments_stand_in_the_order_given_whatever_their_shape(
    rows: Callable[..., pa.Table],
    context: Callable[..., FileContext],
    brl: BankProfile,
    tmp_path: Path,
) -> None:
    table = rows(300, brl)
    sealed = write_file(table, context(brl), tmp_path)
    tree = etree.fromstring(sealed.path.read_bytes())
    written = [e.text for e in tree.iterfind(".//{*}EndToEndId")]
    assert written == table["end_to_end_id"].to_pylist()


def test_the_seal_names_the_bytes_on_disk(
    made: tuple[pa.Table, FileContext], tmp_path: Path
) -> None:
    sealed = write_file(*made, tmp_path)
    content = sealed.path.read_bytes()
    assert sealed.sha256 == sha256(content).hexdigest()
    assert sealed.bytes == len(content)


def test_writing_again_gives_the_same_bytes(
    made: tuple[pa.Table, FileContext], tmp_path: Path
) -> None:
    first = write_file(*made, tmp_path / ".")
    (tmp_path / "again").mkdir()
    second = write_file(*made, tmp_path / "again")
    assert second.path.read_bytes() == first.path.read_bytes()
    assert second.sha256 == first.sha256


def test_writing_again_over_the_sealed_file_is_no_act(
    made: tuple[pa.Table, FileContext], tmp_path: Path
) -> None:
    first = write_file(*made, tmp_path)
    before = first.path.stat()
    assert write_file(*made, tmp_path) == first
    assert first.path.stat().st_mtime_ns == before.st_mtime_ns
    assert first.path.stat().st_ino == before.st_ino


def test_other_content_never_overwrites_a_sealed_file(
    made: tuple[pa.Table, FileContext], tmp_path: Path
) -> None:
    table, context = made
    sealed = write_file(table, context, tmp_path)
    before = sealed.path.read_bytes()
    with pytest.raises(FileConflict, match="never overwritten"):
        write_file(table.slice(1), context, tmp_path)
    assert sealed.path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == [sealed.name]


def test_a_stream_of_batches_of_any_size_gives_the_bytes_of_the_table(
    rows: Callable[..., pa.Table],
    context: Callable[..., FileContext],
    inr: BankProfile,
    tmp_path: Path,
) -> None:
    table = rows(50, inr)
    whole = write_file(table, context(inr), tmp_path)
    expected = Expected(50, sum(table["amount_minor"].to_pylist()))
    streaming = dataclasses.replace(context(inr), expected=expected)
    for size in (1, 7, 49):
        (tmp_path / str(size)).mkdir()
        batches = iter(table.to_batches(size))
        assert write_file(batches, streaming, tmp_path / str(size)).sha256 == whole.sha256


def test_a_stream_without_its_expected_count_and_sum_is_refused(
    made: tuple[pa.Table, FileContext], tmp_path: Path
) -> None:
    table, context = made
    with pytest.raises(TypeError, match=r"FileContext\.expected"):
        write_file(iter(table.to_batches()), context, tmp_path)


@pytest.mark.parametrize("change", [(1, 0), (-1, 0), (0, 1), (0, -1)])
def test_rows_that_are_not_what_was_planned_are_not_sealed(
    change: tuple[int, int], made: tuple[pa.Table, FileContext], tmp_path: Path
) -> None:
    table, context = made
    total = sum(table["amount_minor"].to_pylist())
    planned = Expected(40 + change[0], total + change[1])
    with pytest.raises(ValueError, match="were expected"):
        write_file(table, dataclasses.replace(context, expected=planned), tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("column", ["end_to_end_id", "instruction_id_text"])
def test_a_reference_that_stands_twice_in_a_file_is_refused(
    column: str, made: tuple[pa.Table, FileContext], tmp_path: Path
) -> None:
    table, context = made
    values = table[column].to_pylist()
    values[31] = values[3]
    place = table.schema.get_field_index(column)
    twice = table.set_column(place, table.schema.field(column), pa.array(values))
    with pytest.raises(RefusedInstructions) as refused:
        write_file(twice, context, tmp_path)
    assert [(v.position, v.column) for v in refused.value.violations] == [(31, column)]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("part", [1, 7, 1_000])
def test_every_row_but_the_first_is_named_however_many_parts_references_are_compared_in(
    part: int,
    made: tuple[pa.Table, FileContext],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tally, "_PART", part)
    monkeypatch.setattr(tally, "CHUNK_ROWS", 9)
    table, context = made
    values = table["end_to_end_id"].to_pylist()
    values[12] = values[31] = values[39] = values[3]
    values[20] = values[19]
    place = table.schema.get_field_index("end_to_end_id")
    given = table.set_column(place, table.schema.field("end_to_end_id"), pa.array(values))
    with pytest.raises(RefusedInstructions) as refused:
        write_file(given, context, tmp_path)
    assert [v.position for v in refused.value.violations] == [12, 20, 31, 39]


@pytest.mark.parametrize("place", PLACES[:5])
def test_a_full_disk_before_sealing_leaves_no_file(
    place: str, made: tuple[pa.Table, FileContext], tmp_path: Path
) -> None:
    with pytest.raises(OSError, match="No space left"):
        write_file(*made, tmp_path, hit=Full(place))
    assert list(tmp_path.iterdir()) == []
    assert verify_file(write_file(*made, tmp_path)) == ()


@pytest.mark.parametrize("place", PLACES[5:])
def test_a_failure_after_the_name_was_given_leaves_the_whole_file(
    place: str, made: tuple[pa.Table, FileContext], tmp_path: Path
) -> None:
    with pytest.raises(OSError, match="No space left"):
        write_file(*made, tmp_path, hit=Full(place))
    (file,) = tmp_path.iterdir()
    sealed = write_file(*made, tmp_path)
    assert sealed.path == file
    assert verify_file(sealed) == ()


def test_the_named_places_are_passed_in_order(
    made: tuple[pa.Table, FileContext], tmp_path: Path
) -> None:
    passed = Full("nowhere")
    write_file(*made, tmp_path, hit=passed)
    assert tuple(passed.passed) == PLACES


KILLED = """
import os, signal, sys, pickle
from pathlib import Path
from bank_adapters import write_file
table, context = pickle.loads(Path(sys.argv[1]).read_bytes())
def hit(place):
    if place == sys.argv[3]:
        os.kill(os.getpid(), signal.SIGKILL)
write_file(table, context, Path(sys.argv[2]), hit=hit)
"""


@pytest.mark.parametrize("place", ["bank.write.before_rename", "bank.write.linked"])
def test_a_writer_killed_at_any_place_is_put_right_by_writing_again(
    place: str, made: tuple[pa.Table, FileContext], tmp_path: Path
) -> None:
    import pickle  # noqa: PLC0415 - carries the rows into the process that is killed

    given, folder = tmp_path / "given", tmp_path / "out"
    given.write_bytes(pickle.dumps(made))
    folder.mkdir()
    command = [sys.executable, "-c", KILLED, str(given), str(folder), place]
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
    there = {p.name: p.stat().st_nlink for p in folder.iterdir()}
    assert any(name.endswith(".part") for name in there)
    sealed = write_file(*made, folder)
    assert [p.name for p in folder.iterdir()] == [sealed.name]
    assert verify_file(sealed) == ()


def test_a_killed_writer_never_costs_the_file_it_had_sealed(
    made: tuple[pa.Table, FileContext], tmp_path: Path
) -> None:
    table, context = made
    sealed = write_file(table, context, tmp_path)
    # As a writer killed between giving the name and dropping the temporary one leaves it.
    (tmp_path / f".{sealed.name}.part").hardlink_to(sealed.path)
    with pytest.raises(FileConflict, match="never overwritten"):
        write_file(table.slice(1), context, tmp_path)
    assert verify_file(sealed) == ()


def test_bytes_are_on_the_disk_before_the_file_has_its_name(
    made: tuple[pa.Table, FileContext], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    acts: list[str] = []
    fsync, link = os.fsync, os.link

    def synced(descriptor: int) -> None:
        acts.append("folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file")
        fsync(descriptor)

    def linked(source: Path, target: Path) -> None:
        acts.append("name")
        link(source, target)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(os, "link", linked)
    write_file(*made, tmp_path)
    assert acts == ["file", "name", "folder"]


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("<Cdtr>", "<Cdtr><Nm>A</Nm>"),  # breaks the schema
        ("<Amt>", "<Amt><!-- -->"),  # keeps it
        ("</InstdAmt>", "1</InstdAmt>"),  # another sum
        ("INR", "BRL"),
    ],
)
def test_what_our_own_templates_get_wrong_is_found_before_sealing(
    right: str,
    wrong: str,
    made: tuple[pa.Table, FileContext],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rendered = pain001.rendered

    def defective(chunk: pa.RecordBatch, profile: BankProfile) -> pa.Array:
        texts = rendered(chunk, profile).to_pylist()
        return pa.array([texts[0].replace(right, wrong, 1), *texts[1:]])

    monkeypatch.setattr(pain001, "rendered", defective)
    if wrong.endswith("-->"):
        assert verify_file(write_file(*made, tmp_path)) == ()
        return
    with pytest.raises(SchemaBroken, match="Nothing was sealed"):
        write_file(*made, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_two_writers_of_one_file_do_not_meet(
    made: tuple[pa.Table, FileContext], tmp_path: Path
) -> None:
    met: list[str] = []

    def second(place: str) -> None:
        if place == "bank.write.opened":
            with pytest.raises(FileConflict, match="another process"):
                write_file(*made, tmp_path)
            met.append(place)

    sealed = write_file(*made, tmp_path, hit=second)
    assert met
    assert verify_file(sealed) == ()


def test_a_payment_file_is_readable_by_its_owner_only(
    made: tuple[pa.Table, FileContext], tmp_path: Path
) -> None:
    assert stat.S_IMODE(write_file(*made, tmp_path).path.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("limit", "largest"),
    [("transactions_max", 39), ("bytes_max", 10_000), ("total_max_minor", 1_000)],
)
def test_a_file_beyond_the_banks_limits_is_not_written(
    limit: str, largest: int, made: tuple[pa.Table, FileContext], tmp_path: Path
) -> None:
    table, context = made
    limits = context.profile.limits.model_copy(update={limit: largest})
    tight = context.profile.model_copy(update={"limits": limits})
    with pytest.raises(ValueError, match="plan_files"):
        write_file(table, dataclasses.replace(context, profile=tight), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_file_of_no_payments_is_not_written(
    made: tuple[pa.Table, FileContext], tmp_path: Path
) -> None:
    table, context = made
    with pytest.raises(ValueError, match="0 payments"):
        write_file(table.slice(0, 0), context, tmp_path)


@pytest.mark.parametrize("message_id", ["", "../X", "A/B", "A B", "Ä1", "X" * 34, ".hidden", "-a"])
def test_a_message_id_can_never_name_a_file_elsewhere(message_id: str, made: tuple) -> None:
    with pytest.raises(ValueError, match="message_id"):
        dataclasses.replace(made[1], message_id=message_id)


def test_the_creation_time_needs_a_time_zone(made: tuple) -> None:
    naive = made[1].created_at.replace(tzinfo=None)
    with pytest.raises(ValueError, match="time zone"):
        dataclasses.replace(made[1], created_at=naive)
