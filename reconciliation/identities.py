"""The sums of a proof: each identity counts the same money on two sides with no common source.

The sides are the approved list, the instructions, the sealed files, the bank's own entries, the
open items, and the ledger.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from ledger import Event, Total, totals_by_event
from reconciliation.stage import value

if TYPE_CHECKING:
    from reconciliation.paid import Paid

__all__ = [
    "Books",
    "Identity",
    "bank_account",
    "ended",
    "funds",
    "held_open",
    "owed",
    "sent",
]


@dataclass(frozen=True, slots=True)
class Identity:
    """Two sums, counted independently, that must be equal. Minor units."""

    name: str
    left: str
    left_minor: int
    right: str
    right_minor: int

    @property
    def difference_minor(self) -> int:
        """Left less right; 0 when it holds."""
        return self.left_minor - self.right_minor


Books = Mapping[Event, Total]
"""What the ledger booked, by event."""


def _booked(books: Books, *events: Event) -> int:
    return sum(books[event].total_minor for event in events if event in books)


def owed(connection: sa.Connection, cycle_id: int, books: Books) -> list[Identity]:
    """The approved list against what the books recognise and instruct."""
    payable, held, withheld = connection.execute(
        sa.text(
            """SELECT coalesce(sum(amount_minor) FILTER (WHERE money_state = 'payable'), 0),
                      coalesce(sum(amount_minor) FILTER (WHERE money_state = 'held'), 0),
                      coalesce(sum(amount_minor) FILTER (WHERE money_state = 'withheld'), 0)
               FROM cycle.entitlement_line WHERE cycle_id = :cycle"""
        ),
        {"cycle": cycle_id},
    ).one()
    unsent = value(
        connection,
        """SELECT coalesce(sum(amount_minor), 0) FROM cycle.entitlement_line l
           WHERE cycle_id = :cycle AND money_state = 'payable' AND NOT EXISTS (
               SELECT FROM cycle.instruction_part p WHERE p.cycle_id = :cycle
               AND p.household_id = l.household_id AND p.line_seq = l.line_seq)""",
        cycle=cycle_id,
    )
    recognised = _booked(
        books,
        Event.ENTITLE,
        Event.RELEASE_HOLD,
        Event.RELEASE_WITHHELD,
        Event.RELEASE_CONDITIONAL,
    ) - _booked(books, Event.RECOVER_BY_NETTING, Event.WITHHOLD_RETAINED)
    instructed = _booked(books, Event.INSTRUCT)
    return [
        Identity(
            "What families are owed now is recognised",
            "payable lines of the approved list",
            int(payable),
            "recognised in the books",
            recognised,
        ),
        Identity(
            "What is held is recognised apart",
            "held lines of the approved list",
            int(held),
            "held in the books",
            _booked(books, Event.HOLD),
        ),
        Identity(
            "What is withheld is recognised apart",
            "withheld lines of the approved list",
            int(withheld),
            "withheld in the books",
            _booked(books, Event.WITHHOLD_RETAINED),
        ),
        Identity(
            "What is owed now is instructed, or visibly not",
            "payable lines of the approved list",
            int(payable),
            "instructed in the books + lines no instruction pays",
            instructed + int(unsent),
        ),
    ]


def sent(connection: sa.Connection, cycle_id: int, paid: Paid, books: Books) -> list[Identity]:
    """Instructions of all attempts against sealed files and the books."""
    in_files = int(
        value(
            connection,
            "SELECT coalesce(sum(amount_minor), 0) FROM bank.file_part WHERE cycle_id = :cycle",
            cycle=cycle_id,
        )
    )
    in_books = _booked(books, Event.INSTRUCT, Event.REISSUE)
    return [
        Identity(
            "Instructions are in sealed files",
            "instructions of all attempts",
            paid.sent_minor,
            "sealed files",
            in_files,
        ),
        Identity(
            "Sealed files are in the books",
            "sealed files",
            in_files,
            "instructed and re-issued in the books",
            in_books,
        ),
    ]


def ended(paid: Paid, books: Books) -> list[Identity]:
    """What became of what was sent."""
    settled = _booked(books, Event.SETTLE)
    before = _booked(books, Event.RETURN_BEFORE)
    after = _booked(books, Event.RETURN_AFTER)
    gone = _booked(
        books,
        Event.REISSUE,
        Event.UNCLAIMED_RETURNED,
        Event.FORFEIT_RETURNED,
        Event.FORFEIT_RETURNED_PRIOR_YEAR,
    )
    return [
        Identity(
            "What was sent is settled, returned, or in transit",
            "instructed and re-issued in the books",
            _booked(books, Event.INSTRUCT, Event.REISSUE),
            "settled and returned before in the books + in transit",
            settled + before + paid.under_way_minor,
        ),
        Identity(
            "Settled instructions are settled in the books",
            "settled, or returned after it",
            paid.settled_minor,
            "settled in the books",
            settled,
        ),
        Identity(
            "Returned instructions are returned in the books",
            "returned before and after settlement",
            paid.returned_before_minor + paid.returned_after_minor,
            "returned in the books",
            before + after,
        ),
        Identity(
            "What came back was sent again, or awaits it",
            "returned in the books",
            before + after,
            "re-issued and lapsed in the books + awaiting re-issue",
            gone + paid.awaiting_minor,
        ),
    ]


def held_open(connection: sa.Connection, cycle_id: int, books: Books) -> list[Identity]:
    """Open items against suspense and advances."""
    credited, debited = connection.execute(
        sa.text(
            """SELECT coalesce(sum(amount_minor) FILTER (WHERE direction = 'CRDT'), 0),
                      coalesce(sum(amount_minor) FILTER (WHERE direction = 'DBIT'), 0)
               FROM recon.suspense_item WHERE cycle_id = :cycle AND booked AND state <> 'closed'"""
        ),
        {"cycle": cycle_id},
    ).one()
    return [
        Identity(
            "Unexplained credits are explained line by line",
            "open items, credits",
            int(credited),
            "suspense in the books",
            _booked(books, Event.SUSPENSE_IN) - _booked(books, Event.SUSPENSE_OUT),
        ),
        Identity(
            "Unexplained debits are explained line by line",
            "open items, debits",
            int(debited),
            "advances in the books",
            _booked(books, Event.ADVANCE) - _booked(books, Event.ADVANCE_RETURNED),
        ),
    ]


_INTO_BANK = (Event.RETURN_AFTER, Event.SUSPENSE_IN, Event.ADVANCE_RETURNED)
_OUT_OF_BANK = (Event.SETTLE, Event.BANK_CHARGE, Event.SUSPENSE_OUT, Event.ADVANCE)


def bank_account(connection: sa.Connection, fund_id: int) -> Identity:
    """Compare account 1010 of a fund with the bank's entries: the bank keeps no cycles."""
    code = value(connection, "SELECT code FROM registry.fund WHERE fund_id = :fund", fund=fund_id)
    entries = value(
        connection,
        """SELECT coalesce(sum(CASE e.direction WHEN 'CRDT' THEN e.amount_minor
                               ELSE -e.amount_minor END), 0)
           FROM recon.entry e LEFT JOIN recon.suspense_item s ON s.entry_id = e.entry_id
                AND s.closed_as IN ('identified', 'funds')
           WHERE e.fund_id = :fund AND s.item_id IS NULL""",
        fund=fund_id,
    )
    cycles = connection.execute(
        sa.text(
            """SELECT 0 UNION SELECT cycle_id FROM bank.file WHERE fund_id = :fund
               UNION SELECT cycle_id FROM bank.file_part WHERE fund_id = :fund ORDER BY 1"""
        ),
        {"fund": fund_id},
    ).scalars()
    booked = 0
    for other in cycles:
        books = totals_by_event(connection, other, fund_id=fund_id)
        booked += _booked(books, *_INTO_BANK) - _booked(books, *_OUT_OF_BANK)
    return Identity(
        f"The bank account of fund {code or fund_id} is what the bank says",
        "entries of the bank, credits less debits",
        int(entries),
        "booked on its evidence, all cycles",
        booked,
    )


def funds(connection: sa.Connection, cycle_id: int) -> list[int]:
    """Return the funds whose bank accounts a cycle was paid from."""
    found = connection.execute(
        sa.text(
            """SELECT DISTINCT f.fund_id FROM bank.file f JOIN bank.file_part p USING (file_id)
               WHERE p.cycle_id = :cycle OR f.cycle_id = :cycle"""
        ),
        {"cycle": cycle_id},
    )
    return sorted(found.scalars())
