"""What one bank agreed with us: format, debtor, limits, characters, times, kinds of account.

Data only. The profiles shipped here are examples without real banks; an installation loads its own
from a mapping of the same keys.
"""

from bank_adapters.profiles.loading import load_profile, profile_codes
from bank_adapters.profiles.model import BankProfile, Debtor, Limits, OwnReason, PayTimes

__all__ = [
    "BankProfile",
    "Debtor",
    "Limits",
    "OwnReason",
    "PayTimes",
    "load_profile",
    "profile_codes",
]
