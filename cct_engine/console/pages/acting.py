"""How an act of a page is done: as a job, waited for a moment, answered with where to look."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cct_engine.console.answers import Answer, Goto
from cct_engine.cycle import CycleError

if TYPE_CHECKING:
    from collections.abc import Callable

    from cct_engine.console.visit import Visit
    from cct_engine.cycle import Desk

__all__ = ["done", "too_short"]

WAIT_SECONDS: Final = 2.0


def done(visit: Visit, verb: str, subject: str, act: Callable[[Desk], str], *, then: str) -> Answer:
    """Do an act and go to ``then``; to the job's own page when it takes longer than a moment.

    ``act`` returns the sentence to show. What it refuses is raised here. Raises ``CycleError``
    when the same act is under way already.
    """
    running = visit.place.works.start(
        verb, subject, visit.session.officer_id, lambda tell: act(visit.desk(tell))
    )
    if running is None:
        raise CycleError(
            f"'{verb}' of {subject} is under way already, started a moment ago. Nothing was "
            "started twice; Today shows how far it is."
        )
    if not running.ended(WAIT_SECONDS):
        return Goto(f"/jobs/{running.job_id}")
    return Goto(f"{then}{'&' if '?' in then else '?'}done={running.job_id}")


def too_short(reason: str, least: int) -> str:
    """Say that a reason tells nothing."""
    return (
        f'Reason: "{reason[:20]}" is too short. Write at least {least} characters, so that an '
        "auditor understands it in five years."
    )
