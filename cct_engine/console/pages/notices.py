"""Notices: mails to officers, messages to families as files for the gateway, and who agreed."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from cct_engine import messages
from cct_engine.console.answers import Answer, File, Table, View
from cct_engine.console.pages.acting import done
from cct_engine.console.reading import notices as reading
from cct_engine.console.routes import Router, letters
from cct_engine.console.visit import NotThere, Visit
from cct_engine.people import Role, acts

if TYPE_CHECKING:
    from pathlib import Path

    from cct_engine.cycle import Desk

__all__ = ["router"]

router = Router()

_SEES_ALL_MAILS: Final = (Role.AUDITOR, Role.ADMINISTRATOR)


@router.page("/notices", letters("MCANWFD"), fields=("counted",), csv=True)
def notices(visit: Visit) -> Answer:
    """Show what waits to be mailed, which files were made, and how many families agreed."""
    connection, scope = visit.connection, visit.scope()
    everybody = visit.has(*_SEES_ALL_MAILS)
    cycles = reading.cycles(connection, scope)
    return View(
        "notices.html",
        "Notices",
        {
            "mails": reading.mails(
                connection, officer_id=None if everybody else visit.session.officer_id
            ),
            "everybody": everybody,
            "has_server": bool(visit.place.settings.smtp_host),
            "cycles": cycles,
            "may_make": visit.has(Role.MAKER),
            "coverage": reading.agreed(connection, scope) if visit.fields["counted"] else None,
        },
        table=Table(
            ("cycle", "language", "messages", "segments", "shortened", "made", "sha256"),
            [
                (
                    cycle["code"],
                    one["language"],
                    one["messages"],
                    one["segments"],
                    one["shortened"],
                    cycle["made_at"],
                    one["sha256"],
                )
                for cycle in cycles
                for one in cycle["files"]
            ],
        ),
    )


@router.act("/notices/{code}/files", letters("M"))
def make(visit: Visit) -> Answer:
    """Write the messages to the families of a cycle, one file for each language; once."""
    with visit.reading() as looking:
        code = looking.cycle().code

    def act(desk: Desk) -> str:
        found = messages.make_files(desk, code, out=_folder(visit, code))
        return (
            f"Messages to {found.message_count:,} of {found.family_count:,} families of {code} "
            "are written. Hand the files to the gateway."
        )

    return done(visit, "write messages", f"notice/{code}", act, then="/notices")


@router.download("/notices/{code}/{language}", letters("M"))
def hand_out(visit: Visit) -> Answer:
    """Give a file to who hands it to the gateway; it has telephone numbers, so it is recorded."""
    cycle, language = visit.cycle(), visit.names["language"]
    known = reading.file(visit.connection, cycle.code, language)
    path = _folder(visit, cycle.code) / f"{cycle.code}.{language}.csv"
    if known is None or not path.is_file():
        raise NotThere
    with path.open("rb") as opened:
        if hashlib.file_digest(opened, "sha256").hexdigest() != known["sha256"]:
            raise visit.refuse(
                "changed",
                "The file on disk is not the file that was made: its digest differs. It was not "
                "given out. Bring it back from the backup.",
            )
    with visit.place.database.transaction() as connection:
        acts.record(
            connection,
            at=visit.at,
            officer_id=visit.session.officer_id,
            verb="notice.hand out",
            subject=f"cycle/{cycle.code}",
            outcome="done",
            detail={"language": language, "messages": known["message_count"]},
        )
    return File(path.name, path, "text/csv; charset=utf-8")


def _folder(visit: Visit, code: str) -> Path:
    return visit.place.home / "notices" / code
