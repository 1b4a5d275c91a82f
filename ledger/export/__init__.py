"""The ledger for those outside: a pack they can verify, and books that other tools open.

The pack is a folder of CSV files (UTF-8, comma, one header line; instants in UTC, digests in
hexadecimal, amounts in minor units) and ``check.py``, which needs nothing but Python. The books are
plain text for Beancount or hledger, or CSV in the general-ledger layout of the AICPA standard.
"""

from ledger.export.books import Exported, write_books
from ledger.export.check import check_pack
from ledger.export.general_ledger import write_general_ledger
from ledger.export.pack import write_pack

__all__ = ["Exported", "check_pack", "write_books", "write_general_ledger", "write_pack"]
