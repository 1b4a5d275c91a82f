"""Roles lent in an emergency: said on every page while they last, and to nobody else."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from cct_engine.people import Role, officers

if TYPE_CHECKING:
    from console_visits import Counter

REASON = "The only checker is in hospital, order 17."


def test_a_lent_role_is_a_red_line_on_every_page_until_it_ends(closed: Counter) -> None:
    number = closed.appoint("stand.in")
    officers.break_glass(
        closed.database,
        officer_id=number,
        role=Role.CHECKER,
        programme="bolsa_familia",
        hours=2,
        reason=REASON,
        at=closed.clock.now(),
        by=closed.number("administrator"),
    )
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
