"""The states of a cycle and every way between them: one table, and nothing else decides.

The database repeats it (trigger ``known_transition``), so that a hand-written statement cannot
take a way that stands nowhere.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple

from cct_engine.people import Permission, Role

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["TRANSITIONS", "State", "Transition", "is_past", "permission"]


class State(StrEnum):
    """Where a cycle stands, in the order of its life."""

    OPENED = "opened"
    FROZEN = "frozen"
    CALCULATED = "calculated"
    CHECKED = "checked"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    RELEASED = "released"
    CLOSED = "closed"


class Transition(NamedTuple):
    """One way from a state to another.

    ``differs_from`` names acts of the same cycle whose officer may not do this one: prepared
    (submitted the list), overrode (proposed to pay against a finding), approved, countersigned
    (gave a further signature that a large sum needs), released.
    ``by_engine``: the schedule may do it; signing and sending stay with people.
    """

    since: State | None
    verb: str
    to: State
    roles: frozenset[Role]
    differs_from: tuple[str, ...] = ()
    by_engine: bool = False


_S = State
_MAKER = frozenset({Role.MAKER})
_CHECKER = frozenset({Role.CHECKER})
_RELEASER = frozenset({Role.RELEASER})
_LIAISON = frozenset({Role.BANK_LIAISON})
_DESK = frozenset({Role.MAKER, Role.CASE_WORKER})
_CLOSERS = frozenset({Role.CHECKER, Role.BANK_LIAISON})
_RINGS = True  # the schedule may do it

# fmt: off
_TABLE: Final = (
    #          from           verb          to             role       differs from
    Transition(None,          "open",       _S.OPENED,     _MAKER,    (), _RINGS),
    Transition(_S.OPENED,     "freeze",     _S.FROZEN,     _MAKER,    (), _RINGS),
    Transition(_S.OPENED,     "correct",    _S.OPENED,     _MAKER,    (), _RINGS),
    Transition(_S.FROZEN,     "calculate",  _S.CALCULATED, _MAKER,    (), _RINGS),
    Transition(_S.CALCULATED, "check",      _S.CHECKED,    _MAKER,    (), _RINGS),
    Transition(_S.CHECKED,    "recheck",    _S.CALCULATED, _MAKER),
    Transition(_S.CHECKED,    "propose override", _S.CHECKED, _DESK),
    Transition(_S.CHECKED,    "confirm override", _S.CHECKED, _CHECKER, ("proposed",)),
    Transition(_S.CHECKED,    "submit",     _S.SUBMITTED,  _MAKER),
    Transition(_S.SUBMITTED,  "reject",     _S.CHECKED,    _CHECKER,  ("prepared",)),
    Transition(_S.SUBMITTED,  "approve",    _S.APPROVED,   _CHECKER,  ("prepared", "overrode")),
    Transition(_S.APPROVED, "countersign", _S.APPROVED, _CHECKER, ("prepared", "approved",
               "countersigned", "overrode")),
    Transition(_S.APPROVED,   "release",    _S.RELEASED,   _RELEASER, ("prepared", "approved",
               "countersigned")),
    Transition(_S.RELEASED, "reconcile",  _S.RELEASED, _LIAISON, ("prepared", "released"), _RINGS),
    Transition(_S.RELEASED,   "close",      _S.CLOSED,     _CLOSERS,  ("prepared", "released")),
)
# fmt: on

TRANSITIONS: Final[Mapping[str, Transition]] = {way.verb: way for way in _TABLE}
"""Every act on a cycle by its verb."""

_ORDER: Final = tuple(State)


def is_past(state: State, wanted: State) -> bool:
    """Tell whether a cycle in ``state`` has reached ``wanted`` or gone beyond it."""
    return _ORDER.index(state) >= _ORDER.index(wanted)


def permission(verb: str) -> Permission:
    """Return who may do a verb, as the people package decides it."""
    way = TRANSITIONS[verb]
    return Permission(f"cycle.{verb}", way.roles, way.differs_from, way.by_engine)
