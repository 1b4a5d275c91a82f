"""A cycle report whose figures tie to each other."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from cct_engine.reports import (
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

AT = datetime(2026, 11, 30, 14, 5, tzinfo=UTC)


@pytest.fixture
def annashree() -> CycleReport:
    """One closed cycle of 1,98,402 families."""
    return CycleReport(
        title="Dilli Annashree",
        code="dilli_annashree-2026-11",
        period=date(2026, 11, 1),
        month_count=1,
        currency="INR",
        state="closed",
        as_of=AT,
        value_on=date(2026, 11, 24),
        entitled=Equation(
            "Entitled",
            Sum("Entitled", "whole", 198_402, 11_904_120_000),
            (
                Sum("To pay", "to-pay", 193_680, 11_620_800_000),
                Sum("Held", "held", 3_102, 186_120_000),
                Sum("Withheld", "withheld", 1_620, 97_200_000),
            ),
            "families",
        ),
        sent=Equation(
            "Sent",
            Sum("Sent", "whole", 193_680, 11_620_800_000),
            (
                Sum("Paid", "paid", 190_770, 11_446_200_000),
                Sum("Returned", "returned", 2_910, 174_600_000),
                Sum("Rejected", "rejected", 0, 0),
                Sum("Open", "transit", 0, 0),
            ),
            "payments",
        ),
        forfeited=Sum("Forfeited", "forfeited", 0, 0),
        components=(ComponentRow("FOOD", 198_402, 11_620_800_000, 186_120_000, 97_200_000, 0),),
        bridge=Bridge(
            Sum("To pay in dilli_annashree-2026-10", "whole", 193_200, 11_590_800_000),
            Sum("To pay in dilli_annashree-2026-11", "whole", 193_680, 11_620_800_000),
            (
                Change("Joined", "FOOD", 2_310, 138_600_000),
                Change("Left", "FOOD", 1_244, -74_640_000),
                Change("Other amount", "FOOD", 5_100, -33_960_000),
            ),
        ),
        findings=(
            FindingRow("ACCOUNT_MISSING", "No account to pay to", "holds", 37, 36, 1, 2_160_000),
        ),
        files=(
            FileRow(
                "PAIN-20261124-0001.xml",
                "SPONSOR-20261124-0001",
                193_680,
                11_620_800_000,
                "77d0" * 16,
                "answered",
            ),
        ),
        reasons=(
            ReasonRow("AC04", "Account closed", "Ask for another account", 1_900, 114_000_000),
            ReasonRow("AC06", "Account blocked", "Ask for another account", 1_010, 60_600_000),
        ),
        suspense=(
            SuspenseRow(7, date(2026, 11, 23), 60_000, "reference unknown", "bank liaison", "open"),
        ),
        proof=(
            ProofRow("entitled = approved", "list", 11_904_120_000, "ledger 5100", 11_904_120_000),
        ),
        signatures=(Signature("Prepared", 4, AT), Signature("Approved", 5, AT)),
        seals=(Seal("List that was approved", "9c41" * 16),),
    )
