"""A pain.001 built from pyiso20022's own objects: the structure every template is cut from.

``instruction_object`` also serves the property test that proves the template's output equal to
what pyiso20022 and xsdata write themselves.
"""

from __future__ import annotations

from datetime import UTC
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from xsdata.models.datatype import XmlDate, XmlDateTime

from bank_adapters.iso20022.objects import built, element_class, rendered

if TYPE_CHECKING:
    from bank_adapters.model import Expected, FileContext, Instruction
    from bank_adapters.profiles.model import BankProfile

__all__ = ["document_text", "instruction_object"]

_NOT_PROVIDED = "NOTPROVIDED"
_AGENT_FIELD = {"pain.001.001.03": "bic"}  # later versions: bicfi


def document_text(context: FileContext, expected: Expected, transfers: list[Any]) -> str:
    """Return a whole pain.001 as xsdata writes it, without prefixes."""
    message = {
        "grp_hdr": _group_header(context, expected),
        "pmt_inf": _payment_information(context, expected, transfers),
    }
    return rendered(context.profile.format, {"cstmr_cdt_trf_initn": message})


def _group_header(context: FileContext, expected: Expected) -> dict[str, Any]:
    created = context.created_at.astimezone(UTC).replace(microsecond=0)
    return {
        "msg_id": context.message_id,
        "cre_dt_tm": XmlDateTime.from_datetime(created),
        "nb_of_txs": str(expected.count),
        "ctrl_sum": _major(expected.total_minor, context.profile),
        "initg_pty": {"nm": context.profile.debtor.name},
    }


def _payment_information(
    context: FileContext, expected: Expected, transfers: list[Any]
) -> dict[str, Any]:
    profile = context.profile
    debtor = profile.debtor
    return {
        "pmt_inf_id": f"{context.message_id}-1",
        "pmt_mtd": "TRF",
        "btch_bookg": profile.batch_booking,
        "nb_of_txs": str(expected.count),
        "ctrl_sum": _major(expected.total_minor, profile),
        "pmt_tp_inf": _payment_type(profile),
        "reqd_exctn_dt": {"dt": XmlDate.from_date(context.execution_on)},
        "dbtr": {"nm": debtor.name, "pstl_adr": {"ctry": debtor.country}},
        "dbtr_acct": {
            "id": _account(debtor.account, debtor.account_kind),
            "ccy": profile.currency,
        },
        "dbtr_agt": _agent(debtor.agent, debtor.agent_scheme, profile),
        "chrg_br": profile.charge_bearer,
        "cdt_trf_tx_inf": transfers,
    }


def _payment_type(profile: BankProfile) -> dict[str, Any] | None:
    if profile.service_level is None and profile.category_purpose is None:
        return None
    level, purpose = profile.service_level, profile.category_purpose
    return {
        "svc_lvl": {"cd": level} if level else None,
        "ctgy_purp": {"cd": purpose} if purpose else None,
    }


def instruction_object(instruction: Instruction, profile: BankProfile) -> Any:
    """Return one payment as pyiso20022's object, in the version of the profile."""
    row = instruction
    kind = element_class(profile.format, "cstmr_cdt_trf_initn", "pmt_inf", "cdt_trf_tx_inf")
    place = {"twn_nm": row.town, "ctry": row.country}
    account: dict[str, Any] = (
        {"id": _account(_NOT_PROVIDED, "OTHER"), "prxy": {"id": row.account}}
        if row.account_kind == "PIX"
        else {"id": _account(row.account, row.account_kind)}
    )
    agent = row.agent and row.agent_scheme and _agent(row.agent, row.agent_scheme, profile)
    return built(
        kind,
        {
            "pmt_id": {
                "instr_id": row.instruction_id_text,
                "end_to_end_id": row.end_to_end_id,
                "uetr": row.uetr,
            },
            "amt": {"instd_amt": {"value": _major(row.amount_minor, profile), "ccy": row.currency}},
            "cdtr_agt": agent or None,
            "cdtr": {
                "nm": row.creditor_name,
                "pstl_adr": place if row.town or row.country else None,
            },
            "cdtr_acct": account,
            "purp": {"cd": row.purpose} if row.purpose else None,
            "rmt_inf": {"ustrd": row.remittance} if row.remittance else None,
        },
    )


def _account(value: str, kind: str) -> dict[str, Any]:
    return {"iban": value} if kind == "IBAN" else {"othr": {"id": value}}


def _agent(value: str, scheme: str, profile: BankProfile) -> dict[str, Any]:
    if scheme == "BICFI":
        return {"fin_instn_id": {_AGENT_FIELD.get(profile.format, "bicfi"): value}}
    member = {"clr_sys_id": {"cd": scheme}, "mmb_id": value}
    return {"fin_instn_id": {"clr_sys_mmb_id": member}}


def _major(amount_minor: int, profile: BankProfile) -> Decimal:
    return Decimal(amount_minor).scaleb(-profile.exponent)
