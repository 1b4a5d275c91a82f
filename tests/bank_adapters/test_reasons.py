"""A bank's reason leads to one act, and what nobody classified waits for a person."""

from __future__ import annotations

import pytest

from bank_adapters import Action, action_for, reason_for, reasons


@pytest.mark.parametrize(
    ("reason_list", "code", "action"),
    [
        ("RETURN", "AC04", Action.FIX_ACCOUNT),
        ("RETURN", "BE01", Action.FIX_ACCOUNT),
        ("RETURN", "MD07", Action.STOP_DECEASED),
        ("STATUS", "MD07", Action.STOP_DECEASED),
        ("STATUS", "AB05", Action.RETRY),
        ("STATUS", "AM04", Action.OUR_FAULT),
        ("STATUS", "AM05", Action.OUR_FAULT),
        ("STATUS", "DUPL", Action.OUR_FAULT),
        ("STATUS", "FF01", Action.OUR_FAULT),
        ("STATUS", "AC02", Action.OUR_FAULT),
        ("STATUS", "RR04", Action.COMPLIANCE),
        ("RETURN", "FOCR", Action.COMPLIANCE),
        ("STATUS", "NARR", Action.UNCLASSIFIED),
        ("RETURN", "ZZ99", Action.UNCLASSIFIED),
        ("PROPRIETARY", "AC04", Action.UNCLASSIFIED),
        (None, None, Action.UNCLASSIFIED),
    ],
)
def test_a_reason_leads_to_its_act(
    reason_list: str | None, code: str | None, action: Action
) -> None:
    assert action_for(reason_list, code) is action


def test_the_two_lists_are_different_dictionaries() -> None:
    assert "sequestration" in reason_for("RETURN", "AC16").clerk_text
    assert "card" in reason_for("STATUS", "AC16").clerk_text
    assert "bank on the way" in reason_for("RETURN", "AC14").clerk_text
    assert "kind that cannot be credited" in reason_for("STATUS", "AC14").clerk_text


def test_a_duplicate_is_never_sent_again_by_itself() -> None:
    for (_, code), reason in reasons().items():
        if code.startswith("DU") or code == "AM05":
            assert reason.action is Action.OUR_FAULT
            assert "Find out" in reason.clerk_text


def test_every_reason_tells_a_clerk_in_whole_sentences_what_to_do() -> None:
    for reason in reasons().values():
        assert len(reason.code) == 4
        assert reason.clerk_text.endswith(".")
        assert reason.clerk_text.count(".") >= 2
        assert reason.action is not Action.UNCLASSIFIED


def test_no_code_is_listed_twice_in_one_list() -> None:
    lines = reasons()
    assert len(lines) == len({(r.reason_list, r.code) for r in lines.values()})
    assert {r.reason_list for r in lines.values()} == {"STATUS", "RETURN"}
