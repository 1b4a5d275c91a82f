"""Officers, what they may do, and the chained record of what they did.

``acts`` records and verifies; ``authorise`` decides from one table of permissions; ``officers``
adds people and grants roles; ``accountable`` is one transaction for one recorded act. Nothing here
knows what a cycle or a household is: callers name subjects as text.
"""

from cct_engine.people import acts, officers
from cct_engine.people.accountable import Deed, accountable, record_refusal
from cct_engine.people.permissions import (
    ENGINE,
    OFFICE,
    Permission,
    Refused,
    Role,
    authorise,
    who_may,
)

__all__ = [
    "ENGINE",
    "OFFICE",
    "Deed",
    "Permission",
    "Refused",
    "Role",
    "accountable",
    "acts",
    "authorise",
    "officers",
    "record_refusal",
    "who_may",
]
