"""Papers: what is handed to a reader, as values; and how the same paper is shown in every form.

A paper is headings, sentences and tables. It is printed on the terminal, written as CSV or XLSX,
laid out as one HTML page without scripts or other files, or set as PDF; every form shows the same
cells. Cells that a spreadsheet would take for a formula are marked.
"""

from cct_engine.papers.cells import Cell, Column, Kind, Money, plain, shown
from cct_engine.papers.page import to_html
from cct_engine.papers.pdf import to_pdf
from cct_engine.papers.sheets import to_csv, to_xlsx
from cct_engine.papers.values import Paper, Section, Table

__all__ = [
    "Cell",
    "Column",
    "Kind",
    "Money",
    "Paper",
    "Section",
    "Table",
    "plain",
    "shown",
    "to_csv",
    "to_html",
    "to_pdf",
    "to_xlsx",
]
