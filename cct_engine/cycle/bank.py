"""How a payment looks to the bank: which bank pays for a fund, and the columns it is given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa
from ruamel.yaml import YAML

from bank_adapters import INSTRUCTION_SCHEMA, bank_text, bank_texts, load_profile, profile_codes
from cct_engine.cycle.record import CycleError

if TYPE_CHECKING:
    from pathlib import Path

    from bank_adapters import BankProfile
    from cct_engine.cycle.record import Cycle

__all__ = ["bank_columns", "bank_of", "remittance_of"]

_SHIPPED_FORMAT: Final = "pain.001.001.09"  # a pilot needs no agreement of its own to begin
_AGENT_SCHEMES: Final = {"IFSC_ACCOUNT": "INFSC", "IBAN": "BICFI", "AGENCIA_CONTA": "BRISP"}


def bank_of(connection: sa.Connection, cycle: Cycle, home: Path) -> BankProfile:
    """Return the bank that pays for the cycle's fund, with the fund's own account to be debited.

    An installation keeps its agreement under ``<home>/bank/profiles/<fund>.yaml``; without one, the
    shipped example of the currency serves. Raises CycleError when there is neither.
    """
    fund = connection.execute(
        sa.text("SELECT code, debtor_account FROM registry.fund WHERE fund_id = :fund_id"),
        {"fund_id": cycle.fund_id},
    ).one()
    own = home / "bank" / "profiles" / f"{fund.code}.yaml"
    if own.is_file():
        return load_profile(YAML(typ="safe").load(own.read_text("utf-8")))
    for code in profile_codes():
        shipped = load_profile(code)
        if shipped.currency == cycle.currency and shipped.format == _SHIPPED_FORMAT:
            debtor = shipped.debtor.model_copy(update={"account": fund.debtor_account})
            return shipped.model_copy(update={"debtor": debtor})
    raise CycleError(
        f"No bank is agreed for fund {fund.code} in {cycle.currency}. Put what was agreed with it "
        f"into {own}."
    )


def remittance_of(title: str, cycle: Cycle) -> str:
    """Return what the family reads on its statement: the programme and the month."""
    return f"{bank_text(title)} {cycle.period:%Y-%m}"


def bank_columns(
    clear: pa.Table,
    *,
    end_to_end_id: pa.Array,
    instruction_text: pa.Array,
    uetr: pa.Array,
    amount_minor: pa.Array,
    short_reference: pa.Array,
    remittance: str,
    bank: BankProfile,
) -> pa.Table:
    """Return payments as the bank is given them; row by row with ``clear``.

    ``clear`` has kind, number, holder_name and agent of each payment's account.
    """
    count = clear.num_rows
    kind = clear["kind"].combine_chunks()
    agent = clear["agent"].combine_chunks()
    agent = pc.if_else(pc.equal(agent, ""), pa.scalar(None, pa.string()), agent)
    scheme = pa.array([_AGENT_SCHEMES.get(one) for one in _AGENT_SCHEMES], pa.string())
    place = pc.index_in(kind, pa.array(list(_AGENT_SCHEMES), pa.string()))
    known = scheme.take(pc.fill_null(place, 0))
    has_scheme = pc.and_(pc.is_valid(place), pc.is_valid(agent))
    columns = {
        "end_to_end_id": end_to_end_id,
        "instruction_id_text": instruction_text,
        "uetr": uetr,
        "amount_minor": amount_minor,
        "currency": pa.repeat(bank.currency, count),
        "creditor_name": bank_texts(
            clear["holder_name"], length_max=bank.name_length_max, own=bank.transliteration
        ).texts,
        "account": clear["number"],
        "account_kind": kind,
        "agent": pc.if_else(has_scheme, agent, pa.scalar(None, pa.string())),
        "agent_scheme": pc.if_else(has_scheme, known, pa.scalar(None, pa.string())),
        "town": pa.nulls(count, pa.string()),
        "country": pa.nulls(count, pa.string()),
        "purpose": pa.nulls(count, pa.string()),
        "remittance": pa.repeat(remittance[: bank.remittance_length_max], count),
        "short_reference": short_reference,
    }
    return pa.table(columns).cast(INSTRUCTION_SCHEMA)
