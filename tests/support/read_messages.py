"""What tests of reading share: reading a file, what it told, and entries of many payments."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from bank_adapters import ReadLimits, read

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bank_adapters import Answer, BankMessage

__all__ = ["batch", "exact", "only_entry", "taken", "told", "whole"]


def taken(content: str | bytes, *, answers: Sequence[Answer] = (), **limits: int) -> BankMessage:
    """Read it as ``answer``, within these limits."""
    raw = content.encode() if isinstance(content, str) else content
    return read(io.BytesIO(raw), name="answer", limits=ReadLimits(**limits), answers=answers)


def told(message: BankMessage, *names: str) -> list[tuple[Any, ...]]:
    """Return these columns of all that a message tells."""
    return [tuple(row[name] for name in names) for row in message.events.to_pylist()]


def exact(content: str) -> BankMessage:
    """Read by the exact extractor alone: a comment anywhere makes sure of it."""
    content = content.replace("<GrpHdr>", "<!-- --><GrpHdr>", 1)
    return read(io.BytesIO(content.encode()), name="answer.xml")


def whole(message: BankMessage) -> tuple[Any, ...]:
    """Return all that a message tells, to compare."""
    return (
        message.entries,
        message.events.to_pylist(),
        dict(message.totals),
        message.refusals,
        message.message_id,
        message.original_message_id,
        message.format,
    )


def batch(amounts: list[str], *, stated: str | None = None, way: str = "CRDT") -> str:
    """Return what stands in an entry of several payments."""
    payments = "".join(
        f"<TxDtls><Refs><EndToEndId>B{i}</EndToEndId></Refs>"
        + (f'<Amt Ccy="INR">{amount}</Amt><CdtDbtInd>{way}</CdtDbtInd>' if amount else "")
        + "</TxDtls>"
        for i, amount in enumerate(amounts, 1)
    )
    count = f"<NbOfTxs>{stated}</NbOfTxs>" if stated else ""
    group = f"<Btch><MsgId>OUR-1</MsgId><PmtInfId>OUR-1-1</PmtInfId>{count}</Btch>"
    return f"<NtryDtls>{group}{payments}</NtryDtls>"


def only_entry(messages: Any, detail: str, amount: str = "6.00") -> str:
    """Return a statement of one entry with these details."""
    credit = messages.credit(1, amount=amount, detail=detail)
    closing = f"{100 + int(amount[:-3])}.00"
    return messages.statement(1, entry=lambda _: credit, closing=closing)
