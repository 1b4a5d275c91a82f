"""What the bridge needs to read answers: tokens of accounts, descriptions of delimited files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from bank_adapters import load_answer
from cct_engine.registry import ACCOUNT_SCHEME, token

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bank_adapters import Answer

__all__ = ["account_tokens", "described_answers"]


def account_tokens(key: bytes) -> Callable[[pa.Array], pa.Array]:
    """Return what turns account numbers into the registry's tokens, each different one once."""

    def tokens(accounts: pa.Array) -> pa.Array:
        coded = accounts.dictionary_encode()
        made = [token(key, ACCOUNT_SCHEME, number) for number in coded.dictionary.to_pylist()]
        return pa.array(made, pa.string()).take(coded.indices)

    return tokens


def described_answers(home: Path) -> tuple[Answer, ...]:
    """Return the descriptions of delimited files that banks of this installation send."""
    folder = home / "bank" / "delimited"
    return tuple(load_answer(path) for path in sorted(folder.glob("*.yaml")))
