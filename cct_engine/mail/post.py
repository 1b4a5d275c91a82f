"""One round of the post: look what waits, write it down once, hand over what has not gone."""

from __future__ import annotations

import smtplib
from typing import TYPE_CHECKING, NamedTuple

import structlog

from cct_engine.mail import outbox
from cct_engine.mail.letter import letter
from cct_engine.mail.server import mail_server
from cct_engine.mail.waiting import what_waits

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cct_engine.cycle import Desk
    from cct_engine.mail.outbox import Mail
    from cct_engine.mail.server import MailServer
    from cct_engine.mail.waiting import Overdue

__all__ = ["Posted", "post"]


class Posted(NamedTuple):
    """What one round did. ``fault`` is a kind of failure, empty when there was none."""

    raised_count: int
    withdrawn_count: int
    sent_count: int
    waiting_count: int
    fault: str


def post(desk: Desk, *, late: Iterable[Overdue] = ()) -> Posted:
    """Tell officers what waits for them, each thing once; never raises for a mail server's sake.

    A mail is taken (and that is committed) before it is handed over. Killed in between, it is
    tried again later under the same ``Message-ID``: a reminder rather comes twice than never.
    Without a mail server in the settings nothing is raised.
    """
    server = mail_server(desk.settings)
    if server is None:
        return Posted(0, 0, 0, 0, "")
    at = desk.clock.now()
    with desk.database.transaction() as connection:
        found = what_waits(connection, at, suspense_days=desk.settings.suspense_days, late=late)
        raised = outbox.raise_all(connection, found, at=at)
        withdrawn = outbox.withdraw(connection, found, at=at)
        mails = outbox.untold(connection, at=at)
    sent, fault = _handed_over(desk, server, mails) if mails else (0, "")
    with desk.database.transaction() as connection:
        waiting = outbox.waiting_count(connection)
    if raised or sent or fault:
        structlog.get_logger().info(
            "mail.posted", raised_count=raised, sent_count=sent, waiting_count=waiting, fault=fault
        )
    return Posted(raised, withdrawn, sent, waiting, fault)


def _handed_over(desk: Desk, server: MailServer, mails: list[Mail]) -> tuple[int, str]:
    """Return how many mails went, and the newest kind of failure."""
    sent, fault = 0, ""
    try:
        with server.open() as session:
            for mail in mails:
                if not _taken(desk, mail):
                    continue
                refusal = _refused(desk, session, mail)
                sent, fault = (sent, refusal) if refusal else (sent + 1, fault)
    except (OSError, smtplib.SMTPException) as down:
        fault = type(down).__name__
        structlog.get_logger().warning("mail.server_down", fault=fault)
    return sent, fault


def _taken(desk: Desk, mail: Mail) -> bool:
    with desk.database.transaction() as connection:
        return outbox.take(connection, mail, at=desk.clock.now())


def _refused(desk: Desk, session: smtplib.SMTP, mail: Mail) -> str:
    """Hand one mail over; return what is wrong with this mail alone, or nothing."""
    at, settings = desk.clock.now(), desk.settings
    try:
        ready = letter(mail, sender=settings.smtp_from, console_url=settings.console_url, at=at)
        session.send_message(ready.message, from_addr=settings.smtp_from, to_addrs=[ready.address])
    except (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError, ValueError) as refusal:
        fault = type(refusal).__name__
        structlog.get_logger().warning(
            "mail.refused", kind=mail.kind, officer_id=mail.officer_id, fault=fault
        )
        return fault
    with desk.database.transaction() as connection:
        outbox.sent(connection, mail, at=at)
    return ""
