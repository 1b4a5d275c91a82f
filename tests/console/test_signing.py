"""Submitting and approving in the console: two persons, one list, one signature."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from console_visits import WORDS

from cct_engine import cycle
from cct_engine.cycle import tiers

if TYPE_CHECKING:
    from console_visits import Counter

CODE: Final = "bolsa_familia-2026-11"
PAGE: Final = f"/cycles/{CODE}"
SHEET: Final = f"{PAGE}/approval"


def _submit(counter: Counter) -> None:
    maker = counter.officer("maker")
    maker.see(PAGE)
    maker.send(f"{PAGE}/submissions")
    assert counter.state(CODE) == "submitted", maker.text()


def test_the_maker_submits_a_sum_for_a_number_of_families_and_a_checker_signs_it(
    checked: Counter,
) -> None:
    maker = checked.officer("maker")
    maker.see(PAGE)
    assert "Submit R$" in maker.text()
    maker.send(f"{PAGE}/submissions")
    assert "is submitted" in maker.text()
    maker.see(SHEET)
    assert "You prepared this cycle, so you cannot approve it." in maker.text()
    checker = checked.officer("checker")
    assert "Approve November 2026" in checker.text()
    checker.see(SHEET)
    assert "Ten random cases" in checker.text()
    checker.send(f"{PAGE}/approvals", password=WORDS)
    assert "The money is not released yet." in checker.text()
    assert checked.state(CODE) == "approved"


def test_the_makers_own_signature_is_refused_and_stands_in_the_record(checked: Counter) -> None:
    _submit(checked)
    maker = checked.officer("maker")
    maker.see(PAGE)
    form = maker.form("/sessions/closings") | {"once": "a" * 32, "password": WORDS}
    answer = maker.post(f"{PAGE}/approvals", form | {"version": "9", "digest": "x"})
    assert answer.status_code == 404
    assert checked.state(CODE) == "submitted"
    assert checked.acts("console.act")[-1][1:] == ("refused", {"rule": "scope"})


def test_a_wrong_password_signs_nothing_and_says_how_many_tries_are_left(
    checked: Counter,
) -> None:
    _submit(checked)
    checker = checked.officer("checker")
    checker.see(SHEET)
    answer = checker.send(f"{PAGE}/approvals", password="not the right one")  # noqa: S106 - wrong
    assert answer.status_code == 422
    assert "Nothing was signed. After 4 more tries" in checker.text()
    assert checked.state(CODE) == "submitted"


def test_a_page_that_shows_an_older_list_cannot_approve_the_new_one(checked: Counter) -> None:
    _submit(checked)
    checker = checked.officer("checker")
    checker.see(SHEET)
    second = checked.officer("second")
    second.see(SHEET)
    second.send(f"{PAGE}/rejections", reason="The school's late file is missing.")
    assert checked.state(CODE) == "checked"
    _submit(checked)
    answer = checker.send(f"{PAGE}/approvals", password=WORDS)
    assert answer.status_code == 409
    assert "Nothing was done" in checker.text()
    assert checked.state(CODE) == "submitted"


def test_of_two_checkers_who_press_at_once_one_signs_and_the_other_is_told(
    checked: Counter,
) -> None:
    _submit(checked)
    pair = [checked.officer("checker"), checked.officer("second")]
    for officer in pair:
        officer.see(SHEET)
    with ThreadPoolExecutor(2) as pool:
        answers = list(
            pool.map(lambda officer: officer.send(f"{PAGE}/approvals", password=WORDS), pair)
        )
    assert sorted(answer.status_code for answer in answers) in ([200, 403], [200, 409])
    with checked.database.transaction() as connection:
        assert cycle.by_code(connection, CODE).state is cycle.State.APPROVED
    assert [outcome for _, outcome, _ in checked.acts("cycle.approve")].count("done") == 4 + 1


def test_a_form_sent_twice_gets_the_first_answer_and_counts_once(checked: Counter) -> None:
    maker = checked.officer("maker")
    maker.see(PAGE)
    form = maker.form(f"{PAGE}/submissions")
    maker.post(f"{PAGE}/submissions", form)
    maker.post(f"{PAGE}/submissions", form)
    assert "Already done at" in maker.text()
    done = [one for one in checked.acts("cycle.submit") if one[:2] == (f"cycle/{CODE}", "done")]
    assert len(done) == 1


def test_a_list_is_returned_only_with_a_reason_that_an_auditor_understands(
    checked: Counter,
) -> None:
    _submit(checked)
    checker = checked.officer("checker")
    checker.see(SHEET)
    answer = checker.send(f"{PAGE}/rejections", reason="ok")
    assert answer.status_code == 422
    assert 'Reason: "ok" is too short.' in checker.text()
    assert checked.state(CODE) == "submitted"


def test_a_session_without_activity_ends_and_the_page_asks_to_sign_in(checked: Counter) -> None:
    maker = checked.officer("maker")
    checked.clock.at += timedelta(minutes=31)
    maker.see(PAGE)
    assert "You were signed out" in maker.text()
    assert "What you pressed last" not in maker.text()


def test_what_is_pressed_after_a_session_ended_is_not_done_and_the_page_says_so(
    checked: Counter,
) -> None:
    maker = checked.officer("maker")
    maker.see(PAGE)
    checked.clock.at += timedelta(minutes=31)
    maker.send(f"{PAGE}/submissions")
    assert "What you pressed last was not done." in maker.text()
    assert checked.state(CODE) == "checked"


def test_a_large_sum_is_signed_by_a_second_checker_before_it_is_offered_for_sending(
    checked: Counter,
) -> None:
    tiers.set_tier(
        checked.database,
        programme="bolsa_familia",
        over_minor=1_000_000,
        signature_count=2,
        at=checked.clock.now(),
        by=checked.number("administrator"),
    )
    _submit(checked)
    first, second = checked.officer("checker"), checked.officer("second")
    first.see(SHEET)
    assert "Signatures that a sum needs: over R$ 10.000,00: 2." in first.text()
    first.send(f"{PAGE}/approvals", password=WORDS)
    assert "its sum needs 1 more signature." in first.text()
    assert "You have signed this list already." in first.text()
    releaser = checked.officer("releaser")
    releaser.see(PAGE)
    assert "Send R$" not in releaser.text()
    assert "Sign as a further checker" in second.see("/").text
    second.see(SHEET)
    second.send(f"{PAGE}/countersignatures", password=WORDS)
    assert "signature 2 of 2." in second.text()
    assert "The money is not released yet." in second.text()
    releaser.see(PAGE)
    assert "Send R$" in releaser.text()
