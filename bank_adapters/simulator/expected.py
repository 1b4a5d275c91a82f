"""A pure model of the bank: what becomes of each transfer in the end, without any answer file."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from .orders import Header, Payment, minor_units, read_order
from .receiving import sha256_of
from .verdict import Outcome, attempt_of, verdict_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from .mix import FailureMix
    from .orders import Transfer

__all__ = ["Expected", "expected_outcomes"]


class Expected(NamedTuple):
    """The last state of one transfer, once every late answer has come.

    ``code`` is of the status list for a rejection, of the return list for a return; ``days``
    counts from the settlement to the return.
    """

    message_id: str
    end_to_end_id: str
    instruction_id: str
    amount_minor: int
    currency: str
    outcome: Outcome
    code: str
    days: int


def expected_outcomes(outbox: Path, *, seed: int, mix: FailureMix) -> Iterator[Expected]:
    """Yield the final outcome of every transfer of every order in ``outbox``.

    Copies of an order count once. An order whose own totals do not hold, or whose message id was
    used by an earlier file name, is refused as a whole.
    """
    seen: set[str] = set()
    message_ids: set[str] = set()
    for path in sorted(outbox.glob("*.xml")):
        sha256 = sha256_of(path)
        if sha256 in seen:
            continue
        seen.add(sha256)
        header, refused = _judge(path)
        refused = "DU01" if header.message_id in message_ids else refused
        message_ids.add(header.message_id)
        for transfer in _transfers(path):
            yield _expected(header, transfer, refused, seed=seed, mix=mix)


def _transfers(path: Path) -> Iterator[Transfer]:
    for part in read_order(path):
        if not isinstance(part, Header | Payment):
            yield part


def _judge(path: Path) -> tuple[Header, str]:
    header = next(part for part in read_order(path) if isinstance(part, Header))
    count, total_minor, currencies = 0, 0, set()
    for transfer in _transfers(path):
        count += 1
        total_minor += transfer.amount_minor
        currencies.add(transfer.currency)
    if count != header.transfer_count:
        return header, "AM19"
    agrees = not header.control_sum or len(currencies) != 1
    agrees = agrees or minor_units(header.control_sum, currencies.pop()) == total_minor
    return header, "" if agrees else "AM10"


def _expected(
    header: Header, transfer: Transfer, refused: str, *, seed: int, mix: FailureMix
) -> Expected:
    outcome, code, days = Outcome.REJECTED, refused, 0
    if not refused:
        attempt = attempt_of(transfer.end_to_end_id, transfer.instruction_id)
        outcome, _, code, days = verdict_of(seed, transfer.end_to_end_id, attempt, mix)
    return Expected(
        message_id=header.message_id,
        end_to_end_id=transfer.end_to_end_id,
        instruction_id=transfer.instruction_id,
        amount_minor=transfer.amount_minor,
        currency=transfer.currency,
        outcome=outcome,
        code=code,
        days=days,
    )
