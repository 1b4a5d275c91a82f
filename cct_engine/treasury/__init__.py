"""What officers do on the books by hand: vouchers of two persons, fiscal periods, published heads.

The cycle posts entitlements and payments, reconciliation posts what the bank says. What is left is
an officer's: warrants and allotments, money received, overpayments and how they end, surrender to
the Treasury, the lapse at year end, a correction. Each is one voucher, prepared by one officer and
confirmed by another. Knows no banks and no law.
"""

from cct_engine.treasury.acts import ACTS, Act
from cct_engine.treasury.heads import head_waits, keys_of, publish_head, rotate_key
from cct_engine.treasury.periods import close_period, open_period
from cct_engine.treasury.vouchers import (
    Proposal,
    TreasuryError,
    Voucher,
    confirm,
    currency_of,
    propose,
    vouchers,
    withdraw,
)

__all__ = [
    "ACTS",
    "Act",
    "Proposal",
    "TreasuryError",
    "Voucher",
    "close_period",
    "confirm",
    "currency_of",
    "head_waits",
    "keys_of",
    "open_period",
    "propose",
    "publish_head",
    "rotate_key",
    "vouchers",
    "withdraw",
]
