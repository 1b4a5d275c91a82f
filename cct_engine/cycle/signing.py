"""The signatures of a cycle: submit, reject, approve.

Submission fixes the digest of the list. An approval names that digest and dies if the list has
changed, by whatever hand; what it posts is selected from the very rows the digest covers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa
from psycopg.types.json import Jsonb

import ledger
from cct_engine import failpoints, registry
from cct_engine.cycle import law, postings, tiers
from cct_engine.cycle.desk import run
from cct_engine.cycle.moments import today_of
from cct_engine.cycle.record import Changed, CycleError
from cct_engine.entitlement import list_digest, totals

if TYPE_CHECKING:
    from datetime import date

    from cct_engine.cycle.desk import Desk, StepReport, Work
    from cct_engine.cycle.record import Cycle

__all__ = ["approve", "countersign", "reject", "submit"]

_REMARK_MIN = 10


def submit(desk: Desk, code: str) -> StepReport:
    """Propose the list for approval: its digest is fixed and its rows stand still from now on.

    Refused while a finding blocks; every later signature is compared with this officer's.
    """

    def body(work: Work) -> None:
        with work.last_transaction() as connection:
            _refuse_blocked(connection, work)
            digest = list_digest(connection, work.cycle.cycle_id)
            _tell_totals(connection, work)
            work.detail["list_digest"] = digest
            work.move(
                connection,
                list_digest=digest,
                prepared_by=desk.officer_id,
                submitted_at=work.at,
            )
        work.sentence = (
            f"{code} is submitted: {work.counts['paid_families']} families to be paid. "
            "It waits for a checker; the list stands still until then."
        )

    return run(desk, code, "submit", body)


def reject(desk: Desk, code: str, *, remark: str) -> StepReport:
    """Give a submitted list back to its maker, with the reason (10 characters or more)."""

    def body(work: Work) -> None:
        if len(remark.strip()) < _REMARK_MIN:
            raise CycleError(
                f"The reason has {len(remark.strip())} characters. Write at least {_REMARK_MIN}, "
                "so that the maker knows what to change. Nothing was rejected."
            )
        with work.last_transaction() as connection:
            _decide(connection, work, "rejected", remark)
            work.move(connection, list_digest=None, prepared_by=None, submitted_at=None)
        work.sentence = f"{code} is back with its maker. Nothing was posted."

    return run(desk, code, "reject", body)


def approve(desk: Desk, code: str, *, list_digest: str | None = None) -> StepReport:
    """Sign the submitted list and post it into the books, in one transaction.

    ``list_digest`` is the digest on the sheet that the checker read; leave it out only where the
    sheet and the signature cannot be apart. Raises ``Changed`` when the list is not the one that
    was submitted, ``Refused`` for the maker, and ``CycleError`` when the books refuse (the budget
    is short, the fiscal period is closed); nothing is approved then.
    """

    def body(work: Work) -> None:
        with work.last_transaction() as connection:
            _refuse_changed_list(connection, work, list_digest)
            _tell_totals(connection, work)
            _decide(connection, work, "approved", "")
            cycle = work.cycle
            work.move(connection, approved_by=desk.officer_id, approved_at=work.at)
            try:
                work.money |= postings.post_all(
                    connection,
                    cycle,
                    approved_by=desk.officer_id,
                    value_on=today_of(connection, cycle, work.at),
                    at=work.at,
                )
            except ledger.LedgerError as error:
                raise CycleError(
                    f"The books refuse {code}, so nothing was approved. {error}"
                ) from error
            work.counts["entered"] = _enter(connection, work)
            work.counts["ended"] = _end(connection, work)
            needed = tiers.keep_need(connection, work, work.money["to_pay"])
            failpoints.hit("approve.before_commit")
        failpoints.hit("approve.after_commit")
        work.sentence = f"{code} is approved and posted. The money is not released yet."
        if needed > 1:
            work.sentence += f" Its sum needs {needed} signatures: another checker signs next."

    return run(desk, code, "approve", body)


def countersign(desk: Desk, code: str, *, list_digest: str) -> StepReport:
    """Give a further signature that the sum of an approved list needs; nothing is posted by it.

    Refused for whoever prepared, overrode or signed, when enough have signed, and with ``Changed``
    for another list than the one that was approved.
    """

    def body(work: Work) -> None:
        with work.last_transaction() as connection:
            _refuse_changed_list(connection, work, list_digest)
            found = tiers.signatures(connection, work.cycle.cycle_id)
            if not found.missing:
                raise CycleError(
                    f"{code} has the signatures that its sum needs: {found.given} of "
                    f"{found.needed}. Nothing was signed."
                )
            connection.execute(
                sa.text(
                    "INSERT INTO cycle.countersignature (cycle_id, list_digest, signed_by,"
                    " signed_at) VALUES (:cycle_id, :list_digest, :signed_by, :at)"
                ),
                {
                    "cycle_id": work.cycle.cycle_id,
                    "list_digest": list_digest,
                    "signed_by": desk.officer_id,
                    "at": work.at,
                },
            )
            work.move(connection)
            work.detail["list_digest"] = list_digest
            work.counts |= {"signatures": found.given + 1, "needed": found.needed}
        left = found.missing - 1
        work.sentence = f"Signed, {found.given + 1} of {found.needed}. " + (
            "Another checker signs next." if left else "The money can be released."
        )

    return run(desk, code, "countersign", body)


def _refuse_blocked(connection: sa.Connection, work: Work) -> None:
    rows = connection.execute(
        sa.text(
            "SELECT code, count(*) AS found FROM cycle.finding WHERE cycle_id = :cycle_id "
            "AND effect = 'blocks' AND state = 'open' GROUP BY code ORDER BY code"
        ),
        {"cycle_id": work.cycle.cycle_id},
    ).all()
    if rows:
        found = ", ".join(f"{row.code} ({row.found})" for row in rows)
        raise CycleError(
            f"{work.cycle.code} cannot be submitted: {found} must be resolved first. Correct the "
            "cause and check again, or have an override confirmed. Nothing was submitted."
        )


def _refuse_changed_list(connection: sa.Connection, work: Work, seen: str | None) -> None:
    cycle = work.cycle
    if seen is not None and seen != cycle.list_digest:
        raise Changed(
            f"The sheet you read has the digest {seen[:16]}…, the list submitted as {cycle.code} "
            f"has {str(cycle.list_digest)[:16]}…. Nothing was approved. Read the new sheet."
        )
    if list_digest(connection, cycle.cycle_id) != cycle.list_digest:
        raise Changed(
            f"The list of {cycle.code} is not the one that was submitted: a row was changed after "
            "it. Nothing was approved. Reject the list, find who changed it, and check again."
        )


def _tell_totals(connection: sa.Connection, work: Work) -> None:
    summed = totals(connection, work.cycle.cycle_id)
    work.counts |= {
        "families": summed.household_count,
        "paid_families": summed.paid_household_count,
    }
    work.money |= {
        "to_pay": summed.pay_now_minor,
        "held": summed.held_minor,
        "withheld": summed.withheld_minor,
        "forfeited": summed.forfeited_minor,
    }


def _decide(connection: sa.Connection, work: Work, decision: str, remark: str) -> None:
    """Write the signature; whoever comes second finds the place taken."""
    written = connection.execute(
        sa.text(
            "INSERT INTO cycle.approval (cycle_id, version, list_digest, submitted_by, decided_by,"
            " decided_at, decision, remark, control) VALUES (:cycle_id, :version, :list_digest,"
            " :submitted_by, :decided_by, :decided_at, :decision, :remark, :control)"
            " ON CONFLICT DO NOTHING"
        ),
        {
            "cycle_id": work.cycle.cycle_id,
            "version": work.cycle.version,
            "list_digest": work.cycle.list_digest,
            "submitted_by": work.cycle.prepared_by,
            "decided_by": work.desk.officer_id,
            "decided_at": work.at,
            "decision": decision,
            "remark": remark.strip(),
            "control": Jsonb(work.counts | work.money),
        },
    )
    if written.rowcount != 1:
        raise Changed(
            f"{work.cycle.code} was decided by another officer a moment ago. Nothing of yours "
            "was done. Read the cycle again."
        )


def _enter(connection: sa.Connection, work: Work) -> int:
    """Put the applicants whom the approved list pays on the programme's list; return how many."""
    applicants = sa.text(
        "SELECT household_id FROM cycle.household_result WHERE cycle_id = :cycle_id "
        "AND enrolment_id = 0 AND standing IN ('full', 'grace')"
    ).bindparams(cycle_id=work.cycle.cycle_id)
    if connection.execute(applicants).first() is None:
        return 0
    return registry.enrolments.enter(
        connection,
        work.cycle.programme_id,
        applicants.columns(household_id=sa.BigInteger),
        on=work.cycle.period,
        reason_code="eligible",
        article=f"rulebook {str(work.cycle.rulebook_digest)[:16]}, standing.apply",
        at=work.at,
        officer_id=work.desk.officer_id,
    )


def _end(connection: sa.Connection, work: Work) -> int:
    """End the enrolments that a ladder of the law ends with this list; return how many.

    Only a state entered in this cycle ends anything, and only where the law says so itself; every
    other exit is decided, and told, household by household.
    """
    if work.cycle.rulebook_digest is None:
        return 0
    rules = law.of_cycle(connection, work.cycle).law
    ended = 0
    for name, ladder in rules.ladders.items():
        ending = sorted(code for code, state in ladder.states.items() if state.ends == "enrolment")
        if not ending or ladder.each != "household":
            continue
        households = sa.text(
            "SELECT household_id FROM cycle.effect_state WHERE cycle_id = :cycle_id "
            "AND ladder = :ladder AND state = ANY(:states) AND since_month = cycle_month"
        ).bindparams(cycle_id=work.cycle.cycle_id, ladder=name, states=ending)
        if connection.execute(households).first() is None:
            continue
        ended += registry.enrolments.end(
            connection,
            work.cycle.programme_id,
            households.columns(household_id=sa.BigInteger),
            on=_day_after(work.cycle),
            reason_code=f"{name}_ladder",
            article=ladder.law or f"rulebook {str(work.cycle.rulebook_digest)[:16]}, {name}",
            at=work.at,
            officer_id=work.desk.officer_id,
        )
    return ended


def _day_after(cycle: Cycle) -> date:
    """Return the first day after the months the cycle pays for."""
    year, month = divmod(cycle.period.year * 12 + cycle.period.month - 1 + cycle.month_count, 12)
    return cycle.period.replace(year=year, month=month + 1, day=1)
