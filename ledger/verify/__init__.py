"""Proof that nothing was changed: everything is read again and compared.

Five questions, the last four asked of every row and column: are the database's own rules in force;
are the chart and the periods what they were; is each batch, with its lines, what its seal says, and
each seal what the chain says; are the balances what the lines come to; are the published heads in
the chain. Whoever can switch off the database's own rules could still rewrite everything; a head
known outside shows that, too.
"""

from __future__ import annotations

import secrets
from itertools import chain, islice
from typing import TYPE_CHECKING

from ledger.anchors import SignedAnchor, contradictions
from ledger.columns import NullFound
from ledger.findings import Finding
from ledger.verify.balances import wrong_balances
from ledger.verify.frame import changed_anchors, changed_chart, changed_periods
from ledger.verify.lines import stored_contents
from ledger.verify.links import broken_links
from ledger.verify.rules import weakened_rules
from ledger.verify.sums import KEY_BYTES, Sums

if TYPE_CHECKING:
    import sqlalchemy as sa

__all__ = ["FINDINGS_MAX", "Finding", "verify"]

FINDINGS_MAX = 1000


def verify(
    connection: sa.Connection,
    *,
    expected_head: str | None = None,
    anchor: SignedAnchor | None = None,
    trusted_key: str | None = None,
) -> tuple[Finding, ...]:
    """Read the whole ledger again and return what is wrong, the earliest batch first; () if sound.

    ``expected_head`` is a digest known from outside (an anchor, a printed report): if no seal has
    it, the chain was rewritten or rolled back. ``anchor`` is a published head, which also says
    where in the chain it stood; ``trusted_key`` is the fingerprint its key must have. Batches
    posted meanwhile are left for the next time. Memory does not grow with the lines: it holds 8
    bytes for each 64 balances. At most ``FINDINGS_MAX`` findings are returned.
    """
    weakened = tuple(weakened_rules(connection))
    sums = Sums(connection, key=secrets.token_bytes(KEY_BYTES))
    try:
        stored = stored_contents(connection, sums)
    except NullFound as error:
        return (*weakened, Finding("journal.null", "journal", str(error)))
    findings = chain(
        weakened,
        () if anchor is None else contradictions(connection, anchor, trusted=trusted_key),
        changed_chart(connection),
        changed_periods(connection),
        broken_links(connection, stored, expected_head=expected_head),
        () if sums.match_balances(connection) else wrong_balances(connection),
        changed_anchors(connection),
    )
    return tuple(islice(findings, FINDINGS_MAX))
