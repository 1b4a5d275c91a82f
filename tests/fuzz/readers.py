"""Let atheris hunt for bytes that break a reader: ``python tests/fuzz/readers.py CORPUS_FOLDER``.

atheris is no dependency of ours; install it beside the project for a hunt. Whatever it finds
becomes an example in tests/bank_adapters/test_any_bytes.py.
"""

from __future__ import annotations

import io
import sys

import atheris

with atheris.instrument_imports(include=["bank_adapters"]):
    from bank_adapters import ReadLimits, RefusedFile, read

LIMITS = ReadLimits(bytes_max=1 << 20, entries_max=5_000)


def one(raw: bytes) -> None:
    """Read the bytes; anything but a message or a refusal is a find."""
    try:
        message = read(io.BytesIO(raw), name="fuzz", limits=LIMITS)
    except RefusedFile:
        return
    assert message.entries <= LIMITS.entries_max


if __name__ == "__main__":
    atheris.Setup(sys.argv, one)
    atheris.Fuzz()
