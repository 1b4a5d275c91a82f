"""A refusal says what is wrong, where, and what to ask the bank; never what the file says."""

from __future__ import annotations

import pickle
from typing import Any

from refused_files import both_sizes, refused

from bank_adapters import RefusalCode, RefusedFile


@both_sizes
def test_a_refusal_never_repeats_what_the_file_says(n: int, messages: Any) -> None:
    whole = messages.statement(n).replace("A Person", "CANARY", 1)
    for broken in (
        whole[:-20],
        whole.replace("CANARY", "CANARY & CO"),
        whole.replace(">1.00<", ">CANARY<", 1),
        whole.replace("2026-09-03", "CANARY", 5),
        whole.replace("CRDT", "CANARY"),
        whole.replace("urn:iso", "CANARY"),
        whole + "CANARY",
    ):
        found = refused(broken)
        assert "CANARY" not in str(found) + repr(found) + found.place
        assert found.__cause__ is None
        assert found.__suppress_context__ or found.__context__ is None


def test_a_refusal_says_what_where_and_what_to_ask(messages: Any) -> None:
    found = refused(messages.statement(3)[:-1])
    assert str(found).startswith("answer was refused (NOT_WELL_FORMED) at byte ")
    assert "ask for it again" in found.ask


def test_a_refusal_passes_between_processes(messages: Any) -> None:
    found = refused(messages.statement(3)[:-1])
    copy = pickle.loads(pickle.dumps(found))  # noqa: S301 - our own bytes
    assert (copy.code, copy.place, str(copy)) == (found.code, found.place, str(found))


def test_every_code_tells_what_to_ask_the_bank() -> None:
    for code in RefusalCode:
        assert len(RefusedFile(code, name="f", place="p").ask) > 20
