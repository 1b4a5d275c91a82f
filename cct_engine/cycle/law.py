"""Which law a cycle is calculated by: the rulebook it was opened under, word for word."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from cct_engine import rulebook
from cct_engine.cycle.record import CycleError

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from cct_engine.cycle.record import Cycle
    from cct_engine.rulebook import Month, Rulebook

__all__ = ["in_force", "kept", "of_cycle", "refuse_unchecked"]


def in_force(programme: str, home: Path, *, month: Month | None = None) -> Rulebook:
    """Return the rulebook of a programme: the installation's own file, else the one shipped.

    An installation keeps its own under ``<home>/programmes/<programme>.yaml``. Of shipped laws with
    several versions the one that held in ``month`` is meant; without a month, the newest.
    """
    own = _own(programme, home)
    if own.is_file():
        return rulebook.load(own)
    if programme not in rulebook.programmes():
        raise CycleError(
            f"There is no rulebook for {programme}: neither {own} nor one shipped with the engine "
            f"({', '.join(rulebook.programmes())}). Write one before opening a cycle."
        )
    try:
        return rulebook.programme(programme, month=month)
    except LookupError as error:
        raise CycleError(str(error.args[0])) from error


def refuse_unchecked(connection: sa.Connection, law: Rulebook, home: Path) -> None:
    """Raise CycleError where the installation's own law, not pinned before, does not check.

    The check is the one of ``cct programme check``, scenarios and sentences included. Shipped laws
    are checked before they are shipped, and what was pinned before is not looked at again.
    """
    own = _own(law.programme, home)
    asked = sa.text("SELECT 1 FROM cycle.programme_version WHERE digest = :digest")
    if not own.is_file() or connection.execute(asked, {"digest": law.digest}).first():
        return
    problems = rulebook.check(own)
    if problems:
        raise CycleError(
            f"{own.name} does not check, so nobody is paid by it: {len(problems)} problem(s), the "
            f"first of them {problems[0]} See all of them with `cct programme check {own}`, and "
            "freeze again when there are none."
        )


def _own(programme: str, home: Path) -> Path:
    return home / "programmes" / f"{programme}.yaml"


def kept(connection: sa.Connection, law: Rulebook, *, programme_id: int, at: datetime) -> str:
    """Store the text of the law, once per version; return its digest."""
    connection.execute(
        sa.text(
            "INSERT INTO cycle.programme_version (digest, programme_id, rulebook, loaded_at) "
            "VALUES (:digest, :programme_id, :rulebook, :at) ON CONFLICT (digest) DO NOTHING"
        ),
        {"digest": law.digest, "programme_id": programme_id, "rulebook": law.text, "at": at},
    )
    return law.digest


def of_cycle(connection: sa.Connection, cycle: Cycle) -> Rulebook:
    """Return the law a frozen cycle is pinned to, read from what was stored then."""
    text = connection.execute(
        sa.text("SELECT rulebook FROM cycle.programme_version WHERE digest = :digest"),
        {"digest": cycle.rulebook_digest},
    ).scalar()
    if text is None:
        raise CycleError(f"{cycle.code} is pinned to no law yet; freeze it first.")
    return rulebook.parse(text, file=f"{cycle.programme}.yaml")
