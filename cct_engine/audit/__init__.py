"""Audit: what an auditor asks of the books, and what is handed over to be checked without us.

Each control is one question with its query, its result, its evidence and a sentence; samples are
drawn from a seed; a pack holds everything a stranger needs to recompute the books. This package
only reads. It shows numbers of families, persons and officers, never names.
"""

from cct_engine.audit.control import Control, Evidence, Result
from cct_engine.audit.pack import Pack, refuse_taken, write_pack
from cct_engine.audit.paper import paper_of, write_evidence
from cct_engine.audit.permissions import PERMISSIONS
from cct_engine.audit.running import Audit, controls, run
from cct_engine.audit.sampling import Sample, Sampled, draw, unit_choices
from cct_engine.audit.unanswerable import UNANSWERABLE, Unanswerable

__all__ = [
    "PERMISSIONS",
    "UNANSWERABLE",
    "Audit",
    "Control",
    "Evidence",
    "Pack",
    "Result",
    "Sample",
    "Sampled",
    "Unanswerable",
    "controls",
    "draw",
    "paper_of",
    "refuse_taken",
    "run",
    "unit_choices",
    "write_evidence",
    "write_pack",
]
