"""Families as the feeds bring them: a mother, who is paid, and a child."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Family", "feeds"]


class Family(NamedTuple):
    """A family as the feeds bring it; the payee is its mother, who has the account.

    ``account`` None: she has none. ``cpf`` None: no identity number, or the social number ``nis``.
    """

    reference: str
    account: str | None
    cpf: str | None = None
    name: str = "Maria"
    verified: bool = True
    nis: str | None = None
    municipality: str = "3550308"


def feeds(
    families: Sequence[Family], programme: str, reason: str
) -> dict[str, list[dict[str, str]]]:
    """Return the rows of each feed that brings these families, enrolled for a reason."""
    rows = {
        "households": [_household(family) for family in families],
        "persons": [person(family) for family in families for person in (_mother, _child)],
        "accounts": [
            _account(family, family.account) for family in families if family.account is not None
        ],
        "enrolments": [_enrolment(family, programme, reason) for family in families],
    }
    return {name: brought for name, brought in rows.items() if brought}


def _mother(family: Family) -> dict[str, str]:
    return {
        "person_ref": f"{family.reference}-m",
        "household_ref": family.reference,
        "given_name": family.name,
        "family_name": "da Silva",
        "sex": "F",
        "birth_date": "1990-05-04",
        "relationship": "head",
        "responsible": "true",
        "joined_on": "2026-01-01",
        "left_on": "",
        "national_id_scheme": "CPF" if family.cpf else "NIS" if family.nis else "",
        "national_id": family.cpf or family.nis or "",
        "disability": "",
        "grade": "",
        "finished_basic_education": "",
        "pregnant": "",
        "is_mother": "",
    }


def _child(family: Family) -> dict[str, str]:
    return _mother(family) | {
        "person_ref": f"{family.reference}-c",
        "given_name": "Ana",
        "birth_date": "2018-05-04",
        "relationship": "child",
        "responsible": "false",
        "national_id_scheme": "",
        "national_id": "",
    }


def _account(family: Family, number: str) -> dict[str, str]:
    return {
        "person_ref": f"{family.reference}-m",
        "kind": "AGENCIA_CONTA",
        "number": number,
        "agent": "00000000",
        "holder_name": f"{family.name} da Silva",
        "verified": str(family.verified).lower(),
        "valid_from": "2026-01-01",
    }


def _household(family: Family) -> dict[str, str]:
    return {
        "household_ref": family.reference,
        "kind": "family",
        "area_code": "",
        "zone": "",
        "municipality": family.municipality,
        "urban": "true",
        "centre_code": "",
        "income_total": "150.00",
        "updated_on": "2026-01-01",
    }


def _enrolment(family: Family, programme: str, reason: str) -> dict[str, str]:
    return {
        "programme": programme,
        "household_ref": family.reference,
        "person_ref": "",
        "entered_on": "2026-01-01",
        "exited_on": "",
        "reason": reason,
    }
