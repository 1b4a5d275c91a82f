"""Tokens: keyed hashes under which ids and account numbers are compared without being read.

HMAC-SHA-256, cut to 128 bits. The same value gives the same token only under the same key and
scheme; nobody without the key can try all numbers. Written twice, for one value in Python and for
a set of rows in SQL; a test holds them together.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Final, NamedTuple

__all__ = ["TokenPads", "token", "token_sql"]

_BLOCK: Final = 64  # bytes of a SHA-256 block
_LENGTH: Final = 32  # hex digits kept


def token(key: bytes, scheme: str, value: str) -> str:
    """Return the token of a value: 32 hex digits.

    >>> token(b"key", "NIS", "12345678901") == token(b"key", "NIS", "123.45678.90-1")
    True
    """
    message = f"{scheme}\x1f{_plain(value)}".encode()
    return hmac.new(key, message, hashlib.sha256).hexdigest()[:_LENGTH]


class TokenPads(NamedTuple):
    """The key as HMAC uses it: what SQL needs to make the same tokens (RFC 2104)."""

    inner: bytes
    outer: bytes

    @classmethod
    def of(cls, key: bytes) -> TokenPads:
        """Prepare a key. Bind both pads as parameters, never write them into a statement."""
        block = (hashlib.sha256(key).digest() if len(key) > _BLOCK else key).ljust(_BLOCK, b"\0")
        return cls(bytes(b ^ 0x36 for b in block), bytes(b ^ 0x5C for b in block))


def token_sql(scheme: str, value: str) -> str:
    """Return the SQL expression of a token of two SQL expressions; binds ``:inner``, ``:outer``."""
    plain = (
        f"CASE WHEN strpos({value}, '@') > 0 THEN lower({value})"
        f" ELSE upper(regexp_replace({value}, '[ ./-]', '', 'g')) END"
    )
    message = f"convert_to({scheme} || chr(31) || {plain}, 'UTF8')"
    digest = f"sha256(CAST(:outer AS bytea) || sha256(CAST(:inner AS bytea) || {message}))"
    return f"left(encode({digest}, 'hex'), {_LENGTH})"


def _plain(value: str) -> str:
    """A number is the same however it is spaced; an e-mail address keeps its points."""
    if "@" in value:
        return value.lower()
    return value.translate(str.maketrans("", "", " ./-")).upper()
