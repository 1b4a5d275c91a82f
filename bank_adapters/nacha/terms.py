"""What an originating bank in the United States agreed with a programme."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    from bank_adapters.profiles.model import BankProfile

__all__ = ["MODIFIERS", "NachaTerms", "agreed", "terms_of"]

MODIFIERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
"""Files of one day are told apart by one of these."""
_NAME_MAX: Final = 22


class NachaTerms(BaseModel):
    """What the originating bank (ODFI) agreed."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
    odfi: Annotated[str, Field(pattern=r"^[0-9]{8}$")]
    destination: Annotated[str, Field(pattern=r"^[0-9]{9}$")]
    destination_name: Annotated[str, Field(pattern=r"^[A-Z0-9 .-]{1,23}$")]
    company_id: Annotated[str, Field(pattern=r"^[A-Z0-9]{10}$")]
    description: Annotated[str, Field(pattern=r"^[A-Z0-9 ]{1,10}$")] = "BENEFIT"


def terms_of(profile: BankProfile) -> NachaTerms:
    """Return the terms of a profile. Raises ValueError naming the key."""
    return NachaTerms.model_validate(profile.terms)


def agreed(profile: BankProfile) -> None:
    """Refuse a profile that the lines cannot hold. Raises ValueError."""
    terms_of(profile)
    if profile.name_length_max > _NAME_MAX:
        raise ValueError(f"{profile.code}: name_length_max is at most {_NAME_MAX}, NACHA's field.")
    if profile.limits.files_per_day_max > len(MODIFIERS):
        raise ValueError(f"{profile.code}: files_per_day_max is at most 36: A to Z, 0 to 9.")
    if profile.currency != "USD":
        raise ValueError(f"{profile.code}: currency: a PPD entry is in USD.")
