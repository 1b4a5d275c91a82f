"""What a cycle report says, as values. Amounts are minor units of the report's one currency."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from datetime import date, datetime

__all__ = [
    "Bridge",
    "Change",
    "ComponentRow",
    "CorrectionRow",
    "CycleReport",
    "Equation",
    "FileRow",
    "FindingRow",
    "ProofRow",
    "ReasonRow",
    "Seal",
    "Signature",
    "Sum",
    "SuspenseRow",
]


class Sum(NamedTuple):
    """An amount and the number of families or payments behind it.

    ``kind`` is the state of the money as the vocabulary has it (``to-pay``, ``held``, ``paid`` …);
    it chooses mark and colour.
    """

    word: str
    kind: str
    item_count: int
    amount_minor: int


class Equation(NamedTuple):
    """A whole and its parts. The difference is always shown, also when it is nothing."""

    name: str
    whole: Sum
    parts: tuple[Sum, ...]
    counted: str
    """What the counts count: ``families`` or ``payments``."""

    @property
    def difference_minor(self) -> int:
        """The whole less its parts; 0 when it ties."""
        return self.whole.amount_minor - sum(part.amount_minor for part in self.parts)


class ComponentRow(NamedTuple):
    """One benefit component of the law, by what became of its money in this cycle."""

    component: str
    line_count: int
    to_pay_minor: int
    held_minor: int
    withheld_minor: int
    forfeited_minor: int

    @property
    def entitled_minor(self) -> int:
        """What the books owe for it: to pay, held and withheld; forfeited is a memo."""
        return self.to_pay_minor + self.held_minor + self.withheld_minor


class Change(NamedTuple):
    """Why this cycle pays more or less than the one before: one reason, one component, signed."""

    reason: str
    component: str
    family_count: int
    amount_minor: int


class Bridge(NamedTuple):
    """The way from what was paid last to what is paid now; the changes explain all of it."""

    before: Sum
    now: Sum
    changes: tuple[Change, ...]

    @property
    def unexplained_minor(self) -> int:
        """What the changes leave over; 0 when no reason is missing or counted twice."""
        moved = sum(change.amount_minor for change in self.changes)
        return self.now.amount_minor - self.before.amount_minor - moved

    def by_reason(self) -> tuple[Change, ...]:
        """Return one change per reason, all components together, in the order they first stand."""
        totals: dict[str, int] = {}
        for change in self.changes:
            totals[change.reason] = totals.get(change.reason, 0) + change.amount_minor
        return tuple(Change(reason, "", 0, total) for reason, total in totals.items())


class CorrectionRow(NamedTuple):
    """What late evidence changed of one closed cycle, and what became of the difference."""

    cycle: str
    family_count: int
    arrears_minor: int
    set_off_minor: int
    recoverable_minor: int
    hold_cancelled_minor: int


class FindingRow(NamedTuple):
    """What the checks found before submission, of one kind."""

    code: str
    meaning: str
    effect: str
    found_count: int
    open_count: int
    overridden_count: int
    held_minor: int


class FileRow(NamedTuple):
    """One payment file and the seal it was sent with."""

    name: str
    message_id: str
    payment_count: int
    total_minor: int
    sha256: str
    state: str


class ReasonRow(NamedTuple):
    """Payments that the bank refused or sent back for one reason."""

    code: str
    meaning: str
    action: str
    payment_count: int
    amount_minor: int


class SuspenseRow(NamedTuple):
    """Bank money that found no payment: how old, how much, whose, why."""

    age_days: int
    booked_on: date
    amount_minor: int
    reason: str
    owner: str
    state: str


class ProofRow(NamedTuple):
    """One identity of the books: both sides, and what is between them."""

    identity: str
    left: str
    left_minor: int
    right: str
    right_minor: int

    @property
    def difference_minor(self) -> int:
        """Left less right; 0 when the identity holds."""
        return self.left_minor - self.right_minor


class Signature(NamedTuple):
    """Who answered for a step; officers are numbers."""

    act: str
    officer_id: int
    at: datetime


class Seal(NamedTuple):
    """A digest by which something can be found again unchanged."""

    what: str
    digest: str


@dataclass(frozen=True, slots=True)
class CycleReport:
    """Everything on the page. ``as_of`` is the instant the figures were read (UTC)."""

    title: str
    code: str
    period: date
    month_count: int
    currency: str
    state: str
    as_of: datetime
    value_on: date | None
    entitled: Equation
    sent: Equation | None
    forfeited: Sum
    components: tuple[ComponentRow, ...]
    bridge: Bridge | None
    findings: tuple[FindingRow, ...]
    files: tuple[FileRow, ...]
    reasons: tuple[ReasonRow, ...]
    suspense: tuple[SuspenseRow, ...]
    proof: tuple[ProofRow, ...]
    signatures: tuple[Signature, ...]
    seals: tuple[Seal, ...]
    corrections: tuple[CorrectionRow, ...] = ()
    replayed_count: int = 0
    """Families whose closed months were replayed; most come out as they were."""

    @property
    def ties(self) -> bool:
        """Whether every equation and identity on the page has no difference."""
        differences = [row.difference_minor for row in self.proof]
        differences += [one.difference_minor for one in (self.entitled, self.sent) if one]
        differences += [self.bridge.unexplained_minor] if self.bridge else []
        return not any(differences)
