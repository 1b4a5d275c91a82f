"""The office: calendar, controls and what everybody did."""

from __future__ import annotations

from typing import Final

from cct_engine import schedule
from cct_engine.console.answers import Answer, Table, View
from cct_engine.console.coming import coming
from cct_engine.console.deeds import ACT_WORDS
from cct_engine.console.reading import cycles as cycles_reading
from cct_engine.console.reading import exceptions as found
from cct_engine.console.reading import office as reading
from cct_engine.console.routes import EVERY_ROLE, Router, letters
from cct_engine.console.visit import Visit  # noqa: TC001 - endpoints are read by people
from cct_engine.console.words import speech
from cct_engine.cycle.checks.policy import policy
from cct_engine.people import Role, acts

__all__ = ["router"]

router = Router()

_ALL_ACTS: Final = (Role.AUDITOR, Role.ADMINISTRATOR)
_ACTS: Final = 100
"""How many acts stand on a page: each is one short line."""


@router.page("/calendar", letters("MCRBAND"))
def calendar(visit: Visit) -> Answer:
    """What ran, what is next, what was missed: computed from the law's calendar."""
    connection, home = visit.connection, visit.place.home
    due = schedule.due(connection, visit.at, home=home)
    return View(
        "calendar.html",
        "Calendar",
        {
            "due": [one for one in due if not one.programme or visit.sees(one.programme)],
            "coming": coming(visit),
            "ran": reading.ran(connection),
            "titles": cycles_reading.titles(connection),
        },
    )


@router.page("/controls", letters("MCRBAN"), csv=True)
def controls(visit: Visit) -> Answer:
    """Which checks found something in the newest cycles."""
    rows = [
        row | {"meaning": policy(row["programme"], row["currency"])[row["code"]].meaning}
        for row in found.controls(visit.connection, visit.scope())
    ]
    return View(
        "controls.html",
        "Controls",
        {"rows": rows, "titles": cycles_reading.titles(visit.connection)},
        table=Table(
            ("cycle", "check", "meaning", "effect", "found", "open", "overridden"),
            [
                (
                    row["cycle"],
                    row["code"],
                    row["meaning"],
                    row["effect"],
                    row["found"],
                    row["open"],
                    row["overridden"],
                )
                for row in rows
            ],
        ),
    )


@router.page("/activity", EVERY_ROLE, fields=("subject", "verb", "refused", "before"), csv=True)
def activity(visit: Visit) -> Answer:
    """Who did, who saw, who was refused; one's own, or everybody's for who audits."""
    fields = visit.fields
    everybody = visit.has(*_ALL_ACTS)
    rows = reading.activity(
        visit.connection,
        officer_id=None if everybody else visit.session.officer_id,
        subject=fields["subject"],
        verb=fields["verb"],
        refused=bool(fields["refused"]),
        before=visit.asked("before"),
        most=visit.most(_ACTS),
    )
    page = visit.page(rows, _ACTS)
    return View(
        "activity.html",
        "Activity",
        {
            "rows": page.rows,
            "wanted": fields,
            "everybody": everybody,
            "names": cycles_reading.logins(visit.connection),
            "verbs": _verbs(visit),
            "next_before": page.after("act_id"),
            "head": acts.head(visit.connection),
        },
        table=Table(
            ("act", "at", "officer", "verb", "subject", "outcome", "digest"),
            [
                (
                    row["act_id"],
                    row["at"],
                    row["login"],
                    row["verb"],
                    row["subject"],
                    row["outcome"],
                    row["digest"],
                )
                for row in rows
            ],
        ),
    )


def _verbs(visit: Visit) -> list[tuple[str, str]]:
    """Return the acts to choose from, in the order of the reader's words."""
    said = speech(visit.session.language)
    known = ((code, said.text(word)) for code, word in ACT_WORDS.items())
    return sorted(known, key=lambda one: one[1].casefold())
