"""camt053 and bankstatementparser, in an environment of their own: they bring much with them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

__all__ = ["statement_peers"]

_ENVIRONMENT = Path(__file__).parent / ".peers" / "statements"
_PACKAGES = ("camt053==0.0.20", "bankstatementparser==0.0.29")
_TOOLS = Path(__file__).parents[1] / ".tools" / "bin" / "uv"
_READER = Path(__file__).parent / "peer_statements.py"


def statement_peers(path: Path, count: int) -> dict[str, float]:
    """Return the seconds each peer takes for a statement of ``count`` entries; none if not here."""
    if not _environment():
        return {}
    found = {}
    for name in ("camt053", "bankstatementparser"):
        command = [str(_ENVIRONMENT / "bin" / "python"), str(_READER), name, str(path), str(count)]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        if done.returncode == 0:
            found[name] = float(json.loads(done.stdout)["seconds"])
        else:
            print(f"bank_files: {name} did not read the file: {done.stderr.strip()[-200:]}")
    return found


def _environment() -> bool:
    """Make the peers' environment if it is not there; False where the index cannot be reached."""
    if (_ENVIRONMENT / "made").exists():
        return True
    python = str(_ENVIRONMENT / "bin" / "python")
    make = [str(_TOOLS), "venv", "--clear", "--quiet", "--python", sys.executable]
    fill = [str(_TOOLS), "pip", "install", "--quiet", "--python", python, *_PACKAGES]
    for command in ([*make, str(_ENVIRONMENT)], fill):
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        if done.returncode != 0:
            print(f"bank_files: no statement peers: {done.stderr.strip()[-200:]}")
            return False
    (_ENVIRONMENT / "made").touch()
    return True
