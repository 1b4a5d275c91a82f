"""Files to the bank: what is due on which day, what became of it, and one file with its seal."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from cct_engine import cycle as steps_door
from cct_engine.clock import local_date
from cct_engine.console.answers import Answer, Table, View
from cct_engine.console.reading import bank as reading
from cct_engine.console.reading import cycles as cycles_reading
from cct_engine.console.reading import figures
from cct_engine.console.reading import pay_days as days
from cct_engine.console.routes import Router, letters
from cct_engine.console.visit import NotThere, Visit
from cct_engine.console.words import plain

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date
    from pathlib import Path

__all__ = ["router"]

router = Router()

_FILES: Final = letters("MCRBA")
_OPEN: Final = ("drafted", "sealed", "sent", "acknowledged", "accepted", "unknown")


@router.page("/files", _FILES, fields=("cycle",), csv=True)
def files(visit: Visit) -> Answer:
    """Every payment file with its seal, the newest cycle first; of one cycle, day by day."""
    rows = reading.files(visit.connection, visit.scope(), cycle=visit.fields["cycle"])
    places = {code: place for place, code in enumerate(dict.fromkeys(r["cycle"] for r in rows))}
    rows.sort(key=lambda row: (places[row["cycle"]], row["execution_on"], row["message_id"]))
    today = _today_in(visit)
    of_cycle = _of_cycle(visit, rows, today)
    for row in rows:
        row |= {
            "stands": days.standing(
                row["execution_on"], row["state"], row.get("ended"), on=today(row["programme"])
            )
        }
    return View(
        "files.html",
        "Files",
        {"rows": rows, "wanted": visit.fields} | of_cycle,
        table=Table(
            ("file", "cycle", "pay_day", "payments", "sum", "currency", "state", "sha256"),
            [
                (
                    row["message_id"],
                    row["cycle"],
                    row["execution_on"],
                    row["instruction_count"],
                    plain(row["total_minor"], row["currency"]),
                    row["currency"],
                    row["state"],
                    row["sha256"],
                )
                for row in rows
            ],
        ),
    )


def _of_cycle(
    visit: Visit, rows: list[dict[str, Any]], today: Callable[[str], date]
) -> dict[str, Any]:
    """Return what stands on the page of one cycle's files besides them, and add it to each."""
    connection, home = visit.connection, visit.place.home
    cycle = next(
        (c for c in steps_door.cycles(connection) if c.code == visit.fields["cycle"]), None
    )
    if cycle is None or not visit.sees(cycle.programme):
        return {"cycle": None, "planned": ()}
    on = today(cycle.programme)
    found = days.ended(connection, cycle) if rows else {}
    digits = days.digits(connection, cycle, home=home, at=visit.at) if rows else {}
    for row in rows:
        row["ended"] = found.get(row["file_id"], days.Ended())
        row["digits"] = digits.get(row["execution_on"], "")
    return {
        "cycle": cycle,
        "programme": cycles_reading.titles(connection)[cycle.programme],
        "today": on,
        "days": days.days_of(connection, cycle, on=on),
        "planned": days.planned(connection, cycle, home=home, at=visit.at),
        "total": days.Ended(*map(sum, zip(*found.values(), strict=True))) if found else None,
        "sent": figures.sent(connection, cycle),
    }


@router.page("/files/{file}", _FILES)
def file(visit: Visit) -> Answer:
    """Show whether the bank got exactly what was approved, once."""
    row = reading.file(visit.connection, visit.names["file"][:40])
    if row is None or not visit.sees(row["programme"]):
        raise NotThere
    sums = {
        "paid": _sum(row, "settled"),
        "returned": _sum(row, "returned"),
        "rejected": _sum(row, "rejected", "cancelled", "expired"),
        "open": _sum(row, *_OPEN),
    }
    return View(
        "file.html",
        f"File – {row['message_id']}",
        {
            "row": row,
            "stands": days.standing(
                row["execution_on"],
                row["state"],
                days.Ended(open_count=sums["open"][0]),
                on=_today_in(visit)(row["programme"]),
            ),
            "sums": sums,
            "difference_minor": row["total_minor"] - sum(one[1] for one in sums.values()),
            "disk": _on_disk(visit.place.home, row),
            "names": cycles_reading.logins(visit.connection),
        },
    )


def _today_in(visit: Visit) -> Callable[[str], date]:
    """Return what tells the date in a programme's country."""
    zones = cycles_reading.zones(visit.connection)
    return lambda programme: local_date(visit.at, ZoneInfo(zones[programme]))


def _sum(row: dict[str, Any], *states: str) -> tuple[int, int]:
    found = [row["states"][state] for state in states if state in row["states"]]
    return sum(one["payments"] for one in found), sum(one["amount_minor"] for one in found)


def _on_disk(home: Path, row: dict[str, Any]) -> dict[str, Any] | None:
    """Hash the file again in front of the reader: it is, byte for byte, what was sealed, or not."""
    if row["name"] is None:
        return None
    path = home / "bank" / "sealed" / str(row["name"])
    if not path.is_file():
        return {"found": False}
    digest = hashlib.sha256()
    with path.open("rb") as source:
        while chunk := source.read(1 << 20):
            digest.update(chunk)
    return {
        "found": True,
        "sha256": digest.hexdigest(),
        "byte_count": path.stat().st_size,
        "is_same": digest.hexdigest() == row["sha256"],
    }
