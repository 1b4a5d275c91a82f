"""Every address of the API for every kind of program: only the cells that are written pass.

The rows are made from the router; an address without a row fails, and so does a row without an
address. A cell needs the officer's role and the token's scope, and either alone opens nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest
from api_clients import EVERYTHING, Program, program
from console_visits import ROLES

from cct_engine.api import routes
from cct_engine.people import Role
from cct_engine.people.tokens import Scope
from cct_engine.registry import number_of

if TYPE_CHECKING:
    from console_visits import Counter
    from httpx2 import Response

# Who: M maker, C checker, R releaser, B bank liaison, A auditor, N analyst, W case worker,
# J adjudicator, F centre staff, D administrator. * is any token, + anybody at all.
# After it the scope that the token must have.
MATRIX: Final = {
    "GET /api/v1/problems": ("+", ""),
    "GET /api/v1/me": ("*", ""),
    "GET /api/v1/jobs/{job}": ("MCRBANWJFD", ""),
    "GET /api/v1/calendar": ("MCRBAND", "read"),
    "GET /api/v1/activity": ("MCRBANWJFD", "read"),
    "GET /api/v1/cycles": ("MCRBANW", "read"),
    "POST /api/v1/cycles": ("M", "prepare"),
    "GET /api/v1/cycles/{code}": ("MCRBANW", "read"),
    "GET /api/v1/cycles/{code}/approval": ("MCRA", "read"),
    "GET /api/v1/cycles/{code}/changes": ("MCAN", "read"),
    "GET /api/v1/cycles/{code}/proof": ("MCRBA", "read"),
    "POST /api/v1/cycles/{code}/freeze": ("M", "prepare"),
    "POST /api/v1/cycles/{code}/calculate": ("M", "prepare"),
    "POST /api/v1/cycles/{code}/check": ("M", "prepare"),
    "POST /api/v1/cycles/{code}/recheck": ("M", "prepare"),
    "POST /api/v1/cycles/{code}/submit": ("M", "prepare"),
    "POST /api/v1/cycles/{code}/approve": ("C", "sign"),
    "POST /api/v1/cycles/{code}/countersign": ("C", "sign"),
    "POST /api/v1/cycles/{code}/reject": ("C", "sign"),
    "POST /api/v1/cycles/{code}/release": ("R", "release"),
    "POST /api/v1/cycles/{code}/close": ("CB", "release"),
    "GET /api/v1/cycles/{code}/payments": ("MCRBANW", "read"),
    "GET /api/v1/cycles/{code}/payments/{household}": ("MCRBANW", "read"),
    "POST /api/v1/lookups": ("MCWF", "households"),
    "GET /api/v1/households/{household}": ("MCANWF", "households"),
    "GET /api/v1/households/{household}/explanation": ("MCANWF", "households"),
    "GET /api/v1/exceptions": ("MCANW", "read"),
    "GET /api/v1/exceptions/{finding}": ("MCANW", "read"),
    "POST /api/v1/exceptions/{finding}/overrides": ("MW", "exceptions"),
    "POST /api/v1/exceptions/{finding}/confirmations": ("C", "exceptions"),
    "GET /api/v1/files": ("MCRBA", "read"),
    "GET /api/v1/files/{file}": ("MCRBA", "read"),
    "GET /api/v1/answers": ("MRBA", "read"),
    "GET /api/v1/answers/{answer}": ("MRBA", "read"),
    "POST /api/v1/answers": ("B", "bank"),
    "POST /api/v1/bookings": ("B", "bank"),
    "GET /api/v1/returns": ("MCBAWF", "read"),
    "GET /api/v1/suspense": ("MCBA", "read"),
    "GET /api/v1/suspense/{item}": ("MCBA", "read"),
    "POST /api/v1/suspense/{item}/takings": ("B", "bank"),
    "POST /api/v1/suspense/{item}/proposals": ("B", "bank"),
    "POST /api/v1/suspense/{item}/confirmations": ("C", "bank"),
    "POST /api/v1/suspense/{item}/rejections": ("C", "bank"),
    "GET /api/v1/ledger/trial-balance": ("MCBA", "read"),
    "GET /api/v1/ledger/accounts/{account}": ("MCBA", "read"),
    "GET /api/v1/ledger/batches/{batch}": ("MCBA", "read"),
    "GET /api/v1/programmes": ("MCANWF", "read"),
    "GET /api/v1/programmes/{programme}": ("MCANWF", "read"),
    "POST /api/v1/programmes/{programme}/scenarios": ("NC", "read"),
    "POST /api/v1/programmes/{programme}/trials": ("NC", "read"),
    "GET /api/v1/whatif/{run}": ("NCA", "read"),
    "GET /api/v1/people": ("AD", "read"),
    "POST /api/v1/people": ("D", "people"),
    "GET /api/v1/people/{person}": ("AD", "read"),
    "POST /api/v1/people/{person}/grants": ("D", "people"),
    "POST /api/v1/people/{person}/revocations": ("D", "people"),
    "POST /api/v1/people/{person}/disabling": ("D", "people"),
    "GET /api/v1/accounts": ("MCBAWF", "read"),
    "POST /api/v1/accounts/confirmations": ("C", "sign"),
    "GET /api/v1/feeds": ("MCANWF", "read"),
    "POST /api/v1/feeds": ("MWF", "feeds"),
    "GET /api/v1/feeds/coverage": ("MCANWF", "read"),
    "GET /api/v1/feeds/{feed}": ("MCANWF", "read"),
    "GET /api/v1/feeds/{feed}/rejects": ("MWF", "feeds"),
}
NAMED: Final = {
    "code": "bolsa_familia-2026-11",
    "household": "00000000018",
    "finding": "1",
    "file": "nothing-of-ours",
    "answer": "1",
    "item": "1",
    "account": "2120",
    "batch": "1",
    "programme": "bolsa_familia",
    "feed": "5",
    "job": "9999",
    "run": "0123456789abcdef",
    "person": "maker",
}
CLOSED: Final = {401, 403}


def _asked(who: Program, key: str) -> Response:
    """Ask as this program. An act comes without its key: the cell is only tried."""
    method, _, path = key.partition(" ")
    for name, value in NAMED.items():
        path = path.replace("{" + name + "}", value)
    return who.client.request(method, path, headers=who._head())


def _passes(letter: str, scopes: tuple[Scope, ...], key: str) -> bool:
    may, scope = MATRIX[key]
    return (letter in may or may in {"*", "+"}) and (not scope or scope in scopes)


@pytest.fixture(scope="module")
def programs(closed: Counter) -> dict[str, Program]:
    """A program for an officer of each role, with a token for everything."""
    who = {}
    for letter, role in ROLES.items():
        login = f"api.{role.value.replace('_', '.')}"
        closed.appoint(login, role)
        who[letter] = program(closed, login)
    return who


def test_every_address_has_a_row_and_every_row_an_address() -> None:
    found = {way.key: way.scope.value if way.scope else "" for way in routes()}
    assert found == {key: scope for key, (_, scope) in MATRIX.items()}


def test_there_are_as_many_cells_as_addresses_times_programs() -> None:
    assert len(MATRIX) * (len(ROLES) + len(Scope) + 3) >= 1_000


@pytest.mark.parametrize("letter", ROLES)
def test_a_role_opens_what_its_row_says_and_nothing_else(
    letter: str, programs: dict[str, Program]
) -> None:
    wrong = {}
    for key in MATRIX:
        status = _asked(programs[letter], key).status_code
        if _passes(letter, EVERYTHING, key) == (status in CLOSED) or status >= 500:
            wrong[key] = status
    assert not wrong


@pytest.mark.parametrize("scope", Scope)
def test_a_scope_opens_what_its_row_says_and_nothing_else(scope: Scope, closed: Counter) -> None:
    login = f"all.{scope.value}"
    business = [role for role in ROLES.values() if role is not Role.ADMINISTRATOR]
    closed.appoint(login, *([Role.ADMINISTRATOR] if scope is Scope.PEOPLE else business))
    narrow = program(closed, login, scope)
    wrong = {}
    for key in MATRIX:
        status = _asked(narrow, key).status_code
        if (MATRIX[key][1] in {"", scope.value}) == (status in CLOSED):
            wrong[key] = status
    assert not wrong


def test_without_a_token_and_with_a_guessed_one_nothing_opens(closed: Counter) -> None:
    for words in ("", "cct_guessed", "'; SELECT 1 --"):
        stranger = Program(closed, words)
        for key, (may, _) in MATRIX.items():
            status = _asked(stranger, key).status_code
            assert status == (200 if may == "+" else 401), key


def test_an_officer_without_a_role_opens_only_who_they_are(closed: Counter) -> None:
    closed.appoint("api.roleless")
    nobody = program(closed, "api.roleless")
    for key, (may, _) in MATRIX.items():
        assert (_asked(nobody, key).status_code in CLOSED) == (may not in {"*", "+"}), key


def test_a_program_of_another_programme_sees_nothing_of_this_one(closed: Counter) -> None:
    roles = (Role.MAKER, Role.CHECKER, Role.AUDITOR, Role.RELEASER, Role.BANK_LIAISON)
    closed.appoint("api.delhi", *roles, programme="dilli_annashree")
    delhi = program(closed, "api.delhi")
    for key in MATRIX:
        if "/cycles/{code}" in key and key.startswith("GET"):
            assert _asked(delhi, key).status_code == 404, key
    for path in ("/cycles", "/files", "/exceptions", "/suspense", "/programmes"):
        assert "bolsa_familia" not in delhi.get(path).text, path
    opening = {"programme": "bolsa_familia", "period": "2026-12"}
    assert delhi.post("/cycles", opening).status_code == 404


def test_a_program_of_a_centre_reads_the_families_of_its_centre_and_no_others(
    closed: Counter,
) -> None:
    with closed.database.transaction() as connection:
        rows = connection.exec_driver_sql(
            "SELECT centre_id, min(household_id) FROM registry.household_centre"
            " WHERE known_to = 'infinity' GROUP BY centre_id ORDER BY centre_id LIMIT 2"
        ).all()
    (centre, mine), (_, others) = rows
    closed.appoint("api.centre", Role.CENTRE_STAFF, centre_id=centre)
    desk = program(closed, "api.centre")
    assert desk.get(f"/households/{number_of(mine)}").status_code == 200
    assert desk.get(f"/households/{number_of(others)}").status_code == 404
