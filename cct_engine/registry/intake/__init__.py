"""The intake engine: any file of rows, checked against a declaration, into the database.

It knows files, cells and rules; what a household or a fact is, is said by the kinds of feeds that
use it. It must not know programmes or money.
"""

from cct_engine.registry.intake.check import Contract
from cct_engine.registry.intake.declaration import (
    FeedDeclaration,
    Manifest,
    parse_declaration,
    read_declaration,
)
from cct_engine.registry.intake.engine import take_in
from cct_engine.registry.intake.fields import FeedKind, Field, FieldType, Intake, RowRule, Written
from cct_engine.registry.intake.findings import RULES, Finding, IntakeReport, RefusedFeed
from cct_engine.registry.intake.writer import known_instant, next_id, stand_still

__all__ = [
    "RULES",
    "Contract",
    "FeedDeclaration",
    "FeedKind",
    "Field",
    "FieldType",
    "Finding",
    "Intake",
    "IntakeReport",
    "Manifest",
    "RefusedFeed",
    "RowRule",
    "Written",
    "known_instant",
    "next_id",
    "parse_declaration",
    "read_declaration",
    "stand_still",
    "take_in",
]
