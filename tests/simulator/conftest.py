"""Orders for the simulated bank, and an independent reading of its answers."""

from __future__ import annotations

import contextlib
import hashlib
import uuid
from datetime import date
from decimal import Decimal
from pathlib import Path  # noqa: TC003 - pytest reads the annotations of fixtures
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from lxml import etree

from bank_adapters.simulator import Expected, FailureMix, expected_outcomes, simulate

if TYPE_CHECKING:
    from collections.abc import Sequence

SEED = 20260918
ACCOUNT = "0001000012345678"
FIRST_DAY = date(2026, 9, 18)


class Line(NamedTuple):
    """One transfer of an order, as the test wants it."""

    end_to_end_id: str
    amount: str = "600.00"
    attempt: int = 1
    currency: str = "BRL"


def lines(count: int, *, tag: str = "A") -> list[Line]:
    """Return transfers of different amounts, one reference each."""
    return [
        Line(f"CCT202609{tag}{n:08d}", f"{142 * (1 + n % 7)}.{n % 100:02d}") for n in range(count)
    ]


def order_text(
    rows: Sequence[Line],
    *,
    message_id: str,
    account: str = ACCOUNT,
    execution_on: date = FIRST_DAY,
    stated_count: int | None = None,
    control_sum: str | None = None,
    batch_booking: str = "true",
) -> str:
    """Write a pain.001.001.09 by hand, sharing nothing with the product's writer."""
    total = sum((Decimal(row.amount) for row in rows), Decimal(0))
    transfers = "".join(_transfer(row) for row in rows)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"><CstmrCdtTrfInitn>'
        f"<GrpHdr><MsgId>{message_id}</MsgId><CreDtTm>2026-09-16T10:00:00Z</CreDtTm>"
        f"<NbOfTxs>{len(rows) if stated_count is None else stated_count}</NbOfTxs>"
        f"<CtrlSum>{total if control_sum is None else control_sum}</CtrlSum>"
        "<InitgPty><Nm>Programme</Nm></InitgPty></GrpHdr>"
        f"<PmtInf><PmtInfId>{message_id}-1</PmtInfId><PmtMtd>TRF</PmtMtd>"
        f"<BtchBookg>{batch_booking}</BtchBookg>"
        f"<ReqdExctnDt><Dt>{execution_on.isoformat()}</Dt></ReqdExctnDt>"
        f"<Dbtr><Nm>Programme</Nm></Dbtr><DbtrAcct><Id><Othr><Id>{account}</Id></Othr></Id>"
        "</DbtrAcct><DbtrAgt><FinInstnId><ClrSysMmbId><MmbId>99999001</MmbId></ClrSysMmbId>"
        f"</FinInstnId></DbtrAgt>{transfers}</PmtInf></CstmrCdtTrfInitn></Document>\n"
    )


def _transfer(row: Line) -> str:
    instruction = f"{row.end_to_end_id}-{row.attempt}"
    uetr = uuid.UUID(bytes=hashlib.sha256(instruction.encode()).digest()[:16], version=4)
    return (
        f"<CdtTrfTxInf><PmtId><InstrId>{instruction}</InstrId>"
        f"<EndToEndId>{row.end_to_end_id}</EndToEndId><UETR>{uetr}</UETR></PmtId>"
        f'<Amt><InstdAmt Ccy="{row.currency}">{row.amount}</InstdAmt></Amt>'
        "<Cdtr><Nm>Neusalina &amp; Filhos</Nm></Cdtr>"
        "<CdtrAcct><Id><Othr><Id>1234/567890-1</Id></Othr></Id></CdtrAcct></CdtTrfTxInf>\n"
    )


class Entry(NamedTuple):
    """One booked entry as an answer shows it; amounts in minor units, debits negative."""

    reference: str
    bank_reference: str
    amount_minor: int
    reversal: bool
    batch: tuple[str, str, int] | None  # message id, payment id, count
    end_to_end_id: str
    instruction_id: str
    uetr: str
    reason: str


class Answer:
    """An answer file read with a plain tree, for comparison."""

    def __init__(self, path: Path) -> None:
        self.name = path.name
        self.root = etree.parse(path).getroot()
        self.schema = str(etree.QName(self.root).namespace).rpartition(":")[2]

    def text(self, path: str) -> str:
        return _text(self.root, path)

    def all(self, tag: str) -> list[etree._Element]:
        return list(self.root.iter(f"{{*}}{tag}"))

    def entries(self) -> list[Entry]:
        return [_entry(element) for element in self.all("Ntry")]

    def rejected(self) -> list[tuple[str, str]]:
        """Return instruction id and reason of each line that rejects a transfer."""
        return [
            (_text(element, "OrgnlInstrId"), _text(element, "StsRsnInf/Rsn/Cd"))
            for element in self.all("TxInfAndSts")
        ]

    def balances(self) -> dict[str, int]:
        return {_text(balance, "Tp/CdOrPrtry/Cd"): _signed(balance) for balance in self.all("Bal")}


def _text(element: etree._Element, path: str) -> str:
    found = element.find(".//" + "/".join(f"{{*}}{step}" for step in path.split("/")))
    return "" if found is None or found.text is None else found.text


def _minor(text: str) -> int:
    return int(Decimal(text) * 100)


def _signed(element: etree._Element) -> int:
    sign = 1 if _text(element, "CdtDbtInd") == "CRDT" else -1
    return sign * _minor(_text(element, "Amt"))


def _entry(element: etree._Element) -> Entry:
    batch = None
    if _text(element, "Btch/MsgId"):
        names = (_text(element, "Btch/MsgId"), _text(element, "Btch/PmtInfId"))
        batch = (*names, int(_text(element, "Btch/NbOfTxs")))
    return Entry(
        reference=_text(element, "NtryRef"),
        bank_reference=_text(element, "AcctSvcrRef"),
        amount_minor=_signed(element),
        reversal=_text(element, "RvslInd") == "true",
        batch=batch,
        end_to_end_id=_text(element, "Refs/EndToEndId"),
        instruction_id=_text(element, "Refs/InstrId"),
        uetr=_text(element, "Refs/UETR"),
        reason=_text(element, "RtrInf/Rsn/Cd"),
    )


class Desk(NamedTuple):
    """The two folders between payer and bank, and what a test does with them."""

    outbox: Path
    answers: Path

    def release(
        self, name: str, count: int, message_id: str, *, tag: str = "A", **changes: Any
    ) -> Path:
        """Put an order of ``count`` transfers into the outbox."""
        text = order_text(lines(count, tag=tag), message_id=message_id, **changes)
        return self.put(name, text)

    def put(self, name: str, text: str) -> Path:
        path = self.outbox / name
        path.write_text(text, encoding="utf-8")
        return path

    def simulate(self, *, mix: FailureMix, on: date, **options: Any) -> list[Path]:
        """Run the bank with this desk's seed."""
        answers = options.pop("answers", self.answers)
        seed = options.pop("seed", SEED)
        return simulate(self.outbox, answers, seed=seed, mix=mix, on=on, **options)

    def expected(self, mix: FailureMix) -> list[Expected]:
        return list(expected_outcomes(self.outbox, seed=SEED, mix=mix))

    def named(self, part: str = "") -> list[Path]:
        """Return the answers whose name contains a text, in the order of delivery."""
        return sorted(path for path in self.answers.glob("*.xml") if part in path.name)

    def read(self, part: str = "") -> list[Answer]:
        """Read the answers whose name contains a text; a cut one is left out."""
        found = []
        for path in self.named(part):
            with contextlib.suppress(etree.XMLSyntaxError):
                found.append(Answer(path))
        return found


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """An empty outbox and a folder for answers."""
    (tmp_path / "outbox").mkdir()
    return Desk(tmp_path / "outbox", tmp_path / "answers")
