"""The proof of a cycle: what was owed, sent, paid and given back is the same sum on every side.

Lists, files, states, the bank's own entries and the ledger are counted apart from one another.
A cycle may close if no identity has a difference and nothing is open.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

import sqlalchemy as sa

from ledger import totals_by_event
from reconciliation.identities import (
    Identity,
    bank_account,
    ended,
    funds,
    held_open,
    owed,
    sent,
)
from reconciliation.open_items import REASONS
from reconciliation.outcome import UNDER_WAY
from reconciliation.paid import Paid, StateTotal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

__all__ = ["Blocker", "Identity", "Proof", "StateTotal", "own_proof", "proof", "with_funds"]


@dataclass(frozen=True, slots=True)
class Blocker:
    """Something unfinished that keeps the cycle open; ``oldest_on`` is since when."""

    kind: str
    text: str
    count: int
    amount_minor: int
    oldest_on: date | None


@dataclass(frozen=True, slots=True)
class Proof:
    """All identities of a cycle, what is open, and what it hands on to later cycles."""

    cycle_id: int
    identities: tuple[Identity, ...]
    states: tuple[StateTotal, ...]
    blockers: tuple[Blocker, ...]
    awaiting_reissue_minor: int

    @property
    def ties(self) -> bool:
        """True if no identity has a difference and nothing is open: the cycle may close."""
        return not self.blockers and self.sums_tie

    @property
    def sums_tie(self) -> bool:
        """True if no identity has a difference; something may be open still."""
        return all(one.difference_minor == 0 for one in self.identities)

    @property
    def digest(self) -> str:
        """SHA-256 over everything the proof says."""
        said = json.dumps(asdict(self), default=str, sort_keys=True)
        return hashlib.sha256(said.encode()).hexdigest()

    def text(self, *, name: str = "", money: Callable[[int], str] = "{:,}".format) -> str:
        """Return the proof as a page to print; ``money`` writes a sum, by itself in minor units."""
        lines = [
            f"Proof of {name}" if name else f"Proof of cycle {self.cycle_id} (minor units)",
            "",
        ]
        for identity in self.identities:
            mark = "=" if identity.difference_minor == 0 else "≠"
            lines += [
                identity.name,
                f"    {identity.left:<52}{money(identity.left_minor):>20}",
                f"  {mark} {identity.right:<52}{money(identity.right_minor):>20}",
            ]
            if identity.difference_minor:
                lines.append(f"    {'difference':<52}{money(identity.difference_minor):>20}")
        lines += ["", "Instructions by state"]
        lines += [
            f"    {s.state:<20}{s.count:>12,}{money(s.amount_minor):>24}" for s in self.states
        ]
        lines.append(f"    awaiting re-issue   {money(self.awaiting_reissue_minor):>36}")
        lines += ["", "Open"] if self.blockers else ["", "Nothing is open."]
        for blocker in self.blockers:
            since = f" since {blocker.oldest_on}" if blocker.oldest_on else ""
            lines.append(
                f"    {blocker.count:,} × {blocker.text} {money(blocker.amount_minor)}{since}"
            )
        return "\n".join([*lines, "", self._told()])

    def _told(self) -> str:
        if self.ties:
            return "The cycle ties."
        if self.sums_tie:
            return "Every sum ties. The cycle cannot be closed while something is open."
        return "The cycle does not tie."


def proof(connection: sa.Connection, cycle_id: int) -> Proof:
    """Prove a cycle; only reads. Raises nothing: what is wrong is in the answer."""
    accounts = [bank_account(connection, fund_id) for fund_id in funds(connection, cycle_id)]
    return with_funds(connection, own_proof(connection, cycle_id), accounts)


def with_funds(connection: sa.Connection, own: Proof, accounts: Sequence[Identity]) -> Proof:
    """Return a cycle's own proof with its funds' bank accounts, and what is in suspense now."""
    return replace(
        own,
        identities=(*own.identities, *accounts),
        blockers=(*own.blockers, *_unexplained(connection, own.cycle_id)),
    )


def own_proof(connection: sa.Connection, cycle_id: int) -> Proof:
    """Prove what changes only when something of the cycle itself is sent, answered or posted.

    The bank account of its fund, and money nobody explained yet, are moved by others too.
    """
    paid = Paid.of(connection, cycle_id)
    books = totals_by_event(connection, cycle_id)
    return Proof(
        cycle_id=cycle_id,
        identities=(
            *owed(connection, cycle_id, books),
            *sent(connection, cycle_id, paid, books),
            *ended(paid, books),
            *held_open(connection, cycle_id, books),
        ),
        states=paid.states,
        blockers=tuple(_in_transit(paid)),
        awaiting_reissue_minor=paid.awaiting_minor,
    )


def _in_transit(paid: Paid) -> list[Blocker]:
    return [
        Blocker(
            "in_transit",
            f"payments are {one.state}, without an answer that ends them:",
            one.count,
            one.amount_minor,
            paid.oldest_on[one.state],
        )
        for one in paid.states
        if one.state in {"drafted", *UNDER_WAY}
    ]


def _unexplained(connection: sa.Connection, cycle_id: int) -> list[Blocker]:
    found = [
        Blocker("suspense", REASONS[row.reason], *row[1:])
        for row in connection.execute(
            sa.text(
                """SELECT reason, count(*), sum(amount_minor)::bigint, min(opened_on)
                   FROM recon.suspense_item
                   WHERE state <> 'closed' AND (cycle_id = :cycle
                      OR file_id IN (SELECT file_id FROM bank.file_part WHERE cycle_id = :cycle)
                      OR (cycle_id = 0 AND fund_id = ANY (:funds)))
                   GROUP BY reason ORDER BY reason"""
            ),
            {"cycle": cycle_id, "funds": funds(connection, cycle_id)},
        )
    ]
    waiting = connection.execute(
        sa.text("SELECT count(*), min(received_on) FROM recon.inbox_file WHERE state = 'received'")
    ).one()
    if waiting[0]:
        text = "messages of the bank wait to be applied; run reconcile."
        found.append(Blocker("inbox", text, waiting[0], 0, waiting[1]))
    return found
