"""What programs do besides a cycle's steps: sign again, look up, confirm, try, add officers."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Final

import pytest
from api_clients import program

from cct_engine.cycle import tiers
from cct_engine.people import Refused, Role, tokens
from cct_engine.people.tokens import Scope
from cct_engine.registry import number_of

if TYPE_CHECKING:
    from console_visits import Counter

CODE: Final = "bolsa_familia-2026-11"


def test_a_large_sum_is_countersigned_by_the_program_of_another_checker(
    checked: Counter,
) -> None:
    counter, maker = checked, program(checked, "maker")
    version = maker.get(f"/cycles/{CODE}").json()["version"]
    maker.done(f"/cycles/{CODE}/submit", {"version": version})
    tiers.set_tier(
        counter.database,
        programme="bolsa_familia",
        over_minor=1,
        signature_count=2,
        at=counter.clock.now(),
        by=counter.number("administrator"),
    )
    first, second = program(counter, "checker"), program(counter, "second")
    sheet = first.get(f"/cycles/{CODE}/approval").json()
    assert sheet["signatures"] is None
    signed = {"version": sheet["version"], "digest": sheet["list_digest"]}
    assert first.done(f"/cycles/{CODE}/approve", signed)["state"] == "done"
    cycle = first.get(f"/cycles/{CODE}").json()
    assert cycle["signatures"] == {
        "needed": 2,
        "given": 1,
        "missing": 1,
        "signed_by": ["checker"],
    }
    signed["version"] = cycle["version"]
    assert first.post(f"/cycles/{CODE}/countersign", signed).status_code == 403
    wrong = signed | {"digest": "0" * 64}
    assert second.post(f"/cycles/{CODE}/countersign", wrong).status_code == 409
    assert maker.post(f"/cycles/{CODE}/countersign", signed).status_code == 403
    assert second.done(f"/cycles/{CODE}/countersign", signed)["state"] == "done"
    signatures = second.get(f"/cycles/{CODE}").json()["signatures"]
    assert signatures["missing"] == 0
    assert signatures["signed_by"] == ["checker", "second"]


def test_a_family_is_looked_up_by_a_name_that_stands_nowhere_afterwards(closed: Counter) -> None:
    with closed.database.transaction() as connection:
        name, household_id = connection.exec_driver_sql(
            "SELECT n.given || ' ' || n.family, m.household_id FROM identity.person_name n"
            " JOIN registry.membership m USING (person_id) WHERE m.status = 'counted'"
            " AND m.known_to = 'infinity' AND m.valid_to = 'infinity' AND n.family IS NOT NULL"
            " ORDER BY m.household_id LIMIT 1"
        ).one()
    desk = program(closed, "maker")
    found = desk.post("/lookups", {"asked": name})
    assert found.status_code == 200
    assert number_of(household_id) in {one["household"] for one in found.json()["items"]}
    assert closed.acts("household.lookup")[-1][1] == "done"
    with closed.database.transaction() as connection:
        kept = connection.exec_driver_sql(
            "SELECT count(*) FROM api.request WHERE answer::text LIKE %s", (f"%{name}%",)
        ).scalar_one()
    assert kept == 0
    assert desk.post("/lookups", {"asked": "nobody of that name"}).json()["items"] == []
    assert program(closed, "auditor").post("/lookups", {"asked": name}).status_code == 403


def test_changed_accounts_are_listed_and_confirmed_only_where_they_wait(closed: Counter) -> None:
    checker = program(closed, "checker")
    waiting = checker.get("/accounts").json()
    assert waiting["count"] == len(waiting["items"])
    again = checker.post("/accounts/confirmations", {"account_ids": [10**9]})
    assert again.status_code in {200, 202}
    assert checker.ended(again)["sentence"].startswith("0 changed accounts")
    assert checker.post("/accounts/confirmations", {"account_ids": []}).status_code == 422


def test_a_law_is_tried_and_its_outcome_read_and_scenarios_are_run(closed: Counter) -> None:
    analyst = program(closed, "analyst")
    text = (files("cct_engine.programmes") / "bolsa_familia.yaml").read_bytes()
    asked = {"cycle": CODE, "name": "same.yaml"}
    job = analyst.ended(analyst.put("/programmes/bolsa_familia/trials", text, **asked))
    assert job["state"] == "done", job
    run = job["subject"].removeprefix("whatif/")
    trial = analyst.get(f"/whatif/{run}").json()
    assert trial["cycle"] == CODE
    assert (trial["change_minor"], trial["gaining_count"], trial["losing_count"]) == (0, 0, 0)
    nonsense = analyst.put("/programmes/bolsa_familia/trials", b"nonsense: [", **asked)
    assert analyst.outcome(nonsense) in {"refused", "409"}
    assert analyst.get("/whatif/0000000000000000").status_code == 404
    assert program(closed, "maker").get(f"/whatif/{run}").status_code == 403


def test_an_administrators_program_adds_an_officer_grants_a_role_and_shuts_out(
    closed: Counter,
) -> None:
    closed.appoint("second.administrator", Role.ADMINISTRATOR)
    office = program(closed, "second.administrator")
    assert office.done("/people", {"login": "newcomer"})["state"] == "done"
    again = office.post("/people", {"login": "newcomer"})
    assert again.status_code == 403
    role = {"role": "maker", "programme": "bolsa_familia"}
    assert office.done("/people/newcomer/grants", role)["state"] == "done"
    shown = office.get("/people/newcomer").json()
    assert [(one["role"], one["programme"]) for one in shown["grants"]] == [
        ("maker", "bolsa_familia")
    ]
    own = office.post("/people/second.administrator/grants", {"role": "checker"})
    assert own.status_code == 403
    assert office.done("/people/newcomer/revocations", role)["state"] == "done"
    assert office.done("/people/newcomer/disabling")["state"] == "done"
    assert office.get("/people/newcomer").json()["disabled_at"]
    assert "newcomer" in {one["login"] for one in office.get("/people").json()["items"]}
    assert office.get("/people/nobody.here").status_code == 404


def test_a_token_that_adds_officers_lives_no_longer_than_one_that_signs(closed: Counter) -> None:
    with pytest.raises(Refused, match="at most 92"):
        tokens.grant(
            closed.database,
            client="hr",
            officer_id=closed.number("maker"),
            scopes=[Scope.PEOPLE],
            days=93,
            at=closed.clock.now(),
            by=closed.number("administrator"),
        )
