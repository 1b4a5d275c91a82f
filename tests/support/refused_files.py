"""A file of a bank that must be refused, for tests that look at the refusal."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest

from bank_adapters import ReadLimits, RefusedFile, read

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bank_adapters import Answer

__all__ = ["refused"]


def refused(content: str | bytes, *, answers: Sequence[Answer] = (), **limits: int) -> RefusedFile:
    """Read it as ``answer``; fail unless it is refused, and return the refusal."""
    raw = content.encode() if isinstance(content, str) else content
    with pytest.raises(RefusedFile) as caught:
        read(io.BytesIO(raw), name="answer", limits=ReadLimits(**limits), answers=answers)
    return caught.value
