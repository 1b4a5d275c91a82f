"""Cycles: the list, one, its sheet, changes and proof, and every step of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, Final

from fastapi import Query

import reconciliation
from cct_engine import cycle as steps
from cct_engine import entitlement, registry
from cct_engine.api.caller import Acting, Asking, Caller
from cct_engine.api.problems import Trouble
from cct_engine.api.routes import Router, letters
from cct_engine.api.values.base import Code
from cct_engine.api.values.cycles import (
    Approval,
    ApprovalSheet,
    Changes,
    CycleDetail,
    CycleFilter,
    CyclePage,
    CycleValue,
    Opening,
    ProofValue,
    Rejection,
    StepAsked,
)
from cct_engine.api.values.work import Job
from cct_engine.console.reading import approval as sheets
from cct_engine.console.reading import cycles as reading
from cct_engine.console.reading import figures as sums
from cct_engine.cycle import State, tiers
from cct_engine.people.tokens import Scope

if TYPE_CHECKING:
    import sqlalchemy as sa

    from cct_engine.cycle import Cycle, Desk, StepReport

__all__ = ["router"]

router = Router()

_READERS: Final = letters("MCRBANW")
_HANDS: Final = ("prepared_by", "approved_by", "released_by", "closed_by")


@router.reads("/cycles", _READERS)
def list_cycles(caller: Asking, query: Annotated[CycleFilter, Query()]) -> CyclePage:
    """Cycles, newest first."""
    with caller.reading() as connection:
        found = reading.in_scope(connection, caller.scope, before=query.before or None, most=10_000)
        wanted = [one for one in found if not query.programme or one.programme == query.programme]
        page = wanted[: query.limit]
        names = reading.logins(connection)
        return CyclePage(
            items=[CycleValue.of(_row(one, names)) for one in page],
            next=page[-1].cycle_id if len(wanted) > len(page) else None,
        )


@router.acts("/cycles", letters("M"), Scope.PREPARE)
def open_cycle(caller: Acting, asked: Opening) -> Job:
    """Open the next cycle of a programme."""
    if not caller.sees(asked.programme):
        raise Trouble("not_there", "There is no such programme in this officer's scope.")
    first = date.fromisoformat(f"{asked.period}-01")
    return caller.work(
        "open",
        f"cycle/{steps.code_of(asked.programme, first)}",
        lambda desk: steps.open_cycle(desk, asked.programme, first).sentence,
    )


@router.reads("/cycles/{code}", _READERS)
def read_cycle(caller: Asking, code: Code) -> CycleDetail:
    """One cycle with its sums."""
    with caller.reading() as connection:
        cycle = caller.cycle(connection, code)
        known = reading.facts(connection, cycle)
        names = reading.logins(connection)
        row = _row(cycle, names) | known._asdict()
        return CycleDetail.of(
            row,
            signatures=_signatures(connection, cycle, names),
            figures=sums.figures(connection, cycle),
            sent=sums.sent(connection, cycle),
        )


@router.reads("/cycles/{code}/approval", letters("MCRA"))
def read_sheet(caller: Asking, code: Code) -> ApprovalSheet:
    """What is signed: sums that must be one sum, ten cases drawn, the largest, the digest."""
    with caller.reading() as connection:
        cycle = caller.cycle(connection, code)
        figures = sums.figures(connection, cycle)
        if figures is None or cycle.state is State.CALCULATED:
            raise Trouble("not_there", f"{code} is {cycle.state.value}: it has no sheet yet.")
        large = sheets.large(connection, cycle)
        names = reading.logins(connection)
        return ApprovalSheet.model_validate(
            {
                "cycle": cycle.code,
                "state": cycle.state.value,
                "version": cycle.version,
                "list_digest": cycle.list_digest,
                "prepared_by": names.get(cycle.prepared_by or 0),
                "signatures": _signatures(connection, cycle, names),
                "figures": figures,
                "controls": sheets.control_totals(connection, cycle, figures),
                "seed": sheets.seed_of(cycle),
                "cases": _numbered(sheets.random_cases(connection, cycle)),
                "largest": _numbered(large["amounts"]),
                "changed": _numbered(large["changes"]),
                "overrides": sheets.overrides(connection, cycle),
            }
        )


@router.reads("/cycles/{code}/changes", letters("MCAN"))
def read_changes(caller: Asking, code: Code) -> Changes:
    """What differs from the last cycle, and why: every unit has one reason."""
    with caller.reading() as connection:
        cycle = caller.cycle(connection, code)
        if cycle.state in {State.OPENED, State.FROZEN}:
            raise Trouble("not_there", f"{code} is {cycle.state.value}: it has no list yet.")
        return Changes.of(entitlement.compare(connection, cycle.cycle_id))


@router.reads("/cycles/{code}/proof", letters("MCRBA"))
def read_proof(caller: Asking, code: Code) -> ProofValue:
    """Whether entitled, approved, sent, bank and books are one sum."""
    with caller.reading() as connection:
        cycle = caller.cycle(connection, code)
        found = reconciliation.proof(connection, cycle.cycle_id)
        return ProofValue.model_validate(
            {
                "cycle": cycle.code,
                "ties": found.ties,
                "digest": found.digest,
                "awaiting_reissue_minor": found.awaiting_reissue_minor,
                "identities": found.identities,
                "states": found.states,
                "blockers": found.blockers,
            }
        )


@router.acts("/cycles/{code}/freeze", letters("M"), Scope.PREPARE)
def freeze(caller: Acting, code: Code, asked: StepAsked) -> Job:
    """Freeze registry and reports as they are known now."""
    return _step(caller, code, asked, "freeze", steps.freeze)


@router.acts("/cycles/{code}/calculate", letters("M"), Scope.PREPARE)
def calculate(caller: Acting, code: Code, asked: StepAsked) -> Job:
    """Calculate every family's entitlement from what was frozen."""
    return _step(caller, code, asked, "calculate", steps.calculate)


@router.acts("/cycles/{code}/check", letters("M"), Scope.PREPARE)
def check(caller: Acting, code: Code, asked: StepAsked) -> Job:
    """Look for what must not be paid."""
    return _step(caller, code, asked, "check", steps.check)


@router.acts("/cycles/{code}/recheck", letters("M"), Scope.PREPARE)
def recheck(caller: Acting, code: Code, asked: StepAsked) -> Job:
    """Take the checks back, to look again after corrections."""
    return _step(caller, code, asked, "recheck", steps.recheck)


@router.acts("/cycles/{code}/submit", letters("M"), Scope.PREPARE)
def submit(caller: Acting, code: Code, asked: StepAsked) -> Job:
    """Put the list forward; it stands still from here."""
    return _step(caller, code, asked, "submit", steps.submit)


@router.acts("/cycles/{code}/approve", letters("C"), Scope.SIGN)
def approve(caller: Acting, code: Code, asked: Approval) -> Job:
    """Sign the submitted list by the digest of the sheet that was read."""

    def sign(desk: Desk, name: str) -> StepReport:
        return steps.approve(desk, name, list_digest=asked.digest)

    return _step(caller, code, asked, "approve", sign)


@router.acts("/cycles/{code}/countersign", letters("C"), Scope.SIGN)
def countersign(caller: Acting, code: Code, asked: Approval) -> Job:
    """Give a further signature that a large sum needs, by the digest of the list that was read."""

    def sign(desk: Desk, name: str) -> StepReport:
        return steps.countersign(desk, name, list_digest=asked.digest)

    return _step(caller, code, asked, "countersign", sign)


@router.acts("/cycles/{code}/reject", letters("C"), Scope.SIGN)
def reject(caller: Acting, code: Code, asked: Rejection) -> Job:
    """Give the list back to its maker, with the reason."""

    def give_back(desk: Desk, name: str) -> StepReport:
        return steps.reject(desk, name, remark=asked.reason)

    return _step(caller, code, asked, "reject", give_back)


@router.acts("/cycles/{code}/release", letters("R"), Scope.RELEASE)
def release(caller: Acting, code: Code, asked: StepAsked) -> Job:
    """Seal the payment files and hand them to the bank."""
    return _step(caller, code, asked, "release", steps.release)


@router.acts("/cycles/{code}/close", letters("CB"), Scope.RELEASE)
def close(caller: Acting, code: Code, asked: StepAsked) -> Job:
    """Close a cycle whose proof ties."""
    return _step(caller, code, asked, "close", steps.close)


def _step(
    caller: Caller,
    code: str,
    asked: StepAsked,
    verb: str,
    act: Callable[[Desk, str], StepReport],
) -> Job:
    with caller.reading() as connection:
        cycle = caller.cycle(connection, code)
    if asked.version != cycle.version:
        raise steps.Changed(
            f"{code} is {cycle.state.value} now, in version {cycle.version}, not {asked.version}. "
            "Nothing was done. Read the cycle again."
        )
    return caller.work(verb, f"cycle/{code}", lambda desk: act(desk, code).sentence)


def _row(cycle: Cycle, names: dict[int, str]) -> dict[str, Any]:
    row = cycle._asdict()
    hands = {name: names.get(row[name]) if row[name] else None for name in _HANDS}
    return row | hands | {"state": cycle.state.value}


def _signatures(
    connection: sa.Connection, cycle: Cycle, names: dict[int, str]
) -> dict[str, Any] | None:
    """Return what a signed list needs and has; None before the first signature."""
    if cycle.approved_by is None:
        return None
    found = tiers.signatures(connection, cycle.cycle_id)
    return {
        "needed": found.needed,
        "given": found.given,
        "missing": found.missing,
        "signed_by": [names.get(one) for one in (cycle.approved_by, *found.countersigned_by)],
    }


def _numbered(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [row | {"household": registry.number_of(row["household_id"])} for row in rows]
