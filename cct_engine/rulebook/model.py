"""The whole law of a programme, as one value."""

from typing import Annotated, Any

from pydantic import Discriminator, Field, StringConstraints, Tag, model_validator

from cct_engine.rulebook.model_money import (
    Appeals,
    Arrears,
    Budget,
    Calendar,
    Cap,
    Component,
    Limit,
    Override,
    PayeeRule,
    Recertify,
    Recovery,
    Stop,
    Unclaimed,
    Withholding,
)
from cct_engine.rulebook.model_rules import Condition, Ladder, RollingWindow, Standing, WindowRow
from cct_engine.rulebook.model_values import (
    Attribute,
    Conventions,
    CycleForm,
    Day,
    Fact,
    Name,
    Parameter,
    SchoolYear,
    Section,
    Table,
)

__all__ = ["Attributes", "InForce", "Law", "Targeting"]


def _window_form(value: Any) -> str:
    return "rolling" if isinstance(value, dict | RollingWindow) else "table"


Window = Annotated[
    Annotated[tuple[WindowRow, ...], Tag("table")] | Annotated[RollingWindow, Tag("rolling")],
    Discriminator(_window_form),
]


class Attributes(Section):
    """Own attributes by the noun that has them."""

    household: dict[Name, Attribute] = Field(default_factory=dict)
    member: dict[Name, Attribute] = Field(default_factory=dict)
    pregnancy: dict[Name, Attribute] = Field(default_factory=dict)


class InForce(Section):
    """The days this version of the law holds, both inclusive; without ``until`` it still does."""

    from_: Day = Field(alias="from")
    until: Day | None = None
    law: str
    unsure: str = ""


class Targeting(Section):
    """A classification of households that the law asks for, beside any money."""

    value: str
    law: str
    unsure: str = ""


class Law(Section):
    """One rulebook file, section by section."""

    programme: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
    title: str
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
    time_zone: str = "UTC"
    in_force: InForce | None = None
    cycle: CycleForm
    school_year: SchoolYear | None = None
    conventions: Conventions
    attributes: Attributes = Field(default_factory=Attributes)
    facts: dict[Name, Fact] = Field(default_factory=dict)
    parameters: dict[Name, Parameter] = Field(default_factory=dict)
    tables: dict[Name, Table] = Field(default_factory=dict)
    definitions: dict[Name, str] = Field(default_factory=dict)
    standing: Standing
    windows: dict[Name, Window] = Field(default_factory=dict)
    conditions: dict[Name, Condition] = Field(default_factory=dict)
    ladders: dict[Name, Ladder] = Field(default_factory=dict)
    targeting: dict[Name, Targeting] = Field(default_factory=dict)
    components: tuple[Component, ...] = ()
    limits: tuple[Limit, ...] = ()
    caps: tuple[Cap, ...] = ()
    withholding: tuple[Withholding, ...] = ()
    stops: tuple[Stop, ...] = ()
    budget: Budget | None = None
    payee: tuple[PayeeRule, ...] = ()
    calendar: Calendar | None = None
    unclaimed: tuple[Unclaimed, ...] = ()
    arrears: Arrears | None = None
    appeals: Appeals | None = None
    recovery: Recovery | None = None
    recertify: Recertify | None = None
    overrides: tuple[Override, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _ladders_like_others(cls, tree: Any) -> Any:
        """Fill a ladder that says ``like: other`` with what it does not say itself."""
        if not isinstance(tree, dict) or not isinstance(tree.get("ladders"), dict):
            return tree
        ladders = tree["ladders"]
        filled = {}
        for name, ladder in ladders.items():
            model = ladders.get(ladder.get("like")) if isinstance(ladder, dict) else None
            if isinstance(model, dict):
                own = {key: value for key, value in ladder.items() if key != "like"}
                filled[name] = {**model, **own}
            else:
                filled[name] = ladder
        return {**tree, "ladders": filled}
