"""The table of mails: raised once, taken by one sender, sent once. Each guard is the write."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import sqlalchemy as sa
from psycopg.types.json import Jsonb

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from cct_engine.mail.waiting import Waits

__all__ = ["Mail", "raise_all", "sent", "take", "untold", "waiting_count", "withdraw"]


class Mail(NamedTuple):
    """One mail that is to go: to whom, in which language, about what."""

    officer_id: int
    address: str
    language: str
    kind: str
    about: str
    facts: Mapping[str, str | int]


def raise_all(connection: sa.Connection, found: Sequence[Waits], *, at: datetime) -> int:
    """Write down what is to be told to officers who have an address; return how much is new.

    What was told already is not raised again. What was withdrawn and waits again, is.
    """
    rows = [
        {
            "officer_id": officer_id,
            "kind": one.kind,
            "about": one.about,
            "facts": Jsonb(dict(one.facts)),
            "at": at,
        }
        for one in found
        for officer_id in sorted(one.officer_ids)
    ]
    return sum(connection.execute(_RAISE, row).rowcount for row in rows)


def withdraw(connection: sa.Connection, found: Sequence[Waits], *, at: datetime) -> int:
    """Take back unsent mails about what waits no more; a break-glass is told in any case."""
    keys = [
        f"{officer_id} {one.kind} {one.about}" for one in found for officer_id in one.officer_ids
    ]
    return connection.execute(_WITHDRAW, {"keys": keys, "at": at}).rowcount


def untold(connection: sa.Connection, *, at: datetime) -> list[Mail]:
    """Return the mails whose turn it is, the oldest first.

    A mail that did not go is tried again after two minutes, then four, at last every hour.
    """
    rows = connection.execute(_UNTOLD, {"at": at})
    return [Mail(*row) for row in rows]


def take(connection: sa.Connection, mail: Mail, *, at: datetime) -> bool:
    """Take a mail to send it; False when another sender has it. Commit before sending."""
    return connection.execute(_TAKE, _key(mail) | {"at": at}).rowcount == 1


def sent(connection: sa.Connection, mail: Mail, *, at: datetime) -> None:
    """Say that the mail server took a mail over."""
    connection.execute(_SENT, _key(mail) | {"at": at})


def waiting_count(connection: sa.Connection) -> int:
    """Return how many mails have not gone yet."""
    return int(connection.execute(_COUNT).scalar_one())


def _key(mail: Mail) -> dict[str, object]:
    return {"officer_id": mail.officer_id, "kind": mail.kind, "about": mail.about}


_DUE: Final = """
    m.sent_at IS NULL AND m.withdrawn_at IS NULL AND (m.tried_at IS NULL
        OR m.tried_at + least(60, power(2, least(m.tried_count, 10))) * interval '1 minute' <= :at)
"""
_RAISE: Final = sa.text("""
    INSERT INTO notice.mail (officer_id, kind, about, facts, raised_at)
    SELECT officer_id, :kind, :about, :facts, :at FROM people.mailbox
    WHERE officer_id = :officer_id
    ON CONFLICT (officer_id, kind, about) DO UPDATE SET withdrawn_at = NULL
        WHERE mail.withdrawn_at IS NOT NULL AND mail.sent_at IS NULL
""")
_WITHDRAW: Final = sa.text("""
    UPDATE notice.mail SET withdrawn_at = :at
    WHERE sent_at IS NULL AND withdrawn_at IS NULL AND kind <> 'break_glass'
      AND officer_id || ' ' || kind || ' ' || about <> ALL(CAST(:keys AS text[]))
""")
_UNTOLD: Final = sa.text(f"""
    SELECT m.officer_id, b.address, coalesce(p.language, 'en'), m.kind, m.about, m.facts
    FROM notice.mail m JOIN people.mailbox b USING (officer_id)
    JOIN people.officer o USING (officer_id) LEFT JOIN people.preference p USING (officer_id)
    WHERE (o.disabled_at IS NULL OR o.disabled_at > :at) AND {_DUE}
    ORDER BY m.raised_at, m.officer_id, m.kind, m.about
""")
_TAKE: Final = sa.text(f"""
    UPDATE notice.mail AS m SET tried_at = :at, tried_count = tried_count + 1
    WHERE m.officer_id = :officer_id AND m.kind = :kind AND m.about = :about AND {_DUE}
""")
_SENT: Final = sa.text("""
    UPDATE notice.mail SET sent_at = :at, withdrawn_at = NULL
    WHERE officer_id = :officer_id AND kind = :kind AND about = :about AND sent_at IS NULL
""")
_COUNT: Final = sa.text(
    "SELECT count(*) FROM notice.mail WHERE sent_at IS NULL AND withdrawn_at IS NULL"
)
