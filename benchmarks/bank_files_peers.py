"""camt053 and bankstatementparser, in an environment of their own: they bring much with them."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from benchmarks.environments import peers_bin

__all__ = ["statement_peers"]

_PACKAGES = ("camt053==0.0.20", "bankstatementparser==0.0.29")
_READER = Path(__file__).parent / "peer_statements.py"


def statement_peers(path: Path, count: int) -> dict[str, float]:
    """Return the seconds each peer takes for a statement of ``count`` entries; none if not here."""
    programs = peers_bin("statements", _PACKAGES)
    if programs is None:
        return {}
    found = {}
    for name in ("camt053", "bankstatementparser"):
        command = [str(programs / "python"), str(_READER), name, str(path), str(count)]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        if done.returncode == 0:
            found[name] = float(json.loads(done.stdout)["seconds"])
        else:
            print(f"bank_files: {name} did not read the file: {done.stderr.strip()[-200:]}")
    return found
