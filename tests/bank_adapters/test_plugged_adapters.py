"""A bank format of somebody else: a package with an entry point, found without a line of ours."""

from __future__ import annotations

import sys
import textwrap
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from bank_adapters import (
    GROUP,
    INSTRUCTION_SCHEMA,
    BankAdapter,
    FileContext,
    UnknownFormat,
    adapter_for,
    check_instructions,
    formats,
    load_profile,
    plan_files,
    read,
    registry,
    verify_file,
    write_file,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# What a bank's own programmers would publish: their format over the public door of bank_adapters.
TOY = """
import io
from hashlib import sha256
from pathlib import Path

import numpy as np
import pyarrow as pa

from bank_adapters import EVENT_SCHEMA, BankMessage, SealedFile


class Toy:
    formats = ("toy.1",)

    def agree(self, profile):
        if profile.terms != {"bank": "toy"}:
            raise ValueError("terms: the toy bank wants its name")

    def file_name(self, context):
        return context.message_id + ".toy"

    def check(self, rows, profile):
        return ()

    def row_bytes(self, batch, profile, first_row):
        return np.full(batch.num_rows, 40, np.int64)

    def write(self, rows, context, folder, *, hit):
        path = folder / self.file_name(context)
        amounts = rows["amount_minor"].to_pylist()
        pairs = zip(rows["instruction_id_text"].to_pylist(), amounts)
        path.write_text("TOY\\n" + "".join(f"{name} {amount}\\n" for name, amount in pairs))
        content = path.read_bytes()
        return SealedFile(
            name=path.name, path=path, count=len(amounts), total_minor=sum(amounts),
            currency=context.profile.currency, sha256=sha256(content).hexdigest(),
            bytes=len(content), message_id=context.message_id, schema="toy.1",
        )

    def verify(self, sealed):
        return ()

    def reads(self, head):
        return head.startswith(b"TOY ANSWER")

    def read(self, source, *, name, limits, deliver):
        content = source.read_bytes() if isinstance(source, Path) else source.read()
        names = content.decode().split()[2:]
        rows = [
            {"position": n, "kind": "ITEM_STATUS", "instruction_id_text": one, "status": "ACCC"}
            for n, one in enumerate(names, 1)
        ]
        events = pa.Table.from_pylist(
            [{f.name: row.get(f.name) for f in EVENT_SCHEMA} for row in rows], EVENT_SCHEMA
        )
        return BankMessage(
            format="toy.answer", message_id="T1", original_message_id=None, entries=len(rows),
            totals={}, events=events, refusals=(), sha256=sha256(content).hexdigest(),
            bytes=len(content),
        )
"""


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Install the toy bank's distribution, as pip would leave it on disk."""
    site = tmp_path / "site"
    about = site / "toy_bank-1.0.dist-info"
    about.mkdir(parents=True)
    (site / "toy_bank.py").write_text(textwrap.dedent(TOY))
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: toy-bank\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(f"[{GROUP}]\ntoy = toy_bank:Toy\n")
    monkeypatch.syspath_prepend(str(site))
    registry.forget()
    yield site
    sys.modules.pop("toy_bank", None)
    registry.forget()


@pytest.mark.usefixtures("installed")
def test_a_format_of_somebody_else_is_written_and_read_like_ours(tmp_path: Path) -> None:
    assert "toy.1" in formats()
    assert isinstance(adapter_for("toy.1"), BankAdapter)
    shipped = load_profile("neft_bank_inr").model_dump()
    profile = load_profile(shipped | {"format": "toy.1", "terms": {"bank": "toy"}})
    row = {
        "end_to_end_id": "E1",
        "instruction_id_text": "E1-1",
        "amount_minor": 100,
        "currency": "INR",
        "creditor_name": "A",
        "account": "1",
        "account_kind": "OTHER",
    }
    table = pa.Table.from_pylist([row], schema=INSTRUCTION_SCHEMA)
    context = FileContext("TOY-1", datetime(2026, 9, 1, tzinfo=UTC), date(2026, 9, 2), profile)
    assert check_instructions(table, profile) == ()
    assert [part.expected.count for part in plan_files(table, profile)] == [1]
    sealed = write_file(table, context, tmp_path)
    assert sealed.path.read_text() == "TOY\nE1-1 100\n"
    assert verify_file(sealed) == ()
    answer = tmp_path / "answer.txt"
    answer.write_text("TOY ANSWER E1-1")
    message = read(answer, name="answer.txt")
    assert message.format == "toy.answer"
    assert message.events["status"].to_pylist() == ["ACCC"]


@pytest.mark.usefixtures("installed")
def test_an_adapter_of_somebody_else_checks_its_own_terms() -> None:
    shipped = load_profile("neft_bank_inr").model_dump()
    with pytest.raises(ValueError, match="wants its name"):
        load_profile(shipped | {"format": "toy.1"})


def test_what_is_no_adapter_is_refused_by_name(installed: Path) -> None:
    (installed / "toy_bank.py").write_text("Toy = object")
    with pytest.raises(TypeError, match="entry point toy"):
        formats()


def test_a_format_nobody_writes_is_refused_with_those_there_are() -> None:
    with pytest.raises(UnknownFormat, match=r"pain\.001\.001\.09"):
        adapter_for("toy.1")
