"""What one bank agreed with us: format, debtor, limits, characters, kinds of account. Data only.

The profiles shipped here are examples without real banks; an installation loads its own from a
mapping of the same keys.
"""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from bank_adapters.currency import exponent_of

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["BankProfile", "Debtor", "Limits", "load_profile", "profile_codes"]

AccountKind = Literal["IBAN", "OTHER", "CLABE", "IFSC_ACCOUNT", "AGENCIA_CONTA", "PIX"]
AgentScheme = Literal["BICFI", "INFSC", "BRISP", "MX"]
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


class BankProfile(_Strict):
    """One bank, one format, one currency, one debited account."""

    code: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
    format: Literal["pain.001.001.09"]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    debtor: Debtor
    limits: Limits
    account_kinds: tuple[AccountKind, ...]
    agent_schemes: tuple[AgentScheme, ...]
    charset: Literal["latin_basic", "latin_extended"] = "latin_basic"
    name_length_max: Annotated[int, Field(ge=10, le=140)] = 70
    remittance_length_max: Annotated[int, Field(ge=1, le=140)] = 140
    batch_booking: bool = True
    service_level: _Text35 | None = None
    category_purpose: Annotated[str, Field(pattern=r"^[A-Z0-9]{1,4}$")] | None = None
    charge_bearer: Literal["DEBT", "CRED", "SHAR", "SLEV"] | None = None

    @model_validator(mode="after")
    def _currency_is_known(self) -> BankProfile:
        if exponent_of(self.currency) is None:
            raise ValueError(f"currency {self.currency} is not an ISO 4217 currency we know.")
        return self

    @property
    def exponent(self) -> int:
        """Decimals of the currency."""
        exponent = exponent_of(self.currency)
        assert exponent is not None  # noqa: S101 - the validator above let no other one pass
        return exponent


def profile_codes() -> tuple[str, ...]:
    """Return the codes of the profiles shipped with the package."""
    folder = files(__name__)
    return tuple(
        sorted(f.name.removesuffix(".yaml") for f in folder.iterdir() if f.name.endswith(".yaml"))
    )


def load_profile(source: str | Mapping[str, Any]) -> BankProfile:
    """Return a shipped profile by its code, or one of an installation from a mapping.

    Raises KeyError for an unknown code, ValueError (pydantic) naming each wrong key.
    """
    if not isinstance(source, str):
        return _validated(source)
    if source not in profile_codes():
        raise KeyError(
            f"no bank profile {source!r} is shipped; there are {', '.join(profile_codes())}."
        )
    from ruamel.yaml import YAML  # noqa: PLC0415 - only for those who load a shipped profile

    text = files(__name__).joinpath(f"{source}.yaml").read_text(encoding="utf-8")
    return _validated(YAML(typ="safe").load(text))


def _validated(values: Mapping[str, Any]) -> BankProfile:
    tuples = {
        key: tuple(value) if isinstance(value, list) else value for key, value in values.items()
    }
    return BankProfile.model_validate(tuples)
