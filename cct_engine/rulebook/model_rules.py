"""The sections that judge: standing, windows, conditions and ladders."""

from typing import Literal

from pydantic import Field

from cct_engine.rulebook.model_values import Name, Percent, Section, Span

__all__ = [
    "Breach",
    "Condition",
    "Counter",
    "Exclusion",
    "Exemption",
    "Grace",
    "HoldForReport",
    "Ladder",
    "Memory",
    "ReturnPriority",
    "RollingWindow",
    "Standing",
    "State",
    "Step",
    "SubstituteWindow",
    "TimeLimit",
    "WindowRow",
]


class Grace(Section):
    """Time that an enrolled household keeps (part of) its benefit after it no longer qualifies."""

    shows: str
    while_: str = Field(alias="while")
    months: str | int
    otherwise: Name
    then: Name
    again: Literal["always", "once", "once_per_enrolment"] = "always"


class TimeLimit(Section):
    """The most months a household may stay."""

    months: str | int
    from_: str = Field(alias="from")
    shows: Name


class ReturnPriority(Section):
    """Months after an exit in which a family returns before others."""

    months: int = Field(ge=0)
    after: tuple[Name, ...]


class Exclusion(Section):
    """Something that makes a household not eligible while it lasts; the enrolment stays open."""

    when: str
    reason: Name
    law: str


class Standing(Section):
    """Who enters, who stays, and how a household leaves."""

    apply: str
    keep: str
    excluded: tuple[Exclusion, ...] = ()
    grace: Grace | None = None
    time_limit: TimeLimit | None = None
    return_priority: ReturnPriority | None = None


class WindowRow(Section):
    """Months observed, and the month of the cycle that judges them."""

    observe: str
    judge: str
    year: Literal["same", "next"] = "same"


class SubstituteWindow(Section):
    """Months that take the place of months without information by law."""

    months: tuple[str, ...]
    observe: str
    year: Literal["same", "previous"] = "same"


class RollingWindow(Section):
    """A window that moves with the cycle."""

    observe: Literal["month", "cycle", "school_year"]
    lag: Span | None = None
    until: Literal["month_before_cycle"] | None = None
    except_: tuple[SubstituteWindow, ...] = Field(default=(), alias="except")


class Exemption(Section):
    """A reason for which a condition is not asked of somebody."""

    when: str
    reason: Name


class Breach(Section):
    """What a condition that is not met does: trips a ladder, forfeits lines, or both."""

    ladder: Name | None = None
    forfeit: tuple[Name, ...] = ()
    scope: Literal["member_month", "member", "household_month", "household"] | None = None
    shows: Name | None = None


class HoldForReport(Section):
    """How many cycles ``missing: hold`` waits for a report, and what becomes of the money then."""

    cycles: int = Field(gt=0)
    then: Literal["release", "forfeit"]


class Condition(Section):
    """What a household or member must do, and what each answer, or silence, means."""

    each: Literal["household", "member"]
    where: str = "TRUE"
    fact: Name
    window: Name
    grain: Literal["window", "month"] = "window"
    at_least: str | int | None = None
    at_most: str | int | None = None
    less_than: str | int | None = None
    missing: Literal["met", "not_met", "no_effect", "hold"]
    hold: HoldForReport | None = None
    justified_by: tuple[str, ...] = ()
    supply_side: tuple[str, ...] = ()
    exempt_when: str | tuple[Exemption, ...] = ()
    waive_first_cycles: int = Field(default=0, ge=0)
    breach: Breach
    law: str = ""
    unsure: str = ""


class Counter(Section):
    """A number that a ladder remembers: breaches in a row, in a year, or in the last cycles."""

    consecutive: bool = False
    within: Literal["calendar_year", "school_year"] | None = None
    last: Span | None = None
    not_judged: Literal["keep", "reset"] = "keep"


class Memory(Section):
    """How long a step is remembered without a new one."""

    months: int = Field(ge=0)
    from_: Literal["effect_start", "effect_end"] = Field(alias="from")
    then: Name


class State(Section):
    """One rung: what happens to the money, for how long, and what comes after."""

    money: Literal["none", "hold", "forfeit", "not_due", "reduce"]
    by: Percent | None = None
    months: int | None = Field(default=None, gt=0)
    cycles: int | None = Field(default=None, gt=0)
    until: str | None = None
    then: Name | None = None
    phase: Name | None = None
    shows: Name | None = None
    shows_after: Name | None = None
    hold_limit: Span | None = None
    release: Literal["next_cycle", "next_payable"] | None = None
    ends: Literal["enrolment"] | None = None


class Step(Section):
    """One row of the table of steps; the first row that holds is taken, one per period."""

    from_: tuple[Name, ...] = Field(alias="from", min_length=1)
    when: str
    to: Name
    law: str = ""


class Ladder(Section):
    """The memory of breaches of a household or a member, and what it does to the money."""

    each: Literal["household", "member"]
    applies_to: Literal["all"] | tuple[Name, ...]
    states: dict[Name, State]
    steps: tuple[Step, ...] = Field(min_length=1)
    memory: Memory | None = None
    counters: dict[Name, Counter] = Field(default_factory=dict, max_length=3)
    switched_off_when: str | None = None
    law: str = ""
    unsure: str = ""
