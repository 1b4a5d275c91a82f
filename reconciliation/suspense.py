"""The list of open items, and how people close what the bank does not.

One officer proposes what an item was, a second one confirms; only then it is posted. The bank may
close an item at any time by reversing it; then nobody has to.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import sqlalchemy as sa

from ledger import Batch, Event, Lines, Seal, post
from reconciliation import locks, schema
from reconciliation.errors import ResolutionRefused
from reconciliation.open_items import REASONS
from reconciliation.settle import lines_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, datetime

__all__ = ["RESOLUTIONS", "OpenItem", "confirm", "open_items", "propose", "reject"]

_ITEM = schema.suspense_item


class Resolution(NamedTuple):
    """What an open item can turn out to be. ``event``: how it is booked once out of suspense."""

    direction: str | None
    booked: bool
    event: Event | None
    text: str


RESOLUTIONS: Final = {
    "return": Resolution("CRDT", True, Event.RETURN_AFTER, "A settled payment came back."),
    "funds": Resolution("CRDT", True, Event.FUND_RECEIVED, "The Treasury funded the programme."),
    "charge": Resolution("DBIT", True, Event.BANK_CHARGE, "The bank charged for its work."),
    "not_ours": Resolution(None, False, None, "The entry is not about our money."),
}


@dataclass(frozen=True, slots=True)
class OpenItem:
    """Money that waits for an explanation. ``age_days`` counts from the day the bank booked it."""

    item_id: int
    reason: str
    text: str
    owner_role: str
    direction: str
    amount_minor: int
    currency: str
    booked: bool
    programme_id: int
    fund_id: int
    cycle_id: int
    instruction_id: int
    file_id: int | None
    opened_on: date
    age_days: int
    state: str
    resolution: str
    proposed_by: int | None


def open_items(
    connection: sa.Connection, *, on: date, cycle_id: int | None = None, count_max: int = 1_000
) -> tuple[OpenItem, ...]:
    """Return what is open, oldest first; of one cycle if one is named."""
    query = (
        sa.select(_ITEM)
        .where(_ITEM.c.state != "closed")
        .order_by(_ITEM.c.opened_on, _ITEM.c.item_id)
        .limit(count_max)
    )
    if cycle_id is not None:
        query = query.where(_ITEM.c.cycle_id == cycle_id)
    return tuple(
        OpenItem(
            item_id=row.item_id,
            reason=row.reason,
            text=REASONS[row.reason],
            owner_role=row.owner_role,
            direction=row.direction,
            amount_minor=row.amount_minor,
            currency=row.currency,
            booked=row.booked,
            programme_id=row.programme_id,
            fund_id=row.fund_id,
            cycle_id=row.cycle_id,
            instruction_id=row.instruction_id,
            file_id=row.file_id,
            opened_on=row.opened_on,
            age_days=(on - row.opened_on).days,
            state=row.state,
            resolution=row.resolution,
            proposed_by=row.proposed_by,
        )
        for row in connection.execute(query)
    )


def propose(
    connection: sa.Connection,
    item_id: int,
    *,
    resolution: str,
    remark: str,
    officer_id: int,
    at: datetime,
    instruction_id: int = 0,
) -> None:
    """Propose what an open item was (a key of ``RESOLUTIONS``); nothing is booked yet.

    ``instruction_id`` names the settled payment that a ``return`` gives back. Raises
    ``ResolutionRefused`` if the item is not open or cannot be that.
    """
    item = _locked(connection, item_id)
    _refuse_misfit(connection, item, resolution, instruction_id)
    moved = connection.execute(
        sa.update(_ITEM)
        .values(
            state="proposed",
            version=_ITEM.c.version + 1,
            resolution=resolution,
            resolution_instruction_id=instruction_id,
            remark=remark,
            proposed_by=officer_id,
            proposed_at=at,
        )
        .where(_ITEM.c.item_id == item_id, _ITEM.c.state == "open")
    )
    if moved.rowcount != 1:
        raise ResolutionRefused(
            f"Item {item_id} is {item.state}, not open. Someone else, or the bank, was first: look "
            "at it again."
        )


def reject(connection: sa.Connection, item_id: int, *, officer_id: int, remark: str) -> None:
    """Send a proposal back: the item is open again, with the remark."""
    moved = connection.execute(
        sa.update(_ITEM)
        .values(
            state="open",
            version=_ITEM.c.version + 1,
            resolution="",
            resolution_instruction_id=0,
            remark=f"sent back by officer {officer_id}: {remark}",
            proposed_by=None,
            proposed_at=None,
        )
        .where(_ITEM.c.item_id == item_id, _ITEM.c.state == "proposed")
    )
    if moved.rowcount != 1:
        raise ResolutionRefused(f"Item {item_id} has no proposal that could be sent back.")


def confirm(
    connection: sa.Connection, item_id: int, *, officer_id: int, at: datetime
) -> tuple[Seal, ...]:
    """Confirm another officer's proposal: the item is closed and booked as what it was.

    Raises ``ResolutionRefused`` for the officer who proposed, for an item without a proposal, and
    if what it was proposed to be is no longer true.
    """
    locks.books(connection)
    item = _locked(connection, item_id)
    if item.state != "proposed":
        raise ResolutionRefused(
            f"Item {item_id} is {item.state}; only a proposed resolution can be confirmed."
        )
    if item.proposed_by == officer_id:
        raise ResolutionRefused(
            f"Officer {officer_id} proposed how to close item {item_id}, so a second officer must "
            "confirm it: no one approves their own work."
        )
    _refuse_misfit(connection, item, item.resolution, item.resolution_instruction_id)
    connection.execute(
        sa.update(_ITEM)
        .values(
            state="closed",
            version=_ITEM.c.version + 1,
            confirmed_by=officer_id,
            confirmed_at=at,
            closed_at=at,
            closed_as=item.resolution,
        )
        .where(_ITEM.c.item_id == item_id, _ITEM.c.state == "proposed")
    )
    return tuple(_book(connection, item, officer_id, at))


def _locked(connection: sa.Connection, item_id: int) -> sa.Row[Any]:
    item = connection.execute(
        sa.select(_ITEM).where(_ITEM.c.item_id == item_id).with_for_update()
    ).first()
    if item is None:
        raise ResolutionRefused(f"There is no open item {item_id}.")
    return item


def _refuse_misfit(
    connection: sa.Connection,
    item: sa.Row[Any],
    resolution: str,
    instruction_id: int,
) -> None:
    wanted = RESOLUTIONS.get(resolution)
    if wanted is None:
        raise ResolutionRefused(
            f"No resolution is called {resolution!r}; there are {', '.join(RESOLUTIONS)}."
        )
    if item.booked != wanted.booked or wanted.direction not in {None, item.direction}:
        raise ResolutionRefused(
            f"Item {item.item_id} ({item.direction}, {'' if item.booked else 'not '}in the books) "
            f"cannot be {resolution!r}: {wanted.text}"
        )
    if item.booked and item.entry_id is None:
        raise ResolutionRefused(
            f"Item {item.item_id} waits for the bank ({REASONS[item.reason]}) and closes by itself "
            "when the bank books it. Ask the bank."
        )
    if resolution == "return":
        _settled(connection, item, instruction_id)


def _settled(connection: sa.Connection, item: sa.Row[Any], instruction_id: int) -> sa.Row[Any]:
    table = schema.instruction
    row = connection.execute(
        sa.select(table)
        .where(
            table.c.instruction_id == instruction_id,
            table.c.state == "settled",
            table.c.amount_minor == item.amount_minor,
            table.c.currency == item.currency,
        )
        .with_for_update()
    ).first()
    if row is None:
        raise ResolutionRefused(
            f"Instruction {instruction_id} is not a settled payment of exactly the amount of item "
            f"{item.item_id}, so the item cannot be its return. Compare both with the bank's entry."
        )
    return row


def _book(
    connection: sa.Connection,
    item: sa.Row[Any],
    officer_id: int,
    at: datetime,
) -> Iterator[Seal]:
    event = RESOLUTIONS[item.resolution].event
    if event is None:
        return

    def batch(posted: Event, cycle_id: int, fund_id: int) -> Batch:
        return Batch(
            event=posted,
            programme_id=item.programme_id,
            fund_id=fund_id,
            cycle_id=cycle_id,
            value_on=at.date(),
            currency=item.currency,
            key=f"recon/item/{item.item_id}/{posted.name.lower()}/{cycle_id}/{fund_id}",
            prepared_by=item.proposed_by,
            approved_by=officer_id,
            recorded_at=at,
        )

    def one(seq: int) -> Lines:
        return Lines.of(
            subject=[0], seq=[seq], amount_minor=[item.amount_minor], reference=[item.item_id]
        )

    out = Event.SUSPENSE_OUT if item.direction == "CRDT" else Event.ADVANCE_RETURNED
    yield post(connection, batch(out, item.cycle_id, item.fund_id), one(item.item_id))
    if event is not Event.RETURN_AFTER:
        yield post(connection, batch(event, item.cycle_id, item.fund_id), one(item.entry_id))
        return
    paid = _settled(connection, item, item.resolution_instruction_id)
    for (cycle_id, fund_id), lines in lines_of(connection, paid.instruction_id):
        yield post(connection, batch(event, cycle_id, fund_id), lines)
    _give_back(connection, item, paid, at)


def _give_back(
    connection: sa.Connection,
    item: sa.Row[Any],
    paid: sa.Row[Any],
    at: datetime,
) -> None:
    table, living, part = schema.instruction, schema.living_part, schema.instruction_part
    connection.execute(
        sa.insert(schema.match).values(
            inbox_file_id=item.inbox_file_id,
            position=item.position,
            instruction_id=paid.instruction_id,
            file_id=paid.file_id,
            evidence="credit",
            counts=True,
            entry_id=item.entry_id,
            posted=int(Event.RETURN_AFTER),
            action="UNCLASSIFIED",
            matched_at=at,
        )
    )
    connection.execute(
        sa.update(table)
        .values(state="returned", version=table.c.version + 1)
        .where(
            table.c.instruction_id == paid.instruction_id,
            table.c.value_on == paid.value_on,
            table.c.state == "settled",
        )
    )
    connection.execute(
        sa.delete(living).where(
            living.c.instruction_id == paid.instruction_id,
            part.c.instruction_id == paid.instruction_id,
            *(living.c[name] == part.c[name] for name in ("cycle_id", "household_id", "line_seq")),
        )
    )
