"""A bank profile as checked values."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from bank_adapters.currency import exponent_of

__all__ = ["BankProfile", "Debtor", "Limits", "OwnReason", "PayTimes"]

AccountKind = Literal[
    "IBAN",
    "OTHER",
    "CLABE",
    "IFSC_ACCOUNT",
    "AGENCIA_CONTA",
    "PIX",
    "AADHAAR",
    "ABA_ACCOUNT",
    "ABA_SAVINGS",
]
AgentScheme = Literal["BICFI", "INFSC", "BRISP", "MX", "IIN", "USABA"]
LeftOut = Literal["uetr", "agent", "town", "country", "purpose", "remittance"]
Settlement = Literal["booked", "confirmed"]
_Text35 = Annotated[str, Field(min_length=1, max_length=35)]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Limits(_Strict):
    """What a bank takes in one file and one day. ISO 20022 sets none, so each bank does."""

    transactions_max: Annotated[int, Field(ge=1)] = 10_000
    bytes_max: Annotated[int, Field(ge=10_000)] = 20_000_000
    amount_max_minor: Annotated[int, Field(ge=1)]
    """The largest single payment, inclusive."""
    total_max_minor: Annotated[int, Field(ge=1)]
    """The largest sum of one file, inclusive."""
    files_per_day_max: Annotated[int, Field(ge=1)] = 1_000


class Debtor(_Strict):
    """Whose account is debited: the programme's, at this bank."""

    name: Annotated[str, Field(min_length=1, max_length=70)]
    account: Annotated[str, Field(pattern=r"^[A-Z0-9]{1,34}$")]
    account_kind: Literal["IBAN", "OTHER"] = "OTHER"
    agent: Annotated[str, Field(min_length=1, max_length=35)]
    agent_scheme: AgentScheme
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]


class PayTimes(_Strict):
    """When the bank pays: its cut-off in its own time, and the days on which it is closed."""

    time_zone: str = "UTC"
    cut_off: Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")] = "23:59"
    closed_weekdays: tuple[Annotated[int, Field(ge=1, le=7)], ...] = ()
    """1 is Monday, 7 is Sunday, as ISO 8601 counts."""
    holidays: tuple[date, ...] = ()

    @field_validator("time_zone")
    @classmethod
    def _zone_is_known(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (KeyError, ValueError, OSError):
            raise ValueError(f"{name!r} is no time zone of the IANA list.") from None
        return name

    def is_open(self, on: date) -> bool:
        """Tell whether the bank pays on a day."""
        return on.isoweekday() not in self.closed_weekdays and on not in self.holidays

    def earliest(self, at: datetime) -> date:
        """Return the first day on which a file handed over ``at`` (aware) can be paid."""
        local = at.astimezone(ZoneInfo(self.time_zone))
        on = local.date()
        if local.time().replace(tzinfo=None) > time.fromisoformat(self.cut_off):
            on += timedelta(days=1)
        return self.first_open(on)

    def first_open(self, on: date) -> date:
        """Return a day, or the first open one after it."""
        while not self.is_open(on):
            on += timedelta(days=1)
        return on


class OwnReason(_Strict):
    """What one of the bank's own codes means here: an ``Action`` and what a clerk is told."""

    action: Literal[
        "RETRY", "FIX_ACCOUNT", "OUR_FAULT", "COMPLIANCE", "STOP_DECEASED", "UNCLASSIFIED"
    ]
    text: Annotated[str, Field(min_length=1, max_length=200)]


class BankProfile(_Strict):
    """One bank, one format, one currency, one debited account."""

    code: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
    format: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{1,31}$")]
    """A format that an adapter writes, with its version: see ``formats()``."""
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    debtor: Debtor
    limits: Limits
    account_kinds: tuple[AccountKind, ...]
    agent_schemes: tuple[AgentScheme, ...]
    charset: Literal["latin_basic", "latin_extended"] = "latin_basic"
    transliteration: dict[str, str] = Field(default_factory=dict)
    """Letters this bank wants written otherwise than our table writes them."""
    name_length_max: Annotated[int, Field(ge=10, le=140)] = 70
    remittance_length_max: Annotated[int, Field(ge=1, le=140)] = 140
    batch_booking: bool = True
    service_level: _Text35 | None = None
    category_purpose: Annotated[str, Field(pattern=r"^[A-Z0-9]{1,4}$")] | None = None
    charge_bearer: Literal["DEBT", "CRED", "SHAR", "SLEV"] | None = None
    leaves_out: tuple[
        Literal["uetr", "agent", "town", "country", "purpose", "remittance"], ...
    ] = ()
    """Optional values that this bank does not take: they are not written."""
    settlement: Settlement = "booked"
    """What settles a payment: the debit booked on our account, or the rail's own success flag."""
    pay_times: PayTimes = PayTimes()
    own_reasons: dict[str, OwnReason] = Field(default_factory=dict)
    """The bank's own (PROPRIETARY) codes."""
    terms: dict[str, Any] = Field(default_factory=dict)
    """What only this format needs: utility code, convênio, columns… Checked by its adapter."""

    @model_validator(mode="after")
    def _currency_is_known(self) -> BankProfile:
        if exponent_of(self.currency) is None:
            raise ValueError(f"currency {self.currency} is not an ISO 4217 currency we know.")
        return self

    def __hash__(self) -> int:
        return hash((self.code, self.format, self.model_dump_json()))

    @property
    def exponent(self) -> int:
        """Decimals of the currency."""
        exponent = exponent_of(self.currency)
        assert exponent is not None  # noqa: S101 - the validator above let no other one pass
        return exponent
