"""What if: a law handed in is tried over a cycle's sealed inputs. Nobody is paid by it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from cct_engine import simulation
from cct_engine.console import trying
from cct_engine.console.answers import Answer, Table, View
from cct_engine.console.pages.acting import done
from cct_engine.console.reading import cycles as cycles_reading
from cct_engine.console.routes import Router, letters
from cct_engine.console.visit import NotThere, Visit
from cct_engine.console.words import plain
from cct_engine.cycle import by_code

if TYPE_CHECKING:
    from cct_engine.cycle import Cycle

__all__ = ["calculated", "router"]

router = Router()

_DRAWN: Final = 15
_HALF: Final = 250
"""Width of a bar from the middle line, at the most."""


def calculated(visit: Visit, programme: str) -> list[Cycle]:
    """Return the cycles of a programme that a law can be tried over, newest first."""
    return trying.calculated(cycles_reading.in_scope(visit.connection, visit.scope()), programme)


@router.act("/programmes/{programme}/trials", letters("NC"), fields=("cycle",), file="file")
def attempt(visit: Visit) -> Answer:
    """Try a law that is handed in over a cycle: who gains, who loses, what it costs."""
    programme, upload = visit.names["programme"], visit.uploads.get("file")
    with visit.reading() as looking:
        known = {one.code for one in calculated(looking, programme) if looking.sees(programme)}
    code = visit.fields.get("cycle", "")
    if code not in known:
        raise NotThere
    if upload is None or upload.byte_count > trying.LAW_MAX:
        raise visit.refuse("file", "Choose a law of at most 512 kB. Nothing was tried.")
    if not upload.name.lower().endswith((".yaml", ".yml")):
        raise visit.refuse("type", "A law is a YAML file. Nothing was tried.")
    trial = trying.hand_in(visit.place.home, code, upload.path)
    return done(
        visit,
        "try a law",
        f"whatif/{trial.run}",
        lambda desk: trying.tried(desk, trial, upload.name),
        then=f"/whatif/{trial.run}",
    )


@router.page("/whatif/{run}", letters("NCA"), csv=True)
def shown(visit: Visit) -> Answer:
    """One trial: families, components and districts, before and after."""
    run = visit.names["run"]
    found = trying.found(visit.place.home, run)
    if found is None:
        raise NotThere
    if not visit.sees(found["programme"]):
        raise NotThere
    currency = found["currency"]
    named = visit.components(by_code(visit.connection, found["cycle"]))
    components = [
        one | {"title": named.get(one["component"]) or one["title"]} for one in found["components"]
    ]
    found = found | {"components": components}
    return View(
        "whatif.html",
        f"What if – {found['title']}",
        {
            "found": found,
            "run": run,
            "kinds": simulation.KINDS,
            "districts": found["districts"][:_DRAWN],
            "component_bars": _bars(found["components"]),
            "district_bars": _bars(found["districts"][:_DRAWN]),
        },
        table=Table(
            ("part", "name", "families", f"before_{currency}", f"after_{currency}"),
            [
                (part, one[name], one[count], *_sums(one, currency))
                for part, name, count in (
                    ("kinds", "kind", "family_count"),
                    ("components", "component", "after_count"),
                    ("districts", "district", "family_count"),
                )
                for one in found[part]
            ],
        ),
    )


def _sums(one: dict[str, Any], currency: str) -> tuple[str, str]:
    return plain(one["before_minor"], currency), plain(one["after_minor"], currency)


def _bars(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return a bar for each row: right of the middle more, left of it less."""
    most = max((abs(one["change_minor"]) for one in rows), default=0) or 1
    bars = []
    for one in rows:
        width = abs(one["change_minor"]) * _HALF // most
        less = one["change_minor"] < 0
        bars.append(
            {
                "name": one.get("title") or one.get("district") or one.get("component"),
                "x": _HALF - width if less else _HALF,
                "width": width,
                "kind": "less" if less else "more",
                "change_minor": one["change_minor"],
            }
        )
    return bars
