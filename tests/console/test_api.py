"""A cycle from opening to its files, by programs alone; and what a program may not."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import pytest
from api_clients import Program, program
from console_visits import SIGNED

from bank_adapters.simulator import FailureMix, simulate
from cct_engine.people import Role, officers, tokens
from cct_engine.people.tokens import Scope

if TYPE_CHECKING:
    from collections.abc import Callable

    from console_visits import Counter

CODE: Final = "bolsa_familia-2026-11"
READS: Final = {
    "maker": (
        *("/me", "/cycles", f"/cycles/{CODE}", f"/cycles/{CODE}/changes", f"/cycles/{CODE}/proof"),
        *(f"/cycles/{CODE}/approval", f"/cycles/{CODE}/payments", "/households/00000000018"),
        f"/cycles/{CODE}/payments/00000000018",
        f"/households/00000000018/explanation?cycle={CODE}",
        *("/exceptions", f"/exceptions?cycle={CODE}", "/exceptions/1", "/files", "/returns"),
        *("/suspense", "/suspense?view=closed", "/suspense/1", "/ledger/trial-balance"),
        *("/ledger/accounts/2120", "/ledger/batches/3", "/programmes", "/programmes/bolsa_familia"),
        *("/feeds", "/feeds/5", "/feeds/coverage", "/calendar", "/activity", "/problems"),
    ),
    "liaison": ("/answers", "/answers/1", "/files"),
}


@pytest.mark.parametrize("login", READS)
def test_everything_that_can_be_read_is_read_as_the_document_says(
    login: str, closed: Counter
) -> None:
    reader = program(closed, login)
    for path in READS[login]:
        answer = reader.client.get(f"/api/v1{path}", headers=reader._head())
        assert answer.status_code == 200, (path, answer.text)
        assert answer.headers["content-type"] == "application/json", path


def test_every_family_and_every_file_that_came_in_can_be_read(closed: Counter) -> None:
    maker = program(closed, "maker")
    page = maker.get(f"/cycles/{CODE}/payments", limit=40).json()
    assert len(page["items"]) == 40
    following = maker.get(f"/cycles/{CODE}/payments", limit=5, after=page["next"]).json()
    assert following["items"][0]["household"] > page["next"]
    for payment in page["items"]:
        household = payment["household"]
        assert maker.get(f"/households/{household}").status_code == 200, household
        assert maker.get(f"/cycles/{CODE}/payments/{household}").status_code == 200, household
    for feed in maker.get("/feeds").json()["items"]:
        assert maker.get(f"/feeds/{feed['feed_file_id']}").status_code == 200, feed
    for finding in maker.get("/exceptions", cycle=CODE).json()["items"]:
        assert maker.get(f"/exceptions/{finding['finding_id']}").status_code == 200, finding


def test_a_file_has_its_seal_its_place_in_the_chain_and_what_became_of_it(
    closed: Counter,
) -> None:
    maker = program(closed, "maker")
    first = maker.get("/files").json()["items"][0]
    file = maker.get(f"/files/{first['message_id']}").json()
    assert len(file["sha256"]) == len(file["manifest_digest"]) == 64
    assert sum(state["amount_minor"] for state in file["states"]) == file["total_minor"]


@pytest.fixture
def fed(counter_at: Callable[[str, datetime], Counter]) -> Counter:
    """The console on the day everything of November has come in and nothing is frozen."""
    return counter_at("feeds", SIGNED)


def _version(reader: Program) -> int:
    return int(reader.get(f"/cycles/{CODE}").json()["version"])


def test_programs_take_a_cycle_from_its_opening_to_its_close(fed: Counter) -> None:
    maker = program(fed, "maker", Scope.READ, Scope.PREPARE)
    asked = {"programme": "bolsa_familia", "period": "2026-11"}
    assert maker.done("/cycles", asked)["state"] == "done"
    for step in ("freeze", "calculate", "check"):
        ended = maker.done(f"/cycles/{CODE}/{step}", {"version": _version(maker)})
        assert ended["state"] == "done", ended
    for finding in maker.get("/exceptions", cycle=CODE, limit=500).json()["items"]:
        assert finding["effect"] != "blocks"
    assert maker.done(f"/cycles/{CODE}/submit", {"version": _version(maker)})["state"] == "done"

    checker = program(fed, "checker", Scope.READ, Scope.SIGN, Scope.BANK, Scope.RELEASE, days=60)
    sheet = checker.get(f"/cycles/{CODE}/approval").json()
    assert len(sheet["cases"]) == 10
    assert {one["difference_minor"] for one in sheet["controls"]} == {0}
    wrong = {"version": sheet["version"], "digest": "0" * 64}
    refused = checker.post(f"/cycles/{CODE}/approve", wrong)
    assert (refused.status_code, fed.state(CODE)) == (409, "submitted")
    right = {"version": sheet["version"], "digest": sheet["list_digest"]}
    assert checker.done(f"/cycles/{CODE}/approve", right)["state"] == "done"

    releaser = program(fed, "releaser", Scope.READ, Scope.RELEASE)
    released = {"version": _version(releaser)}
    assert releaser.done(f"/cycles/{CODE}/release", released)["state"] == "done"
    files = releaser.get("/files", cycle=CODE).json()["items"]
    assert {file["state"] for file in files} == {"sent"}
    cycle = releaser.get(f"/cycles/{CODE}").json()
    assert cycle["sent"]["sent_minor"] == cycle["figures"]["pay_now_minor"]
    reissued = sum(file["total_minor"] for file in files) - cycle["sent"]["sent_minor"]
    assert reissued > 0  # the same file pays again what came back in October

    liaison = program(fed, "liaison", Scope.READ, Scope.BANK, days=60)
    _hear(fed, liaison, date(2026, 12, 4))  # after the last pay day of November
    item = _hand_in_a_credit_nobody_knows(fed, liaison)
    proof = checker.get(f"/cycles/{CODE}/proof").json()
    assert {one["difference_minor"] for one in proof["identities"]} == {0}
    _place(item, liaison, checker)
    closed = checker.done(f"/cycles/{CODE}/close", {"version": _version(checker)})
    assert (closed["state"], fed.state(CODE)) == ("done", "closed"), closed


def _hear(counter: Counter, liaison: Program, on: date) -> None:
    """Let the bank answer up to a day; hand its first message in, and book the others."""
    bank = counter.settings.home / "bank"
    simulate(bank / "outbox", bank / "answers", seed=2026, mix=FailureMix.NORMAL, on=on)
    counter.clock.at = datetime(2026, 12, 5, 8, tzinfo=UTC)
    first, *others = sorted((bank / "answers").glob("*.xml"))
    for other in others:
        other.rename(bank / "inbox" / other.name)
    answer = liaison.put("/answers", first.read_bytes(), name=first.name)
    assert liaison.outcome(answer) == "done", answer.text
    assert liaison.done("/bookings")["state"] == "done"
    assert {one["state"] for one in liaison.get("/answers").json()["items"]} <= {
        "applied",
        "quarantined",
    }


def _hand_in_a_credit_nobody_knows(counter: Counter, liaison: Program) -> int:
    """Hand in an advice of returns that names nothing of ours; return its line of suspense."""
    known = next((counter.settings.home / "bank" / "received").glob("*camt.054-returns*"))
    text = known.read_text()
    for number, name in enumerate(("MsgId", "InstrId", "EndToEndId", "NtryRef", "AcctSvcrRef")):
        text = re.sub(rf"<{name}>[^<]+<", f"<{name}>XX{number}-{name.upper()}<", text)
    text = re.sub(r"<UETR>[^<]+<", "<UETR>00000000-0000-4000-8000-000000000000<", text)
    answer = liaison.put("/answers", text.encode(), name="unknown.xml")
    assert liaison.outcome(answer) == "done", answer.text
    return int(liaison.get("/suspense").json()["items"][0]["item_id"])


def _place(item: int, liaison: Program, checker: Program) -> None:
    """Place a line by two persons; the key of a small act is written with the act itself."""
    path = f"/suspense/{item}"
    taken = [liaison.post(f"{path}/takings", key="mine-this-line") for _ in range(2)]
    assert taken[0].content == taken[1].content
    assert taken[0].json()["taken_by"] == "liaison"
    assert liaison.post(f"{path}/confirmations").status_code == 403
    reason = "The Treasury's advice of 9 November names it."
    proposal = {"resolution": taken[0].json()["resolutions"][-1], "reason": reason}
    assert liaison.post(f"{path}/proposals", proposal).json()["state"] == "proposed"
    placed = checker.post(f"{path}/confirmations")
    assert (placed.status_code, placed.json()["state"]) == (200, "closed"), placed.text


@pytest.fixture
def submitted(counter_at: Callable[[str, datetime], Counter]) -> Counter:
    """The console on the day the list of November is checked; it is submitted here."""
    counter = counter_at("calculate and check", SIGNED)
    maker = program(counter, "maker", Scope.READ, Scope.PREPARE)
    assert maker.done(f"/cycles/{CODE}/submit", {"version": _version(maker)})["state"] == "done"
    return counter


def test_a_program_cannot_sign_what_its_officer_prepared(submitted: Counter) -> None:
    at, by = submitted.clock.now(), submitted.number("administrator")
    maker = submitted.number("maker")
    officers.grant(submitted.database, officer_id=maker, role=Role.CHECKER, at=at, by=by)
    both = program(submitted, "maker")
    sheet = both.get(f"/cycles/{CODE}/approval").json()
    body = {"version": sheet["version"], "digest": sheet["list_digest"]}
    answer = both.post(f"/cycles/{CODE}/approve", body)
    assert answer.status_code == 403
    assert answer.headers["content-type"] == "application/problem+json"
    assert "no one signs their own work" in answer.json()["detail"]
    assert submitted.acts("cycle.approve")[-1][1:] == ("refused", {"rule": "own_work"})
    assert submitted.acts("api.act")[-1][1] == "refused"


def test_of_twelve_programs_that_sign_at_once_one_wins_and_the_others_are_told(
    submitted: Counter,
) -> None:
    checkers = [program(submitted, login) for login in ("checker", "second") for _ in range(6)]
    sheet = checkers[0].get(f"/cycles/{CODE}/approval").json()
    body = {"version": sheet["version"], "digest": sheet["list_digest"]}
    with ThreadPoolExecutor(len(checkers)) as together:
        answers = list(
            together.map(lambda one: one.post(f"/cycles/{CODE}/approve", body), checkers)
        )
    outcomes = [who.outcome(one) for who, one in zip(checkers, answers, strict=True)]
    assert outcomes.count("done") == 1
    assert set(outcomes) <= {"done", "409", "refused"}
    signed = [act for act in submitted.acts("cycle.approve") if act[1] == "done"]
    assert [act[0] for act in signed if act[0] == f"cycle/{CODE}"] == [f"cycle/{CODE}"]


def test_a_stale_reader_cannot_act_on_what_has_changed(closed: Counter) -> None:
    maker = program(closed, "maker")
    answer = maker.post(f"/cycles/{CODE}/submit", {"version": _version(maker) - 1})
    assert answer.status_code == 409
    assert "Read the cycle again" in answer.json()["detail"]


def test_the_same_key_gets_the_same_answer_and_the_act_is_done_once(submitted: Counter) -> None:
    checker = program(submitted, "checker")
    sheet = checker.get(f"/cycles/{CODE}/approval").json()
    body = {"version": sheet["version"], "digest": sheet["list_digest"]}
    first = checker.post(f"/cycles/{CODE}/approve", body, key="november-signature")
    again = checker.post(
        f"/cycles/{CODE}/approve",
        {"digest": sheet["list_digest"], "version": sheet["version"]},
        key="november-signature",
    )
    assert checker.outcome(first) == "done"
    assert (first.status_code, first.content) == (again.status_code, again.content)
    assert again.headers["idempotency-replayed"] == "true"
    other = checker.post(f"/cycles/{CODE}/approve", body | {"version": 1}, key="november-signature")
    assert (other.status_code, other.json()["type"]) == (409, "/api/v1/problems#key_reused")
    second = program(submitted, "second")
    anew = second.post(f"/cycles/{CODE}/approve", body, key="november-signature")
    assert second.outcome(anew) in {"409", "refused"}  # another token's key is its own


def test_a_refusal_is_the_answer_of_its_key_and_a_slip_is_not(submitted: Counter) -> None:
    maker = program(submitted, "maker")
    body = {"version": _version(maker)}
    refused = maker.post(f"/cycles/{CODE}/release", body, key="role-is-missing")
    assert refused.status_code == 403
    slip = maker.post(f"/cycles/{CODE}/submit", {"version": "1"}, key="put-right-later")
    assert (slip.status_code, slip.json()["errors"][0]["where"]) == (422, "body.version")
    right = maker.post(f"/cycles/{CODE}/submit", body, key="put-right-later")
    assert maker.outcome(right) == "done"


def test_a_feed_is_handed_in_counted_and_its_rejects_come_back(closed: Counter) -> None:
    closed.appoint("hands", Role.MAKER)
    hands = program(closed, "hands", Scope.READ, Scope.FEEDS)
    contents = b"person_ref,died_on,register_ref\nnobody-of-ours,2026-11-01,R-1\n"
    first = hands.put("/feeds", contents, key="deaths-of-today", kind="deaths", name="deaths.csv")
    assert "1 rows = 0 loaded + 1 rejected" in hands.ended(first)["sentence"]
    again = hands.put("/feeds", contents, key="deaths-of-today", kind="deaths", name="deaths.csv")
    assert again.content == first.content
    feed = hands.get("/feeds").json()["items"][0]
    assert feed["rejected_count"] == 1
    rejects = hands.get(f"/feeds/{feed['feed_file_id']}/rejects")
    assert "nobody-of-ours" in rejects.text
    assert "attachment" in rejects.headers["content-disposition"]
    other = hands.put("/feeds", contents + b"x", key="deaths-of-today", kind="deaths", name="d.csv")
    assert other.json()["type"].endswith("#key_reused")


def test_centre_staff_fetch_the_rejected_rows_of_their_own_files_alone(closed: Counter) -> None:
    closed.appoint("office.hands", Role.MAKER)
    closed.appoint("centre.hands", Role.CENTRE_STAFF, centre_id=1)
    for login, status in (("office.hands", 404), ("centre.hands", 200)):
        contents = f"person_ref,died_on,register_ref\nnobody-of-{login},2026-11-01,R\n".encode()
        sender = program(closed, login, Scope.READ, Scope.FEEDS)
        sent = sender.put(
            "/feeds", contents, key=f"feed-{status}", kind="deaths", name="deaths.csv"
        )
        assert "1 rejected" in sender.ended(sent)["sentence"]
        feed = sender.get("/feeds").json()["items"][0]["feed_file_id"]
        centre = program(closed, "centre.hands", Scope.READ, Scope.FEEDS)
        assert centre.get(f"/feeds/{feed}/rejects").status_code == status
        desk = closed.officer("centre.hands")
        assert ("rejects.csv" in desk.see(f"/feeds/{feed}").text) is (status == 200)
        assert desk.see(f"/feeds/{feed}/rejects.csv").status_code == status


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({"version": 1, "officer_id": 3}, "body.officer_id"),
        ({"version": 1, "Maria da Silva": 3}, "body.(a name we do not know)"),
        ({"version": True}, "body.version"),
        ({}, "body.version"),
        ([1], "body"),
    ],
)
def test_a_field_that_nobody_asked_for_is_refused_and_never_repeated(
    body: Any, where: str, closed: Counter
) -> None:
    answer = program(closed, "maker").post(f"/cycles/{CODE}/submit", body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["where"] == where
    assert "Maria" not in answer.text
    assert answer.json()["advice"]


def test_unknown_words_after_the_question_mark_are_refused(closed: Counter) -> None:
    answer = program(closed, "maker").get("/cycles", officer_id=3)
    assert answer.status_code == 422


def test_what_is_too_large_or_of_another_kind_is_not_read(closed: Counter) -> None:
    maker = program(closed, "maker")
    large = maker.post("/cycles", {"programme": "x" * 70_000, "period": "2026-12"})
    assert large.status_code == 413
    form = maker.client.post(
        "/api/v1/cycles",
        data={"programme": "x"},
        headers=maker._head() | {"idempotency-key": "a-form-of-old"},
    )
    assert form.status_code == 415
    assert maker.post("/exceptions/1/confirmations", {}).status_code in {400, 403}


def test_an_act_without_a_key_of_its_own_is_not_done(closed: Counter) -> None:
    maker = program(closed, "maker")
    for key in ("", "short", "a key with spaces"):
        answer = maker.client.post(
            f"/api/v1/cycles/{CODE}/submit",
            json={"version": 1},
            headers=maker._head() | {"idempotency-key": key},
        )
        assert (answer.status_code, answer.json()["title"]) == (400, "No usable Idempotency-Key")


def test_a_cookie_opens_nothing_here(closed: Counter) -> None:
    officer = closed.officer("maker")
    answer = officer.client.get("/api/v1/cycles")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"


def test_every_use_stands_in_the_record_with_its_program(closed: Counter) -> None:
    reader = program(closed, "auditor", Scope.READ)
    before = len(closed.acts("api.read"))
    reader.get(f"/cycles/{CODE}")
    reader.get("/households/00000000018")
    reader.get("/files/of-nobody")
    told = [(act[0], act[1], act[2].get("rule")) for act in closed.acts("api.read")[before:]]
    assert told == [
        ("GET /api/v1/cycles/{code}", "done", None),
        ("GET /api/v1/households/{household}", "refused", "scope"),
        ("GET /api/v1/files/{file}", "refused", "not_there"),
    ]
    assert closed.acts("api.read")[before][2]["client"] == "client.of.auditor"


def test_who_reads_a_family_with_names_is_recorded_and_others_see_first_letters(
    closed: Counter,
) -> None:
    before = len(closed.acts("household.read"))
    clear = program(closed, "maker").get("/households/00000000018").json()
    assert len(closed.acts("household.read")) == before + 1
    masked = program(closed, "auditor").get("/households/00000000018").json()
    assert len(closed.acts("household.read")) == before + 1
    assert len(clear["members"]) == len(masked["members"])
    for shown, hidden in zip(clear["members"], masked["members"], strict=True):
        assert len(hidden["given"]) <= 2 < len(shown["given"])


@pytest.mark.parametrize("kind", ["expired", "revoked", "disabled"])
def test_a_token_that_ended_opens_nothing_and_is_recorded(kind: str, closed: Counter) -> None:
    closed.appoint(f"gone.{kind}", Role.MAKER)
    gone = program(closed, f"gone.{kind}", days=1)
    assert gone.get("/cycles").status_code == 200
    at, by = closed.clock.now(), closed.number("administrator")
    if kind == "expired":
        closed.clock.at += timedelta(days=1)
    elif kind == "revoked":
        with closed.database.transaction() as connection:
            token_id = tokens.listed(connection)[0].token_id
        tokens.revoke(closed.database, token_id=token_id, at=at, by=by)
    else:
        officers.disable(closed.database, officer_id=closed.number(f"gone.{kind}"), at=at, by=by)
    answer = gone.get("/cycles")
    assert (answer.status_code, answer.json()["title"]) == (401, "No token that opens anything")
    assert closed.acts("api.read")[-1][1:] == (
        "refused",
        {"token": closed.acts("api.read")[-1][2]["token"], "client": f"client.of.gone.{kind}"}
        | {"rule": kind},
    )
    if kind == "expired":
        closed.clock.at -= timedelta(days=1)
