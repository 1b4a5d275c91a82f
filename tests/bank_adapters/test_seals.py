"""A changed byte is found, and the place is named."""

from __future__ import annotations

import dataclasses
import json
import random
from typing import TYPE_CHECKING

import pytest

from bank_adapters import (
    ManifestEntry,
    SealedFile,
    chain_findings,
    manifest_entry,
    verify_file,
    write_file,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pyarrow as pa

    from bank_adapters import BankProfile, FileContext


@pytest.fixture
def sealed(
    rows: Callable[..., pa.Table],
    context: Callable[..., FileContext],
    inr: BankProfile,
    tmp_path: Path,
) -> SealedFile:
    return write_file(rows(30, inr), context(inr), tmp_path)


def test_an_untouched_file_has_no_findings(sealed: SealedFile) -> None:
    assert verify_file(sealed) == ()


def test_any_changed_byte_of_a_sealed_file_is_found(sealed: SealedFile) -> None:
    content = sealed.path.read_bytes()
    rng = random.Random(7)
    for at in [0, len(content) - 1, *(rng.randrange(len(content)) for _ in range(200))]:
        other = bytearray(content)
        other[at] ^= rng.choice([1, 2, 4, 8, 16, 32, 64, 128])
        sealed.path.write_bytes(other)
        assert [v.column for v in verify_file(sealed)] == ["sha256"]


@pytest.mark.parametrize("length", [0, 1, 500, -1])
def test_a_cut_or_longer_file_is_found(length: int, sealed: SealedFile) -> None:
    content = sealed.path.read_bytes()
    sealed.path.write_bytes(content[:length] if length >= 0 else content + b"\n")
    assert "bytes" in [v.column for v in verify_file(sealed)]


def test_a_file_that_is_gone_is_found(sealed: SealedFile) -> None:
    sealed.path.unlink()
    assert [v.column for v in verify_file(sealed)] == ["path"]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("count", 29),
        ("total_minor", 1),
        ("currency", "BRL"),
        ("message_id", "OTHER-1"),
    ],
)
def test_a_seal_that_states_something_else_than_the_file_is_found(
    column: str, value: object, sealed: SealedFile
) -> None:
    forged = dataclasses.replace(sealed, **{column: value})
    assert column in [v.column for v in verify_file(forged)]


def chain(sealed: SealedFile, length: int) -> list[ManifestEntry]:
    entries: list[ManifestEntry] = []
    for number in range(length):
        file = dataclasses.replace(sealed, name=f"F{number}.xml", count=number + 1)
        previous = entries[-1].digest if entries else None
        entries.append(manifest_entry(file, previous=previous))
    return entries


def test_a_whole_chain_of_manifests_has_no_findings(sealed: SealedFile) -> None:
    assert chain_findings(chain(sealed, 5)) == []


def test_an_entry_that_is_changed_left_out_or_moved_is_found(sealed: SealedFile) -> None:
    whole = chain(sealed, 5)
    edited = whole[2]._replace(body=whole[2].body.replace(b'"count":3', b'"count":4'))
    redone = manifest_entry(
        dataclasses.replace(sealed, name="F2.xml", count=9), previous=whole[1].digest
    )
    for broken, place in (
        ([*whole[:2], edited, *whole[3:]], 2),
        ([*whole[:2], redone, *whole[3:]], 3),
        ([*whole[:2], *whole[3:]], 2),
        ([whole[0], whole[2], whole[1], *whole[3:]], 1),
        (whole[1:], 0),
    ):
        assert chain_findings(broken)[0].position == place


def test_a_manifest_is_the_same_bytes_wherever_the_file_lies(
    sealed: SealedFile, tmp_path: Path
) -> None:
    elsewhere = dataclasses.replace(sealed, path=tmp_path / "archive" / sealed.name)
    assert manifest_entry(sealed, previous=None) == manifest_entry(elsewhere, previous=None)
    body = json.loads(manifest_entry(sealed, previous=None).body)
    assert body["sha256"] == sealed.sha256
    assert body["previous"] is None
