"""What may happen to a line: the tests that forfeit, reduce or hold it, each with its reason."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cct_engine.rulebook.compiler.ladders import EFFECTS
from cct_engine.rulebook.compiler.sqltext import case, disjunction, flag, literal
from cct_engine.rulebook.compiler.standing import RECERTIFY
from cct_engine.rulebook.compiler.succession import NEW_PAYEE, is_delayed
from cct_engine.rulebook.compiler.verdict_codes import NOT_MET, WAITING

if TYPE_CHECKING:
    from fractions import Fraction

    from cct_engine.rulebook.compiler.instances import Instance
    from cct_engine.rulebook.compiler.plan import Plan
    from cct_engine.rulebook.compiler.verdicts import Judging, Verdicts
    from cct_engine.rulebook.model_money import Component
    from cct_engine.rulebook.model_rules import Condition, Ladder

__all__ = [
    "Effect",
    "Effects",
    "Gates",
    "LineEffects",
    "kept_effects",
    "line_effects",
    "review_event",
    "waits_for",
]

review_event = "review_hold"


@dataclass(frozen=True, slots=True)
class Effect:
    """A test over a row, and the SQL of the reason code that a line gets if it holds."""

    test: str
    reason: str


@dataclass(frozen=True, slots=True)
class Effects:
    """Effects on one line, from one level (the household's row, or the member's own)."""

    not_due: tuple[Effect, ...] = ()
    forfeits: tuple[Effect, ...] = ()
    reductions: tuple[tuple[Effect, Fraction], ...] = ()
    holds: tuple[Effect, ...] = ()

    def any(self, kind: str) -> str:
        """Return the test that one effect of a kind holds."""
        return disjunction(effect.test for effect in getattr(self, kind))


@dataclass(frozen=True, slots=True)
class LineEffects:
    """Effects on the lines of one instance: the household's, and the subject's own.

    ``live`` is the test on the household's row that its lines arise at all; ``stopped`` says that
    a ladder of the household may make them not due.
    """

    household: Effects
    own: Effects
    verdict_columns: frozenset[str] = frozenset()
    live: str = "eligible = 1"
    stopped: bool = False


@dataclass(slots=True)
class Gates:
    """Tests that many lines share, kept as one column each on the household's row.

    ``hl`` the lines arise, ``hf`` they are forfeited, ``hh`` they are held, ``hr`` the reason.
    """

    columns: dict[str, str] = field(default_factory=dict)

    def gated(self, effects: LineEffects) -> LineEffects:
        """Return the effects with the household's tests replaced by columns."""
        household = effects.household
        told = [*household.forfeits, *household.holds]
        reason = self._named("hr", case([(e.test, e.reason) for e in told], literal("")))
        stopped = household.any("not_due")
        live = "eligible = 1" if stopped == "1 = 0" else f"eligible = 1 AND NOT ({stopped})"
        forfeits, holds = household.any("forfeits"), household.any("holds")
        lost = (Effect(self._flag("hf", forfeits), reason),) if forfeits != "1 = 0" else ()
        held = (Effect(self._flag("hh", holds), reason),) if holds != "1 = 0" else ()
        gate = Effects((), lost, household.reductions, held)
        known = effects.verdict_columns
        return LineEffects(gate, effects.own, known, self._flag("hl", live), stopped != "1 = 0")

    def _flag(self, stem: str, test: str) -> str:
        return f"{self._named(stem, flag(test))} = 1"

    def _named(self, stem: str, sql: str) -> str:
        for name, known in self.columns.items():
            if known == sql and name.startswith(stem):
                return name
        name = f"{stem}{len(self.columns) + 1}"
        self.columns[name] = sql
        return name


def line_effects(plan: Plan, verdicts: Verdicts, instance: Instance) -> LineEffects:
    """Return everything that can happen to the lines of an instance in this cycle."""
    household = _ladders(plan, instance, "household")
    own = _ladders(plan, instance, "member") if instance.component.each == "member" else Effects()
    forfeits, own_forfeits, columns = _direct_forfeits(verdicts, instance)
    waits, own_waits, waiting = _waits(plan, verdicts, instance)
    stops, own_stops = _stops(plan, instance)
    own_stops = [*own_waits, *own_stops]
    # A share is rounded line by line, so a subject's line is reduced where the line is.
    shared = instance.component.each == "household"
    household_reductions = household.reductions if shared else ()
    own_reductions = own.reductions if shared else (*own.reductions, *household.reductions)
    household = Effects(
        household.not_due,
        (*household.forfeits, *forfeits),
        household_reductions,
        (*household.holds, *waits, *stops, *kept_effects(plan)),
    )
    own = Effects(
        own.not_due, (*own.forfeits, *own_forfeits), own_reductions, (*own.holds, *own_stops)
    )
    return LineEffects(household, own, columns | waiting)


def kept_effects(plan: Plan) -> list[Effect]:
    """Return what holds all money of a household, whatever it is for.

    It is told last: a line's reason says when its money goes out, and all of these are asked again
    before any goes out. A line that an officer must look at as well would be paid without it.
    """
    holds = [
        Effect("no_payee = 1", literal("no_payee")),
        Effect("incomplete = 1", literal("incomplete")),
        Effect(f"eh_{review_event} = 1", literal("review_hold")),
    ]
    if is_delayed(plan):
        holds.append(Effect("payee_waits = 1", literal(NEW_PAYEE)))
    if plan.law.recertify is not None:
        holds.append(Effect(f"registration = {RECERTIFY['hold']}", literal("recertify:hold")))
    return holds


def _ladders(plan: Plan, instance: Instance, each: str) -> Effects:
    kinds: dict[str, list[Effect]] = {"not_due": [], "forfeit": [], "hold": []}
    reductions: list[tuple[Effect, Fraction]] = []
    for name, ladder in plan.law.ladders.items():
        if ladder.each != each or not _applies(ladder, instance.code):
            continue
        reason = f"{literal(f'ladder:{name}:')} || s_{name}"
        moneys = {state.money for state in ladder.states.values()}
        for kind, effects in kinds.items():
            if kind in moneys:
                effects.append(Effect(f"x_{name} = {EFFECTS[kind]}", reason))
        for code, state in ladder.states.items():
            if state.money == "reduce" and state.by is not None:
                test = f"x_{name} = {EFFECTS['reduce']} AND s_{name} = {literal(code)}"
                reductions.append((Effect(test, reason), state.by))
    return Effects(
        tuple(kinds["not_due"]), tuple(kinds["forfeit"]), tuple(reductions), tuple(kinds["hold"])
    )


def _applies(ladder: Ladder, code: str) -> bool:
    return ladder.applies_to == "all" or code in ladder.applies_to


def _direct_forfeits(
    verdicts: Verdicts, instance: Instance
) -> tuple[list[Effect], list[Effect], frozenset[str]]:
    """Return forfeits that conditions make at once, without memory."""
    household: list[Effect] = []
    own: list[Effect] = []
    columns: set[str] = set()
    for judging in verdicts.judgings:
        breach = judging.condition.breach
        if instance.code not in breach.forfeit or not _same_month(judging, instance):
            continue
        reason = literal(f"condition:{judging.name}")
        if breach.scope in {"household", "household_month"}:
            household.append(Effect(f"hv{judging.number} = 1", reason))
        else:
            own.append(Effect(f"{judging.column} = {NOT_MET}", reason))
            columns.add(judging.column)
    return household, own, frozenset(columns)


def _waits(
    plan: Plan, verdicts: Verdicts, instance: Instance
) -> tuple[list[Effect], list[Effect], frozenset[str]]:
    """Return the holds of lines that wait for a report (``missing: hold``)."""
    household: list[Effect] = []
    own: list[Effect] = []
    columns: set[str] = set()
    for judging in verdicts.judgings:
        if judging.condition.missing != "hold" or not _same_month(judging, instance):
            continue
        reason = literal(f"missing:{judging.name}")
        kept_back = waits_for(plan, judging.condition, instance.component)
        if kept_back == "household":
            household.append(Effect(f"hi{judging.number} = 1", reason))
        elif kept_back == "own":
            own.append(Effect(f"{judging.column} = {WAITING}", reason))
            columns.add(judging.column)
    return household, own, frozenset(columns)


def waits_for(plan: Plan, condition: Condition, component: Component) -> str:
    """Return whose silence holds a line: the ``household``'s, the subject's ``own``, nobody's."""
    breach, code = condition.breach, component.code
    if code in breach.forfeit:
        return "household" if breach.scope in {"household", "household_month"} else "own"
    ladder = plan.law.ladders.get(breach.ladder or "")
    if ladder is None or not _applies(ladder, code):
        return ""
    is_own = ladder.each == "member" and component.each == "member"
    if ladder.each == "household":
        return "household"
    return "own" if is_own else ""


def _same_month(judging: Judging, instance: Instance) -> bool:
    by_month = judging.condition.breach.scope in {"member_month", "household_month"}
    return not (by_month and instance.monthly) or judging.window.for_month == instance.month


def _stops(plan: Plan, instance: Instance) -> tuple[list[Effect], list[Effect]]:
    household: list[Effect] = []
    own: list[Effect] = []
    for number, stop in enumerate(plan.law.stops):
        if stop.lines != "all" and instance.code not in stop.lines:
            continue
        cleared = plan.needs.event("household", f"cleared_{stop.name}")
        test = plan.test("stops", number, "when", subject=stop.each)
        effect = Effect(f"({test}) AND {cleared} = 0", literal(f"stop:{stop.name}"))
        if stop.each == "household":
            household.append(effect)
        elif stop.each == instance.component.each:
            own.append(effect)
    return household, own
