"""Reconciliation: what was sent to the bank, what came back, and whether it all adds up.

Files to the bank are allocated, sealed and delivered once; its messages are received once, matched
in sets, and booked in the ledger; what matches nothing is an open item with an owner and an age;
failed payments are told apart by what to do about them; a cycle's proof says whether it may close.

This package knows the ledger and the bank adapters by their doors, and of the engine's cycle only
what was instructed. It must not know how an amount was calculated.
"""

from reconciliation.apply import Outcome, reconcile
from reconciliation.day import Day, day
from reconciliation.delivery import DeliveryOutcome, begin_delivery, end_delivery
from reconciliation.errors import (
    FileConflict,
    FileState,
    ReconciliationError,
    ResolutionRefused,
)
from reconciliation.files import (
    AllocatedFile,
    FileOrder,
    allocate,
    refer_shortly,
    register,
)
from reconciliation.identities import bank_account, funds
from reconciliation.inbox import InboxFile, accept, receive
from reconciliation.lapse import Idle, idle, lapse, left_behind
from reconciliation.manifest import FileFinding, verify
from reconciliation.notices import PayeeNotice, payee_notices
from reconciliation.proof import Blocker, Identity, Proof, own_proof, proof, with_funds
from reconciliation.reissue import ATTEMPTS_MAX, failed, reissuable
from reconciliation.suspense import RESOLUTIONS, OpenItem, confirm, open_items, propose, reject

__all__ = [
    "ATTEMPTS_MAX",
    "RESOLUTIONS",
    "AllocatedFile",
    "Blocker",
    "Day",
    "DeliveryOutcome",
    "FileConflict",
    "FileFinding",
    "FileOrder",
    "FileState",
    "Identity",
    "Idle",
    "InboxFile",
    "OpenItem",
    "Outcome",
    "PayeeNotice",
    "Proof",
    "ReconciliationError",
    "ResolutionRefused",
    "accept",
    "allocate",
    "bank_account",
    "begin_delivery",
    "confirm",
    "day",
    "end_delivery",
    "failed",
    "funds",
    "idle",
    "lapse",
    "left_behind",
    "open_items",
    "own_proof",
    "payee_notices",
    "proof",
    "propose",
    "receive",
    "reconcile",
    "refer_shortly",
    "register",
    "reissuable",
    "reject",
    "verify",
    "with_funds",
]
