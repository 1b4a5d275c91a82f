"""Asking for payments back: camt.055 and camt.056 to cancel them, pain.007 to reverse them.

A recall names each payment by the references of its order; the bank answers with camt.029. Recalls
are few, so they are built whole from pyiso20022's objects. A recalled payment stays what it is in
the books until the bank has answered.
"""

from __future__ import annotations

from datetime import UTC
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from lxml import etree
from xsdata.models.datatype import XmlDateTime

from bank_adapters.control import no_hit, sealing
from bank_adapters.iso20022.objects import rendered
from bank_adapters.model import SealedFile
from bank_adapters.writing import SchemaBroken

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from pathlib import Path

    from bank_adapters.profiles.model import BankProfile

__all__ = ["CANCEL_AT_BANK", "CANCEL_BETWEEN_BANKS", "REVERSE", "Recalled", "write_recall"]

CANCEL_AT_BANK: Final = "camt.055.001.08"
CANCEL_BETWEEN_BANKS: Final = "camt.056.001.08"
REVERSE: Final = "pain.007.001.10"
_ORDER: Final = "pain.001.001.09"
_ITEMS_MAX: Final = 10_000
_MessageKind = Literal["camt.055.001.08", "camt.056.001.08", "pain.007.001.10"]


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


def write_recall(
    items: Sequence[Recalled],
    profile: BankProfile,
    folder: Path,
    *,
    kind: _MessageKind,
    message_id: str,
    created_at: datetime,
    hit: Callable[[str], None] = no_hit,
) -> SealedFile:
    """Write and seal one recall; the same items, id and time give the same bytes.

    Raises ValueError for no items, too many, or payments of several orders in a pain.007 (which
    names one order); SchemaBroken and FileConflict as ``write_file``.
    """
    _assert_one_message(items, kind)
    document = _DOCUMENTS[kind](items, profile, message_id, created_at)
    content = rendered(kind, document).encode()
    name = f"{message_id}.xml"

    def check(path: Path) -> None:
        _assert_recounted(path, items, profile)

    with sealing(folder, name, check=check, hit=hit) as file:
        file.write(content)
    return SealedFile(
        name=name,
        path=folder / name,
        count=len(items),
        total_minor=sum(item.amount_minor for item in items),
        currency=profile.currency,
        sha256=file.hexdigest(),
        bytes=file.size,
        message_id=message_id,
        schema=kind,
    )


def _assert_one_message(items: Sequence[Recalled], kind: str) -> None:
    if not 1 <= len(items) <= _ITEMS_MAX:
        raise ValueError(f"a recall asks for 1 to {_ITEMS_MAX} payments, not {len(items)}.")
    if len({item.instruction_id_text for item in items}) != len(items):
        raise ValueError("a recall asks for each payment once.")
    if kind == REVERSE and len({item.message_id for item in items}) > 1:
        raise ValueError("a pain.007 reverses payments of one order; write one for each order.")


def _camt055(
    items: Sequence[Recalled], profile: BankProfile, message_id: str, at: datetime
) -> dict[str, Any]:
    groups = [
        {
            "orgnl_pmt_inf_id": group,
            "orgnl_grp_inf": {"orgnl_msg_id": order, "orgnl_msg_nm_id": _ORDER},
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
            "orgnl_grp_inf": {"orgnl_msg_id": item.message_id, "orgnl_msg_nm_id": _ORDER},
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
            "orgnl_grp_inf": {"orgnl_msg_id": items[0].message_id, "orgnl_msg_nm_id": _ORDER},
            "orgnl_pmt_inf_and_rvsl": groups,
        }
    }


_DOCUMENTS: Final = {CANCEL_AT_BANK: _camt055, CANCEL_BETWEEN_BANKS: _camt056, REVERSE: _pain007}


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


def _assert_recounted(path: Path, items: Sequence[Recalled], profile: BankProfile) -> None:
    """Read the file again: every payment once, with its amount, under its references."""
    root = etree.parse(str(path)).getroot()
    names = {"orgnl": "OrgnlInstdAmt", "between": "OrgnlIntrBkSttlmAmt"}
    found = []
    for node in root.iter("{*}TxInf"):
        amount = next(
            text for name in names.values() if (text := node.findtext(f"{{*}}{name}")) is not None
        )
        found.append((node.findtext("{*}OrgnlInstrId"), Decimal(amount)))
    wanted = [
        (item.instruction_id_text, Decimal(item.amount_minor).scaleb(-profile.exponent))
        for item in items
    ]
    if sorted(found, key=str) != sorted(wanted, key=str):
        raise SchemaBroken(
            f"{path.name}: read back, the recall does not name the payments it was written for. "
            "Nothing was sealed; report this as a defect."
        )
