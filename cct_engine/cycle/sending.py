"""Sending what is sealed and booked, and fetching what the bank has laid out for us.

A release sends its own files. What the bank could not be given then (its server did not answer) is
sent here, and an upload nobody knows the end of is settled here after the bank was asked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import sqlalchemy as sa

from bank_adapters.delivery import DoorClosed, opened
from cct_engine.cycle.channel import channel_of
from cct_engine.cycle.record import CycleError
from cct_engine.cycle.release.delivery import OutcomeUnknown, deliver
from cct_engine.cycle.states import permission
from cct_engine.people import Refused, acts, authorise, record_refusal
from reconciliation import end_delivery

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from cct_engine.cycle.desk import Desk

__all__ = ["Sent", "send", "send_files", "settle_unknown"]

_ACT = "bank.send"


class Sent(NamedTuple):
    """What sending came to; ``waiting`` names each file that is not sent, and why."""

    sent: tuple[str, ...]
    waiting: tuple[tuple[str, str], ...]
    sentence: str


def send(desk: Desk) -> Sent:
    """Send every file of a released cycle that the bank does not have yet; none twice."""
    at = desk.clock.now()
    _authorise(desk, at)
    with desk.database.transaction() as connection:
        waiting = _waiting(connection)
    sent = send_files(desk, waiting, at=at)
    if sent.sent:
        _record(desk, at, "sent", {"files": len(sent.sent)})
    return sent


def send_files(desk: Desk, files: Sequence[Any], *, at: datetime) -> Sent:
    """Send files (rows with message_id, name, fund), grouped by fund: one connection for each."""
    sent: list[str] = []
    waiting: list[tuple[str, str]] = []
    for fund in dict.fromkeys(file.fund for file in files):
        of_fund = [file for file in files if file.fund == fund]
        channel = channel_of(desk.home, fund)
        passphrase = desk.settings.bank_key_passphrase
        try:
            with opened(
                channel, passphrase=passphrase.get_secret_value() if passphrase else None
            ) as door:
                for file in of_fund:
                    try:
                        deliver(
                            desk.database,
                            desk.home / "bank" / "sealed" / file.name,
                            door,
                            message_id=file.message_id,
                            officer_id=desk.officer_id,
                            at=at,
                            keys=channel.pgp,
                        )
                    except OutcomeUnknown as unknown:
                        waiting.append((file.name, str(unknown)))
                    else:
                        sent.append(file.name)
        except DoorClosed as closed:
            waiting += [(file.name, str(closed)) for file in of_fund if file.name not in sent]
    told = f"{len(sent)} file(s) are with the bank."
    if waiting:
        told += f" {len(waiting)} wait: {waiting[0][1]}"
    return Sent(tuple(sent), tuple(waiting), told)


def settle_unknown(desk: Desk, name: str, *, outcome: Literal["sent", "refused"]) -> None:
    """Say what the bank answered about an upload nobody knew the end of.

    ``refused``: the bank does not have it, and it may be sent. Raises CycleError when there is no
    such upload.
    """
    at = desk.clock.now()
    _authorise(desk, at)
    with desk.database.transaction() as connection:
        message = connection.execute(
            sa.text("SELECT message_id FROM bank.file WHERE name = :name AND state = 'unknown'"),
            {"name": name},
        ).scalar()
        if message is None:
            raise CycleError(f"No upload of {name} is open; cct bank files lists every file.")
        end_delivery(
            connection,
            message,
            outcome=outcome,
            channel="asked",
            at=at,
            officer_id=desk.officer_id,
            remark="the bank was asked",
        )
    _record(desk, at, outcome, {"file": name})


def _waiting(connection: sa.Connection) -> Sequence[Any]:
    return connection.execute(
        sa.text(
            "SELECT f.message_id, f.name, u.code AS fund FROM bank.file f"
            " JOIN cycle.cycle c USING (cycle_id)"
            " JOIN registry.fund u ON u.fund_id = f.fund_id"
            " WHERE f.state IN ('sealed', 'unknown') AND c.state = 'released' ORDER BY f.file_id"
        )
    ).all()


def _authorise(desk: Desk, at: datetime) -> None:
    try:
        with desk.database.transaction() as connection:
            authorise(connection, permission("release"), officer_id=desk.officer_id, at=at)
    except Refused as refusal:
        record_refusal(
            desk.database,
            refusal,
            at=at,
            officer_id=desk.officer_id,
            verb=_ACT,
            subject="bank/outbox",
        )
        raise


def _record(desk: Desk, at: datetime, outcome: str, detail: dict[str, object]) -> None:
    with desk.database.transaction() as connection:
        acts.record(
            connection,
            at=at,
            officer_id=desk.officer_id,
            verb=_ACT,
            subject="bank/outbox",
            outcome="done",
            detail={"outcome": outcome, **detail},
        )
