"""A file of a bank that must be refused, for tests that look at the refusal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from read_messages import taken

from bank_adapters import RefusedFile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bank_adapters import Answer

__all__ = ["both_sizes", "refused"]

both_sizes = pytest.mark.parametrize("n", [3, 900])
"""A trap is set twice: the exact extractor reads a small file, the bulk extractor a large one."""


def refused(content: str | bytes, *, answers: Sequence[Answer] = (), **limits: int) -> RefusedFile:
    """Read it as ``answer``; fail unless it is refused, and return the refusal."""
    with pytest.raises(RefusedFile) as caught:
        taken(content, answers=answers, **limits)
    return caught.value
