"""A cycle goes only the ways of the transition table, and each only once."""

from __future__ import annotations

import threading
from datetime import date
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from cct_engine.cycle import record
from cct_engine.cycle.desk import run
from cct_engine.cycle.record import Changed, CycleError
from cct_engine.cycle.states import TRANSITIONS, State
from cct_engine.people import Refused, Role, acts

if TYPE_CHECKING:
    from cycle_office import Office

    from cct_engine.cycle.desk import StepReport, Work

STATES = tuple(State)
VERBS = [verb for verb, way in TRANSITIONS.items() if way.since is not None]
WHO = {
    "propose override": "case_worker",
    "confirm override": "checker",
    "reject": "checker",
    "approve": "checker",
    "countersign": "second_checker",
    "release": "releaser",
    "reconcile": "liaison",
    "close": "liaison",
}
PATH = ("freeze", "calculate", "check", "submit", "approve", "release", "close")


def _step(office: Office, code: str, verb: str, who: str | None = None) -> StepReport:
    """Do the bare move of a verb, through the same driver as every real step."""

    def body(work: Work) -> None:
        me = work.desk.officer_id
        columns: dict[str, dict[str, object]] = {
            "submit": {"list_digest": "d", "prepared_by": me, "submitted_at": work.at},
            "reject": {"list_digest": None, "prepared_by": None, "submitted_at": None},
            "approve": {"approved_by": me, "approved_at": work.at},
            "release": {"released_by": me, "released_at": work.at},
            "close": {"closed_by": me, "closed_at": work.at, "proof_digest": "p"},
        }
        with work.last_transaction() as connection:
            if verb == "approve":
                signed = {"code": code, "me": me, "at": work.at}
                connection.execute(sa.text(_SIGNED), signed)
            work.move(connection, **columns.get(verb, {}))

    return run(office.desk(who or WHO.get(verb, "maker")), code, verb, body)


_SIGNED = """
    INSERT INTO cycle.approval (cycle_id, version, list_digest, submitted_by, decided_by,
        decided_at, decision, control)
    SELECT cycle_id, version, list_digest, prepared_by, :me, :at, 'approved', '{}'
    FROM cycle.cycle WHERE code = :code AND state = 'submitted' ON CONFLICT DO NOTHING
"""


def _cycle_at(office: Office, state: State) -> str:
    made = int(str(office.value("SELECT count(*) FROM cycle.cycle")))
    code = office.cycle([], period=date(2026 + made // 12, made % 12 + 1, 1), state="opened")
    for verb in PATH[: STATES.index(state)]:
        _step(office, code, verb)
    return code


def _expected(state: State, verb: str) -> str:
    way = TRANSITIONS[verb]
    if way.since is state:
        return "done"
    forward = STATES.index(way.to) > STATES.index(way.since or way.to)
    return "already" if forward and STATES.index(state) >= STATES.index(way.to) else "refused"


def test_from_each_state_exactly_the_verbs_of_the_table_do_something(office: Office) -> None:
    found, expected = {}, {}
    for state in STATES:
        code = _cycle_at(office, state)
        for verb in VERBS:
            if _expected(state, verb) == "done":
                continue  # done in the next test; it would move the cycle on
            expected[state, verb] = _expected(state, verb)
            try:
                found[state, verb] = "done" if _step(office, code, verb).done else "already"
            except CycleError:
                found[state, verb] = "refused"
            assert office.state(code) == state.value
    assert found == expected


def test_a_verb_leads_where_the_table_says(office: Office) -> None:
    for verb in VERBS:
        way = TRANSITIONS[verb]
        assert way.since is not None
        code = _cycle_at(office, way.since)
        report = _step(office, code, verb)
        assert report.done
        assert (report.state, office.state(code)) == (way.to, way.to.value)


def test_only_the_roles_of_the_table_may(office: Office) -> None:
    people = {
        "maker": Role.MAKER,
        "second_checker": Role.CHECKER,
        "releaser": Role.RELEASER,
        "liaison": Role.BANK_LIAISON,
        "case_worker": Role.CASE_WORKER,
        "auditor": Role.AUDITOR,
        "admin": Role.ADMINISTRATOR,
    }
    for verb in VERBS:
        way = TRANSITIONS[verb]
        code = _cycle_at(office, way.since or way.to)
        for who, role in people.items():
            if role not in way.roles:
                with pytest.raises(Refused):
                    _step(office, code, verb, who)
        assert office.state(code) == (way.since or way.to).value


def test_the_schedule_may_ring_but_not_sign(office: Office) -> None:
    for verb in VERBS:
        way = TRANSITIONS[verb]
        code = _cycle_at(office, way.since or way.to)
        if way.by_engine:
            assert _step(office, code, verb, "engine").done
        else:
            with pytest.raises(Refused):
                _step(office, code, verb, "engine")


def test_no_one_signs_their_own_work(office: Office) -> None:
    for verb in ("approve", "reject", "release", "close"):
        code = _cycle_at(office, State.CHECKED)
        _step(office, code, "submit", "two_hats")
        for before in PATH[4 : PATH.index(verb)] if verb in PATH else ():
            _step(office, code, before)
        with pytest.raises(Refused, match="no one signs their own work"):
            _step(office, code, verb, "two_hats")


def test_a_refused_act_stands_in_the_record(office: Office) -> None:
    code = _cycle_at(office, State.OPENED)
    with pytest.raises(Refused):
        _step(office, code, "freeze", "auditor")
    with pytest.raises(CycleError):
        _step(office, code, "approve", "checker")
    found = office.rows("SELECT verb, outcome, detail->>'rule' FROM people.act ORDER BY act_id")
    assert found[-2:] == [
        ("cycle.freeze", "refused", "role"),
        ("cycle.approve", "refused", "cycle"),
    ]
    with office.database.transaction() as connection:
        assert list(acts.verify(connection)) == []


def test_a_refusal_says_what_comes_next(office: Office) -> None:
    code = _cycle_at(office, State.FROZEN)
    with pytest.raises(CycleError, match=r"Nothing was done\. The next step is 'calculate'"):
        _step(office, code, "approve")


def test_a_step_done_again_says_so_and_records_nothing(office: Office) -> None:
    code = _cycle_at(office, State.CHECKED)
    before = office.value("SELECT count(*) FROM people.act")
    report = _step(office, code, "freeze")
    assert not report.done
    assert "is checked already" in report.sentence
    assert office.value("SELECT count(*) FROM people.act") == before


def test_a_stale_reader_moves_nothing(office: Office) -> None:
    code = _cycle_at(office, State.CALCULATED)
    with office.database.transaction() as connection:
        seen = record.by_code(connection, code)
    _step(office, code, "check")
    with (
        pytest.raises(Changed, match="Nothing of 'check' was done"),
        office.database.transaction() as connection,
    ):
        record.advance(connection, seen, "check")


# ------------------------------------------------------------------ the database says it again


def test_by_raw_sql_only_the_ways_of_the_table_exist(office: Office) -> None:
    for since in STATES:
        allowed = {way.to for way in TRANSITIONS.values() if way.since is since} - {since}
        code = _cycle_at(office, since)
        found = set()
        for to in set(STATES) - {since}:
            columns = _FULL if to is not State.CHECKED else ""
            move = f"UPDATE cycle.cycle SET state = :to, version = version + 1{columns}"
            asked = {"to": to.value, "code": code, **office.officers}
            with office.database.engine.connect() as connection:
                signed = {"code": code, "me": office.officers["checker"], "at": office.at}
                connection.execute(sa.text(_SIGNED), signed)
                try:
                    connection.execute(sa.text(f"{move} WHERE code = :code"), asked)
                    found.add(to)
                except sa.exc.IntegrityError:
                    pass
                connection.rollback()
        assert found == allowed
        assert office.state(code) == since.value


_FULL = (
    ", list_digest = coalesce(list_digest, 'd'), prepared_by = coalesce(prepared_by, :maker),"
    " submitted_at = '2026-09-22', approved_by = coalesce(approved_by, :checker),"
    " approved_at = '2026-09-22', released_by = :releaser, released_at = '2026-09-22',"
    " closed_by = :liaison, closed_at = '2026-09-22', proof_digest = 'p'"
)


_FORGED = (
    (State.SUBMITTED, "approved_by = prepared_by"),
    (State.CHECKED, "approved_by = :checker"),  # approved, but prepared by nobody
    (State.APPROVED, "released_by = prepared_by"),
    (State.APPROVED, "released_by = approved_by"),
    (State.SUBMITTED, "released_by = :releaser"),  # released, but approved by nobody
    (State.RELEASED, "closed_by = released_by"),
    (State.RELEASED, "closed_by = prepared_by"),
    (State.SUBMITTED, "prepared_by = :checker"),  # another maker after the fact
    (State.APPROVED, "list_digest = 'another'"),
    (State.CHECKED, "version = version + 2"),
    (State.CHECKED, "version = version"),
)


def test_by_raw_sql_too_no_one_signs_their_own_work_or_rewrites_a_signature(
    office: Office,
) -> None:
    codes = {state: _cycle_at(office, state) for state in {state for state, _ in _FORGED}}
    for state, claim in _FORGED:
        version = "" if claim.startswith("version") else ", version = version + 1"
        with pytest.raises(sa.exc.IntegrityError):
            office.run(
                f"UPDATE cycle.cycle SET {claim}{version} WHERE code = :code",
                code=codes[state],
                **office.officers,
            )


def test_an_approval_must_name_the_list_that_was_submitted(office: Office) -> None:
    code = _cycle_at(office, State.SUBMITTED)
    office.run(
        _SIGNED.replace("list_digest, prepared_by, :me", "'another', prepared_by, :me"),
        code=code,
        me=office.officers["checker"],
        at=office.at,
    )
    with pytest.raises(sa.exc.IntegrityError, match="no approval names the list"):
        office.run(
            "UPDATE cycle.cycle SET state = 'approved', version = version + 1,"
            " approved_by = :checker, approved_at = '2026-09-22' WHERE code = :code",
            code=code,
            **office.officers,
        )


def test_two_hundred_at_once_move_a_cycle_once(office: Office) -> None:
    code = _cycle_at(office, State.SUBMITTED)
    winners, refusals = [], []
    ready = threading.Barrier(8)

    def press(who: str) -> None:
        ready.wait()
        for _ in range(25):
            try:
                report = _step(office, code, "approve", who)
            except CycleError as refusal:
                refusals.append(str(refusal))
            else:
                (winners if report.done else refusals).append(report.sentence)

    presses = [
        threading.Thread(target=press, args=[who]) for who in ["checker", "second_checker"] * 4
    ]
    for one in presses:
        one.start()
    for one in presses:
        one.join()
    assert len(winners) == 1
    assert len(refusals) == 199
    assert office.state(code) == "approved"
    assert office.value("SELECT count(*) FROM cycle.approval WHERE decision = 'approved'") == 1
    assert (
        office.value(
            "SELECT count(*) FROM people.act WHERE verb = 'cycle.approve' AND outcome = 'done'"
        )
        == 1
    )
