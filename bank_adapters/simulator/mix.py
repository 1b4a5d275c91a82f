"""How often a simulated bank fails, and why.

The shares are those of mature programmes (1-3 % returns) and of the worst audited ones (16.5 % of
transactions: Comptroller and Auditor General of India, Haryana 2017-20). The reasons follow the
return codes of NPCI circular 274 (8 March 2018), translated into the external code lists of
ISO 20022. The two lists are different dictionaries: a code of a rejection (status list) may be
missing among the codes of returns (return list), or mean something else there.

| what happened (NPCI)                  | per cent | returned | rejected | rejected, of these |
|---------------------------------------|----------|----------|----------|--------------------|
| inoperative, dormant (53, 54)         | 35       | AC06     | AC06     | none               |
| not mapped, inactive id (64, 95, 96)  | 25       | BE06     | AC01     | half               |
| account closed (01)                   | 15       | AC04     | AC04     | none               |
| name mismatch (65)                    | 8        | BE01     | BE01     | none               |
| credit limit of a small account (58)  | 7        | AG01     | AG01     | none               |
| know-your-customer pending (51)       | 5        | NOCM     | RR04     | none               |
| holder deceased (60)                  | 2        | MD07     | MD07     | none               |
| technical (59, 73)                    | 3        | ED05     | AB09     | half               |

AB09 does not exist in the return list, NOCM not in the status list. AG01 (not on this kind of
account) says of a small account what the family can act on; AM02 would blame the payer's limits.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, NamedTuple

__all__ = ["REASONS", "FailureMix", "FailureReason"]

HUNDRED_THOUSAND = 100_000


class FailureReason(NamedTuple):
    """One cause of failure: its share of all failures and its codes.

    ``return_code`` is of the list ExternalReturnReason1Code, ``status_code`` of
    ExternalStatusReason1Code; ``rejected_percent`` of the failures are rejected before settlement,
    the others are returned after it.
    """

    name: str
    percent: int
    return_code: str
    status_code: str
    rejected_percent: int


REASONS = (
    FailureReason("dormant", 35, "AC06", "AC06", 0),
    FailureReason("not_mapped", 25, "BE06", "AC01", 50),
    FailureReason("closed", 15, "AC04", "AC04", 0),
    FailureReason("name_mismatch", 8, "BE01", "BE01", 0),
    FailureReason("credit_limit", 7, "AG01", "AG01", 0),
    FailureReason("kyc_pending", 5, "NOCM", "RR04", 0),
    FailureReason("deceased", 2, "MD07", "MD07", 0),
    FailureReason("technical", 3, "ED05", "AB09", 50),
)


@dataclass(frozen=True, slots=True)
class FailureMix:
    """What goes wrong at the bank, in whole numbers.

    Shares named ``…_per_100k`` are of instructions. Incidents named ``…_each`` happen to the
    first order the bank takes for an account and then to each n-th (``twice`` and ``stray`` to
    the second, then each n-th); 0 means never.
    """

    failures_per_100k: int
    failures_again_per_100k: int  # second and later attempts: mostly corrected accounts
    late_percent: int  # of the returns, those that come on a later day
    late_days_max: int
    repeats_per_100k: int  # answer lines written twice, per 100,000 instructions
    cut_each: int  # advice of returns delivered cut; whole on the next day
    twice_each: int  # debit advice delivered twice, under another name
    wrong_amount_each: int  # a return one minor unit short; put right on the next day
    stray_each: int  # a credit nobody knows; taken back two days later
    reasons: tuple[FailureReason, ...] = REASONS

    NORMAL: ClassVar[FailureMix]
    STRESS: ClassVar[FailureMix]
    NONE: ClassVar[FailureMix]

    def __post_init__(self) -> None:
        percent = sum(reason.percent for reason in self.reasons)
        if percent != 100:  # noqa: PLR2004 - per cent
            raise ValueError(
                f"FailureMix: the reasons add up to {percent} per cent. Shares of failures must "
                "add up to 100, or some failures would have no reason."
            )
        for name in ("failures_per_100k", "failures_again_per_100k", "repeats_per_100k"):
            share = getattr(self, name)
            if not 0 <= share <= HUNDRED_THOUSAND:
                raise ValueError(
                    f"FailureMix: {name} is {share}. It counts instructions in 100,000: "
                    "write a number from 0 to 100000."
                )
        if self.late_percent and self.late_days_max < 1:
            raise ValueError("FailureMix: late returns need late_days_max of 1 or more.")

    def reason_at(self, percentile: int) -> FailureReason:
        """Return the reason of a failure drawn as 0 … 99."""
        for reason in self.reasons:
            if percentile < reason.percent:
                return reason
            percentile -= reason.percent
        raise ValueError("FailureMix.reason_at takes a number from 0 to 99.")


FailureMix.NORMAL = FailureMix(
    failures_per_100k=3_000,
    failures_again_per_100k=5_000,
    late_percent=10,
    late_days_max=3,
    repeats_per_100k=50,
    cut_each=50,
    twice_each=100,
    wrong_amount_each=50,
    stray_each=50,
)
FailureMix.STRESS = replace(FailureMix.NORMAL, failures_per_100k=16_000)
FailureMix.NONE = FailureMix(
    failures_per_100k=0,
    failures_again_per_100k=0,
    late_percent=0,
    late_days_max=0,
    repeats_per_100k=0,
    cut_each=0,
    twice_each=0,
    wrong_amount_each=0,
    stray_each=0,
)
