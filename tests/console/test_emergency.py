"""Roles lent in an emergency: said on every page while they last, and to nobody else."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from console_visits import WORDS

from cct_engine import cycle
from cct_engine.people import Role, officers

if TYPE_CHECKING:
    from console_visits import Counter

CODE = "bolsa_familia-2026-11"
REASON = "The only checker is in hospital, order 17."


def _lend_checker(office: Counter, officer_id: int) -> None:
    """Let somebody check for two hours, in an emergency."""
    officers.break_glass(
        office.database,
        officer_id=officer_id,
        role=Role.CHECKER,
        programme="bolsa_familia",
        hours=2,
        reason=REASON,
        at=office.clock.now(),
        by=office.number("administrator"),
    )


def test_a_lent_role_is_a_red_line_on_every_page_until_it_ends(closed: Counter) -> None:
    number = closed.appoint("stand.in")
    _lend_checker(closed, number)
    closed.appoint("elsewhere", Role.MAKER, programme="dilli_annashree")
    said = "stand.in has the role Checker for bolsa_familia, lent in an emergency"
    maker, stranger = closed.officer("maker"), closed.officer("elsewhere")
    for path in ("/", "/cycles", "/ledger", "/help", "/me"):
        assert said in maker.see(path).text, path
        assert 'class="note alarm"' in maker.page.text
        assert "Break glass" not in stranger.see(path).text, path
    assert "Who lent it and why" in closed.officer("auditor").see("/").text
    assert "Who lent it and why" not in maker.see("/").text
    closed.clock.at += timedelta(hours=2)
    assert "Break glass" not in closed.officer("maker").see("/").text


def test_a_list_that_was_signed_in_an_emergency_is_marked_for_good(checked: Counter) -> None:
    number = checked.appoint("stand.in")
    _lend_checker(checked, number)
    maker, stand_in = checked.officer("maker"), checked.officer("stand.in")
    maker.see(f"/cycles/{CODE}")
    maker.send(f"/cycles/{CODE}/submissions")
    assert "Acted on in an emergency" not in maker.see(f"/cycles/{CODE}").text
    stand_in.see(f"/cycles/{CODE}/approval")
    stand_in.send(f"/cycles/{CODE}/approvals", password=WORDS)
    assert checked.state(CODE) == "approved", stand_in.text()
    checked.clock.at += timedelta(days=400)
    auditor = checked.officer("auditor")
    for path in (f"/cycles/{CODE}", f"/cycles/{CODE}/approval"):
        auditor.see(path)
        assert "stand.in · Signed. The role Checker was lent by administrator" in auditor.text()
        assert REASON in auditor.text()
    assert auditor.see("/cycles").text.count("acted on in an emergency") == 1
    with checked.database.transaction() as connection:
        found = cycle.emergencies(connection)
    assert [(one.cycle, one.verb, one.role) for one in found] == [(CODE, "approve", Role.CHECKER)]


def test_what_a_lent_role_does_not_allow_is_no_mark(checked: Counter) -> None:
    """A maker who got the checker's role for two hours goes on as a maker: that is no emergency."""
    _lend_checker(checked, checked.number("maker"))
    maker = checked.officer("maker")
    maker.see(f"/cycles/{CODE}")
    maker.send(f"/cycles/{CODE}/submissions")
    assert checked.state(CODE) == "submitted"
    with checked.database.transaction() as connection:
        assert cycle.emergencies(connection, CODE) == []
