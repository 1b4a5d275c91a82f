"""The double-entry ledger: sealed batches of one-row lines.

A line carries one amount; its two accounts come from the template of its event. Batches are posted
in one transaction, sealed into one chain, and never changed: corrections mirror. Subjects
(households) are keys on control accounts. This package knows no programmes, banks, files or web.
"""

from ledger.anchors import SignedAnchor, publish
from ledger.balances import (
    InTransit,
    SubjectBalance,
    Total,
    TrialBalanceLine,
    balance,
    balances_of,
    in_transit,
    totals_by_event,
    trial_balance,
)
from ledger.batch import Batch, Seal
from ledger.chart import CHART, Account
from ledger.errors import (
    AlreadyPosted,
    BadLines,
    CorrectionMismatch,
    CurrencyMix,
    KeyConflict,
    LedgerError,
    MakerIsChecker,
    Overdrawn,
    PeriodClosed,
    PostingInterrupted,
    Unpreceded,
)
from ledger.events import TEMPLATES, Event, Template
from ledger.findings import Finding
from ledger.lines import Lines
from ledger.periods import Period, close_period, open_period, periods
from ledger.post import open_cycle, post, post_selected
from ledger.proof import prove
from ledger.seals import Anchor, anchor_head, head
from ledger.signing import KeyStatement, Signer, key_statements, new_key, signer
from ledger.statements import StatementLine, statement
from ledger.verify import verify

__all__ = [
    "CHART",
    "TEMPLATES",
    "Account",
    "AlreadyPosted",
    "Anchor",
    "BadLines",
    "Batch",
    "CorrectionMismatch",
    "CurrencyMix",
    "Event",
    "Finding",
    "InTransit",
    "KeyConflict",
    "KeyStatement",
    "LedgerError",
    "Lines",
    "MakerIsChecker",
    "Overdrawn",
    "Period",
    "PeriodClosed",
    "PostingInterrupted",
    "Seal",
    "SignedAnchor",
    "Signer",
    "StatementLine",
    "SubjectBalance",
    "Template",
    "Total",
    "TrialBalanceLine",
    "Unpreceded",
    "anchor_head",
    "balance",
    "balances_of",
    "close_period",
    "head",
    "in_transit",
    "key_statements",
    "new_key",
    "open_cycle",
    "open_period",
    "periods",
    "post",
    "post_selected",
    "prove",
    "publish",
    "signer",
    "statement",
    "totals_by_event",
    "trial_balance",
    "verify",
]
