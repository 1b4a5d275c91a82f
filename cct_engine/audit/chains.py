"""The records themselves: whether books, acts and payment files are still what was sealed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import ledger
import reconciliation
from cct_engine import cycle
from cct_engine.audit.control import Control
from cct_engine.audit.querying import counted
from cct_engine.people import acts

if TYPE_CHECKING:
    from cct_engine.audit.control import Ask, Evidence

__all__ = ["CHAINS"]

_COLUMNS: Final = ("record", "rule", "place", "text")


def _run(ask: Ask) -> Evidence:
    rows = [
        ("books", found.rule, found.place, found.text) for found in ledger.verify(ask.connection)
    ]
    rows += [
        ("acts", "chain", f"act {fault.act_id}", fault.what)
        for fault in acts.verify(ask.connection)
    ]
    rows += [
        ("payment files", found.rule, found.file, found.text)
        for found in reconciliation.verify(
            ask.connection, ask.home / "bank" / "sealed", handed_over=cycle.outbox_of(ask.home)
        )
    ]
    return counted(_COLUMNS, rows)


CHAINS: Final = Control(
    code="records_are_whole",
    findings=(),
    title="The records are whole",
    asks="Was anything in the books, the record of acts or the payment files changed since?",
    found="{count} [place|places] in the books, the record of acts or the payment files [is|are] "
    "not what was sealed. Nothing else on this paper can be relied on before they are explained.",
    clean="Every seal of the books, every act and every payment file is what was sealed, in an "
    "unbroken chain.",
    limits="Whoever holds an anchor of the books from outside can also show that no older copy was "
    "brought back.",
    sql="",
    run=_run,
)
