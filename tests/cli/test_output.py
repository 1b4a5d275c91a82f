"""How tables look on screens of every width: words go on below, a number is never broken."""

from __future__ import annotations

from typing import Final

import pytest
from rich.console import Console

from cct_engine.cli import output

HEADINGS: Final = ("cycle", "what happened", "entitled", "paid")
ROWS: Final = [
    ("bolsa_familia 2026-09", "the list was signed and sent", "R$ 9.124.944,00", "R$ 8.412.953,00"),
    ("dilli_annashree 2026-09", "it is being checked", "₹ 33,08,400.00", "₹ 30,24,000.00"),
]
NUMBERS: Final = [cell for row in ROWS for cell in row[2:]]


def _printed(
    width: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> list[str]:
    monkeypatch.setattr(output, "_console", Console(width=width, highlight=False, soft_wrap=True))
    output.print_table("Cycles", HEADINGS, ROWS, right=(2, 3))
    return capsys.readouterr().out.splitlines()


@pytest.mark.parametrize("width", [48, 60, 70, 80, 100, 150])
def test_no_number_is_broken_and_no_line_is_wider_than_the_screen(
    width: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = _printed(width, monkeypatch, capsys)
    assert max(map(len, lines)) <= width
    assert [number for number in NUMBERS if not any(number in line for line in lines)] == []


def test_what_fits_no_screen_is_told_row_by_row_with_its_headings(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _printed(60, monkeypatch, capsys)[:4] == [
        "Cycles",
        "- cycle bolsa_familia 2026-09",
        "  what happened the list was signed and sent",
        "  entitled R$ 9.124.944,00 · paid R$ 8.412.953,00",
    ]
