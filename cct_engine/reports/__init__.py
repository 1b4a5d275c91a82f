"""The report of a cycle: one page a person wants to read, and nothing on it but sums and seals.

``gather`` reads the figures, ``render`` makes the page of them. A report holds no personal data:
households are counted, officers are numbers, files are seals.
"""

from cct_engine.reports.comparison import CHANGE_WORDS
from cct_engine.reports.gather import gather
from cct_engine.reports.render import render
from cct_engine.reports.values import (
    Bridge,
    Change,
    ComponentRow,
    CycleReport,
    Equation,
    FileRow,
    FindingRow,
    ProofRow,
    ReasonRow,
    Seal,
    Signature,
    Sum,
    SuspenseRow,
)

__all__ = [
    "CHANGE_WORDS",
    "Bridge",
    "Change",
    "ComponentRow",
    "CycleReport",
    "Equation",
    "FileRow",
    "FindingRow",
    "ProofRow",
    "ReasonRow",
    "Seal",
    "Signature",
    "Sum",
    "SuspenseRow",
    "gather",
    "render",
]
