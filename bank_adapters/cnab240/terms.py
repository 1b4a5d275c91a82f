"""What a Brazilian bank agreed for payments by CNAB 240: convênio, own account, one form of credit.

A lot has one form, and a file of ours one lot; payments of another form go by another profile, so
Pix is always in files of its own, as banks want it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    from bank_adapters.profiles.model import BankProfile

__all__ = ["PIX_FORM", "TED_FORMS", "CnabTerms", "agreed", "terms_of"]

PIX_FORM: Final = "45"
TED_FORMS: Final = ("41", "43")
_NAME_MAX = 30
_INFORMATION_MAX = 40


class CnabTerms(BaseModel):
    """The agreement."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
    bank: Annotated[str, Field(pattern=r"^[0-9]{3}$")]
    """The bank's number in the clearing (COMPE)."""
    bank_name: Annotated[str, Field(pattern=r"^[A-Z0-9 .-]{1,30}$")]
    cnpj: Annotated[str, Field(pattern=r"^[0-9]{14}$")]
    agreement: Annotated[str, Field(pattern=r"^[A-Z0-9]{1,20}$")]
    agency: Annotated[str, Field(pattern=r"^[0-9]{1,5}$")]
    agency_digit: Annotated[str, Field(pattern=r"^[0-9X]?$")] = ""
    account: Annotated[str, Field(pattern=r"^[0-9]{1,12}$")]
    account_digit: Annotated[str, Field(pattern=r"^[0-9X]?$")] = ""
    service: Literal["20", "30", "33", "90", "98"] = "90"
    """90 benefits, 33 bolsa auxílio, 98 diverse payments, 30 salaries, 20 suppliers."""
    form: Literal["01", "05", "41", "43", "45"]
    """01 account and 05 savings at the same bank, 41 and 43 TED, 45 Pix."""
    bank_numbers: dict[str, str] = Field(default_factory=dict)
    """ISPB → number in the clearing, where the bank wants it; without it the ISPB alone is told."""


def terms_of(profile: BankProfile) -> CnabTerms:
    """Return the terms of a profile. Raises ValueError naming the key."""
    return CnabTerms.model_validate(profile.terms)


def agreed(profile: BankProfile) -> None:
    """Refuse a profile that the lines cannot hold. Raises ValueError."""
    terms = terms_of(profile)
    kinds = {"PIX"} if terms.form == PIX_FORM else {"AGENCIA_CONTA"}
    if set(profile.account_kinds) != kinds:
        raise ValueError(
            f"{profile.code}: account_kinds: form {terms.form} pays {', '.join(kinds)} only; other "
            "kinds of account go by a profile of their own."
        )
    for key, length_max in (
        ("name_length_max", _NAME_MAX),
        ("remittance_length_max", _INFORMATION_MAX),
    ):
        if getattr(profile, key) > length_max:
            raise ValueError(f"{profile.code}: {key} is at most {length_max}, CNAB's field.")
    if profile.currency != "BRL":
        raise ValueError(f"{profile.code}: currency: CNAB 240 pays BRL only.")
