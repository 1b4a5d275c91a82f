"""One day at the bank on one page: what came, what matched, what did not, and who must act."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import sqlalchemy as sa

from ledger import Event
from reconciliation.lapse import LAPSE_KEY
from reconciliation.open_items import REASONS
from reconciliation.reissue import failed
from reconciliation.suspense import open_items

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

__all__ = ["Act", "Came", "Day", "Matched", "Unmatched", "day"]


class Came(NamedTuple):
    """A file of the bank that came on the day."""

    name: str
    format: str
    state: str
    events: int
    applied: int
    repeated: int
    suspense: int
    unrecognised: int
    advice: str
    """Of a quarantined one: what to ask the bank."""


class Matched(NamedTuple):
    """What the day did to payments: a number of them, or of bookings, and a sum."""

    what: str
    currency: str
    number: int
    total_minor: int


class Unmatched(NamedTuple):
    """What waits for an explanation, whenever it came: by reason and owner, oldest first."""

    reason: str
    owner_role: str
    currency: str
    number: int
    total_minor: int
    oldest_days: int

    @property
    def text(self) -> str:
        """Return why it waits, as a sentence."""
        return REASONS[self.reason]


class Act(NamedTuple):
    """What a role has to do now."""

    role: str
    what: str
    number: int


@dataclass(frozen=True, slots=True)
class Day:
    """The page. Sums are minor units, never across currencies."""

    on: date
    came: tuple[Came, ...]
    matched: tuple[Matched, ...]
    unmatched: tuple[Unmatched, ...]
    acts: tuple[Act, ...]

    @property
    def is_clear(self) -> bool:
        """Tell whether nobody has to do anything."""
        return not self.acts

    @property
    def sentence(self) -> str:
        """Return the day in a few words: what came, what it did, whether it is explained."""
        came = f"{len(self.came):,} file(s) came" if self.came else "Nothing came"
        refused = sum(file.state == "quarantined" for file in self.came)
        done: dict[str, int] = {}
        for row in self.matched:
            done[row.what] = done.get(row.what, 0) + row.number
        waiting = sum(row.number for row in self.unmatched)
        said = [
            came + (f", {refused:,} of them could not be taken" if refused else ""),
            ", ".join(f"{number:,} {what}" for what, number in done.items()),
            f"{waiting:,} booking(s) wait for an explanation" if waiting else "All is explained",
        ]
        return f"{self.on}: {'. '.join(part for part in said if part)}."


def day(connection: sa.Connection, on: date) -> Day:
    """Return what a day at the bank came to; open items and acts are those at its end or now."""
    came = _came(connection, on)
    unmatched = _unmatched(connection, on)
    return Day(on, came, _matched(connection, on), unmatched, _acts(connection, came, unmatched))


def _came(connection: sa.Connection, on: date) -> tuple[Came, ...]:
    rows = connection.execute(
        sa.text(
            "SELECT name, coalesce(nullif(format, ''), 'not read'), state, event_count,"
            " applied_count, repeated_count, suspense_count, unrecognised_count, refusal_advice"
            " FROM recon.inbox_file WHERE received_on = :on ORDER BY inbox_file_id"
        ),
        {"on": on},
    )
    return tuple(Came(*row) for row in rows)


_DONE = {
    Event.SETTLE: "payments settled",
    Event.RETURN_BEFORE: "payments failed before the money left",
    Event.RETURN_AFTER: "payments that came back",
}
_BY_ITEM = "i.instruction_id = m.instruction_id"
_BY_FILE = "m.instruction_id = 0 AND i.file_id = m.file_id AND i.state IN ('settled', 'returned')"
_EVIDENCE = """
    SELECT m.posted, f.currency, i.amount_minor
    FROM recon.inbox_file b JOIN recon.match m USING (inbox_file_id)
    JOIN bank.file f USING (file_id)
    JOIN cycle.instruction i ON i.value_on = f.execution_on AND {which}
    WHERE b.received_on = :on AND m.counts AND m.posted > 0"""
_MATCHED = f"""
    SELECT posted, trim(currency) AS currency, count(*) AS payments,
           sum(amount_minor)::bigint AS total
    FROM ({_EVIDENCE.format(which=_BY_ITEM)} UNION ALL {_EVIDENCE.format(which=_BY_FILE)}) m
    GROUP BY posted, currency ORDER BY 1, 2
"""
_LAPSED = f"""
    SELECT b.currency, count(DISTINCT j.reference) AS payments, sum(j.amount_minor)::bigint AS total
    FROM ledger.batch b JOIN ledger.journal j USING (cycle_id, batch_id)
    WHERE b.event = {Event.UNCLAIMED_RETURNED:d} AND b.value_on = :on
      AND starts_with(b.key, '{LAPSE_KEY}')
    GROUP BY b.currency ORDER BY 1
"""
_OTHER = """
    SELECT e.kind, trim(e.currency) AS currency, count(*) AS bookings,
           sum(e.amount_minor)::bigint AS total
    FROM recon.entry e JOIN recon.inbox_file b USING (inbox_file_id)
    WHERE b.received_on = :on AND e.kind = 'CHARGE' GROUP BY e.kind, e.currency ORDER BY 2
"""


def _matched(connection: sa.Connection, on: date) -> tuple[Matched, ...]:
    payments = [
        Matched(_DONE[Event(row.posted)], row.currency, row.payments, row.total)
        for row in connection.execute(sa.text(_MATCHED), {"on": on})
        if Event(row.posted) in _DONE
    ]
    charges = [
        Matched("charges of the bank", row.currency, row.bookings, row.total)
        for row in connection.execute(sa.text(_OTHER), {"on": on})
    ]
    lapsed = [
        Matched("payments that lapsed unclaimed", row.currency, row.payments, row.total)
        for row in connection.execute(sa.text(_LAPSED), {"on": on})
    ]
    return (*payments, *charges, *lapsed)


def _unmatched(connection: sa.Connection, on: date) -> tuple[Unmatched, ...]:
    found: dict[tuple[str, str, str], list[Any]] = {}
    for item in open_items(connection, on=on):
        found.setdefault((item.reason, item.owner_role, item.currency), []).append(item)
    rows = [
        Unmatched(
            reason,
            owner,
            currency,
            len(items),
            sum(item.amount_minor for item in items),
            max((on - item.opened_on).days for item in items),
        )
        for (reason, owner, currency), items in found.items()
    ]
    return tuple(sorted(rows, key=lambda row: (-row.oldest_days, row)))


def _acts(
    connection: sa.Connection, came: Sequence[Came], unmatched: Sequence[Unmatched]
) -> tuple[Act, ...]:
    acts = []
    refused = sum(file.state == "quarantined" for file in came)
    if refused:
        acts.append(
            Act("bank_liaison", "ask the bank about files that could not be taken", refused)
        )
    waiting = sum(file.state == "received" for file in came)
    if waiting:
        acts.append(Act("bank_liaison", "apply the files received: cct bank receive", waiting))
    for state, what in (
        ("sealed", "send the sealed files: cct bank send"),
        ("unknown", "ask the bank whether it has the files of unknown outcome"),
    ):
        count = connection.execute(
            sa.text("SELECT count(*) FROM bank.file WHERE state = :state"), {"state": state}
        ).scalar_one()
        if count:
            acts.append(Act("releaser", what, count))
    for owner in dict.fromkeys(row.owner_role for row in unmatched):
        count = sum(row.number for row in unmatched if row.owner_role == owner)
        acts.append(Act(owner, "explain the open items: cct suspense list", count))
    acts += _failed_payments(connection)
    return tuple(acts)


_TO_DO = {
    "STOP_DECEASED": ("case_worker", "look into reported deaths before anything is paid"),
    "COMPLIANCE": ("case_worker", "look into payments that a rule or a person stopped"),
    "FIX_ACCOUNT": ("centre_staff", "ask families for another account"),
    "OUR_FAULT": ("releaser", "mend what was wrong with our file or funds"),
    "UNCLASSIFIED": ("bank_liaison", "ask the bank what its reasons mean"),
}


def _failed_payments(connection: sa.Connection) -> list[Act]:
    last = failed().subquery("last")
    counted = connection.execute(
        sa.select(last.c.action, sa.func.count()).group_by(last.c.action).order_by(last.c.action)
    ).all()
    return [Act(*_TO_DO[action], count) for action, count in counted if action in _TO_DO]
