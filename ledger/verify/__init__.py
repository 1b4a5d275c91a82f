"""Proof that nothing was changed: everything is read again and compared.

Four questions, each asked of every row and column: are the chart and the periods what they were;
is each batch, with its lines, what its seal says, and each seal what the chain says; are the
balances what the lines come to; are the published heads in the chain. Whoever can switch off the
database's own rules could still rewrite everything; a head known outside shows that, too.
"""

from __future__ import annotations

from itertools import chain, islice
from typing import TYPE_CHECKING

from ledger.verify.balances import wrong_balances
from ledger.verify.findings import Finding
from ledger.verify.frame import changed_anchors, changed_chart, changed_periods
from ledger.verify.lines import stored_contents
from ledger.verify.links import broken_links

if TYPE_CHECKING:
    import sqlalchemy as sa

__all__ = ["FINDINGS_MAX", "Finding", "verify"]

FINDINGS_MAX = 1000


def verify(connection: sa.Connection, *, expected_head: str | None = None) -> tuple[Finding, ...]:
    """Read the whole ledger again and return what is wrong, the earliest batch first; () if sound.

    ``expected_head`` is a digest known from outside (an anchor, a printed report): if no seal has
    it, the chain was rewritten or rolled back. Batches posted meanwhile are left for the next time.
    Memory is independent of the number of lines. At most ``FINDINGS_MAX`` findings are returned.
    """
    stored = stored_contents(connection)
    findings = chain(
        changed_chart(connection),
        changed_periods(connection),
        broken_links(connection, stored, expected_head=expected_head),
        wrong_balances(connection),
        changed_anchors(connection),
    )
    return tuple(islice(findings, FINDINGS_MAX))
