"""Mails to officers: what waits for them, told once each, by a mail server that may be down.

What waits is computed from the state of things (``what_waits``), never remembered; that it was
told is a row whose key refuses a second one. Sending comes after the work and beside it: a mail
server that does not answer stops nothing, and the mail goes when it answers again. No mail holds
personal data: codes, counts, days and a link.
"""

from cct_engine.mail.letter import Letter, letter
from cct_engine.mail.outbox import Mail, waiting_count
from cct_engine.mail.post import Posted, post
from cct_engine.mail.server import MailServer, mail_server
from cct_engine.mail.waiting import Overdue, Waits, what_waits

__all__ = [
    "Letter",
    "Mail",
    "MailServer",
    "Overdue",
    "Posted",
    "Waits",
    "letter",
    "mail_server",
    "post",
    "waiting_count",
    "what_waits",
]
