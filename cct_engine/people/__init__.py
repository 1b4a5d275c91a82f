"""Officers, what they may do, and the chained record of what they did.

``acts`` records and verifies; ``authorise`` decides from one table of permissions; ``officers``
adds people and grants roles; ``passwords`` and ``sessions`` say who is signed in, ``tokens`` which
program acts for whom; ``subjects`` and ``attempts`` keep who signs in by an OpenID provider;
``accountable`` is one transaction for one recorded act. Nothing here knows what a cycle or a
household is: callers name subjects as text.
"""

from cct_engine.people import acts, attempts, officers, passwords, sessions, subjects, tokens
from cct_engine.people.accountable import Deed, accountable, record_refusal
from cct_engine.people.grants import Grant
from cct_engine.people.passwords import WrongPassword
from cct_engine.people.permissions import (
    ENGINE,
    OFFICE,
    Permission,
    Refused,
    Role,
    authorise,
    who_may,
)
from cct_engine.people.sessions import Session

__all__ = [
    "ENGINE",
    "OFFICE",
    "Deed",
    "Grant",
    "Permission",
    "Refused",
    "Role",
    "Session",
    "WrongPassword",
    "accountable",
    "acts",
    "attempts",
    "authorise",
    "officers",
    "passwords",
    "record_refusal",
    "sessions",
    "subjects",
    "tokens",
    "who_may",
]
