"""The books of three finished cycles are opened by Beancount and hledger, to the unit."""

from __future__ import annotations

import csv
import io
import shutil
import subprocess
import sys
from collections import defaultdict
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import ledger

if TYPE_CHECKING:
    from demo_plays import Books, Cct

Balances = dict[tuple[int, int, int], int]


@pytest.fixture(scope="module")
def ours(finished: Books) -> Balances:
    with finished.opened() as database, database.transaction() as connection:
        lines = ledger.trial_balance(connection)
    return {(line.programme_id, line.fund_id, line.account): line.balance_minor for line in lines}


def exported(finished: Books, cct: Cct, out: Path, layout: str) -> Path:
    ran = cct(finished, "--demo", "ledger", "export", "--format", layout, "--out", str(out))
    assert ran.exit_code == 0, ran
    return out


def told(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, ""), done
    return done.stdout


def _key(account: str) -> tuple[int, int, int]:
    programme, fund, name = account.split(":")[-3:]
    return int(programme[1:]), int(fund[1:]), int(name[:4])


def test_bean_check_accepts_the_books_and_finds_our_balances(
    finished: Books, cct: Cct, ours: Balances, tmp_path: Path
) -> None:
    path = exported(finished, cct, tmp_path / "books.beancount", "beancount")
    bean_check = str(Path(sys.executable).with_name("bean-check"))
    assert told([bean_check, "--no-cache", str(path)]) == ""
    asserted = {}
    for line in path.read_text().splitlines():
        words = line.split()
        if words[1:2] == ["balance"]:
            asserted[_key(words[2])] = int(Decimal(words[3]) * 100)
            assert words[4:6] == ["~", "0"]
    assert asserted == ours


def test_hledger_check_accepts_the_books_and_finds_our_balances(
    finished: Books, cct: Cct, ours: Balances, tmp_path: Path
) -> None:
    hledger = shutil.which("hledger")
    if hledger is None:
        pytest.skip("hledger is not installed: apt-get install hledger")
    path = exported(finished, cct, tmp_path / "books.journal", "hledger")
    assert told([hledger, "-f", str(path), "check", "-s", "ordereddates"]) == ""
    found: Balances = defaultdict(int)
    rows = csv.reader(io.StringIO(told([hledger, "-f", str(path), "bal", "-NE", "-O", "csv"])))
    next(rows)
    for account, amount in rows:
        number = amount.split()[0]
        found[_key(account)] += int(Decimal(number) * 100)
    assert found == ours
