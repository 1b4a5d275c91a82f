"""Payment files out, bank files in.

Writes payment files that are exact, sealed and the same for ever, and reads what banks answer,
strictly: a file that is cut, forged or does not agree with its own totals is refused with what to
ask the bank. Everything passes as Arrow columns.

This package must not know the ledger, households, programmes or SQL. Its caller stores message
ids before a file is written, and decides what an event means for a payment.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from bank_adapters.accounts import account_problem, account_problems
from bank_adapters.adapter import BankAdapter
from bank_adapters.charset import BankTexts, bank_text, bank_texts
from bank_adapters.control import FileConflict
from bank_adapters.facets import RefusedInstructions
from bank_adapters.files_out import (
    check_instructions,
    file_name,
    takes_short_references,
    verify_file,
    write_file,
)
from bank_adapters.identifiers import (
    end_to_end_id,
    end_to_end_ids,
    instruction_text,
    message_id,
    uetr_from,
    uetrs_from,
)
from bank_adapters.limits import ANY_ENVELOPE, EVERY_DIALECT, MISSING_NAMESPACE, ReadLimits
from bank_adapters.manifest import ManifestEntry, chain_findings, manifest_entry
from bank_adapters.model import (
    EVENT_SCHEMA,
    INSTRUCTION_SCHEMA,
    BankMessage,
    EventKind,
    Expected,
    FileContext,
    Instruction,
    SealedFile,
    Violation,
)
from bank_adapters.planning import FileSlice, plan_files
from bank_adapters.reading import Inspection, inspect, read
from bank_adapters.reasons import Action, Reason, ReasonList, action_for, reason_for, reasons
from bank_adapters.refusals import RefusalCode, RefusedFile
from bank_adapters.registry import GROUP, UnknownFormat, adapter_for, formats, plugged
from bank_adapters.writing import SchemaBroken

if TYPE_CHECKING:
    from bank_adapters.delimited.answer import Answer, load_answer
    from bank_adapters.profiles import (
        BankProfile,
        Debtor,
        Limits,
        OwnReason,
        PayTimes,
        load_profile,
        profile_codes,
    )
else:
    # What was agreed with a bank is read with pydantic: 10 MB, a tenth of a process that only
    # reads a file of a standard format.
    _AGREED = {
        "bank_adapters.delimited.answer": ("Answer", "load_answer"),
        "bank_adapters.profiles": (
            "BankProfile",
            "Debtor",
            "Limits",
            "OwnReason",
            "PayTimes",
            "load_profile",
            "profile_codes",
        ),
    }

    def __getattr__(name: str) -> object:
        """Load what an agreement is read with when it is first asked for."""
        for module, names in _AGREED.items():
            if name in names:
                return globals().setdefault(name, getattr(import_module(module), name))
        raise AttributeError(f"bank_adapters has no {name}.")


__all__ = [
    "ANY_ENVELOPE",
    "EVENT_SCHEMA",
    "EVERY_DIALECT",
    "GROUP",
    "INSTRUCTION_SCHEMA",
    "MISSING_NAMESPACE",
    "Action",
    "Answer",
    "BankAdapter",
    "BankMessage",
    "BankProfile",
    "BankTexts",
    "Debtor",
    "EventKind",
    "Expected",
    "FileConflict",
    "FileContext",
    "FileSlice",
    "Inspection",
    "Instruction",
    "Limits",
    "ManifestEntry",
    "OwnReason",
    "PayTimes",
    "ReadLimits",
    "Reason",
    "ReasonList",
    "RefusalCode",
    "RefusedFile",
    "RefusedInstructions",
    "SchemaBroken",
    "SealedFile",
    "UnknownFormat",
    "Violation",
    "account_problem",
    "account_problems",
    "action_for",
    "adapter_for",
    "bank_text",
    "bank_texts",
    "chain_findings",
    "check_instructions",
    "end_to_end_id",
    "end_to_end_ids",
    "file_name",
    "formats",
    "inspect",
    "instruction_text",
    "load_answer",
    "load_profile",
    "manifest_entry",
    "message_id",
    "plan_files",
    "plugged",
    "profile_codes",
    "read",
    "reason_for",
    "reasons",
    "takes_short_references",
    "uetr_from",
    "uetrs_from",
    "verify_file",
    "write_file",
]
