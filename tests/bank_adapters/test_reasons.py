"""A bank's reason leads to one act, and what nobody classified waits for a person."""

from __future__ import annotations

import pytest

from bank_adapters import Action, ReasonList, action_for, reason_for, reasons
from bank_adapters.reasons import LANGUAGES


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
        ("NPCI", "60", Action.STOP_DECEASED),
        ("NPCI", "59", Action.RETRY),
        ("NPCI", "31", Action.OUR_FAULT),
        ("NPCI", "96", Action.FIX_ACCOUNT),
        ("NPCI", "51", Action.COMPLIANCE),
        ("NPCI", "00", Action.UNCLASSIFIED),
        ("CNAB_G059", "AN", Action.FIX_ACCOUNT),
        ("CNAB_G059", "HI", Action.OUR_FAULT),
        ("CNAB_G059", "01", Action.OUR_FAULT),
        ("NACHA", "R15", Action.STOP_DECEASED),
        ("NACHA", "R14", Action.STOP_DECEASED),
        ("NACHA", "R02", Action.FIX_ACCOUNT),
        ("NACHA", "C01", Action.FIX_ACCOUNT),
        ("NACHA", "R99", Action.UNCLASSIFIED),
        ("SPEI", "3", Action.FIX_ACCOUNT),
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
        if code.startswith("DU") or code in {"AM05", "R24"}:
            assert reason.action is Action.OUR_FAULT
            assert "Find out" in reason.clerk_text


def test_every_reason_tells_a_clerk_in_whole_sentences_what_to_do() -> None:
    ends = {"en": ".", "hi": "।", "pt": ".", "es": "."}
    assert set(LANGUAGES) == set(ends)
    for language, end in ends.items():
        for reason in reasons(language).values():
            assert reason.clerk_text.endswith(end)
            assert reason.clerk_text.count(end) >= 2
            assert reason.action is not Action.UNCLASSIFIED


def test_the_four_languages_lead_to_the_same_acts() -> None:
    english = {key: reason.action for key, reason in reasons().items()}
    for language in LANGUAGES:
        assert {key: r.action for key, r in reasons(language).items()} == english


def test_a_language_nobody_translated_is_told_in_english() -> None:
    assert reason_for("NPCI", "60", language="fr") == reason_for("NPCI", "60")
    assert "निधन" in reason_for("NPCI", "60", language="hi").clerk_text
    assert reason_for("NACHA", "R99", language="pt").clerk_text.startswith("O banco deu")


def test_no_code_is_listed_twice_in_one_list() -> None:
    lines = reasons()
    assert len(lines) == len({(r.reason_list, r.code) for r in lines.values()})
    assert {r.reason_list for r in lines.values()} == set(ReasonList) - {ReasonList.PROPRIETARY}
