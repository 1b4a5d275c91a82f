"""One measured step of ``benchmarks.bank_files``, in a process of its own.

``python -m benchmarks.bank_files_steps <step> <n> <folder>`` prints seconds and megabytes as JSON.
"""
# ruff: noqa: PLC0415 - a process loads only what its step needs, or its memory would tell nothing

from __future__ import annotations

import json
import os
import sys
import time
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.bank_files_made import NAMES, PARTS, REPORT, make_report, make_statement
from cct_engine.measure import measured

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

BATCH = 2_000


def _timed(work: Callable[[], Any], warm: Callable[[], Any] = lambda: None) -> dict[str, Any]:
    warm()
    with measured("before") as before:
        pass
    with measured("work") as cost:
        work()
    own_mb = cost.peak_mb - before.peak_mb
    return {"seconds": cost.seconds, "peak_mb": cost.peak_mb, "own_mb": own_mb}


def _profile() -> Any:
    from bank_adapters import load_profile

    profile = load_profile("neft_bank_inr")
    limits = profile.limits.model_copy(
        update={"transactions_max": 10**8, "bytes_max": 10**11, "total_max_minor": 10**17}
    )
    return profile.model_copy(update={"limits": limits})


def _make_rows(n: int, folder: Path) -> None:
    import pyarrow as pa

    from bank_adapters import INSTRUCTION_SCHEMA

    with pa.ipc.new_stream(folder / f"rows-{n}.arrow", INSTRUCTION_SCHEMA) as sink:
        for start in range(0, n, BATCH):
            sink.write_batch(_rows(range(start, min(n, start + BATCH))))


def _rows(numbers: range) -> Any:
    import pyarrow as pa

    from bank_adapters import INSTRUCTION_SCHEMA, instruction_text, uetrs_from
    from bank_adapters.identifiers import end_to_end_ids

    count = len(numbers)
    references = end_to_end_ids("bench-2026-09", numbers, map(str, numbers)).to_pylist()
    columns = {
        "end_to_end_id": references,
        "instruction_id_text": [instruction_text(r, 1) for r in references],
        "uetr": uetrs_from(references),
        "amount_minor": [50_000 + i % 100_000 for i in numbers],
        "currency": ["INR"] * count,
        "creditor_name": [NAMES[i % len(NAMES)] for i in numbers],
        "account": [str(30_000_000_000 + i) for i in numbers],
        "account_kind": ["IFSC_ACCOUNT"] * count,
        "agent": [f"ZZZZ0{i % 10**6:06d}" for i in numbers],
        "agent_scheme": ["INFSC"] * count,
        "town": ["Patna"] * count,
        "country": ["IN"] * count,
        "purpose": ["SSBE"] * count,
        "remittance": ["Benefit 2026-09"] * count,
        "short_reference": [None] * count,
    }
    arrays = [pa.array(columns[f.name], f.type) for f in INSTRUCTION_SCHEMA]
    return pa.RecordBatch.from_arrays(arrays, schema=INSTRUCTION_SCHEMA)


def _batches(n: int, folder: Path) -> Iterator[Any]:
    import pyarrow as pa

    path = min(folder.glob("rows-*.arrow"), key=lambda p: abs(int(p.stem[5:]) - n))
    left = n
    with pa.OSFile(str(path)) as file:  # not mapped: its pages would count as ours
        for whole in pa.ipc.open_stream(file):
            batch = whole[:left]
            left -= batch.num_rows
            if not batch.num_rows:
                return
            yield batch


def _make_columns(n: int, folder: Path) -> None:
    """Write the columns for a peer in whose environment there is no Arrow."""
    rows = [row for batch in _batches(n, folder) for row in batch.to_pylist()]
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    (folder / f"columns-{n}.json").write_text(json.dumps(columns), encoding="utf-8")


def _context(n: int, message_id: str = "BENCH-1") -> Any:
    from bank_adapters import Expected, FileContext

    total = sum(50_000 + i % 100_000 for i in range(n))
    created = datetime(2026, 9, 1, tzinfo=UTC)
    expected = Expected(n, total)
    return FileContext(message_id, created, date(2026, 9, 2), _profile(), expected=expected)


def _write(n: int, folder: Path) -> dict[str, Any]:
    from bank_adapters import write_file

    passed: dict[str, float] = {}

    def hit(place: str) -> None:
        passed[place] = time.perf_counter()

    context, small = _context(n), _context(10, "WARM-1")
    result = _timed(
        lambda: write_file(_batches(n, folder), context, folder, hit=hit),
        warm=lambda: write_file(_batches(10, folder), small, folder),
    )
    checked = passed["bank.write.before_rename"] - passed["bank.write.before_check"]
    return result | {"check_seconds": checked}


def _write_floor(folder: Path) -> dict[str, Any]:
    content = (folder / "BENCH-1.xml").read_bytes()

    def write() -> None:
        with (folder / "floor.xml").open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())

    return _timed(write)


def _write_pyiso20022(n: int, folder: Path) -> dict[str, Any]:
    from bank_adapters import Instruction
    from bank_adapters.iso20022.specimen import document_text, instruction_object

    context = _context(n)

    def write() -> None:
        transfers = [
            instruction_object(Instruction(**row), context.profile)
            for batch in _batches(n, folder)
            for row in batch.to_pylist()
        ]
        text = document_text(context, context.expected, transfers)
        (folder / "pyiso.xml").write_text(text)

    return _timed(write)


def _write_sepaxml(n: int, folder: Path) -> dict[str, Any]:
    from sepaxml import SepaTransfer

    def write() -> None:
        config = {"name": "Programme", "IBAN": "NL50BANK1234567890", "BIC": "BANKNL2A"}
        config |= {"batch": True, "currency": "EUR"}
        sepa = SepaTransfer(config, schema="pain.001.001.09", clean=False)
        for batch in _batches(n, folder):
            for row in batch.to_pylist():
                sepa.add_payment(
                    {
                        "name": row["creditor_name"],
                        "IBAN": "NL50BANK1234567890",
                        "BIC": "BANKNL2A",
                        "amount": row["amount_minor"],
                        "execution_date": date(2026, 9, 2),
                        "description": row["remittance"],
                        "endtoend_id": row["end_to_end_id"],
                    }
                )
        (folder / "sepa.xml").write_bytes(sepa.export(validate=False))

    return _timed(write)


def _make(n: int, folder: Path, family: str) -> None:
    if family == REPORT:
        make_report(n, folder)
    else:
        make_statement(n, folder, family)


def _read(n: int, folder: Path, family: str) -> dict[str, Any]:
    from bank_adapters import read

    _make(10, folder, family)
    rows: list[int] = []

    def work() -> None:
        path = folder / f"{family}-{n}.xml"
        message = read(path, name="bench", deliver=lambda batch: rows.append(batch.num_rows))
        assert message.entries == n

    return _timed(work, warm=lambda: read(folder / f"{family}-10.xml", name="warm"))


def _read_floor(n: int, folder: Path, family: str) -> dict[str, Any]:
    def work() -> None:
        with (folder / f"{family}-{n}.xml").open("rb") as file:
            while file.read(1 << 20):
                pass

    return _timed(work)


def _read_pyiso20022(n: int, folder: Path, family: str) -> dict[str, Any]:
    import importlib

    from xsdata.formats.dataclass.parsers import XmlParser
    from xsdata.formats.dataclass.parsers.config import ParserConfig
    from xsdata.formats.dataclass.parsers.handlers import XmlEventHandler

    business, _, number = family.partition(".")
    version = "10" if family == REPORT else "08"
    module = importlib.import_module(f"pyiso20022.{business}.{business}_{number}_001_{version}")
    config = ParserConfig(fail_on_converter_warnings=True)
    parser = XmlParser(config=config, handler=XmlEventHandler)
    _make(10, folder, family)

    def work() -> None:
        parser.parse(str(folder / f"{family}-{n}.xml"), module.Document)

    return _timed(
        work, warm=lambda: parser.parse(str(folder / f"{family}-10.xml"), module.Document)
    )


STEPS: dict[str, Callable[[int, Path], dict[str, Any]]] = {
    "rows": lambda n, folder: _timed(lambda: _make_rows(n, folder)),
    "columns": lambda n, folder: _timed(lambda: _make_columns(n, folder)),
    "write": _write,
    "write_floor": lambda _, folder: _write_floor(folder),
    "write_pyiso20022": _write_pyiso20022,
    "write_sepaxml": _write_sepaxml,
}
for _family in (*PARTS, REPORT):
    STEPS |= {
        f"make_{_family}": lambda n, folder, f=_family: _timed(lambda: _make(n, folder, f)),
        f"read_{_family}": lambda n, folder, f=_family: _read(n, folder, f),
        f"read_floor_{_family}": lambda n, folder, f=_family: _read_floor(n, folder, f),
        f"read_pyiso20022_{_family}": lambda n, folder, f=_family: _read_pyiso20022(n, folder, f),
    }


if __name__ == "__main__":
    print(json.dumps(STEPS[sys.argv[1]](int(sys.argv[2]), Path(sys.argv[3]))))
