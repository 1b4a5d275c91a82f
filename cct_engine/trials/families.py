"""A family as feeds bring it: the rows of a woman who is paid, and of where she lives."""

from __future__ import annotations

__all__ = ["Row", "account", "enrolment", "household", "mother"]

Row = dict[str, str]


def household(reference: str, *, updated_on: str, municipality: str = "3550308") -> Row:
    """A poor family in a town, registered last on a day."""
    return {
        "household_ref": reference,
        "kind": "family",
        "area_code": "",
        "zone": "",
        "municipality": municipality,
        "urban": "true",
        "centre_code": "",
        "income_total": "150.00",
        "updated_on": updated_on,
    }


def mother(reference: str, given_name: str, family_name: str, identity: tuple[str, str]) -> Row:
    """The woman who answers for a family; ``identity`` is a scheme and a number, or two blanks."""
    scheme, number = identity
    return {
        "person_ref": f"{reference}-m",
        "household_ref": reference,
        "given_name": given_name,
        "family_name": family_name,
        "sex": "F",
        "birth_date": "1990-05-04",
        "relationship": "head",
        "responsible": "true",
        "joined_on": "2026-01-01",
        "left_on": "",
        "national_id_scheme": scheme,
        "national_id": number,
        **dict.fromkeys(("disability", "grade", "finished_basic_education"), ""),
        **dict.fromkeys(("pregnant", "is_mother"), ""),
    }


def account(
    reference: str, number: str, *, holder: str, since: str = "2026-01-01", verified: bool = True
) -> Row:
    """Her account with a bank, hers since a day."""
    return {
        "person_ref": f"{reference}-m",
        "kind": "AGENCIA_CONTA",
        "number": number,
        "agent": "00000000",
        "holder_name": holder,
        "verified": str(verified).lower(),
        "valid_from": since,
    }


def enrolment(reference: str, programme: str, reason: str) -> Row:
    """The family's place on a programme's list since January."""
    return {
        "programme": programme,
        "household_ref": reference,
        "person_ref": "",
        "entered_on": "2026-01-01",
        "exited_on": "",
        "reason": reason,
    }
