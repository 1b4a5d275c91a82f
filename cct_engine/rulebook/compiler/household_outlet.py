"""The outlets ``household`` and ``explain``: one row per household."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cct_engine.rulebook.compiler.needs import PER_HEAD
from cct_engine.rulebook.compiler.payees import FIRST_DAY, NO_DIGIT
from cct_engine.rulebook.compiler.plan import Plan, select
from cct_engine.rulebook.compiler.sqltext import case, literal
from cct_engine.rulebook.compiler.standing import standing_shows
from cct_engine.rulebook.compiler.targeting import target_names

if TYPE_CHECKING:
    from cct_engine.rulebook.compiler.verdicts import Verdicts

__all__ = ["explain_outlet", "household_outlet"]


def household_outlet(plan: Plan, verdicts: Verdicts) -> str:
    """Return one row per household, both identities in it."""
    columns = ["household_id", "enrolment_id", "h_size AS size"]
    columns += ["gross", "arrears", "released", "recovery", "pay_now", "held", "withheld"]
    columns += ["forfeited", "lapsed", "standing"]
    columns.append(
        "CASE WHEN excluded <> '' THEN excluded ELSE standing_label END AS standing_reason"
    )
    columns.append(f"{sanction_state(plan, verdicts)} AS sanction_state")
    digit = case(
        [
            (f"payee_digit = {FIRST_DAY}", literal("first")),
            (f"payee_digit = {NO_DIGIT}", literal("")),
        ],
        "CAST(payee_digit AS VARCHAR)",
    )
    columns += ["payee_person_id", f"{digit} AS id_digit", "registration AS registration_age"]
    columns += [f"{column} AS {name}" for name, column in target_names(plan).items()]
    return select(columns, "pay") + "\nORDER BY household_id"


def sanction_state(plan: Plan, verdicts: Verdicts) -> str:
    """Return the SQL of what is shown: the standing, else the ladders, else a direct forfeit."""
    shown = standing_shows(plan)
    branches = [(f"({shown}) <> ''", shown)]
    for each in ("household", "member"):
        branches += [
            (f"shows_{name} <> ''", f"shows_{name}")
            for name, ladder in plan.law.ladders.items()
            if ladder.each == each
        ]
    for judging in verdicts.judgings:
        shows = judging.condition.breach.shows
        if shows is None:
            continue
        what = literal(f"{shows}:{judging.condition.breach.forfeit[0]}")
        if judging.condition.each == "member":
            what = f"{literal(f'{shows}:')} || CAST(hw{judging.number} AS VARCHAR)"
        branches.append((f"hv{judging.number} = 1", what))
    return case(branches, literal("none"))


def explain_outlet(plan: Plan) -> str:
    """Return one row per household with everything that decided, and what was known of it."""
    known = [
        f"CAST({sql} AS VARCHAR) AS {alias.replace('h_', 'known_', 1)}"
        for alias, sql in plan.needs.columns["household"].items()
        if not alias.endswith(("_day", "_month", PER_HEAD))
    ]
    inner = select(["household_id AS known_id", *known], "src_household")
    targets = [f"{column} AS {name}" for name, column in target_names(plan).items()]
    source = f"pay_3\nJOIN ({inner}) AS known ON known.known_id = pay_3.household_id"
    return select(["pay_3.*", "known.*", *targets], source) + "\nORDER BY household_id"
