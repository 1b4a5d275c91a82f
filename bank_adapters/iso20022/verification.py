"""Asking a bank whether accounts exist and whose they are, before the first payment: acmt.023.

pyiso20022 has no acmt, so the message is built element by element. Where a bank offers no
acmt.023, ``penny_drops`` makes payments of the smallest sum for any format: the bank's answer says
whether the account can be credited, and some say in whose name.
"""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
from lxml import etree

from bank_adapters.control import no_hit, sealing
from bank_adapters.facets import columns_of
from bank_adapters.model import INSTRUCTION_SCHEMA, SealedFile
from bank_adapters.writing import SchemaBroken

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from bank_adapters.profiles.model import BankProfile

__all__ = ["ACMT", "penny_drops", "write_verification"]

ACMT: Final = "acmt.023.001.02"
_NAMESPACE: Final = f"urn:iso:std:iso:20022:tech:xsd:{ACMT}"
_BICS: Final = "BICFI"


def penny_drops(accounts: pa.Table, profile: BankProfile, *, amount_minor: int = 100) -> pa.Table:
    """Return payments of a small sum, one to each account, for ``write_file`` of any format.

    ``accounts`` has the columns of an instruction but amount and currency; its references are the
    verification's own, so that an answer is never taken for a benefit's.
    """
    count = accounts.num_rows
    amounts = {
        "amount_minor": pa.repeat(amount_minor, count),
        "currency": pa.repeat(profile.currency, count),
    }
    columns = {name: accounts[name] for name in accounts.column_names} | amounts
    filled = {
        field.name: columns.get(field.name, pa.nulls(count, field.type))
        for field in INSTRUCTION_SCHEMA
    }
    return pa.Table.from_batches([columns_of(pa.table(filled))])


def write_verification(
    accounts: pa.Table,
    profile: BankProfile,
    folder: Path,
    *,
    message_id: str,
    created_at: datetime,
    hit: Callable[[str], None] = no_hit,
) -> SealedFile:
    """Write and seal one acmt.023 that asks about each account, with the name we hold for it.

    ``accounts``: columns end_to_end_id (comes back as the verification's id), creditor_name,
    account, account_kind, agent, agent_scheme. Raises ValueError for none.
    """
    if not accounts.num_rows:
        raise ValueError("a verification asks about one account at least.")
    content = etree.tostring(
        _document(accounts, profile, message_id, created_at),
        xml_declaration=True,
        encoding="UTF-8",
    )
    name = f"{message_id}.xml"

    def check(path: Path) -> None:
        found = etree.parse(str(path)).getroot().findall("{*}IdVrfctnReq/{*}Vrfctn/{*}Id")
        if [node.text for node in found] != accounts["end_to_end_id"].to_pylist():
            raise SchemaBroken(f"{name}: read back, the verification names other accounts.")

    with sealing(folder, name, check=check, hit=hit) as file:
        file.write(content)
    return SealedFile(
        name=name,
        path=folder / name,
        count=accounts.num_rows,
        total_minor=0,
        currency=profile.currency,
        sha256=file.hexdigest(),
        bytes=file.size,
        message_id=message_id,
        schema=ACMT,
    )


def _document(
    accounts: pa.Table, profile: BankProfile, message_id: str, created_at: datetime
) -> etree._Element:
    without_prefix: Any = {None: _NAMESPACE}
    root = etree.Element(f"{{{_NAMESPACE}}}Document", nsmap=without_prefix)
    request = _under(root, "IdVrfctnReq")
    assignment = _under(request, "Assgnmt")
    _under(assignment, "MsgId", message_id)
    _under(assignment, "CreDtTm", f"{created_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}")
    _under(_under(_under(assignment, "Assgnr"), "Pty"), "Nm", profile.debtor.name)
    _agent(_under(assignment, "Assgne"), profile.debtor.agent, profile.debtor.agent_scheme)
    for row in accounts.to_pylist():
        asked = _under(request, "Vrfctn")
        _under(asked, "Id", row["end_to_end_id"])
        whose = _under(asked, "PtyAndAcctId")
        _under(_under(whose, "Pty"), "Nm", row["creditor_name"])
        account = _under(whose, "Acct")
        if row["account_kind"] == "IBAN":
            _under(account, "IBAN", row["account"])
        else:
            _under(_under(account, "Othr"), "Id", row["account"])
        if row["agent"]:
            _agent(whose, row["agent"], row["agent_scheme"])
    return root


def _under(parent: etree._Element, name: str, text: str | None = None) -> etree._Element:
    child = etree.SubElement(parent, f"{{{_NAMESPACE}}}{name}")
    child.text = text
    return child


def _agent(parent: etree._Element, agent: str, scheme: str) -> None:
    bank = _under(_under(parent, "Agt"), "FinInstnId")
    if scheme == _BICS:
        _under(bank, "BICFI", agent)
        return
    member = _under(bank, "ClrSysMmbId")
    _under(_under(member, "ClrSysId"), "Cd", scheme)
    _under(member, "MmbId", agent)
