"""The ledger for those outside: an audit pack that can be verified without this system.

The pack is a folder of CSV files (UTF-8, comma, one header line; instants in UTC, digests in
hexadecimal, amounts in minor units) and ``check.py``, which needs nothing but Python.
"""

from ledger.export.check import check_pack
from ledger.export.pack import write_pack

__all__ = ["check_pack", "write_pack"]
