"""What was done, in words: every verb and subject of the record of acts, for pages to translate.

The record itself keeps codes; a verb without words here is shown as it stands.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

__all__ = [
    "ACT_WORDS",
    "RULE_WORDS",
    "STATE_WORDS",
    "STEP_WORDS",
    "SUBJECT_WORDS",
    "Subject",
    "subject_of",
]

ACT_WORDS: Final = {
    "cycle.open": "Opened",
    "cycle.correct": "Earlier months corrected",
    "cycle.freeze": "Registry frozen",
    "cycle.calculate": "Calculated",
    "cycle.check": "Checked",
    "cycle.recheck": "Checked again",
    "cycle.propose override": "Override proposed",
    "cycle.confirm override": "Override confirmed",
    "cycle.submit": "Submitted",
    "cycle.reject": "Returned to the maker",
    "cycle.approve": "Signed",
    "cycle.countersign": "Signed, a further signature",
    "cycle.sign": "Proved who signs",
    "cycle.release": "Sent to the bank",
    "cycle.reconcile": "Bank's answers booked",
    "cycle.close": "Closed",
    "payment.lapse": "Unclaimed money lapsed",
    "appeal.uphold": "Appeal upheld",
    "appeal.annul": "Effects taken back on appeal",
    "take_in": "File taken in",
    "enrolment_applied": "Application kept",
    "enrolment_admitted": "Family admitted",
    "enrolment_refused": "Family refused",
    "enrolment_ended": "Family left the programme",
    "death_reported": "Death reported",
    "death_notified": "Family told of a reported death",
    "death_confirmed": "Death confirmed",
    "death_rebutted": "Reported death rebutted",
    "read_clear_accounts": "Account numbers read for a file",
    "confirm_accounts": "Changed accounts confirmed",
    "household.read": "Family looked at",
    "household.lookup": "Family looked for",
    "notice.choose": "Choice about messages kept",
    "notice.files": "Messages to families written",
    "notice.hand out": "Messages handed out",
    "mailbox.set": "Mail address set",
    "mailbox.remove": "Mail address removed",
    "suspense.take": "Suspense line taken",
    "suspense.propose": "Suspense line explained",
    "suspense.confirm": "Explanation confirmed",
    "suspense.reject": "Explanation refused",
    "voucher.propose": "Voucher proposed",
    "voucher.confirm": "Voucher confirmed",
    "voucher.withdraw": "Voucher withdrawn",
    "period.open": "Period of the books opened",
    "period.close": "Period of the books closed",
    "ledger.key": "Key for the books made",
    "ledger.anchor": "Head of the books signed",
    "audit.run": "Controls run",
    "audit.sample": "Sample drawn",
    "audit.pack": "Audit pack written",
    "officer.add": "Officer added",
    "officer.disable": "Officer shut out",
    "role.grant": "Role granted",
    "role.revoke": "Role ended",
    "role.break_glass": "Role lent in an emergency",
    "tier.set": "Signatures for large sums decided",
    "password.set": "Password set",
    "password.change": "Own password changed",
    "session.open": "Signed in",
    "session.close": "Signed out",
    "session.revoke": "Session ended",
    "account.bind": "Ministry's account bound",
    "account.unbind": "Ministry's account unbound",
    "identity.prove": "Proved who it is",
    "token.grant": "Program let in",
    "token.revoke": "Program shut out",
    "console.read": "Page asked for",
    "console.act": "Form sent",
    "api.read": "Asked for by a program",
}
"""What each verb of the record says, in the past: somebody did it."""

STEP_WORDS: Final = {
    "open": "Open a cycle",
    "correct": "Correct earlier months",
    "freeze": "Freeze the registry",
    "calculate": "Calculate",
    "check": "Check",
    "recheck": "Check again from the beginning",
    "resolve exceptions": "Resolve exceptions that block",
    "propose override": "Propose an override",
    "confirm override": "Confirm an override",
    "submit": "Submit",
    "reject": "Return to the maker",
    "approve": "Approve",
    "countersign": "Sign as a further checker",
    "release": "Send to the bank",
    "reconcile": "Book the bank's answers",
    "book answers": "Book the bank's answers",
    "close": "Prove and close",
    "explain": "Explain bank money in suspense",
    "propose": "Explain a line of suspense",
    "confirm": "Confirm an explanation",
    "refuse": "Refuse an explanation",
    "confirm match": "Confirm a match of a bank line",
    "confirm accounts": "Confirm changed accounts",
    "take in": "Take a file in",
    "run scenarios": "Run the scenarios",
    "try a law": "Try a law",
    "write messages": "Write messages to families",
    "anchor": "Sign the head of the books",
    "tell": "Write to officers",
}
"""What each piece of work says, as something to do."""

STATE_WORDS: Final = {
    "open": "open",
    "opened": "opened",
    "frozen": "registry frozen",
    "calculated": "calculated",
    "checked": "checked",
    "submitted": "submitted",
    "approved": "signed",
    "released": "sent to the bank",
    "closed": "closed",
    "proposed": "proposed",
    "prepared": "prepared",
    "drafted": "drafted",
    "sealed": "in a sealed file",
    "sent": "sent",
    "acknowledged": "received by the bank",
    "accepted": "accepted by the bank",
    "unknown": "not known",
    "not known": "not known",
    "overridden": "overridden",
    "nothing": "nothing",
}
"""The state of a cycle, a finding, an item or a payment, as it stands within a sentence."""

RULE_WORDS: Final = {
    "role": "no role for it",
    "roles": "no role for it",
    "scope": "not theirs",
    "own_work": "own work",
    "state": "not at this step",
    "reason": "no reason given",
    "form_token": "not sent from a page of ours",
    "disabled": "shut out",
    "weak": "password too weak",
    "known": "there already",
    "absent": "not there",
    "mixture": "roles that do not go together",
    "too_much": "more than allowed",
    "unknown": "not known",
    "stranger": "not known",
}
"""Why an act was refused, by the rule that refused it."""

SUBJECT_WORDS: Final = {
    "cycle": "Cycle",
    "household": "Household",
    "officer": "Officer",
    "session": "Session",
    "feed": "Feed",
    "programme": "Programme",
    "fund": "Fund",
    "voucher": "Voucher",
    "period": "Period",
    "suspense": "Suspense line",
    "token": "Program",
    "ledger": "Books",
    "bank": "Bank",
    "accounts": "Accounts",
    "finding": "Exception",
    "death_report": "Report of a death",
    "GET": "Page",
    "POST": "Form",
}
_PARTS: Final = re.compile(r"(\w+)[/: ](.+)")


class Subject(NamedTuple):
    """What an act was about: the word for its kind, which one, and its page if there is one."""

    kind: str
    which: str
    href: str


def subject_of(text: str, logins: dict[int, str]) -> Subject:
    """Read the subject of an act; an officer's number becomes the login.

    >>> subject_of("cycle/bolsa_familia-2026-11", {})
    Subject(kind='Cycle', which='bolsa_familia-2026-11', href='/cycles/bolsa_familia-2026-11')
    >>> subject_of("officer/3", {3: "maker"})
    Subject(kind='Officer', which='maker', href='/people/maker')
    """
    found = _PARTS.fullmatch(text)
    kind, which = found.groups() if found else (text, "")
    if kind == "officer" and which.isascii() and which.isdigit():
        which = logins.get(int(which), which)
    where = {"cycle": "/cycles", "household": "/households", "officer": "/people"}.get(kind)
    where = {"suspense": "/suspense", "programme": "/programmes"}.get(kind, where)
    href = f"{where}/{which}" if where and "/" not in which else ""
    return Subject(SUBJECT_WORDS.get(kind, kind.replace("_", " ")), which, href)
