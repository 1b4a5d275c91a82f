"""Bolsa Família 2023 written a second time, plainly, one family at a time, from the law's text.

It shares no code with the engine: ages are counted on the calendar, shares are fractions, and the
ladder is a chain of ifs. What both give for thousands of random families must be the same.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

__all__ = ["Fact", "Family", "Ladder", "Member", "Result", "bolsa_familia_september_2025"]

CYCLE = date(2025, 9, 1)
LAST_DAY = date(2025, 9, 30)
WINDOW = (date(2025, 6, 1), date(2025, 7, 31))
NOW = 2025 * 12 + 8


@dataclass(frozen=True)
class Fact:
    present: int
    days: int
    reason: str = ""


@dataclass(frozen=True)
class Member:
    id: int
    born: date
    sex: str = "F"
    responsible: bool = False
    pregnant: bool = False
    finished: bool = False
    died: date | None = None
    left: date | None = None
    joined: date | None = None
    facts: tuple[Fact, ...] = ()


@dataclass(frozen=True)
class Ladder:
    state: str = "none"
    last: int = 0
    until: int | None = None
    phase: int | None = None


@dataclass(frozen=True)
class Family:
    members: tuple[Member, ...]
    income: int = 0  # centavos a month, of all
    enrolled: bool = True
    family: Ladder = Ladder()
    youths: dict[int, Ladder] = field(default_factory=dict)
    in_grace_since: int | None = None
    income_kind: str = "work"
    updated_on: date = date(2025, 6, 1)
    held: int = 0  # blocked in August


@dataclass(frozen=True)
class Result:
    gross: int
    held: int
    forfeited: int
    released: int
    pay_now: int
    state: str
    payee: int


def age(born: date, on: date) -> int:
    """Completed years; a child of 29 February turns on 1 March in common years."""
    years = on.year - born.year
    birthday_passed = (on.month, on.day) >= (born.month, born.day)
    return years if birthday_passed else years - 1


def months_old(born: date, on: date) -> int:
    months = (on.year - born.year) * 12 + on.month - born.month
    return months if on.day >= born.day else months - 1


def counted(member: Member) -> bool:
    if member.joined is not None and member.joined > LAST_DAY:
        return False
    if member.left is not None and member.left <= CYCLE:
        return False
    return member.died is None or member.died >= CYCLE


def breach(member: Member) -> bool:
    """Attendance below the line in June and July, with at least one shortfall unexcused."""
    years = age(member.born, WINDOW[0])
    if not 4 <= years <= 17 or (years >= 6 and member.finished):
        return False
    needed = Fraction(60, 100) if years <= 5 else Fraction(75, 100)
    days = sum(fact.days for fact in member.facts)
    if days == 0:
        return False
    if Fraction(sum(fact.present for fact in member.facts), days) >= needed:
        return False
    short = [f for f in member.facts if Fraction(f.present) < needed * f.days]
    excuses = {"ILLNESS", "FLOOD", "NO_SCHOOL_PLACE"}
    return not short or any(fact.reason not in excuses for fact in short)


def is_youth(member: Member) -> bool:
    return 16 <= age(member.born, WINDOW[0]) <= 17


def remembered(ladder: Ladder) -> Ladder:
    """Six months after the last step everything is forgotten."""
    if ladder.state != "none" and NOW - ladder.last > 6:
        return Ladder()
    return ladder


def family_step(before: Ladder, *, tripped: bool) -> Ladder:
    ladder = remembered(before)
    if not tripped:
        return ladder
    steps = {
        "none": Ladder("warned", NOW),
        "warned": Ladder("blocked", NOW, NOW),
        "blocked": Ladder("suspended", NOW, NOW + 1, NOW),
        "suspended": Ladder("suspended_again", NOW, NOW + 1, ladder.phase),
        "suspended_again": Ladder("suspended_again", NOW, NOW + 1, ladder.phase),
        "cancelled": ladder,
    }
    if ladder.state.startswith("suspended") and NOW - (ladder.phase or NOW) >= 12:
        return Ladder("cancelled", NOW)
    return steps[ladder.state]


def youth_step(before: Ladder, *, tripped: bool) -> Ladder:
    ladder = remembered(before)
    following = {"none": "warned", "warned": "suspended", "suspended": "cancelled"}
    if not tripped or ladder.state not in following:
        return ladder
    state = following[ladder.state]
    return Ladder(state, NOW, NOW + 1 if state == "suspended" else None)


def payee(members: list[Member]) -> int:
    grown = [m for m in members if age(m.born, CYCLE) >= 16]
    women = [m for m in grown if m.sex == "F"]
    found = sorted(women or grown, key=lambda m: (not m.responsible, m.born, m.id))
    return found[0].id if found else 0


def standing(family: Family, members: list[Member]) -> str:
    cancelled = family.family.state == "cancelled" and family.enrolled
    if not members or cancelled or months_old(family.updated_on, CYCLE) >= 30:
        return "out"
    if family.income <= 21800 * len(members):
        return "full"
    if not family.enrolled:
        return "out"
    since = family.in_grace_since if family.in_grace_since is not None else NOW
    old_rules = since < 2025 * 12 + 5
    ceiling = 75900 if old_rules else 70600
    longest = 24 if old_rules else (2 if family.income_kind == "stable" else 12)
    if family.income > ceiling * len(members) or NOW - since >= longest:
        return "out"
    return "grace"


def bolsa_familia_september_2025(family: Family) -> Result:
    """Return what the family gets in September 2025."""
    members = [member for member in family.members if counted(member)]
    who = payee(members)
    stale = months_old(family.updated_on, CYCLE)
    kept_back = who == 0 or 24 <= stale < 30
    status = standing(family, members)
    if status == "out":
        freed = 0 if kept_back else family.held
        return Result(0, 0, 0, freed, freed, "out", who)
    # A family that was cancelled and applies again starts from the beginning.
    before = family.family if family.enrolled or family.family.state != "cancelled" else Ladder()
    ladder = family_step(before, tripped=any(breach(m) and not is_youth(m) for m in members))
    youths = {
        m.id: youth_step(family.youths.get(m.id, Ladder()), tripped=breach(m) and is_youth(m))
        for m in members
    }
    if ladder.state == "cancelled":
        freed = 0 if kept_back else family.held
        return Result(0, 0, 0, freed, freed, "cancelled", who)

    base = 14200 * len(members)
    youth_lines = [
        5000 if youths[m.id].state != "cancelled" else 0
        for m in members
        if 7 <= age(m.born, CYCLE) <= 17
    ]
    lost_lines = [
        5000
        for m in members
        if 7 <= age(m.born, CYCLE) <= 17
        and youths[m.id].state == "suspended"
        and (youths[m.id].until or 0) >= NOW
    ]
    total = base + max(0, 60000 - base)
    total += 15000 * sum(age(m.born, CYCLE) < 7 for m in members)
    total += sum(youth_lines)
    total += 5000 * sum(m.pregnant for m in members)
    total += 5000 * sum(months_old(m.born, CYCLE) <= 6 for m in members)
    left = total - sum(lost_lines)
    if status == "grace":  # half is taken off, what is taken off is total less the rounded half
        total, left = half(total), half(left)
    lost, held = total - left, 0
    running = ladder.until is None or ladder.until >= NOW
    if ladder.state in {"suspended", "suspended_again"} and running:
        lost, left = total, 0
    if (ladder.state == "blocked" and running) or kept_back:
        held, left = left, 0
    still_blocked = ladder.state == "blocked" and running and ladder.last < NOW
    released = 0 if kept_back or still_blocked else family.held
    return Result(total, held, lost, released, left + released, ladder.state, who)


def half(amount: int) -> int:
    """Half, an odd centavo rounded up to the family: the deduction is the total less this."""
    return (amount + 1) // 2
