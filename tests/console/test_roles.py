"""Every address of the console for every kind of visitor: only the cells that are written pass.

The rows are made from the router; an address without a row fails, and so does a row without an
address. A dot is a page that is not there for the visitor, and every such look is recorded.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import pytest
from console_visits import ROLES

from cct_engine.console import routes
from cct_engine.people import Role, officers
from cct_engine.registry import number_of

if TYPE_CHECKING:
    from console_visits import Counter, Officer

CODE: Final = "bolsa_familia-2026-11"

# Who: M maker, C checker, R releaser, B bank liaison, A auditor, N analyst, W case worker,
# J adjudicator, F centre staff, D administrator. * is whoever is signed in, + anybody at all.
MATRIX: Final = {
    "GET /sign-in": "+",
    "POST /sign-in": "+",
    "GET /sign-in/openid": "+",
    "GET /sign-in/openid/answers": "+",
    "GET /sign-in/openid/leave": "+",
    "GET /cycles/{code}/identification": "C",
    "POST /sessions/closings": "*",
    "GET /": "*",
    "GET /today": "*",
    "GET /search": "MCRBANWJFD",
    "GET /me": "*",
    "POST /me/preferences": "*",
    "POST /me/password": "*",
    "POST /sessions/revocations": "*",
    "GET /help": "*",
    "GET /jobs/{job}": "MCRBANWJFD",
    "GET /cycles": "MCRBANW",
    "POST /cycles": "M",
    "GET /cycles/{code}": "MCRBANW",
    "POST /cycles/{code}/steps": "MRCB",
    "GET /cycles/{code}/changes": "MCAN",
    "GET /cycles/{code}/proof": "MCRBA",
    "GET /proofs": "MCRBA",
    "GET /cycles/{code}/approval": "MCRA",
    "POST /cycles/{code}/submissions": "M",
    "POST /cycles/{code}/approvals": "C",
    "POST /cycles/{code}/countersignatures": "C",
    "POST /cycles/{code}/rejections": "C",
    "POST /cycles/{code}/cases": "MCRA",
    "GET /cycles/{code}/payments": "MCRBANW",
    "GET /cycles/{code}/payments/{household}": "MCRBANW",
    "GET /payments/{payment}": "MCRBANW",
    "GET /households": "MCANWF",
    "POST /households/lookups": "MCWF",
    "GET /households/{number}": "MCANWF",
    "GET /exceptions": "MCANW",
    "GET /exceptions/{finding}": "MCANW",
    "POST /exceptions/{finding}/overrides": "MW",
    "POST /exceptions/{finding}/confirmations": "C",
    "GET /files": "MCRBA",
    "GET /files/{file}": "MCRBA",
    "GET /answers": "MRBA",
    "GET /answers/{answer}": "MRBA",
    "POST /answers": "B",
    "POST /answers/bookings": "B",
    "GET /returns": "MCBAWF",
    "POST /returns/accounts": "C",
    "GET /suspense": "MCBA",
    "GET /suspense/{item}": "MCBA",
    "POST /suspense/{item}/takings": "B",
    "POST /suspense/{item}/proposals": "B",
    "POST /suspense/{item}/confirmations": "C",
    "POST /suspense/{item}/rejections": "C",
    "GET /ledger": "MCBA",
    "GET /ledger/accounts/{code}": "MCBA",
    "GET /ledger/batches/{batch}": "MCBA",
    "GET /ledger/batches/{batch}/lines/{line}": "MCBA",
    "GET /programmes": "MCANWF",
    "POST /programmes/{programme}/trials": "NC",
    "GET /whatif/{run}": "NCA",
    "GET /programmes/{programme}": "MCANWF",
    "POST /programmes/{programme}/scenarios": "NC",
    "GET /feeds": "MCANWF",
    "GET /feeds/{feed}": "MCANWF",
    "GET /feeds/{feed}/rejects.csv": "MWF",
    "POST /feeds": "MWF",
    "GET /calendar": "MCRBAND",
    "GET /controls": "MCRBAN",
    "GET /tiers": "MCRBAND",
    "POST /tiers": "D",
    "GET /notices": "MCANWFD",
    "POST /notices/{code}/files": "M",
    "GET /notices/{code}/{language}": "M",
    "POST /households/{number}/messages": "MWF",
    "GET /people": "AD",
    "POST /people": "D",
    "GET /people/{person}": "AD",
    "POST /people/{person}/grants": "D",
    "POST /people/{person}/revocations": "D",
    "POST /people/{person}/password": "D",
    "POST /people/{person}/accounts": "D",
    "POST /people/{person}/accounts/endings": "D",
    "POST /people/{person}/disabling": "D",
    "POST /people/{person}/sessions": "D",
    "GET /activity": "MCRBANWJFD",
}
NAMED: Final = {
    "code": CODE,
    "household": "1",
    "payment": "1",
    "number": "00000000018",
    "finding": "1",
    "file": "nothing-of-ours",
    "answer": "1",
    "item": "1",
    "batch": "1",
    "line": "1-1",
    "programme": "bolsa_familia",
    "feed": "5",
    "person": "maker",
    "job": "9999",
    "language": "en",
}
"""What stands in the places of an address. Some of it does not exist: then a cell is only probed
for what may not pass."""


@pytest.fixture(scope="module")
def visitors(closed: Counter) -> dict[str, Officer]:
    """One officer of each role, one of another programme, one without any role."""
    who = {}
    for letter, role in ROLES.items():
        closed.appoint(f"only.{role.value.replace('_', '.')}", role)
        who[letter] = closed.officer(f"only.{role.value.replace('_', '.')}")
    closed.appoint("roleless")
    who["roleless"] = closed.officer("roleless")
    return who


def _addresses(key: str) -> str:
    path = key.partition(" ")[2]
    for name, value in NAMED.items():
        path = path.replace("{" + ("code" if name == "account" else name) + "}", value)
    return path.replace(f"accounts/{CODE}", "accounts/2120")


def _asked(officer: Officer, key: str) -> int:
    """Ask as this visitor and return the answer's number, without following where it leads."""
    method, path = key.split(maxsplit=1)[0], _addresses(key)
    if method == "GET":
        return officer.client.get(path, follow_redirects=False).status_code
    officer.see("/help")
    token = officer.form("/sessions/closings").get("csrf", "")
    kind = next(route for route in routes() if route.key == key)
    how = {"files": {"file": ("a.csv", b"a")}} if kind.file else {}
    fields = {"csrf": token, "once": ""}  # without its key no act is done: the cell is only tried
    answer = officer.client.post(path, data=fields, follow_redirects=False, **how)
    return answer.status_code


def test_every_address_has_a_row_and_every_row_an_address() -> None:
    assert {route.key for route in routes()} == set(MATRIX)


def test_there_are_as_many_cells_as_addresses_times_visitors() -> None:
    assert len(MATRIX) * (len(ROLES) + 5) >= 600


@pytest.mark.parametrize("letter", ROLES)
def test_a_role_opens_what_its_row_says_and_nothing_else(
    letter: str, visitors: dict[str, Officer]
) -> None:
    wrong = {}
    for key, may in MATRIX.items():
        if key in {"POST /sessions/closings", "POST /sign-in", "GET /sign-in"}:
            continue
        status = _asked(visitors[letter], key)
        passes = letter in may or may in {"*", "+"}
        if not passes and status != 404:
            wrong[key] = f"{status}, and it is not theirs"
        if passes and status == 404 and "{" not in key:
            wrong[key] = "not there, and it is theirs"
        if status >= 500:
            wrong[key] = f"failed with {status}"
    assert not wrong


def test_nobody_without_a_session_opens_anything_but_the_door(closed: Counter) -> None:
    stranger = closed.visitor()
    for key, may in MATRIX.items():
        method, path = key.split()[0], _addresses(key)
        if may == "+":
            continue
        if method == "GET":
            answer = stranger.client.get(path, follow_redirects=False)
        else:
            kind = next(route for route in routes() if route.key == key)
            how = {"files": {"file": ("a.csv", b"a")}} if kind.file else {"data": {"csrf": "x"}}
            answer = stranger.client.post(path, follow_redirects=False, **how)
        assert answer.status_code == 303, key
        assert answer.headers["location"].startswith("/sign-in"), key


def test_an_officer_without_a_role_sees_only_their_own_settings(
    visitors: dict[str, Officer],
) -> None:
    for key, may in MATRIX.items():
        if may not in {"*", "+"}:
            assert _asked(visitors["roleless"], key) == 404, key


@pytest.fixture(scope="module")
def ended(closed: Counter) -> dict[str, Officer]:
    """Officers who were signed in: one is disabled since, of one the session was revoked."""
    gone = {}
    for login in ("disabled", "revoked"):
        closed.appoint(f"{login}.now", Role.MAKER)
        gone[login] = closed.officer(f"{login}.now")
    at, by = closed.clock.now(), closed.number("administrator")
    officers.disable(closed.database, officer_id=closed.number("disabled.now"), at=at, by=by)
    administrator = closed.officer("administrator")
    administrator.see("/people/revoked.now")
    administrator.send("/people/revoked.now/sessions")
    return gone


@pytest.mark.parametrize("kind", ["disabled", "revoked"])
def test_a_session_that_was_ended_opens_nothing(kind: str, ended: dict[str, Officer]) -> None:
    for key, may in MATRIX.items():
        if may != "+" and key.startswith("GET"):
            answer = ended[kind].client.get(_addresses(key), follow_redirects=False)
            assert answer.status_code == 303, key


def test_an_officer_of_another_programme_sees_nothing_of_this_one(closed: Counter) -> None:
    for role in (Role.MAKER, Role.CHECKER, Role.AUDITOR, Role.RELEASER, Role.BANK_LIAISON):
        login = f"delhi.{role.value.replace('_', '.')}"
        closed.appoint(login, role, programme="dilli_annashree")
        officer = closed.officer(login)
        for key in MATRIX:
            if key.startswith("GET") and "/cycles/{code}" in key:
                assert officer.see(_addresses(key)).status_code == 404, (role, key)
        assert "bolsa_familia-2026" not in officer.see("/cycles").text.replace(
            'value="bolsa_familia', ""
        )
        assert CODE not in officer.see("/files").text


def test_centre_staff_see_the_families_of_their_centre_and_no_others(closed: Counter) -> None:
    with closed.database.transaction() as connection:
        rows = connection.exec_driver_sql(
            "SELECT centre_id, min(household_id) FROM registry.household_centre"
            " WHERE known_to = 'infinity' GROUP BY centre_id ORDER BY centre_id LIMIT 2"
        ).all()
    (centre, mine), (_, others) = rows
    closed.appoint("desk.one", Role.CENTRE_STAFF, centre_id=centre)
    officer = closed.officer("desk.one")
    assert officer.see(f"/households/{number_of(mine)}").status_code == 200
    assert officer.see(f"/households/{number_of(others)}").status_code == 404


def test_a_role_that_reads_no_names_opens_those_of_no_other_centre(closed: Counter) -> None:
    with closed.database.transaction() as connection:
        rows = connection.exec_driver_sql(
            "SELECT k.centre_id, p.given || ' ' || p.family, household_id"
            " FROM registry.household_centre k JOIN registry.membership m USING (household_id)"
            " JOIN identity.person_name p USING (person_id)"
            " WHERE 'infinity' = ALL (ARRAY[k.known_to, m.known_to, p.known_to])"
            " AND m.valid_to = 'infinity' AND k.valid_to = 'infinity'"
            " ORDER BY k.centre_id DESC, household_id, person_id"
        ).all()
    centre, name, mine = rows[0]
    _, other_name, others = next(row for row in rows if row[0] != centre)
    number = closed.appoint("desk.two", Role.CENTRE_STAFF, centre_id=centre)
    at, by = closed.clock.now(), closed.number("administrator")
    officers.grant(closed.database, officer_id=number, role=Role.ANALYST, at=at, by=by)
    officer = closed.officer("desk.two")
    assert name in officer.see(f"/households/{number_of(mine)}").text
    page = officer.see(f"/households/{number_of(others)}")
    assert page.status_code == 200, "an analyst sees every family"
    assert other_name not in page.text
    officer.see("/households")
    found = officer.send("/households/lookups", asked=other_name).text
    assert number_of(others) not in found


def test_what_was_refused_stands_in_the_record_with_its_rule(
    closed: Counter, visitors: dict[str, Officer]
) -> None:
    before = len(closed.acts("console.read"))
    visitors["F"].see("/ledger")
    recorded = closed.acts("console.read")[before:]
    assert recorded == [("GET /ledger", "refused", {"rule": "scope"})]


def test_no_page_links_to_a_wall(visitors: dict[str, Officer]) -> None:
    walls = {}
    for letter, officer in visitors.items():
        for key, may in MATRIX.items():
            if not key.startswith("GET") or not (letter in may or may == "*"):
                continue
            page = officer.see(_addresses(key))
            if page.status_code != 200 or "text/html" not in page.headers["content-type"]:
                continue
            links = {
                link.replace("&amp;", "&") for link in re.findall(r'href="(/[^"#]*)', page.text)
            }
            closed_to = [link for link in links if not _opens(letter, link)]
            if closed_to:
                walls[f"{letter} {key}"] = sorted(closed_to)[:3]
    assert not walls


def _opens(letter: str, link: str) -> bool:
    path = link.partition("?")[0]
    if path.startswith("/assets/"):
        return True
    for key, may in MATRIX.items():
        pattern = re.sub(r"\{\w+\}", "[^/]+", key.removeprefix("GET "))
        if key.startswith("GET") and re.fullmatch(rf"{pattern}(\.csv|\.json)?", path):
            return letter in may or may in {"*", "+"}
    return False
