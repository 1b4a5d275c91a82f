"""A file is in UTF-8, declares nothing else, or is refused with what to ask for.

Every trap is set in a small file and in one large enough for the bulk extractor, whose own leniency
must not show.
"""

from __future__ import annotations

from typing import Any

import pytest
from read_messages import taken
from refused_files import both_sizes, refused

from bank_adapters import RefusalCode


@both_sizes
def test_bytes_that_are_no_utf8_are_refused(n: int, messages: Any) -> None:
    for wrong in (b"\xff\xfe", b"\xc3(", b"\xed\xa0\x80", "José".encode("latin-1")):
        whole = messages.statement(n).encode().replace(b"A Person", wrong)
        assert refused(whole).code == RefusalCode.NOT_WELL_FORMED


@both_sizes
@pytest.mark.parametrize(
    "encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be", "utf-7"]
)
def test_another_encoding_than_utf8_is_refused(n: int, encoding: str, messages: Any) -> None:
    whole = messages.statement(n).replace("UTF-8", encoding.upper())
    code = refused(whole.encode(encoding)).code
    assert code in (RefusalCode.ENCODING, RefusalCode.NOT_WELL_FORMED)


@both_sizes
@pytest.mark.parametrize(
    ("declared", "encoding"),
    [
        ("UTF-16", "utf-16"),
        ("UTF-16LE", "utf-16-le"),
        ("UTF-16BE", "utf-16-be"),
        ("ISO-8859-1", "latin-1"),
        ("windows-1252", "cp1252"),
    ],
)
def test_a_file_rightly_encoded_otherwise_is_refused_with_what_to_ask(
    n: int, declared: str, encoding: str, messages: Any
) -> None:
    whole = messages.statement(n).replace("UTF-8", declared).replace("A Person", "José")
    assert f'encoding="{declared}"' in whole
    why = refused(whole.encode(encoding))
    assert why.code == RefusalCode.ENCODING
    assert why.ask == "Ask for the file in UTF-8, as ISO 20022 wants it."


@pytest.mark.parametrize("encoding", ["ISO-8859-1", "windows-1252", "UTF-7", "EBCDIC-CP-US", "x"])
def test_a_declared_encoding_other_than_utf8_is_refused(encoding: str, messages: Any) -> None:
    whole = messages.statement(3).replace("UTF-8", encoding)
    assert refused(whole).code == RefusalCode.ENCODING


def test_a_byte_order_mark_of_utf8_is_no_harm(messages: Any) -> None:
    assert taken(b"\xef\xbb\xbf" + messages.statement(3).encode()).entries == 3
