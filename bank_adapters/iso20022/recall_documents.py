"""What a recall or reversal says, as nested values from which pyiso20022's objects are made."""

from __future__ import annotations

from datetime import UTC
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from xsdata.models.datatype import XmlDateTime

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bank_adapters.profiles.model import BankProfile

__all__ = ["CANCEL_AT_BANK", "CANCEL_BETWEEN_BANKS", "DOCUMENTS", "REVERSE", "Recalled"]

CANCEL_AT_BANK: Final = "camt.055.001.08"
CANCEL_BETWEEN_BANKS: Final = "camt.056.001.08"
REVERSE: Final = "pain.007.001.10"


class Recalled(NamedTuple):
    """One payment to be asked back, by the references it was sent with.

    ``reason`` is of ExternalCancellationReason1Code or ExternalReversalReason1Code: DUPL, CUST,
    FRAD, TECH…
    """

    message_id: str
    payment_information_id: str
    instruction_id_text: str
    end_to_end_id: str
    uetr: str | None
    amount_minor: int
    reason: str


def _camt055(
    items: Sequence[Recalled], profile: BankProfile, message_id: str, at: datetime
) -> dict[str, Any]:
    groups = [
        {
            "orgnl_pmt_inf_id": group,
            "orgnl_grp_inf": {"orgnl_msg_id": order, "orgnl_msg_nm_id": profile.format},
            "tx_inf": [
                _named(item, "cxl") | {"orgnl_instd_amt": _amount(item, profile)}
                for item in items
                if (item.message_id, item.payment_information_id) == (order, group)
            ],
        }
        for order, group in dict.fromkeys((i.message_id, i.payment_information_id) for i in items)
    ]
    return {
        "cstmr_pmt_cxl_req": _assigned(items, profile, message_id, at)
        | {"undrlyg": {"orgnl_pmt_inf_and_cxl": groups}}
    }


def _camt056(
    items: Sequence[Recalled], profile: BankProfile, message_id: str, at: datetime
) -> dict[str, Any]:
    transactions = [
        _named(item, "cxl")
        | {
            "orgnl_grp_inf": {"orgnl_msg_id": item.message_id, "orgnl_msg_nm_id": profile.format},
            "orgnl_intr_bk_sttlm_amt": _amount(item, profile),
        }
        for item in items
    ]
    return {
        "fito_fipmt_cxl_req": _assigned(items, profile, message_id, at)
        | {"undrlyg": {"tx_inf": transactions}}
    }


def _pain007(
    items: Sequence[Recalled], profile: BankProfile, message_id: str, at: datetime
) -> dict[str, Any]:
    groups = [
        {
            "rvsl_pmt_inf_id": f"{message_id}-{number}",
            "orgnl_pmt_inf_id": group,
            "tx_inf": [
                _named(item, "rvsl")
                | {
                    "orgnl_instd_amt": _amount(item, profile),
                    "rvsd_instd_amt": _amount(item, profile),
                }
                for item in items
                if item.payment_information_id == group
            ],
        }
        for number, group in enumerate(dict.fromkeys(i.payment_information_id for i in items), 1)
    ]
    return {
        "cstmr_pmt_rvsl": {
            "grp_hdr": {
                "msg_id": message_id,
                "cre_dt_tm": _instant(at),
                **_totals(items, profile),
                "initg_pty": {"nm": profile.debtor.name},
            },
            "orgnl_grp_inf": {
                "orgnl_msg_id": items[0].message_id,
                "orgnl_msg_nm_id": profile.format,
            },
            "orgnl_pmt_inf_and_rvsl": groups,
        }
    }


DOCUMENTS: Final = {CANCEL_AT_BANK: _camt055, CANCEL_BETWEEN_BANKS: _camt056, REVERSE: _pain007}


def _assigned(
    items: Sequence[Recalled], profile: BankProfile, message_id: str, at: datetime
) -> dict[str, Any]:
    debtor = profile.debtor
    bank = (
        {"bicfi": debtor.agent}
        if debtor.agent_scheme == "BICFI"
        else {"clr_sys_mmb_id": {"clr_sys_id": {"cd": debtor.agent_scheme}, "mmb_id": debtor.agent}}
    )
    return {
        "assgnmt": {
            "id": message_id,
            "assgnr": {"pty": {"nm": debtor.name}},
            "assgne": {"agt": {"fin_instn_id": bank}},
            "cre_dt_tm": _instant(at),
        },
        "ctrl_data": _totals(items, profile),
    }


def _named(item: Recalled, prefix: str) -> dict[str, Any]:
    return {
        f"{prefix}_id": item.instruction_id_text,
        "orgnl_instr_id": item.instruction_id_text,
        "orgnl_end_to_end_id": item.end_to_end_id,
        "orgnl_uetr": item.uetr,
        f"{prefix}_rsn_inf": {"rsn": {"cd": item.reason}},
    }


def _totals(items: Sequence[Recalled], profile: BankProfile) -> dict[str, Any]:
    total = sum(item.amount_minor for item in items)
    return {
        "nb_of_txs": str(len(items)),
        "ctrl_sum": Decimal(total).scaleb(-profile.exponent),
    }


def _amount(item: Recalled, profile: BankProfile) -> dict[str, Any]:
    value = Decimal(item.amount_minor).scaleb(-profile.exponent)
    return {"value": value, "ccy": profile.currency}


def _instant(at: datetime) -> XmlDateTime:
    return XmlDateTime.from_datetime(at.astimezone(UTC).replace(microsecond=0))
