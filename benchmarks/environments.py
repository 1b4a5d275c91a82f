"""Environments of the peers' own: what they bring with them is not the engine's."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

__all__ = ["peers_bin"]

_PEERS = Path(__file__).parent / ".peers"
_UV = Path(__file__).parents[1] / ".tools" / "bin" / "uv"


def peers_bin(name: str, packages: tuple[str, ...]) -> Path | None:
    """Return where the programs of an environment are, made if it is not there.

    None, told on standard error, where it cannot be made: no uv, or no package index in reach.
    """
    environment = _PEERS / name
    programs = environment / "bin"
    made = environment / "made"
    if made.exists():
        return programs
    make = [str(_UV), "venv", "--clear", "--quiet", "--python", sys.executable, str(environment)]
    fill = [str(_UV), "pip", "install", "--quiet", "--python", str(programs / "python"), *packages]
    for command in (make, fill):
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        if done.returncode != 0:
            print(f"{name}: no peers: {done.stderr.strip()[-200:]}", file=sys.stderr)
            return None
    made.touch()
    return programs
