"""What a finding does, per programme, as ``policy.yaml`` says; an incomplete one is refused."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any, Final, NamedTuple

from ruamel.yaml import YAML

from cct_engine.money import parse_minor

__all__ = ["CHECKS", "EFFECTS", "Check", "policy"]

EFFECTS: Final = ("blocks", "holds", "warns")
CHECKS: Final = (
    "ACCOUNT_MALFORMED",
    "ACCOUNT_MISSING",
    "ACCOUNT_SHARED",
    "AMOUNT_OVER_CEILING",
    "BUDGET_QUEUE",
    "BUDGET_SHORT",
    "CLAIMED_BY_ANOTHER",
    "DEATH_BEFORE_PERIOD",
    "FACTS_MISSING",
    "IDENTITY_MISSING",
    "MONEY_LEFT_BEHIND",
    "PAYEE_DEATH_TOLD",
    "PAYEE_MISSING",
    "PERSON_IN_TWO_HOUSEHOLDS",
)
"""Every check there is."""

_OF_THE_WHOLE_CYCLE: Final = frozenset(
    {"BUDGET_QUEUE", "BUDGET_SHORT", "FACTS_MISSING", "IDENTITY_MISSING"}
)


class Check(NamedTuple):
    """One check as a programme has it.

    ``ceiling_minor`` only where the check compares an amount; None: the programme sets none, and
    the check finds nothing. ``tasks`` are what somebody has to do before money can go out again.
    """

    code: str
    effect: str
    meaning: str
    because: str
    ceiling_minor: int | None = None
    tasks: tuple[str, ...] = ()


@cache
def policy(programme: str, currency: str) -> dict[str, Check]:
    """Return every check of a programme by its code.

    Raises ValueError naming what is wrong in the file: an unknown check or effect, a missing
    reason, or a check of the whole cycle that would hold a family.
    """
    tree = YAML(typ="safe").load(files(__package__).joinpath("policy.yaml").read_text("utf-8"))
    own = tree["programmes"].get(programme, {})
    if set(tree["checks"]) != set(CHECKS) or not set(own) <= set(CHECKS):
        odd = sorted(set(tree["checks"]).symmetric_difference(CHECKS) | set(own) - set(CHECKS))
        raise ValueError(f"policy.yaml: {', '.join(odd)}: no such check, or one is missing.")
    return {
        code: _check(code, tree["checks"][code] | own.get(code, {}), currency) for code in CHECKS
    }


def _check(code: str, entry: dict[str, Any], currency: str) -> Check:
    ceiling = entry.get("ceiling")
    check = Check(
        code,
        entry["effect"],
        entry["meaning"],
        entry["because"],
        None if ceiling is None else parse_minor(ceiling, currency),
        tuple(entry.get("tasks", ())),
    )
    if check.effect not in EFFECTS or not check.meaning or not check.because:
        raise ValueError(
            f"policy.yaml: {code} needs an effect ({', '.join(EFFECTS)}), a meaning and a reason."
        )
    if check.effect == "holds" and code in _OF_THE_WHOLE_CYCLE:
        raise ValueError(f"policy.yaml: {code} is about the whole cycle and cannot hold a family.")
    return check
