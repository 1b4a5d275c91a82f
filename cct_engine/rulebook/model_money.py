"""The sections that pay: components, limits, caps, withholding, payee, calendar, recovery."""

from datetime import date
from typing import Literal

from pydantic import Field

from cct_engine.rulebook.model_values import Day, Name, Percent, Section, Span

__all__ = [
    "Appeals",
    "Arrears",
    "Budget",
    "Calendar",
    "CalendarException",
    "Cap",
    "Component",
    "Deadline",
    "DeadlineException",
    "Instalments",
    "Limit",
    "Once",
    "Override",
    "PayDays",
    "PayWindow",
    "PayeeRule",
    "Recertify",
    "RecertifyLadder",
    "Recovery",
    "Reduce",
    "Refusal",
    "Release",
    "Stop",
    "Unclaimed",
    "Withholding",
]


class Instalments(Section):
    """The most times a component comes per subject; ``due`` lets a forfeited one count."""

    most: str | int
    counted: Literal["due", "paid"]


class Once(Section):
    """A component that comes once per subject in a span of time."""

    per: Literal["member", "pregnancy", "household"]
    in_: Literal["life", "calendar_year", "school_year"] = Field(alias="in")


class Refusal(Section):
    """A reason for which a component that would be due is refused, and told so."""

    when: str
    reason: Name
    law: str


class Component(Section):
    """One named line of the benefit. Later components may read earlier ones, never the reverse."""

    code: Name
    each: Literal["household", "member", "pregnancy"]
    amount: str
    law: str
    title: str = ""
    where: str = "TRUE"
    unless: tuple[Refusal, ...] = ()
    months: Literal["each"] | None = None
    season: tuple[str, ...] = ()
    from_: Day | None = Field(default=None, alias="from")
    until: Day | None = None
    instalments: Instalments | None = None
    once: Once | None = None
    kind: Literal["benefit", "deduction"] = "benefit"
    keep_zero: bool = False
    unsure: str = ""


class Limit(Section):
    """The most claims or members counted, and who is chosen."""

    name: Name
    over: tuple[Name, ...] = Field(min_length=1)
    at_most: str | int
    counts: Literal["claim", "member"]
    by: tuple[str, ...] = Field(min_length=1)
    law: str
    unsure: str = ""


class Reduce(Section):
    """How lines shrink under a cap, and where the last cent goes."""

    lines: tuple[Name, ...] = Field(min_length=1)
    how: Literal["proportional", "in_order"]
    unit: str | int
    remainder: Literal["largest_fraction", "first", "last", "highest"]
    tie: tuple[str, ...] = Field(min_length=1)


class Cap(Section):
    """A ceiling over components, per month or per cycle."""

    name: Name
    of: tuple[Name, ...] = Field(min_length=1)
    per: Literal["month", "cycle"]
    at_most: str | int
    reduce: Reduce
    law: str
    unsure: str = ""


class Release(Section):
    """The fact that releases withheld money, and how long after it."""

    by: Name
    not_before: Span


class DeadlineException(Section):
    """A deadline moved for what was earned in one year."""

    earned: int
    until: Day
    law: str


class Deadline(Section):
    """The last day to certify; afterwards withheld money lapses."""

    default: str
    last_day: Literal["valid", "expired"]
    then: Literal["forfeit"]
    exceptions: tuple[DeadlineException, ...] = ()


class Withholding(Section):
    """A share of lines that waits for a certificate."""

    of: tuple[Name, ...] = Field(min_length=1)
    name: Name
    share: Name
    balance_per: tuple[Literal["member", "household", "calendar_year"], ...]
    release: Release
    deadline: Literal["never"] | Deadline
    law: str
    unsure: str = ""


class Stop(Section):
    """A test of plausibility: it holds for review, it never forfeits."""

    name: Name
    each: Literal["household", "member", "pregnancy"]
    when: str
    money: Literal["hold"]
    lines: Literal["all"] | tuple[Name, ...]
    alert: Name
    unsure: str = ""


class PayeeRule(Section):
    """One rule of the list that finds the payee; the first with a candidate wins."""

    where: str
    by: tuple[str, ...] = Field(min_length=1)
    law: str = ""


class ClosedDay(Section):
    """A holiday beside the calendar's own: each year (``08-25``) or once (``2026-08-25``).

    ``easter``: or by days after Easter Sunday, so that Good Friday is -2.
    """

    day: str = Field(default="", pattern=r"^(([0-9]{4}-)?(0[1-9]|1[0-2])-[0-3][0-9])?$")
    easter: int | None = None
    law: str


class PayDays(Section):
    """Which days of the month are pay days."""

    last: int | None = None
    first: int | None = None
    from_day: int | None = None
    count: int = 1
    business: str
    weekend: tuple[Literal["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"], ...] = Field(
        default=(), max_length=3
    )
    closed: tuple[ClosedDay, ...] = ()


class CalendarException(Section):
    """Pay days moved for one cycle."""

    cycle: str
    days: tuple[Day, ...] = Field(min_length=1)
    law: str = ""


class PayWindow(Section):
    """First and last pay day of a cycle, both inclusive."""

    cycle: str
    from_: Day = Field(alias="from")
    to: Day


class Calendar(Section):
    """When a payee is paid: by the last digit of an id, on fixed days, or by a table.

    A release writes a bank file for each day. A cycle opened for another day than the first of its
    calendar is paid whole on that day.
    """

    digit_of: str | None = None
    order: str | None = Field(default=None, pattern=r"^[0-9]{10}$")
    no_digit: Literal["first_day", "last_day"] = "last_day"
    days: PayDays | None = None
    exceptions: tuple[CalendarException, ...] = ()
    table: tuple[PayWindow, ...] = ()
    unsure: str = ""


class Unclaimed(Section):
    """When money that nobody drew goes back, and what may follow. Acts on payments only."""

    channel: str
    after: Literal["never"] | Span
    law: str
    last_day: Literal["valid", "expired"] = "valid"
    then: Literal["return_to_programme", "add_to_next_cycle"] | None = None
    reissue: Literal["never", "on_request"] | None = None
    warn_after: Span | None = None
    ends: Literal["enrolment"] | None = None
    unsure: str = ""


class Appeals(Section):
    """What an appeal upheld does, how long one may appeal, how far back arrears reach."""

    upheld: Literal["annul_and_replay"]
    window: Span
    arrears_limit: Span
    unsure: str = ""


class Arrears(Section):
    """Months before the enrolment that the law pays: from the household's ``entitled_from``.

    Only months already over and never recorded, no further back than ``most``; conditions of
    those months are deemed met, because nobody could report on a family not yet enrolled. Who was
    in the family, limits, ceilings and deductions are those of the month. What was recorded for it
    before keeps its place in a limit and its part of a ceiling. What comes once or in instalments
    is counted, not dated: it is paid from now on.
    """

    entitled_from: Literal["enrolment"]
    most: Span
    conditions: Literal["deemed"]
    law: str
    unsure: str = ""


class Recovery(Section):
    """The most that one cycle takes back of an overpayment."""

    most: Percent
    of: Literal["gross", "payable"]
    order: Literal["oldest_first"]
    law: str = ""
    unsure: str = ""


class RecertifyLadder(Section):
    """Ages of the registration, in months completed on the cycle's first day."""

    warn: Span | None = None
    hold: Span | None = None
    cancel: Span | None = None


class Recertify(Section):
    """What an old registration does. ``held_at_cancel``: what becomes of money held until then."""

    from_: str = Field(alias="from")
    ladder: RecertifyLadder
    held_at_cancel: Literal["keep", "lapse"] = "keep"
    law: str = ""
    unsure: str = ""


class Budget(Section):
    """The most a cycle may cost, and who comes first when it is not enough for everybody.

    ``of``: whether the queue holds the applicants only (those enrolled are served first) or
    everybody. ``when_full``: ``stop`` at the first household that does not fit, or ``skip`` it and
    admit a smaller one further down. ``queue``: attributes of the household, the first decides.
    """

    ceiling: Name
    counts: Literal["gross", "pay_now"]
    of: Literal["applicants", "all"]
    when_full: Literal["stop", "skip"]
    queue: tuple[str, ...] = Field(min_length=1)
    reason: Name
    law: str
    unsure: str = ""


class Override(Section):
    """A programme-wide exception for a time, by law: conditions not asked, effects frozen."""

    from_: Day = Field(alias="from")
    to: Day
    law: str
    where: str = "TRUE"
    conditions: Literal["exempt"] | None = None
    ladders: Literal["frozen"] | None = None
    release: Literal["without_certificate"] | None = None
    calendar: Literal["first_day"] | None = None
    unsure: str = ""

    def holds_on(self, day: date) -> bool:
        """Return whether the exception stands on a day; both ends are inclusive."""
        return self.from_ <= day <= self.to
