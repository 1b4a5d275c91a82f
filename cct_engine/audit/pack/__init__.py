"""The audit pack: a folder that proves itself to a stranger with nothing but Python.

``books`` is the ledger's own part; beside it stand who approved what, the law as it was used, the
digests of the frozen evidence, the payment files' manifests, the record of acts, what the controls
found, and a report to read. ``verify.py`` recomputes all of it. Every table is there as CSV and as
Parquet. Households, persons and officers are numbers.
"""

from cct_engine.audit.pack.writing import Pack, refuse_taken, write_pack

__all__ = ["Pack", "refuse_taken", "write_pack"]
