"""Asking for payments back: camt.055 and camt.056 to cancel them, pain.007 to reverse them.

A recall names each payment by the references of its order; the bank answers with camt.029. Recalls
are few, so they are built whole from pyiso20022's objects. A recalled payment stays what it is in
the books until the bank has answered.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final, Literal

from lxml import etree

from bank_adapters.control import no_hit, sealing
from bank_adapters.iso20022.objects import rendered
from bank_adapters.iso20022.recall_documents import (
    CANCEL_AT_BANK,
    CANCEL_BETWEEN_BANKS,
    DOCUMENTS,
    REVERSE,
    Recalled,
)
from bank_adapters.model import SealedFile
from bank_adapters.writing import SchemaBroken

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from pathlib import Path

    from bank_adapters.profiles.model import BankProfile

__all__ = ["CANCEL_AT_BANK", "CANCEL_BETWEEN_BANKS", "REVERSE", "Recalled", "write_recall"]

_ITEMS_MAX: Final = 10_000
_MessageKind = Literal["camt.055.001.08", "camt.056.001.08", "pain.007.001.10"]


def write_recall(
    items: Sequence[Recalled],
    profile: BankProfile,
    folder: Path,
    *,
    kind: _MessageKind,
    message_id: str,
    created_at: datetime,
    hit: Callable[[str], None] = no_hit,
) -> SealedFile:
    """Write and seal one recall; the same items, id and time give the same bytes.

    Raises ValueError for no items, too many, or payments of several orders in a pain.007 (which
    names one order); SchemaBroken and FileConflict as ``write_file``.
    """
    _assert_one_message(items, kind)
    document = DOCUMENTS[kind](items, profile, message_id, created_at)
    content = rendered(kind, document).encode()
    name = f"{message_id}.xml"

    def check(path: Path) -> None:
        _assert_recounted(path, items, profile)

    with sealing(folder, name, check=check, hit=hit) as file:
        file.write(content)
    return SealedFile(
        name=name,
        path=folder / name,
        count=len(items),
        total_minor=sum(item.amount_minor for item in items),
        currency=profile.currency,
        sha256=file.hexdigest(),
        bytes=file.size,
        message_id=message_id,
        schema=kind,
    )


def _assert_one_message(items: Sequence[Recalled], kind: str) -> None:
    if not 1 <= len(items) <= _ITEMS_MAX:
        raise ValueError(f"a recall asks for 1 to {_ITEMS_MAX} payments, not {len(items)}.")
    if len({item.instruction_id_text for item in items}) != len(items):
        raise ValueError("a recall asks for each payment once.")
    if kind == REVERSE and len({item.message_id for item in items}) > 1:
        raise ValueError("a pain.007 reverses payments of one order; write one for each order.")


def _assert_recounted(path: Path, items: Sequence[Recalled], profile: BankProfile) -> None:
    """Read the file again: every payment once, with its amount, under its references."""
    root = etree.parse(str(path)).getroot()
    names = {"orgnl": "OrgnlInstdAmt", "between": "OrgnlIntrBkSttlmAmt"}
    found = []
    for node in root.iter("{*}TxInf"):
        amount = next(
            text for name in names.values() if (text := node.findtext(f"{{*}}{name}")) is not None
        )
        found.append((node.findtext("{*}OrgnlInstrId"), Decimal(amount)))
    wanted = [
        (item.instruction_id_text, Decimal(item.amount_minor).scaleb(-profile.exponent))
        for item in items
    ]
    if sorted(found, key=str) != sorted(wanted, key=str):
        raise SchemaBroken(
            f"{path.name}: read back, the recall does not name the payments it was written for. "
            "Nothing was sealed; report this as a defect."
        )
