"""Whoever changes what was sealed, signed or posted is found, or stopped, and the place is named.

The hands are those of a superuser: on the disk any byte, in the database any row, with every
trigger, key and check switched off.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from demo_plays import DEMO, HOUSEHOLDS, LAST, facts_of

from cct_engine import cycle, entitlement
from cct_engine.cycle import CycleError
from cct_engine.demo import DemoPlan

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from demo_plays import Books, Cct, Played

PLAN = DemoPlan(households=HOUSEHOLDS, seed=2026)
BRAZIL = f"bolsa_familia-{LAST}"


@pytest.mark.parametrize("after", ["<InstdAmt", "<Cdtr>", "<CdtrAcct>", "<MsgId>", "</Document"])
def test_one_changed_byte_of_a_released_file_is_found_and_the_file_is_named(
    after: str, finished: Books, cct: Cct, copied: Callable[[Books], Books]
) -> None:
    books = copied(finished)
    assert cct(books, "--demo", "bank", "check").exit_code == 0
    file = sorted((books.corner / "bank" / "outbox").glob("*.xml"))[2]
    _change_one_byte(file, after=after)
    checked = cct(books, "--demo", "bank", "check", "--json")
    assert checked.exit_code == 1
    findings = checked.value["findings"]
    assert {finding["file"] for finding in findings} == {file.name}
    assert any("sha256" in finding["rule"] for finding in findings), findings


def test_a_file_changed_between_seal_and_release_is_not_sent(
    moments: dict[str, Books], undisturbed: Played, cct: Cct, copied: Callable[[Books], Books]
) -> None:
    books = copied(moments["submit and approve"])
    assert cct(books, *DEMO, failpoints="release.book.after_commit=kill").exit_code == -9
    file = max((books.corner / "bank" / "sealed").glob("*.xml"))
    as_sealed = file.read_bytes()
    _change_one_byte(file, after="<InstdAmt")
    refused = cct(books, *DEMO)
    assert refused.exit_code == 1
    assert file.name in refused.errors
    assert "is not the file that was sealed" in refused.errors
    assert not (books.corner / "bank" / "outbox" / file.name).exists()
    file.write_bytes(as_sealed)
    assert facts_of(cct(books, *DEMO)) == undisturbed.facts


@pytest.mark.parametrize(
    "change",
    [
        (
            "UPDATE cycle.entitlement_line SET amount_minor = amount_minor + 1 WHERE (cycle_id,"
            " household_id, line_seq) = (SELECT cycle_id, household_id, line_seq"
            " FROM cycle.entitlement_line WHERE cycle_id = :cycle ORDER BY 2, 3 LIMIT 1)"
        ),
        (
            "UPDATE cycle.household_result SET payee_person_id = payee_person_id + 1"
            " WHERE cycle_id = :cycle AND household_id = (SELECT max(household_id)"
            " FROM cycle.household_result WHERE cycle_id = :cycle)"
        ),
        (
            "DELETE FROM cycle.entitlement_line WHERE (cycle_id, household_id, line_seq) = (SELECT"
            " cycle_id, household_id, line_seq FROM cycle.entitlement_line WHERE cycle_id = :cycle"
            " ORDER BY 2 DESC, 3 DESC LIMIT 1)"
        ),
    ],
    ids=["an amount one minor unit more", "another payee", "a line taken out"],
)
def test_a_list_changed_after_it_was_submitted_is_not_approved_and_the_list_is_named(
    change: str, moments: dict[str, Books], copied: Callable[[Books], Books]
) -> None:
    books = copied(moments["calculate and check"])
    with books.office() as office:
        cycle.submit(office.desk("maker", PLAN.on_day(LAST, 3)), BRAZIL)
        with office.database.transaction() as connection:
            cycle_id = cycle.by_code(connection, BRAZIL).cycle_id
        _tamper(books, change, cycle_id)
        with pytest.raises(CycleError, match=f"The list of {BRAZIL} is not the one that was"):
            cycle.approve(office.desk("checker", PLAN.on_day(LAST, 4)), BRAZIL)
        with office.database.transaction() as connection:
            assert cycle.by_code(connection, BRAZIL).state == "submitted"


def test_an_amount_of_an_approved_list_changed_later_does_not_tie_with_the_books(
    finished: Books, cct: Cct, copied: Callable[[Books], Books]
) -> None:
    books = copied(finished)
    assert cct(books, "--demo", "proof", BRAZIL).exit_code == 0
    _tamper(books, _ONE_MORE, _cycle_id(books))
    proved = cct(books, "--demo", "proof", BRAZIL, "--json")
    assert proved.exit_code == 1
    assert proved.value["ties"] is False
    broken = [
        identity["name"]
        for identity in proved.value["proof"]["identities"]
        if identity["left_minor"] != identity["right_minor"]
    ]
    assert broken
    others = cct(books, "--demo", "proof", f"dilli_annashree-{LAST}")
    assert others.exit_code == 0


def test_amounts_of_an_approved_list_exchanged_later_no_longer_have_the_digest_that_was_signed(
    finished: Books, copied: Callable[[Books], Books]
) -> None:
    """Every sum stays as it was; the list does not."""
    books = copied(finished)
    cycle_id = _cycle_id(books)
    assert _signed(books) == _recounted(books, cycle_id)
    _tamper(books, _EXCHANGED, cycle_id)
    assert _signed(books) != _recounted(books, cycle_id)


_FIRST_LINE = (
    " (batch_id, subject_id, seq) = (SELECT batch_id, subject_id, seq"
    " FROM ledger.journal WHERE batch_id = :batch ORDER BY 2, 3 LIMIT 1)"
)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE ledger.journal SET amount_minor = amount_minor + 1 WHERE" + _FIRST_LINE,
        "UPDATE ledger.journal SET subject_id = subject_id + 1000000 WHERE" + _FIRST_LINE,
        "DELETE FROM ledger.journal WHERE" + _FIRST_LINE,
        "UPDATE ledger.batch SET value_on = value_on + 1 WHERE batch_id = :batch",
    ],
    ids=["an amount", "a household", "a line taken out", "a date"],
)
def test_a_change_in_the_journal_is_found_and_the_batch_is_named(
    change: str, finished: Books, cct: Cct, copied: Callable[[Books], Books]
) -> None:
    books = copied(finished)
    assert cct(books, "--demo", "ledger", "verify").exit_code == 0
    with books.opened() as database, database.transaction() as connection:
        batch = connection.execute(
            sa.text(
                "SELECT batch_id FROM ledger.seal WHERE line_count > 50 ORDER BY 1 OFFSET 3 LIMIT 1"
            )
        ).scalar_one()
    _tamper(books, change.replace(":batch", str(batch)))
    verified = cct(books, "--demo", "ledger", "verify", "--json")
    assert verified.exit_code == 1
    assert verified.value["sound"] is False
    assert str(batch) in verified.value["findings"][0]["place"]
    told = cct(books, "--demo", "ledger", "verify")
    assert str(batch) in told.output


def test_a_whole_ledger_exchanged_for_another_is_found_by_the_head_that_was_written_down(
    finished: Books, undisturbed: Played, cct: Cct, copied: Callable[[Books], Books]
) -> None:
    books = copied(finished)
    head = undisturbed.facts["ledger_head"]
    kept = cct(books, "--demo", "ledger", "verify", "--head", head)
    assert kept.exit_code == 0
    other = cct(books, "--demo", "ledger", "verify", "--head", "0" * 64)
    assert other.exit_code == 1


_ONE_MORE = (
    "UPDATE cycle.entitlement_line SET amount_minor = amount_minor + 1 WHERE (cycle_id,"
    " household_id, line_seq) = (SELECT cycle_id, household_id, line_seq"
    " FROM cycle.entitlement_line WHERE cycle_id = :cycle AND money_state = 'payable'"
    " ORDER BY 2, 3 LIMIT 1)"
)
_EXCHANGED = (
    "UPDATE cycle.entitlement_line SET amount_minor = amount_minor + CASE nth WHEN 1 THEN 100"
    " ELSE -100 END FROM (SELECT household_id AS family, line_seq AS line, row_number()"
    "  OVER (ORDER BY household_id) AS nth FROM cycle.entitlement_line WHERE cycle_id = :cycle"
    "  AND money_state = 'payable' AND component = (SELECT min(component)"
    "  FROM cycle.entitlement_line WHERE cycle_id = :cycle) LIMIT 2) two"
    " WHERE cycle_id = :cycle AND household_id = family AND line_seq = line"
)


def _tamper(books: Books, change: str, cycle_id: int = 0) -> None:
    with books.tampering() as connection:
        changed = connection.execute(change.replace(":cycle", str(cycle_id)))
        assert changed.rowcount in {1, 2}


def _change_one_byte(path: Path, *, after: str) -> None:
    contents = bytearray(path.read_bytes())
    place = min(contents.index(after.encode()) + len(after) + 1, len(contents) - 1)
    contents[place] ^= 1
    path.chmod(0o600)
    path.write_bytes(contents)


def _cycle_id(books: Books) -> int:
    with books.opened() as database, database.transaction() as connection:
        return cycle.by_code(connection, BRAZIL).cycle_id


def _signed(books: Books) -> str | None:
    with books.opened() as database, database.transaction() as connection:
        return cycle.by_code(connection, BRAZIL).list_digest


def _recounted(books: Books, cycle_id: int) -> str:
    with books.opened() as database, database.transaction() as connection:
        return entitlement.list_digest(connection, cycle_id)
