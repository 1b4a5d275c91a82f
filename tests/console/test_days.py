"""The office's days in the console: send, hear the bank, place what has no home, prove, audit."""

from __future__ import annotations

import re
import shutil
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Final

import pytest
from console_visits import SIGNED, WORDS

import ledger
from bank_adapters.simulator import FailureMix, simulate
from cct_engine.console.reading import households
from cct_engine.registry import number_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from console_visits import Counter, Officer

CODE: Final = "bolsa_familia-2026-11"
PAGE: Final = f"/cycles/{CODE}"


@pytest.fixture
def fed(counter_at: Callable[[str, datetime], Counter]) -> Counter:
    """The console on the day everything of November has come in and nothing is opened."""
    return counter_at("feeds", SIGNED)


def _signed(counter: Counter, code: str = CODE) -> None:
    maker = counter.officer("maker")
    maker.see(f"/cycles/{code}")
    maker.send(f"/cycles/{code}/submissions")
    checker = counter.officer("checker")
    checker.see(f"/cycles/{code}/approval")
    checker.send(f"/cycles/{code}/approvals", password=WORDS)
    assert counter.state(code) == "approved"


def test_from_the_list_to_closed_books_by_the_officers_of_the_house(checked: Counter) -> None:
    for code in (CODE, "dilli_annashree-2026-11"):
        _signed(checked, code)
        releaser = checked.officer("releaser")
        releaser.see(f"/cycles/{code}")
        assert "to the bank" in releaser.text()
        releaser.send(f"/cycles/{code}/steps")
        assert checked.state(code) == "released", releaser.text()
    releaser.see(f"/files?cycle={CODE}")
    file = re.search(r'href="(/files/[^"]+)"', releaser.page.text)
    assert file
    releaser.see(file.group(1))
    assert "same bytes" in releaser.text()
    bank = checked.settings.home / "bank"
    simulate(
        bank / "outbox",
        bank / "answers",
        seed=2026,
        mix=FailureMix.NORMAL,
        on=date(2026, 11, 16),
    )
    checked.clock.at = datetime(2026, 11, 17, 8, tzinfo=UTC)
    liaison = checked.officer("liaison")
    answers = sorted((bank / "answers").glob("*.xml"))
    liaison.see("/answers")
    liaison.page = liaison.client.post(
        "/answers",
        data=liaison.form("/answers"),
        files={"file": (answers[0].name, answers[0].read_bytes())},
    )
    liaison.patiently()
    inbox = bank / "inbox"
    for answer in answers[1:]:
        shutil.copy(answer, inbox / answer.name)
    liaison.see("/answers")
    assert f"{len(answers) - 1} files wait." in liaison.text()
    liaison.send("/answers/bookings")
    liaison.see("/answers")
    assert "Booked" in liaison.text()
    liaison.see("/suspense?view=closed")
    assert "cancelled out" in liaison.text()
    liaison.see(f"{PAGE}/proof")
    assert "Every sum ties and nothing is open." in liaison.text()
    liaison.send(f"{PAGE}/steps")
    assert checked.state(CODE) == "closed", liaison.text()
    assert (checked.settings.home / "reports" / f"{CODE}.html").is_file()


def test_a_cycle_of_several_pay_days_tells_what_is_due_when(fed: Counter) -> None:
    maker = fed.officer("maker")
    maker.see("/cycles")
    maker.send("/cycles", programme="bolsa_familia", period="2026-11")
    for _ in ("freeze", "calculate", "check"):
        maker.see(PAGE)
        maker.send(f"{PAGE}/steps")
    maker.see(f"/files?cycle={CODE}")
    planned = _rows(maker, "What it will pay, day by day")
    assert [row[:2] for row in planned[:2]] == [["16 Nov 2026", "1"], ["17 Nov 2026", "2"]]
    assert len(planned) == 10 + 1
    _signed(fed)
    releaser = fed.officer("releaser")
    releaser.see(PAGE)
    announced = re.findall(
        r"R\$ [\d.,]+\d", releaser.text()[releaser.text().index("You are about") :]
    )
    own, again, button = announced[:3]
    assert "payments of earlier cycles that came back" in releaser.text()
    releaser.send(f"{PAGE}/steps")
    fed.clock.at = datetime(2026, 11, 17, 8, tzinfo=UTC)
    releaser = fed.officer("releaser")
    releaser.see(f"/files?cycle={CODE}")
    text = releaser.text()
    assert f"{own} of it is this cycle's own; {again} goes again" in text
    assert "Past: 1 of 10. Next: 17 Nov 2026." in text
    sent = _rows(releaser, "Files")
    assert f"R$ {sent[-1][2]}" == button  # after "Together" and the payments
    assert [row[2] for row in sent[:3]] == [
        "! Answers are missing",
        "▶ Sent, pays today",
        "→ Sent, pays in 1 day",
    ]
    _hear(fed, fed.officer("liaison"), date(2026, 11, 17))
    releaser.see(f"/files?cycle={CODE}")
    assert _rows(releaser, "Files")[0][2] == "✓ Answered"
    maker = fed.officer("maker")
    maker.see("/households/00000000018")
    of_family = _rows(maker, "Programmes")[0][4]
    assert of_family == _rows(maker, "Payments")[0][0] != "16 Nov 2026"
    releaser.see("/files?cycle=bolsa_familia-2031-01")
    assert "No file yet." in releaser.text()
    releaser.see(PAGE)
    assert "pays on 10 days from 16 Nov 2026" in releaser.text()
    assert "Pay days that are past: 1 of 10" in releaser.text()


def _rows(officer: Officer, caption: str) -> list[list[str]]:
    """Return the cells of the table of a caption, as they are read."""
    found = re.search(rf"<caption[^>]*>{caption}.*?</table>", officer.page.text, re.DOTALL)
    assert found, officer.text()
    rows = re.findall(r"<tr.*?</tr>", found.group(), re.DOTALL)[1:]
    cells = [re.findall(r"<t[dh].*?</t[dh]>", row, re.DOTALL) for row in rows]
    return [[" ".join(re.sub(r"<[^>]+>", " ", cell).split()) for cell in row] for row in cells]


def test_who_signed_cannot_send_and_the_page_says_who_can(checked: Counter) -> None:
    _signed(checked)
    checker = checked.officer("checker")
    checker.see(PAGE)
    assert "You signed this cycle, so you cannot do the next step." in checker.text()
    assert "These can: releaser." in checker.text()
    form = checker.form("/sessions/closings") | {"once": "b" * 32, "verb": "release"}
    answer = checker.post(f"{PAGE}/steps", form | {"version": "7"})
    assert answer.status_code in {403, 409}
    assert checked.state(CODE) == "approved"


def test_an_override_is_proposed_by_one_and_confirmed_by_another(checked: Counter) -> None:
    maker = checked.officer("maker")
    maker.see(f"/exceptions?cycle={CODE}&state=open")
    found = re.search(r'href="(/exceptions/\d+)"[^§]*?‖', maker.page.text)
    assert found
    where = found.group(1)
    maker.see(where)
    answer = maker.send(f"{where}/overrides", ground="", reason="ok")
    assert answer.status_code == 422
    maker.see(where)
    ground = "A document was seen at the centre"
    maker.send(f"{where}/overrides", ground=ground, reason="Bank letter of 3 November at the desk.")
    assert "another officer confirms it" in maker.text()
    checker = checked.officer("checker")
    assert "Confirm an override" in checker.text()
    checker.see(where)
    checker.send(f"{where}/confirmations")
    assert "Overridden" in checker.text()
    second = checked.officer("second")
    second.see(f"{PAGE}/approval")
    assert "Bank letter of 3 November" in second.text()


def _hear(counter: Counter, liaison: Officer, on: date) -> None:
    """Let the bank answer up to a day, and book what it says."""
    bank = counter.settings.home / "bank"
    simulate(bank / "outbox", bank / "answers", seed=2026, mix=FailureMix.NORMAL, on=on)
    inbox = bank / "inbox"
    inbox.mkdir(exist_ok=True)
    for answer in sorted((bank / "answers").glob("*.xml")):
        answer.rename(inbox / answer.name)
    liaison.see("/answers")
    liaison.send("/answers/bookings")


def _hand_in_a_credit_nobody_knows(counter: Counter, liaison: Officer) -> None:
    """Hand in an advice of returns that names nothing of ours, as banks send now and then."""
    known = next((counter.settings.home / "bank" / "received").glob("*camt.054-returns*"))
    text = known.read_text()
    for number, name in enumerate(("MsgId", "InstrId", "EndToEndId", "NtryRef", "AcctSvcrRef")):
        text = re.sub(rf"<{name}>[^<]+<", f"<{name}>XX{number}-{name.upper()}<", text)
    text = re.sub(r"<UETR>[^<]+<", "<UETR>00000000-0000-4000-8000-000000000000<", text)
    liaison.see("/answers")
    liaison.page = liaison.client.post(
        "/answers",
        data=liaison.form("/answers"),
        files={"file": ("unknown.xml", text.encode())},
    )
    liaison.patiently()


def test_a_line_of_the_bank_is_taken_proposed_and_confirmed_by_two_persons(
    counter_at: Callable[[str, datetime], Counter],
) -> None:
    counter = counter_at("release", datetime(2026, 11, 9, 8, tzinfo=UTC))
    liaison = counter.officer("liaison")
    _hear(counter, liaison, date(2026, 11, 9))
    _hand_in_a_credit_nobody_knows(counter, liaison)
    liaison.see("/suspense")
    assert "does not tie" not in liaison.text()
    found = re.search(r'href="(/suspense/\d+)"', liaison.page.text)
    assert found, liaison.text()
    where = found.group(1)
    liaison.see(where)
    liaison.send(f"{where}/takings")
    assert "owner liaison" in liaison.text()
    resolution = re.search(r'<option value="(funds|charge)"', liaison.page.text)
    assert resolution
    liaison.send(
        f"{where}/proposals",
        resolution=resolution.group(1),
        reason="The Treasury's advice of 9 November names it.",
        payment="",
    )
    assert "another officer confirms it" in liaison.text()
    checker = counter.officer("checker")
    checker.see(where)
    checker.send(f"{where}/confirmations")
    assert "Confirmed and booked" in checker.text()
    checker.see("/suspense")
    assert "does not tie" not in checker.text()


def test_an_auditor_walks_from_the_trial_balance_to_the_row_of_the_school(closed: Counter) -> None:
    auditor = closed.officer("auditor")
    auditor.see("/ledger")
    assert "does not tie" not in auditor.text()
    steps = 0
    for pattern in (r"/ledger/accounts/2100\?[^\"]+", r"/ledger/batches/\d+\?[^\"]+"):
        link = re.search(rf'href="({pattern})"', auditor.page.text)
        assert link, pattern
        auditor.see(link.group(1).replace("&amp;", "&"))
        steps += 1
    lines = re.findall(r'href="(/ledger/batches/\d+/lines/[^"]+)"', auditor.page.text)
    for line in lines:
        auditor.see(line)
        row = re.search(r'href="(/feeds/\d+)"', auditor.page.text)
        if row:
            break
    else:
        raise AssertionError("no line of this page has a report behind it")
    assert "Approved by: checker" in auditor.text()
    assert "We sent:" in auditor.text()
    auditor.see(row.group(1))
    steps += 2
    assert "Loaded" in auditor.text()
    assert steps <= 6


def test_an_auditor_sees_no_name_and_changes_nothing(closed: Counter) -> None:
    with closed.database.transaction() as connection:
        household, given, family = connection.exec_driver_sql(
            "SELECT m.household_id, n.given, n.family FROM registry.membership m"
            " JOIN identity.person_name n USING (person_id) WHERE m.known_to = 'infinity'"
            " AND m.valid_to = 'infinity' AND m.household_id = 1 LIMIT 1"
        ).one()
    auditor, worker = closed.officer("auditor"), closed.officer("caseworker")
    number = f"/households/{number_of(household)}"
    auditor.see(number)
    assert given not in auditor.page.text
    assert family not in auditor.page.text
    assert "Names are masked for you." in auditor.text()
    worker.see(number)
    assert given in worker.page.text
    assert closed.acts("household.read")[-1][0] == f"household/{number_of(household)}"


def test_a_familys_newest_cycles_stand_on_its_page_and_all_of_them_one_link_away(
    closed: Counter,
) -> None:
    worker = closed.officer("caseworker")
    with closed.database.transaction() as connection:
        enrolled = households.enrolments(connection, 1)
        newest = {number for one in enrolled for number in one["cycle_ids"]}
        whole = ledger.statement(connection, 1)
        last = max(line.cycle_id for line in whole)
        of_last = ledger.statement(connection, 1, cycle_ids=[last])
        assert ledger.statement(connection, 1, cycle_ids=newest | {0}) == whole
        assert of_last == tuple(line for line in whole if line.cycle_id == last)
        paid = households.payments(connection, 1, cycle_ids=None)
        assert households.payments(connection, 1, cycle_ids=sorted(newest)) == paid
    worker.see(f"/households/{number_of(1)}")
    assert "Of the newest 7 cycles of each programme." in worker.text()
    worker.see(f"/households/{number_of(1)}?whole=1")
    assert "Of all cycles." in worker.text()
    assert len(of_last) < len(whole)
    assert f"Statement from the books ({len(whole)})" in worker.text()


def test_a_family_that_left_long_ago_is_shown_with_its_last_result(closed: Counter) -> None:
    with closed.database.transaction() as connection:
        enrolled = households.enrolments(connection, 1)
        nowhere_near = [one | {"cycle_ids": [-1] if one["cycle_ids"] else []} for one in enrolled]
        found = households.programmes(connection, 1, nowhere_near)
        assert found == households.programmes(connection, 1, enrolled)
    assert any(one["cycle"] for one in found)


def test_a_name_that_is_looked_up_never_stands_in_an_address(closed: Counter) -> None:
    with closed.database.transaction() as connection:
        given, family = connection.exec_driver_sql(
            "SELECT given, family FROM identity.person_name WHERE known_to = 'infinity'"
            " ORDER BY person_id LIMIT 1"
        ).one()
    worker = closed.officer("caseworker")
    worker.see("/households")
    worker.send("/households/lookups", asked=f"{given} {family}")
    assert re.search(r"lookup=L-[0-9A-F]{12}$", str(worker.page.url))
    assert "household" in worker.text()
    other = closed.officer("second")
    assert other.see(str(worker.page.url)).status_code == 404
