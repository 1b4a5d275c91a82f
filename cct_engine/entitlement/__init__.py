"""Entitlements: freeze a cycle's inputs, calculate them, store the list, explain every amount.

Everything is a file or a table with a digest: the snapshot (inputs), the run (results), the list
(what is approved). This package must not know how a payment is made, nor an officer's rights; it
moves no cycle's state.
"""

from cct_engine.entitlement.calculation import Progress, calculate
from cct_engine.entitlement.comparison import Change, Comparison, compare
from cct_engine.entitlement.engine import DuckEngine, Engine
from cct_engine.entitlement.errors import (
    EarlierCycleOpen,
    EntitlementError,
    FolderTaken,
    RunRefused,
    SchemaDrift,
    SealBroken,
    UnknownHousehold,
)
from cct_engine.entitlement.evidence import Evidence, Verdict, evidence, fact_at, verdicts
from cct_engine.entitlement.explaining import explain
from cct_engine.entitlement.explanation import (
    ExplainedLine,
    Explanation,
    LadderState,
    LawValue,
    Notice,
)
from cct_engine.entitlement.freezing import freeze
from cct_engine.entitlement.identities import IdentityFinding
from cct_engine.entitlement.listing import Total, Totals, canonical_selects, list_digest, totals
from cct_engine.entitlement.manifest import FileFinding
from cct_engine.entitlement.pins import CyclePins
from cct_engine.entitlement.queueing import queued
from cct_engine.entitlement.recomputing import Recomputed, recompute
from cct_engine.entitlement.review_holds import under_review
from cct_engine.entitlement.run import Run, open_run, verify_run
from cct_engine.entitlement.snapshot import (
    Snapshot,
    open_snapshot,
    record_snapshot,
    verify_snapshot,
)
from cct_engine.entitlement.statements import HasLayer, HasStatements
from cct_engine.entitlement.storing import Stored, store

__all__ = [
    "Change",
    "Comparison",
    "CyclePins",
    "DuckEngine",
    "EarlierCycleOpen",
    "Engine",
    "EntitlementError",
    "Evidence",
    "ExplainedLine",
    "Explanation",
    "FileFinding",
    "FolderTaken",
    "HasLayer",
    "HasStatements",
    "IdentityFinding",
    "LadderState",
    "LawValue",
    "Notice",
    "Progress",
    "Recomputed",
    "Run",
    "RunRefused",
    "SchemaDrift",
    "SealBroken",
    "Snapshot",
    "Stored",
    "Total",
    "Totals",
    "UnknownHousehold",
    "Verdict",
    "calculate",
    "canonical_selects",
    "compare",
    "evidence",
    "explain",
    "fact_at",
    "freeze",
    "list_digest",
    "open_run",
    "open_snapshot",
    "queued",
    "recompute",
    "record_snapshot",
    "store",
    "totals",
    "under_review",
    "verdicts",
    "verify_run",
    "verify_snapshot",
]
