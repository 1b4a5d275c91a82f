"""What a sponsor bank and NPCI agreed with a programme: codes that stand in every file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    from bank_adapters.profiles.model import BankProfile

__all__ = ["ApbsTerms", "NachTerms", "agreed", "nach_terms"]

_NAME_MAX = 40
_NARRATION_MAX = 20
_Code = Annotated[str, Field(pattern=r"^[A-Z0-9]{1,18}$")]


class NachTerms(BaseModel):
    """The agreement of a NACH credit user."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
    utility_code: _Code
    user_name: Annotated[str, Field(min_length=1, max_length=40)]
    product_type: Annotated[str, Field(pattern=r"^[A-Za-z0-9]{2,3}$")] = "DBT"
    bank_code: Annotated[str, Field(pattern=r"^[A-Z]{4}$")]
    """Four letters of the sponsor bank, in the file's name."""
    login: Annotated[str, Field(pattern=r"^[A-Z0-9]{1,20}$")]
    settlement_cycle: Annotated[str, Field(pattern=r"^[0-9]{0,2}$")] = ""


class ApbsTerms(NachTerms):
    """The agreement of an APBS user: numbers instead of codes."""

    utility_code: Annotated[str, Field(pattern=r"^[0-9]{1,7}$")]
    sponsor_iin: Annotated[str, Field(pattern=r"^[0-9]{6,9}$")]
    product_code: Annotated[str, Field(pattern=r"^(77|78|79|80|81|82|83|84)$")] = "77"


def nach_terms(profile: BankProfile) -> NachTerms:
    """Return the terms of a profile for NACH or APBS. Raises ValueError naming the key."""
    kind = ApbsTerms if profile.format.startswith("npci.apbs") else NachTerms
    return kind.model_validate(profile.terms)


def agreed(profile: BankProfile) -> None:
    """Refuse a profile that these fixed lines cannot hold. Raises ValueError."""
    nach_terms(profile)
    for key, length_max in (
        ("name_length_max", _NAME_MAX),
        ("remittance_length_max", _NARRATION_MAX),
    ):
        if getattr(profile, key) > length_max:
            raise ValueError(
                f"{profile.code}: {key} is at most {length_max}, the width of NPCI's field."
            )
    if profile.currency != "INR":
        raise ValueError(f"{profile.code}: currency: NPCI pays INR only.")
