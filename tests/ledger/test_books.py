"""The books are opened by tools we did not write, and add up to the same, to the unit."""

from __future__ import annotations

import csv
import re
import shutil
import subprocess
import sys
from collections import defaultdict
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import ledger
from ledger import Event
from ledger.export import write_books, write_general_ledger


def exponent(currency: str) -> int:
    return 0 if currency == "JPY" else 2


@pytest.fixture
def kept(books: Any) -> Any:
    """Two funds in two currencies, a correction, and texts that try to break out of a file."""
    books.post(Event.ENTITLE, {subject: 100 + subject for subject in range(1, 40)})
    books.post(Event.INSTRUCT, {11: 111, 12: 112}, conduit='Bank "of" | ; ünder')
    books.post(Event.SETTLE, {11: 111})
    books.post(Event.RETURN_BEFORE, {12: 112})
    books.post(Event.HOLD, {}, key='empty "quoted" \\ key')
    books.post(Event.ENTITLE, {77: 12_345}, currency="JPY", fund_id=2, key="=HYPERLINK(1)")
    held = books.post(Event.HOLD, {3: 1}, cycle_id=2)
    books.post(Event.HOLD, {3: 1}, cycle_id=2, reverses=held.batch_id)
    return books


def written(kept: Any, path: Path, layout: str) -> Path:
    with kept.transaction() as connection:
        done = write_books(connection, path, layout=layout, exponent=exponent)  # type: ignore[arg-type]
        assert done.line_count == 46
    return path


def bean_check(path: Path) -> subprocess.CompletedProcess[str]:
    command = str(Path(sys.executable).with_name("bean-check"))
    return subprocess.run(
        [command, "--no-cache", str(path)], capture_output=True, text=True, check=False
    )


def hledger_check(path: Path) -> subprocess.CompletedProcess[str]:
    found = shutil.which("hledger")
    if found is None:
        pytest.skip("hledger is not installed: apt-get install hledger")
    command = [found, "-f", str(path), "check", "-s", "ordereddates"]
    return subprocess.run(command, capture_output=True, text=True, check=False)


CHECKERS = {"beancount": bean_check, "hledger": hledger_check}


@pytest.mark.parametrize("layout", CHECKERS)
def test_books_are_accepted_and_one_unit_more_is_not(
    kept: Any, tmp_path: Path, layout: str
) -> None:
    path = written(kept, tmp_path / f"books.{layout}", layout)
    done = CHECKERS[layout](path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    text = path.read_text()
    changed = re.sub(r"  1\.13 (INR\n.*)-1\.13", r"  1.14 \1-1.14", text, count=1)
    assert changed != text
    path.write_text(changed)
    assert CHECKERS[layout](path).returncode != 0


def test_beancount_finds_the_balances_of_our_trial_balance(kept: Any, tmp_path: Path) -> None:
    from beancount import loader  # noqa: PLC0415 - slow to import, for one test
    from beancount.core import realization  # noqa: PLC0415 - as above

    entries, errors, _ = loader.load_file(str(written(kept, tmp_path / "b", "beancount")))
    assert errors == []
    found = {}
    for account in realization.iter_children(realization.realize(entries), leaf_only=True):
        inventory = account.balance.reduce(lambda position: position.units)
        programme, fund, name = account.account.split(":")[-3:]
        key = int(programme[1:]), int(fund[1:]), int(name[:4])
        amounts = [(p.units.currency, p.units.number) for p in inventory] or [("", Decimal(0))]
        found[key] = amounts[0]
    with kept.transaction() as connection:
        ours = ledger.trial_balance(connection)
    assert len(found) == len(ours)
    for line in ours:
        currency, number = found[line.programme_id, line.fund_id, line.account]
        assert number * 10 ** exponent(line.currency) == line.balance_minor
        assert currency in {line.currency, ""}


def test_the_general_ledger_of_the_audit_standard_adds_up_and_has_no_formulas(
    kept: Any, tmp_path: Path
) -> None:
    with kept.transaction() as connection:
        detail, chart, balances = write_general_ledger(
            connection, tmp_path / "GL.csv", exponent=exponent
        )
        ours = ledger.trial_balance(connection)
    rows = list(csv.DictReader(detail.path.read_text(encoding="utf-8").splitlines()))
    assert len(rows) == 2 * detail.line_count == 92
    journals: dict[str, list[int]] = defaultdict(list)
    sums: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for row in rows:
        journals[row["Journal_ID"]].append(int(row["Journal_ID_Line_Number"]))
        sign = 1 if row["Amount_Credit_Debit_Indicator"] == "D" else -1
        amount = Decimal(row["Amount"]) * 10 ** exponent(row["Amount_Currency"])
        sums[row["Business_Unit_Code"], row["GL_Account_Number"]] += sign * amount
        assert not any(str(cell).startswith(("=", "+", "-", "@")) for cell in row.values())
    assert all(numbers == list(range(1, len(numbers) + 1)) for numbers in journals.values())
    for line in ours:
        assert (
            sums[f"P{line.programme_id}-F{line.fund_id}", str(line.account)] == line.balance_minor
        )
    told = {
        (row["Business_Unit_Code"], row["GL_Account_Number"]): row["Amount_Ending"]
        for row in csv.DictReader(balances.path.read_text(encoding="utf-8").splitlines())
    }
    assert told["P1-F2", "2100"] == "-12345"
    assert told["P1-F1", "1090"] == "0.00"
    assert len(chart.path.read_text(encoding="utf-8").splitlines()) == len(ledger.CHART) + 1
    assert {row["Reversal_Indicator"] for row in rows} == {"N", "Y"}


def test_an_export_is_never_overwritten(kept: Any, tmp_path: Path) -> None:
    path = written(kept, tmp_path / "books", "hledger")
    with kept.transaction() as connection, pytest.raises(FileExistsError):
        write_books(connection, path, layout="hledger", exponent=exponent)
    assert sorted(tmp_path.iterdir()) == [path]
