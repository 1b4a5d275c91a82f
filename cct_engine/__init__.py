"""Conditional cash transfers: programmes, registry, compliance, entitlements, cycles, people.

This package may use ``reconciliation``, ``ledger`` and ``bank_adapters`` through their public
doors. It must not know XML, or the inside of a journal.
"""

__all__: list[str] = []
