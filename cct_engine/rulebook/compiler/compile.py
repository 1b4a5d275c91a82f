"""One rulebook and one cycle become one chain of SELECTs with a choice of the last one."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cct_engine.rulebook.compiler.balances import pay_layers
from cct_engine.rulebook.compiler.base import base_layers
from cct_engine.rulebook.compiler.caps import cap_layers, cut_rows, is_capped
from cct_engine.rulebook.compiler.claims import claim_layers, kept_layers
from cct_engine.rulebook.compiler.effects import Gates, line_effects
from cct_engine.rulebook.compiler.household_outlet import explain_outlet, household_outlet
from cct_engine.rulebook.compiler.households import effect_layers
from cct_engine.rulebook.compiler.instances import Instances
from cct_engine.rulebook.compiler.ladders import ladder_layers
from cct_engine.rulebook.compiler.limits import left_out_rows
from cct_engine.rulebook.compiler.lines import line_outlet
from cct_engine.rulebook.compiler.memory_outlets import state_outlet, verdict_outlet
from cct_engine.rulebook.compiler.money import due_layers, gross_layers, with_parts
from cct_engine.rulebook.compiler.payees import payee_choice
from cct_engine.rulebook.compiler.plan import (
    Layer,
    Plan,
    folded,
    inner_layers,
    pruned,
    with_chain,
)
from cct_engine.rulebook.compiler.queueing import queue_columns, queue_outlet
from cct_engine.rulebook.compiler.retro import retro_months
from cct_engine.rulebook.compiler.splitting import splits
from cct_engine.rulebook.compiler.standing import LEFT, standing_layers
from cct_engine.rulebook.compiler.targeting import target_names
from cct_engine.rulebook.compiler.verdicts import judge

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cct_engine.rulebook.compiler.parameters import ParameterRead
    from cct_engine.rulebook.months import Month
    from cct_engine.rulebook.rulebook import Rulebook
    from cct_engine.rulebook.tree import Call

__all__ = ["OUTLETS", "QUEUE", "Compiled", "compile_cycle"]

_Ends = dict[str, tuple[tuple[Layer, ...], str]]
_Asides = dict[str, str]
OUTLETS = ("household", "line", "verdict", "state", "explain")
"""The last SELECTs every statement has."""
QUEUE = "queue"
"""The last SELECT of a law with a budget: what each household would cost, and its place."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """A rulebook's statement for one cycle.

    ``layers`` are SELECTs over the shard and earlier layers, each worth keeping as a table when
    several outlets are asked for; ``ends`` are the last SELECTs with the layers only they read.
    ``digest`` is the SHA-256 over the statements of all outlets: with the digests of the rulebook
    and of the snapshot it says exactly what was calculated. ``counted`` are the columns of what was
    counted or added up over members, for the explanation. ``asides`` are SELECTs over the stored
    layers that pay nobody and only explain: which claims the limits left out (``left_out``) and
    what the ceilings cut (``cut``), each only where the law has such. The statement reads tables
    or views ``src_…`` (see ``sources``) and, on DuckDB, the macro ``div``.
    """

    programme: str
    month: Month
    rulebook_digest: str
    layers: tuple[Layer, ...]
    ends: Mapping[str, tuple[tuple[Layer, ...], str]]
    parameters_read: tuple[ParameterRead, ...]
    digest: str
    counted: Mapping[Call, str]
    asides: Mapping[str, str]

    @property
    def outlets(self) -> dict[str, str]:
        """Return each outlet's SELECT over the layers, for whoever keeps those as tables."""
        return {name: with_chain(inner, sql) for name, (inner, sql) in self.ends.items()}

    def statement(self, outlet: str) -> str:
        """Return the whole statement for an outlet of :data:`OUTLETS`."""
        if outlet not in self.ends:
            raise KeyError(f"No outlet {outlet!r}; there are {', '.join(self.ends)}.")
        inner, sql = self.ends[outlet]
        return with_chain([*self.layers, *inner], sql)


def compile_cycle(rulebook: Rulebook, *, month: Month) -> Compiled:
    """Return the statement of the cycle that starts in ``month``.

    Raises ``NotInForce`` where the law has no value for a line everybody needs, ``NotCompiled`` for
    a form of the language that this compiler has not, ``TooLarge`` for amounts past 2**62; each
    knows the entry of the law it stands at.
    """
    plan = Plan.of(rulebook, month)
    _written(plan)  # the first writing registers what the expressions need,
    layers, ends, asides = _written(plan)  # the second finds it all there
    return _sealed(plan, layers, ends, asides)


def _written(plan: Plan) -> tuple[tuple[Layer, ...], _Ends, _Asides]:
    plan.needs.event("household", LEFT)
    plan.needs.event("household", "review_hold")
    payee = payee_choice(plan)
    standing = standing_layers(plan)
    verdicts = judge(plan)
    plan.emitter.judgings = verdicts.judgings
    ladders = ladder_layers(plan, verdicts)
    instances = Instances.of(plan)
    gates = Gates()
    effects = {i.column: gates.gated(line_effects(plan, verdicts, i)) for i in instances.found}
    retro = retro_months(plan)
    claims, sources = claim_layers(plan, instances, effects, retro)
    asides = {"left_out": left_out_rows(plan, instances, retro)}
    capped = None
    if is_capped(instances, retro):
        gross, row = gross_layers(instances, effects, retro, sources)
        capped = cap_layers(plan, instances, retro, sources, row)
        claims += [*gross, *capped.layers]
        asides["cut"] = cut_rows(plan, instances, retro)
    claims += kept_layers(plan, instances, effects, retro, sources)
    start = with_parts(plan, instances, effects, retro, capped)
    due, last = due_layers(instances, effects, retro, start)
    parts, deductions, last = splits(plan, instances, effects, last)
    told = [i.part("n") for i in instances.of_kind("household") if instances.refusal(i) is not None]
    told += target_names(plan).values()
    if plan.law.budget is not None:
        told += queue_columns(plan, plan.law.budget)
        plan.parameters.at(plan.law.budget.ceiling, plan.cycle.first_day)  # the law that was read
    layers = [
        *base_layers(plan, payee),
        *standing,
        *verdicts.layers,
        *ladders,
        *effect_layers(plan, verdicts, payee, gates),
        *claims,
        *due,
        *deductions,
        *pay_layers(plan, verdicts, parts, told, (retro, last)),
    ]
    outlets = {
        "household": household_outlet(plan, verdicts),
        "line": line_outlet(plan, instances, effects, parts, retro),
        "verdict": verdict_outlet(verdicts),
        "state": state_outlet(plan),
        "explain": explain_outlet(plan),
    }
    if plan.law.budget is not None:
        outlets[QUEUE] = queue_outlet(plan, plan.law.budget)
    chain = pruned(layers, list(outlets.values()))
    ends = {name: (inner_layers(sql, chain), sql) for name, sql in outlets.items()}
    beside = {
        name: with_chain(inner_layers(sql, chain), sql) for name, sql in asides.items() if sql
    }
    return folded(chain), ends, beside


def _sealed(plan: Plan, layers: tuple[Layer, ...], ends: _Ends, asides: _Asides) -> Compiled:
    compiled = Compiled(
        programme=plan.rulebook.programme,
        month=plan.cycle,
        rulebook_digest=plan.rulebook.digest,
        layers=layers,
        ends=ends,
        parameters_read=tuple(sorted(plan.parameters.read)),
        digest="",
        counted=dict(plan.needs.counted),
        asides=asides,
    )
    digest = hashlib.sha256()
    for name in compiled.ends:
        digest.update(f"{name}\n{compiled.statement(name)}\n".encode())
    return replace(compiled, digest=digest.hexdigest())
