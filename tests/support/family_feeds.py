"""Families as the feeds bring them: a mother, who is paid, and a child."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from cct_engine.trials import families

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


def feeds(brought: Sequence[Family], programme: str, reason: str) -> dict[str, list[families.Row]]:
    """Return the rows of each feed that brings these families, enrolled for a reason."""
    rows = {
        "households": [
            families.household(
                one.reference, updated_on="2026-01-01", municipality=one.municipality
            )
            for one in brought
        ],
        "persons": [person(one) for one in brought for person in (_mother, _child)],
        "accounts": [_account(one, one.account) for one in brought if one.account is not None],
        "enrolments": [families.enrolment(one.reference, programme, reason) for one in brought],
    }
    return {name: some for name, some in rows.items() if some}


def _mother(family: Family) -> families.Row:
    scheme = "CPF" if family.cpf else "NIS" if family.nis else ""
    identity = (scheme, family.cpf or family.nis or "")
    return families.mother(family.reference, family.name, "da Silva", identity)


def _child(family: Family) -> families.Row:
    return _mother(family) | {
        "person_ref": f"{family.reference}-c",
        "given_name": "Ana",
        "birth_date": "2018-05-04",
        "relationship": "child",
        "responsible": "false",
        "national_id_scheme": "",
        "national_id": "",
    }


def _account(family: Family, number: str) -> families.Row:
    holder = f"{family.name} da Silva"
    return families.account(family.reference, number, holder=holder, verified=family.verified)
