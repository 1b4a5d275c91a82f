"""From what waits to a mail: a subject, a few lines, headers that nobody can add to.

Only facts of a known form enter: codes, numbers, days. So a header has one line, whatever stood in
the database, and no sentence can carry a name.
"""

from __future__ import annotations

import hashlib
import re
from datetime import UTC
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import TYPE_CHECKING, Final, NamedTuple

from cct_engine.mail.words import CLOSING, LINK, WORDS

if TYPE_CHECKING:
    from datetime import datetime

    from cct_engine.mail.outbox import Mail

__all__ = ["Letter", "letter"]

_FACT: Final = re.compile(r"[A-Za-z0-9._:/ -]{0,80}", re.ASCII)
_PAGES: Final = {
    "sign": "/cycles/{cycle}/approval",
    "release": "/cycles/{cycle}",
    "exceptions": "/exceptions",
    "override": "/exceptions/{finding}",
    "suspense": "/suspense",
    "late": "/calendar",
    "break_glass": "/activity",
}


class Letter(NamedTuple):
    """A mail ready to go: the address it goes to, and the message."""

    address: str
    message: EmailMessage


def letter(mail: Mail, *, sender: str, console_url: str, at: datetime) -> Letter:
    """Write a mail. The same mail, tried again, has the same ``Message-ID``.

    Raises ValueError for a fact of a form that no code, number or day has.
    """
    facts = {name: _plain(value) for name, value in mail.facts.items()}
    subject, sentence = WORDS[mail.language][mail.kind]
    lines = [sentence.format(**facts)]
    if console_url:
        page = console_url.rstrip("/") + _PAGES[mail.kind].format(**facts)
        lines.append(f"{LINK[mail.language]} {page}")
    lines.append(CLOSING[mail.language])
    message = EmailMessage(policy=SMTP)
    message["Subject"] = subject.format(**facts)
    message["From"] = sender
    message["To"] = mail.address
    message["Date"] = format_datetime(at.astimezone(UTC))
    message["Message-ID"] = _number(mail, sender)
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no machine answers it
    message["Content-Language"] = mail.language
    message.set_content("\n\n".join(lines) + "\n")
    return Letter(mail.address, message)


def _plain(value: object) -> str:
    text = str(value)
    if _FACT.fullmatch(text) is None:
        raise ValueError(
            "A fact of a mail has a form that no code, number or day has. It may be a person's, or "
            "meant to add a header; the mail was not written."
        )
    return text


def _number(mail: Mail, sender: str) -> str:
    key = f"{mail.officer_id} {mail.kind} {mail.about}"
    return f"<{hashlib.sha256(key.encode()).hexdigest()[:32]}@{sender.rpartition('@')[2]}>"
