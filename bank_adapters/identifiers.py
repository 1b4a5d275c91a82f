"""References that are computed, never drawn: repeating a step gives the same reference.

An EndToEndId belongs to what is paid (transfer group, payee, lines of the first attempt) and
stays the same over attempts, so that a late duplicate shows. An InstrId and a UETR belong to one
attempt. Rails with shorter references (NPCI 13, CNAB 240 20, SPEI 29) take them from a mapping
table, not from a cut hash.
"""

from __future__ import annotations

import re
from base64 import b32encode
from hashlib import sha256
from typing import TYPE_CHECKING
from uuid import UUID

from bank_adapters.arrays import text_array

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    import pyarrow as pa

__all__ = [
    "end_to_end_id",
    "end_to_end_ids",
    "instruction_text",
    "message_id",
    "uetr_from",
    "uetrs_from",
]

_PERIOD = re.compile(r"(\d{4})-(\d{2})$")
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_TEXT_MAX = 35


def end_to_end_id(transfer_group: str, payee_id: int, lines_digest: str) -> str:
    """Return the reference of one payment over all its attempts: 29 of ``[A-Z0-9]``.

    ``lines_digest`` is the digest of the entitlement lines of the first attempt. The 20 last
    characters carry 100 bits, so two payments of one programme never share a reference.
    """
    return _prefix(transfer_group) + _hashed(transfer_group, payee_id, lines_digest)


def end_to_end_ids(
    transfer_group: str, payee_ids: Iterable[int], lines_digests: Iterable[str]
) -> pa.Array:
    """Return ``end_to_end_id`` for columns of one transfer group; about a microsecond each."""
    prefix = _prefix(transfer_group)
    pairs = zip(payee_ids, lines_digests, strict=True)
    return text_array(prefix + _hashed(transfer_group, p, d) for p, d in pairs)


def _prefix(transfer_group: str) -> str:
    if not transfer_group or "|" in transfer_group:
        raise ValueError("a transfer group has a name, and no | in it: | parts the hashed key.")
    period = _PERIOD.search(transfer_group)
    return "CCT" + (period[1] + period[2] if period else "000000")


def _hashed(transfer_group: str, payee_id: int, lines_digest: str) -> str:
    key = f"{transfer_group}|{payee_id}|{lines_digest}".encode()
    return b32encode(sha256(key).digest()[:13])[:20].decode()


def instruction_text(end_to_end_id: str, attempt: int) -> str:
    """Return the reference of one attempt: the EndToEndId, a dash, the attempt in base 36."""
    if attempt < 1:
        raise ValueError(f"attempts count from 1, got {attempt}.")
    suffix = ""
    while attempt:
        attempt, digit = divmod(attempt, 36)
        suffix = _DIGITS[digit] + suffix
    text = f"{end_to_end_id}-{suffix}"
    if len(text) > _TEXT_MAX:
        raise ValueError(
            f"an InstrId has at most {_TEXT_MAX} characters; this one has {len(text)}."
        )
    return text


def uetr_from(text: str) -> str:
    """Return the UETR of one attempt: SHA-256 with the bits of a version-4 UUID forced.

    The schema asks for version 4; a UUIDv5 of the same text would fail its pattern.
    """
    return str(UUID(bytes=sha256(text.encode()).digest()[:16], version=4))


def uetrs_from(texts: Iterable[str]) -> pa.Array:
    """Return ``uetr_from`` for a column of InstrIds."""
    return text_array(uetr_from(text) for text in texts)


def message_id(profile_code: str, *, execution_on: date, sequence: int) -> str:
    """Return the MsgId of the n-th file of a bank and day; the caller stores it before writing."""
    if sequence < 1:
        raise ValueError(f"files of a day count from 1, got {sequence}.")
    code = re.sub(r"[^A-Z0-9]", "", profile_code.upper())[:16]
    return f"{code}-{execution_on:%Y%m%d}-{sequence:04d}"
