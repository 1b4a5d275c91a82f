"""pain.001.001.09 built from pyiso20022's own objects: the structure every template is cut from.

``instruction_object`` also serves the property test that proves the template's output equal to
what pyiso20022 and xsdata write themselves.
"""

from __future__ import annotations

from datetime import UTC
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

import pyiso20022.pain.pain_001_001_09 as p1
from pyiso20022.pain.pain_001_001_09.pain_001_001_09 import __NAMESPACE__ as NAMESPACE
from xsdata.formats.dataclass.serializers import XmlSerializer
from xsdata.formats.dataclass.serializers.writers import XmlEventWriter
from xsdata.models.datatype import XmlDate, XmlDateTime

if TYPE_CHECKING:
    from bank_adapters.model import Expected, FileContext, Instruction
    from bank_adapters.profiles import BankProfile

__all__ = ["NAMESPACE", "document_text", "instruction_object"]

_NOT_PROVIDED = "NOTPROVIDED"
_SCHEMES = {"INFSC": "INFSC", "BRISP": "BRISP", "MX": "MX"}


def document_text(
    context: FileContext, expected: Expected, transfers: list[p1.CreditTransferTransaction34]
) -> str:
    """Return a whole pain.001.001.09 as xsdata writes it, without prefixes."""
    payment = _payment_information(context, expected, transfers)
    message = p1.CustomerCreditTransferInitiationV09(
        grp_hdr=_group_header(context, expected), pmt_inf=[payment]
    )
    document = p1.Document(cstmr_cdt_trf_initn=message)
    return _serializer().render(document, ns_map={None: NAMESPACE})


@cache
def _serializer() -> XmlSerializer:
    """Return the one serialiser: what it learns of the classes takes a tenth of a second."""
    return XmlSerializer(writer=XmlEventWriter)


def _group_header(context: FileContext, expected: Expected) -> p1.GroupHeader85:
    created = context.created_at.astimezone(UTC).replace(microsecond=0)
    return p1.GroupHeader85(
        msg_id=context.message_id,
        cre_dt_tm=XmlDateTime.from_datetime(created),
        nb_of_txs=str(expected.count),
        ctrl_sum=_major(expected.total_minor, context.profile),
        initg_pty=p1.PartyIdentification135(nm=context.profile.debtor.name),
    )


def _payment_information(
    context: FileContext, expected: Expected, transfers: list[p1.CreditTransferTransaction34]
) -> p1.PaymentInstruction30:
    profile = context.profile
    debtor = profile.debtor
    return p1.PaymentInstruction30(
        pmt_inf_id=f"{context.message_id}-1",
        pmt_mtd=p1.PaymentMethod3Code.TRF,
        btch_bookg=profile.batch_booking,
        nb_of_txs=str(expected.count),
        ctrl_sum=_major(expected.total_minor, profile),
        pmt_tp_inf=_payment_type(profile),
        reqd_exctn_dt=p1.DateAndDateTime2Choice(dt=XmlDate.from_date(context.execution_on)),
        dbtr=p1.PartyIdentification135(
            nm=debtor.name, pstl_adr=p1.PostalAddress24(ctry=debtor.country)
        ),
        dbtr_acct=p1.CashAccount38(
            id=_account(debtor.account, debtor.account_kind), ccy=profile.currency
        ),
        dbtr_agt=_agent(debtor.agent, debtor.agent_scheme),
        chrg_br=p1.ChargeBearerType1Code(profile.charge_bearer) if profile.charge_bearer else None,
        cdt_trf_tx_inf=transfers,
    )


def _payment_type(profile: BankProfile) -> p1.PaymentTypeInformation26 | None:
    if profile.service_level is None and profile.category_purpose is None:
        return None
    level, purpose = profile.service_level, profile.category_purpose
    return p1.PaymentTypeInformation26(
        svc_lvl=[p1.ServiceLevel8Choice(cd=level)] if level else [],
        ctgy_purp=p1.CategoryPurpose1Choice(cd=purpose) if purpose else None,
    )


def instruction_object(
    instruction: Instruction, profile: BankProfile
) -> p1.CreditTransferTransaction34:
    """Return one payment as pyiso20022's object."""
    row = instruction
    is_pix = row.account_kind == "PIX"
    account: dict[str, Any] = (
        {
            "id": _account(_NOT_PROVIDED, "OTHER"),
            "prxy": p1.ProxyAccountIdentification1(id=row.account),
        }
        if is_pix
        else {"id": _account(row.account, row.account_kind)}
    )
    address = (
        p1.PostalAddress24(twn_nm=row.town, ctry=row.country) if row.town or row.country else None
    )
    return p1.CreditTransferTransaction34(
        pmt_id=p1.PaymentIdentification6(
            instr_id=row.instruction_id_text, end_to_end_id=row.end_to_end_id, uetr=row.uetr
        ),
        amt=p1.AmountType4Choice(
            instd_amt=p1.ActiveOrHistoricCurrencyAndAmount(
                value=_major(row.amount_minor, profile), ccy=row.currency
            )
        ),
        cdtr_agt=_agent(row.agent, row.agent_scheme) if row.agent and row.agent_scheme else None,
        cdtr=p1.PartyIdentification135(nm=row.creditor_name, pstl_adr=address),
        cdtr_acct=p1.CashAccount38(**account),
        purp=p1.Purpose2Choice(cd=row.purpose) if row.purpose else None,
        rmt_inf=p1.RemittanceInformation16(ustrd=[row.remittance]) if row.remittance else None,
    )


def _account(value: str, kind: str) -> p1.AccountIdentification4Choice:
    if kind == "IBAN":
        return p1.AccountIdentification4Choice(iban=value)
    return p1.AccountIdentification4Choice(othr=p1.GenericAccountIdentification1(id=value))


def _agent(value: str, scheme: str) -> p1.BranchAndFinancialInstitutionIdentification6:
    if scheme == "BICFI":
        bank = p1.FinancialInstitutionIdentification18(bicfi=value)
    else:
        system = p1.ClearingSystemIdentification2Choice(cd=_SCHEMES[scheme])
        member = p1.ClearingSystemMemberIdentification2(clr_sys_id=system, mmb_id=value)
        bank = p1.FinancialInstitutionIdentification18(clr_sys_mmb_id=member)
    return p1.BranchAndFinancialInstitutionIdentification6(fin_instn_id=bank)


def _major(amount_minor: int, profile: BankProfile) -> Decimal:
    return Decimal(amount_minor).scaleb(-profile.exponent)
