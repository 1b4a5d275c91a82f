"""What the current step of a cycle needs: met or open, in a sentence, with where to look."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from cct_engine.console.reading import figures as sums
from cct_engine.console.words import count, money, speech
from cct_engine.cycle import State, tiers

if TYPE_CHECKING:
    from cct_engine.console.reading import cycles as reading
    from cct_engine.console.reading import pay_days
    from cct_engine.console.visit import Visit
    from cct_engine.cycle import Cycle
    from reconciliation.proof import Blocker

__all__ = ["Need", "needs"]

Need: TypeAlias = tuple[bool, str, dict[str, object], str]
"""Whether it is met, the sentence, what is filled into it, and where to look."""


def needs(
    visit: Visit,
    cycle: Cycle,
    known: reading.Facts,
    names: dict[int, str],
    days: pay_days.DaysOf | None,
) -> list[Need]:
    """Return what the current step needs."""
    code = cycle.code
    if cycle.state is State.CHECKED:
        resolved = known.finding_count - known.blocking_count
        return [
            (
                known.blocking_count == 0,
                "Exceptions that do not block: %(met)s of %(all)s",
                {
                    "met": count(resolved, cycle.currency),
                    "all": count(known.finding_count, cycle.currency),
                },
                f"/exceptions?cycle={code}",
            ),
            (
                known.unconfirmed_count == 0,
                "Overrides that wait for a second officer: %(n)s",
                {"n": known.unconfirmed_count},
                f"/exceptions?cycle={code}&state=proposed",
            ),
        ]
    if cycle.state is State.SUBMITTED:
        return [
            (True, "Submitted by %(login)s", {"login": names.get(cycle.prepared_by or 0, "")}, ""),
            (False, "Signature 1 of 1, by somebody else", {}, f"/cycles/{code}/approval"),
        ]
    if cycle.state is State.APPROVED:
        return [
            (True, "Signed by %(login)s", {"login": names.get(cycle.approved_by or 0, "")}, ""),
            *_signatures(visit, cycle),
            (False, "Sent by a releaser who neither prepared nor signed", {}, ""),
        ]
    return _to_close(visit, cycle, days) if cycle.state is State.RELEASED else []


def _to_close(visit: Visit, cycle: Cycle, days: pay_days.DaysOf | None) -> list[Need]:
    proof = sums.proof(visit.connection, cycle)
    where = f"/cycles/{cycle.code}/proof"
    found: list[Need] = [(proof.sums_tie, "Every sum ties on every side", {}, where)]
    if days is not None and len(days.days) > 1:
        found.append(
            (
                days.next_on is None,
                "Pay days that are past: %(i)s of %(n)s",
                {"i": days.past_count, "n": len(days.days)},
                f"/files?cycle={cycle.code}",
            )
        )
    for one in proof.blockers:
        filled: dict[str, object] = {
            "n": count(one.count, cycle.currency),
            "text": _open_text(visit, cycle, one),
        }
        there = "/suspense" if one.kind == "suspense" else where
        found.append((False, "%(n)s × %(text)s", filled, there))
    return found


def _open_text(visit: Visit, cycle: Cycle, one: Blocker) -> str:
    """Say what is open, with its sum where it has one."""
    told = speech(visit.session.language).told(one.text)[0].rstrip(":")
    return f"{told}: {money(one.amount_minor, cycle.currency)}" if one.amount_minor else told


def _signatures(visit: Visit, cycle: Cycle) -> list[Need]:
    """Return the signatures that a large sum needs; nothing where one is enough."""
    found = tiers.signatures(visit.connection, cycle.cycle_id)
    if found.needed == 1:
        return []
    said = "Signatures that the sum needs: %(i)s of %(n)s"
    filled: dict[str, object] = {"i": found.given, "n": found.needed}
    return [(not found.missing, said, filled, f"/cycles/{cycle.code}/approval")]
