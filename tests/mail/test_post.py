"""Officers are told what waits, each thing once, by a mail server that may be down or lie."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from pydantic import ValidationError

from cct_engine.mail import Overdue, post
from cct_engine.mail.letter import letter
from cct_engine.mail.outbox import Mail
from cct_engine.mail.words import CLOSING, LINK, WORDS
from cct_engine.people import Refused, Role, mailboxes, officers
from cct_engine.settings import Settings

if TYPE_CHECKING:
    from conftest import Bureau

NOON = datetime.fromisoformat("2026-09-22T12:00:00+00:00")


def _subjects(bureau: Bureau) -> list[tuple[str, str]]:
    return sorted((str(one["To"]), str(one["Subject"])) for one in bureau.mails.arrived)


def test_a_submitted_list_is_told_to_every_checker_but_its_maker(bureau: Bureau) -> None:
    bureau.run("INSERT INTO people.role_grant VALUES (4, 'checker', NULL, :at)", at=NOON)
    bureau.cycle("submitted", prepared_by=4)
    assert post(bureau.desk()).sent_count == 2
    assert _subjects(bureau) == [
        ("checker@ministry.example", "To sign: bolsa_familia-2026-09"),
        ("second.checker@ministry.example", "To sign: bolsa_familia-2026-09"),
    ]


def test_what_was_told_is_not_told_again_until_there_is_another_version(bureau: Bureau) -> None:
    bureau.cycle("submitted")
    assert post(bureau.desk()).sent_count == 2
    assert post(bureau.desk(later=timedelta(days=3))).sent_count == 0
    for state in ("checked", "submitted"):
        bureau.run(
            "UPDATE cycle.cycle SET state = :state, version = version + 1, prepared_by ="
            " CASE WHEN :state = 'submitted' THEN 4 END,"
            " submitted_at = CASE WHEN :state = 'submitted' THEN CAST(:at AS timestamptz) END",
            state=state,
            at=NOON,
        )
    assert post(bureau.desk(later=timedelta(days=3))).sent_count == 2


def test_eight_posts_at_once_send_each_mail_once(bureau: Bureau) -> None:
    bureau.cycle("submitted")
    ready = threading.Barrier(8)

    def press(_number: int) -> int:
        ready.wait()
        return post(bureau.desk()).sent_count

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(press, range(8))) == 2
    assert len(bureau.mails.arrived) == 2


def test_a_mail_server_that_is_down_is_no_error_and_the_mail_goes_when_it_is_back(
    bureau: Bureau,
) -> None:
    bureau.cycle("submitted")
    bureau.mails.close()
    down = post(bureau.desk())
    assert (down.raised_count, down.sent_count, down.waiting_count) == (2, 0, 2)
    assert down.fault == "ConnectionRefusedError"
    bureau.mails.open()
    assert post(bureau.desk(later=timedelta(minutes=1))).sent_count == 2


def test_what_waits_no_more_when_the_server_is_back_is_not_told(bureau: Bureau) -> None:
    bureau.cycle("submitted")
    bureau.mails.close()
    post(bureau.desk())
    bureau.run(
        "UPDATE cycle.cycle SET state = 'checked', version = version + 1, prepared_by = NULL"
    )
    bureau.mails.open()
    later = post(bureau.desk(later=timedelta(minutes=1)))
    assert (later.withdrawn_count, later.sent_count, later.waiting_count) == (2, 0, 0)


def test_a_mail_whose_answer_was_lost_is_tried_later_under_the_same_number(bureau: Bureau) -> None:
    bureau.run("DELETE FROM people.mailbox WHERE officer_id <> 5")
    bureau.cycle("submitted")
    bureau.mails.loses_the_answer = True
    assert post(bureau.desk()).fault == "SMTPServerDisconnected"
    bureau.mails.loses_the_answer = False
    assert post(bureau.desk(later=timedelta(minutes=1))).sent_count == 0
    assert post(bureau.desk(later=timedelta(minutes=3))).sent_count == 1
    numbers = {str(one["Message-ID"]) for one in bureau.mails.arrived}
    assert (len(bureau.mails.arrived), len(numbers)) == (2, 1)


def test_one_unwanted_address_does_not_keep_the_others_from_their_mail(bureau: Bureau) -> None:
    bureau.mails.unwanted.add("checker@ministry.example")
    bureau.cycle("submitted")
    told = post(bureau.desk())
    assert (told.sent_count, told.waiting_count) == (1, 1)
    assert told.fault == "SMTPRecipientsRefused"
    assert bureau.mails.to == ["second.checker@ministry.example"]


def test_exceptions_late_steps_and_old_suspense_are_told_to_who_can_mend_them(
    bureau: Bureau,
) -> None:
    bureau.cycle("checked", value_on=date(2026, 9, 20))
    bureau.finding()
    bureau.run(
        "INSERT INTO recon.inbox_file (inbox_file_id, name, sha256, byte_count, received_at,"
        " received_on, state)"
        " VALUES (1, 'a', repeat('0', 64), 1, :at, '2026-09-01', 'received')",
        at=NOON,
    )
    bureau.run(
        "INSERT INTO recon.suspense_item (item_id, inbox_file_id, position, reason, owner_role,"
        " account, reference, direction, currency, amount_minor, booked, programme_id, fund_id,"
        " cycle_id, opened_on, opened_at) VALUES (1, 1, 1, 'unknown', 'bank_liaison', 'x', 'R1',"
        " 'CRDT', 'BRL', 600, true, 1, 1, 0, '2026-09-01', :at)",
        at=NOON,
    )
    late = Overdue("freeze", "bolsa_familia", "bolsa_familia-2026-10", NOON - timedelta(hours=9))
    post(bureau.desk(), late=[late])
    told = _subjects(bureau)
    assert ("maker@ministry.example", "Exceptions: bolsa_familia-2026-09") in told
    assert ("maker@ministry.example", "Late: submit bolsa_familia-2026-09") in told
    assert ("maker@ministry.example", "Late: freeze bolsa_familia-2026-10") in told
    assert ("admin@ministry.example", "Late: freeze bolsa_familia-2026-10") in told
    assert ("liaison@ministry.example", "Suspense overdue: 1") in told
    again = post(bureau.desk(later=timedelta(days=7)))
    assert again.sent_count == 1
    assert bureau.mails.to[-1] == "liaison@ministry.example"


def test_break_glass_is_told_to_auditors_and_administrators_without_its_reason(
    bureau: Bureau,
) -> None:
    officers.break_glass(
        bureau.database,
        officer_id=5,
        role=Role.RELEASER,
        programme="bolsa_familia",
        hours=2,
        reason="The releaser Segredosa Ferradura is ill today.",
        at=NOON,
        by=3,
    )
    post(bureau.desk(later=timedelta(minutes=1)))
    assert _subjects(bureau) == [
        ("admin@ministry.example", "BREAK-GLASS USED: releaser in bolsa_familia"),
        ("auditor@ministry.example", "BREAK-GLASS USED: releaser in bolsa_familia"),
    ]
    assert all(b"Segredosa" not in raw for raw in bureau.mails.raw)
    assert "lent to officer/5 for 2 hours" in bureau.mails.arrived[0].get_content()


@pytest.mark.parametrize(
    ("programme", "detail"),
    [("x\r\nBcc: all@example.org", "a line end"), ("Maria da Silva, 9º", "a name")],
)
def test_nothing_but_codes_numbers_and_days_gets_into_a_mail(programme: str, detail: str) -> None:
    mail = Mail(5, "a@example.org", "en", "suspense", "x", {"programme": programme, "count": 1})
    with pytest.raises(ValueError, match="no code, number or day"):
        letter(mail, sender="e@example.org", console_url="", at=NOON)
    assert detail


ADDRESSES_THAT_ARE_NONE = (
    "checker@ministry.example\nBcc: all@example.org",
    "checker@ministry.example\r\nSubject: paid",
    "a b@ministry.example",
    "<script>@ministry.example",
    "checker",
    f"{'a' * 260}@ministry.example",
)


def test_an_address_that_could_add_a_header_is_refused_here_and_by_the_database(
    bureau: Bureau,
) -> None:
    for address in ADDRESSES_THAT_ARE_NONE:
        with pytest.raises(Refused, match="no mail address"):
            mailboxes.keep(bureau.database, officer_id=5, address=address, at=NOON, by=3)
        with pytest.raises(sa.exc.IntegrityError):
            bureau.run("UPDATE people.mailbox SET address = :a WHERE officer_id = 5", a=address)


def test_nobody_but_an_administrator_sets_the_address_of_another(bureau: Bureau) -> None:
    with pytest.raises(Refused):
        mailboxes.keep(bureau.database, officer_id=5, address="x@example.org", at=NOON, by=4)
    mailboxes.keep(bureau.database, officer_id=5, address="x@example.org", at=NOON, by=5)
    mailboxes.remove(bureau.database, officer_id=5, at=NOON, by=3)
    acts = bureau.rows(
        "SELECT verb, outcome, detail::text FROM people.act WHERE subject ="
        " 'officer/5' ORDER BY act_id DESC LIMIT 3"
    )
    assert [act[:2] for act in acts] == [
        ("mailbox.remove", "done"),
        ("mailbox.set", "done"),
        ("mailbox.set", "refused"),
    ]
    assert not any("@" in str(act) for act in acts)


def test_a_mail_that_went_stays_as_it_is(bureau: Bureau) -> None:
    bureau.cycle("submitted")
    post(bureau.desk())
    with pytest.raises(sa.exc.IntegrityError, match="what was sent stays"):
        bureau.run("UPDATE notice.mail SET sent_at = NULL")


def test_a_mail_speaks_the_officers_language(bureau: Bureau) -> None:
    bureau.run("INSERT INTO people.preference (officer_id, language) VALUES (5, 'hi')")
    bureau.cycle("submitted")
    post(bureau.desk())
    mine = next(one for one in bureau.mails.arrived if one["To"] == "checker@ministry.example")
    assert str(mine["Subject"]) == "हस्ताक्षर के लिए: bolsa_familia-2026-09"
    assert "https://pay.example.gov/cycles/bolsa_familia-2026-09/approval" in mine.get_content()
    assert str(mine["Auto-Submitted"]) == "auto-generated"


def test_every_language_has_the_words_of_every_kind_with_the_same_gaps() -> None:
    assert WORDS.keys() == LINK.keys() == CLOSING.keys() == {"en", "hi", "pt", "es"}
    for kind, (subject, sentence) in WORDS["en"].items():
        for words in WORDS.values():
            assert _gaps(words[kind][0]) == _gaps(subject)
            assert _gaps(words[kind][1]) == _gaps(sentence)


def _gaps(text: str) -> set[str]:
    return {part.partition("}")[0] for part in text.split("{")[1:]}


def test_without_a_mail_server_nothing_is_raised(bureau: Bureau) -> None:
    bureau.cycle("submitted")
    assert post(bureau.desk(smtp_host="")) == (0, 0, 0, 0, "")
    assert bureau.rows("SELECT count(*) FROM notice.mail") == [(0,)]


def test_a_password_does_not_cross_the_network_in_the_clear() -> None:
    with pytest.raises(ValidationError, match="in the clear"):
        Settings.model_validate({"smtp_password": "x", "smtp_security": "none"})
