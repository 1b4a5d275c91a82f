"""Files that come packed: one file in a gzip or zip is opened, anything else is refused."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
from refused_files import refused

from bank_adapters import RefusalCode, read

if TYPE_CHECKING:
    from collections.abc import Callable

MB = 1 << 20


def zipped(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return buffer.getvalue()


class _OneWay(io.RawIOBase):
    """A stream that cannot be rewound, as a zip that is written on the way to us."""

    def __init__(self) -> None:
        super().__init__()
        self.content = b""

    def writable(self) -> bool:
        return True

    def write(self, part: Any) -> int:
        self.content += bytes(part)
        return len(part)


def zipped_one_way(content: bytes) -> bytes:
    stream = _OneWay()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("answer.xml", content)
    return stream.content


PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "zip": lambda content: zipped(("answer.xml", content)),
    "zip, stored": lambda content: zipped(("a.xml", content), method=zipfile.ZIP_STORED),
    "zip, written one way": zipped_one_way,
    "zip with a path": lambda content: zipped(("../../etc/passwd", content)),
}


@pytest.mark.parametrize("packer", sorted(PACKERS))
@pytest.mark.parametrize("n", [3, 2_000])
def test_one_packed_file_is_read_as_the_plain_one(packer: str, n: int, messages: Any) -> None:
    plain = messages.statement(n).encode()
    raw = PACKERS[packer](plain)
    message = read(io.BytesIO(raw), name="answer")
    assert message.events == read(io.BytesIO(plain), name="answer").events
    assert message.bytes == len(raw)


@pytest.mark.parametrize("packer", sorted(PACKERS))
def test_a_packed_file_cut_anywhere_is_refused(packer: str, messages: Any) -> None:
    raw = PACKERS[packer](messages.statement(3).encode())
    for at in [*range(2, len(raw), 37), len(raw) - 30]:
        assert refused(raw[:at]).place


@pytest.mark.parametrize("packer", ["gzip", "zip", "zip, written one way"])
def test_a_damaged_packed_file_is_refused(packer: str, messages: Any) -> None:
    raw = PACKERS[packer](messages.statement(3).encode())
    for at in range(40, len(raw) - 90, 29):
        assert refused(raw[:at] + bytes([raw[at] ^ 0x5A]) + raw[at + 1 :]).place


def test_two_files_in_one_are_refused(messages: Any) -> None:
    plain = messages.statement(3).encode()
    assert refused(zipped(("a.xml", plain), ("b.xml", plain))).code == RefusalCode.PACKED
    assert refused(gzip.compress(plain) + gzip.compress(plain)).code == RefusalCode.PACKED
    assert refused(gzip.compress(plain) + b"junk").code == RefusalCode.PACKED
    assert refused(zipped()).code == RefusalCode.PACKED


def test_a_pack_in_a_pack_is_refused(messages: Any) -> None:
    plain = messages.statement(3).encode()
    assert refused(gzip.compress(gzip.compress(plain))).code == RefusalCode.FORMAT
    assert refused(gzip.compress(zipped(("a.xml", plain)))).code == RefusalCode.FORMAT


@pytest.mark.parametrize("packer", ["gzip", "zip"])
def test_a_bomb_is_refused_before_it_is_unpacked(packer: str) -> None:
    head = b'<?xml version="1.0"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08">'
    bomb = PACKERS[packer](head + b" " * (100 * MB))
    assert len(bomb) < MB
    assert refused(bomb).code == RefusalCode.TOO_LARGE
    small = PACKERS[packer](head + b" " * (2 * MB))
    assert refused(small, bytes_max=MB).code == RefusalCode.TOO_LARGE


def test_other_ways_of_packing_are_refused_with_what_to_ask(messages: Any) -> None:
    plain = messages.statement(3).encode()

    for raw in (
        bz2.compress(plain),
        lzma.compress(plain),
        zipped(("a.xml", plain), method=zipfile.ZIP_BZIP2),
        zipped(("a.xml", plain), method=zipfile.ZIP_LZMA),
    ):
        found = refused(raw)
        assert found.code == RefusalCode.PACKED
        assert "plain file" in found.ask
    locked = bytearray(zipped(("a.xml", plain)))
    locked[6] |= 1  # the flag of encryption
    assert refused(bytes(locked)).code == RefusalCode.PACKED


def test_a_zip_whose_checksum_is_wrong_is_refused(messages: Any) -> None:
    raw = bytearray(zipped(("a.xml", messages.statement(3).encode())))
    at = raw.index(b"PK\x01\x02") + 16
    raw[at] ^= 1
    assert refused(bytes(raw)).code == RefusalCode.NOT_WELL_FORMED
