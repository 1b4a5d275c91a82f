"""What a process must load to work on bank files: no table library that it does not use."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from bank_adapters import INSTRUCTION_SCHEMA

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bank_adapters import BankProfile

ALONE = """
import sys
from datetime import UTC, date, datetime
from pathlib import Path
import pyarrow as pa
from bank_adapters import Expected, FileContext, load_profile, read, write_file
folder = Path(sys.argv[1])
created = datetime(2026, 9, 1, 6, 30, tzinfo=UTC)
with pa.ipc.open_file(folder / "rows.arrow") as rows:
    batches = [rows.get_batch(number) for number in range(rows.num_record_batches)]
expected = Expected(int(sys.argv[2]), int(sys.argv[3]))
profile = load_profile("neft_bank_inr")
context = FileContext("M-1", created, date(2026, 9, 2), profile, expected=expected)
write_file(batches, context, folder)
for name in ("statement.xml", "report.xml"):
    print(read(folder / name, name=name).entries)
print("pandas" in sys.modules)
"""


def test_a_process_that_writes_and_reads_bank_files_does_not_load_pandas(
    inr: BankProfile, rows: Callable[..., pa.Table], messages: Any, tmp_path: Path
) -> None:
    """Arrow would load it for the first list it is given: a third of such a process's memory."""
    payments = rows(40, inr)
    with pa.ipc.new_file(tmp_path / "rows.arrow", INSTRUCTION_SCHEMA) as sink:
        sink.write_table(payments)
    (tmp_path / "statement.xml").write_text(messages.statement(300))
    (tmp_path / "report.xml").write_text(messages.report(400))
    total = sum(payments["amount_minor"].to_pylist())
    command = [sys.executable, "-c", ALONE, str(tmp_path), "40", str(total)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert done.stdout.split() == ["300", "400", "False"]
