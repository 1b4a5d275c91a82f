"""Would the bank take these payments? Asked before submission, with the very check the writer has.

A payment the bank refuses can stop a whole file, so what does not pass is held here. Names and
account numbers are read for it, which is an act; what is found names a rule, never a value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa
from psycopg.types.json import Jsonb

from bank_adapters import check_instructions, uetrs_from
from cct_engine import registry
from cct_engine.cycle.bank import bank_columns
from cct_engine.cycle.release.columns import copy_out

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from bank_adapters import BankProfile, Violation
    from cct_engine.cycle.checks.policy import Check

__all__ = ["find_refusals"]

_ROWS: Final = pa.schema(
    [
        ("household_id", pa.int64()),
        ("account_id", pa.int64()),
        ("kind", pa.string()),
        ("agent", pa.string()),
        ("amount_minor", pa.int64()),
    ]
)
_FOUND = sa.text(
    "INSERT INTO found (code, effect, household_id, evidence) "
    "VALUES (:code, :effect, :household_id, :evidence) ON CONFLICT DO NOTHING"
)


def find_refusals(
    connection: sa.Connection,
    checks: Mapping[str, Check],
    bank: BankProfile,
    *,
    officer_id: int,
    at: datetime,
) -> None:
    """Add to ``found`` every family whose account, name or amount the bank would refuse."""
    account = sa.table("looked_account", sa.column("account_id"), sa.column("verified"))
    wanted = sa.select(account.c.account_id).where(account.c.verified)
    clear = registry.clear_accounts(
        connection, wanted, at=at, officer_id=officer_id, purpose_code="check"
    )
    for batch in clear:
        rows, given = _as_given(connection, batch, bank)
        for position, violation in _first(check_instructions(given, bank)):
            check = checks[_code(violation)]
            evidence = {"column": violation.column, "rule": violation.rule}
            connection.execute(
                _FOUND,
                {
                    "code": check.code,
                    "effect": check.effect,
                    "household_id": rows["household_id"][position].as_py(),
                    "evidence": Jsonb(evidence),
                },
            )


def _as_given(
    connection: sa.Connection, clear: pa.RecordBatch, bank: BankProfile
) -> tuple[pa.Table, pa.Table]:
    """Return the families of a batch of accounts, and their payments as the bank would get them."""
    ids = clear.column("account_id")
    rows = copy_out(
        connection,
        f"""
        SELECT f.household_id, a.account_id, a.kind, a.agent, greatest(f.pay_now_minor, 1)
        FROM looked_account a
        JOIN looked_family f ON f.household_id = a.household_id AND f.payee_id = a.person_id
        WHERE a.verified AND a.account_id BETWEEN {ids[0].as_py()} AND {ids[-1].as_py()}
        ORDER BY a.account_id, f.household_id
        """,
        _ROWS,
    )
    found = clear.take(pc.index_in(rows["account_id"].combine_chunks(), ids))
    references = pa.array([f"CHECK-{number}" for number in range(rows.num_rows)], pa.string())
    accounts = {
        "kind": rows["kind"],
        "number": found.column("number"),
        "holder_name": found.column("holder_name"),
        "agent": rows["agent"],
    }
    return rows, bank_columns(
        pa.table(accounts),
        end_to_end_id=references,
        instruction_text=references,
        uetr=uetrs_from(references.to_pylist()),
        amount_minor=rows["amount_minor"],
        short_reference=pa.array(
            [f"{number:013d}" for number in range(rows.num_rows)], pa.string()
        ),
        remittance="check",
        bank=bank,
    )


def _first(violations: tuple[Violation, ...]) -> Iterator[tuple[int, Violation]]:
    seen: set[int] = set()
    for violation in sorted(violations):
        if violation.position not in seen:
            seen.add(violation.position)
            yield violation.position, violation


def _code(violation: Violation) -> str:
    return "AMOUNT_OVER_CEILING" if violation.column == "amount_minor" else "ACCOUNT_MALFORMED"
