"""What the engine says of an act that was done, said again in the reader's language.

The engine's sentences are English and stay so in its records and on the command line. Here each is
known by its form; one that is not known is shown as it is, marked as English.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Final

from cct_engine.console.words.refused import REFUSED

__all__ = ["NAMED", "SAID", "form_of"]

SAID: Final = (
    "%(cycle)s is open.",
    "%(cycle)s is %(state)s already.",
    "%(cycle)s is %(state)s already; '%(verb)s' had nothing to do.",
    (
        "%(cycle)s is frozen: %(n)s households as of %(day)s. What comes in later belongs to a "
        "later cycle."
    ),
    "%(cycle)s is calculated: %(n)s families, %(paid)s of them to be paid now.",
    (
        "%(cycle)s is checked: %(b)s findings block, %(h)s families are held for review, %(r)s are "
        "released from it."
    ),
    "%(cycle)s is as calculated again; check it.",
    (
        "%(cycle)s is submitted: %(n)s families to be paid. It waits for a checker; the list "
        "stands still until then."
    ),
    "%(cycle)s is back with its maker. Nothing was posted.",
    "%(cycle)s is approved and posted. The money is not released yet.",
    (
        "%(cycle)s is approved and posted. The money is not released yet. Its sum needs %(n)s "
        "signatures: another checker signs next."
    ),
    "Signed, %(i)s of %(n)s. Another checker signs next.",
    "Signed, %(i)s of %(n)s. The money can be released.",
    ("%(cycle)s is released: %(n)s payments, %(sum)s, in %(files)s file(s) are with the bank."),
    "They pay on %(n)s days, %(first)s to %(last)s.",
    "%(n)s file(s) wait: send them with cct bank send.",
    "%(n)s families without a usable account wait for the next one.",
    "%(n)s families wait: their payee is said to have died. Look into it.",
    "%(cycle)s is closed: every sum ties. The report is %(file)s.",
    "Finding %(n)s waits for a second officer to confirm the override.",
    "Finding %(n)s is overridden; it stands on the approval sheet.",
    (
        "%(n)s file(s) of the bank taken in, %(q)s of them quarantined; %(p)s payments moved on, "
        "%(s)s lines wait for an explanation."
    ),
    "%(n)s changed accounts are confirmed. They are used from next month on.",
    "Proposed. A second officer confirms it; nothing is booked until then.",
    "Confirmed and booked. The line is closed.",
    "Refused. The line is open again; nothing was booked.",
    "Over %(n)s families of %(cycle)s: %(gaining)s would gain, %(losing)s would lose.",
    (
        "The cycle would cost %(change)s more: %(after)s instead of %(before)s. Nothing was "
        "booked, and nobody is paid by it."
    ),
    (
        "The cycle would cost %(change)s less: %(after)s instead of %(before)s. Nothing was "
        "booked, and nobody is paid by it."
    ),
    ("The cycle would cost the same: %(after)s. Nothing was booked, and nobody is paid by it."),
    "%(n)s of %(all)s scenarios hold.",
    (
        "Messages to %(n)s of %(all)s families of %(cycle)s are written. Hand the files to the "
        "gateway."
    ),
)
"""The forms of the engine's sentences, as the catalogues know them."""

NAMED: Final = (
    "correct: %(event)s",
    "Held for review: %(what)s",
    "Paid now; it was held before: %(what)s",
    "Paid now; before: %(what)s",
    "By the %(ladder)s conditions, step '%(step)s'",
    "payments are %(state)s, without an answer that ends them:",
    "The bank account of fund %(fund)s is what the bank says",
    " in %(programme)s",
    "%(n)s other officers can.",
    "The next step is '%(verb)s'.",
)
"""The forms of names and reasons that stand in lists, or within another sentence."""

_PLACE: Final = re.compile(r"%\\\(([a-z]+)\\\)s")
"""What is filled in, as it stands in an escaped form."""

_MAY_BE_NOTHING: Final = {"not", "where"}


@cache
def _forms() -> list[tuple[str, re.Pattern[str]]]:
    """Return every form with its pattern, those that say more first."""
    forms = sorted((*SAID, *NAMED, *REFUSED), key=lambda form: -len(re.sub(r"%\(\w+\)s", "", form)))
    return [(form, re.compile(_PLACE.sub(_group, re.escape(form)))) for form in forms]


def _group(found: re.Match[str]) -> str:
    name = found.group(1)
    return f"(?P<{name}>.{'*' if name in _MAY_BE_NOTHING else '+'}?)"


@lru_cache(maxsize=4096)
def form_of(sentence: str) -> tuple[str, dict[str, str]] | None:
    """Return the form of a sentence and what fills it; None for a sentence that is not known.

    >>> form_of("Finding 7 is overridden; it stands on the approval sheet.")
    ('Finding %(n)s is overridden; it stands on the approval sheet.', {'n': '7'})
    """
    for form, pattern in _forms():
        if found := pattern.fullmatch(sentence):
            return form, found.groupdict()
    return None
