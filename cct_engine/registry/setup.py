"""What must be there before the first feed: departments, programmes, funds, sources.

Every function gives the id of the thing with that code and makes it if it is missing. Asked again
with other values it refuses: a code keeps its meaning.
"""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING

import sqlalchemy as sa

from cct_engine.registry.intake.declaration import parse_declaration
from cct_engine.registry.intake.writer import next_id, stand_still

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

__all__ = ["department", "fund", "packaged_sources", "programme", "source"]


def source(connection: sa.Connection, *, code: str, organisation: str, system: str = "") -> int:
    """Return the id of a source of rows: an organisation and the system it sends from."""
    return _with_code(
        connection,
        "source",
        {"code": code, "organisation": organisation, "system": system},
        ("organisation", "system"),
    )


def department(connection: sa.Connection, *, code: str, title: str) -> int:
    """Return the id of a department."""
    return _with_code(connection, "department", {"code": code, "title": title}, ("title",))


def programme(
    connection: sa.Connection,
    *,
    code: str,
    title: str,
    department: str,
    kind: str = "own",
    unit: str = "household",
    currency: str | None = None,
    time_zone: str = "UTC",
) -> int:
    """Return the id of a programme; ``kind`` is own or external, ``department`` a code.

    ``time_zone`` (IANA) tells what day it is when the law says a day. An own programme needs a
    currency.
    """
    return _with_code(
        connection,
        "programme",
        {
            "code": code,
            "title": title,
            "department_id": _id(connection, "department", department),
            "kind": kind,
            "unit": unit,
            "currency": currency,
            "time_zone": time_zone,
        },
        ("kind", "unit", "currency", "time_zone", "department_id"),
    )


def fund(
    connection: sa.Connection,
    *,
    code: str,
    title: str,
    department: str,
    currency: str,
    debtor_account: str,
    year: int,
    opens_on: date | None = None,
    programmes: Iterable[str] = (),
) -> int:
    """Return the id of a fund: one department's money of one year in one account.

    ``opens_on`` is the first day of that year; None: 1 January. Cycles whose pay day lies in it
    are paid by it.
    ``programmes`` are the codes of those that may spend it.
    """
    fund_id = _with_code(
        connection,
        "fund",
        {
            "code": code,
            "title": title,
            "department_id": _id(connection, "department", department),
            "currency": currency,
            "debtor_account": debtor_account,
            "year": year,
            "opens_on": opens_on,
        },
        ("department_id", "currency", "debtor_account", "year", "opens_on"),
    )
    for name in programmes:
        connection.execute(
            sa.text(
                "INSERT INTO registry.programme_fund (programme_id, fund_id)"
                " VALUES (:programme_id, :fund_id) ON CONFLICT DO NOTHING"
            ),
            {"programme_id": _id(connection, "programme", name), "fund_id": fund_id},
        )
    return fund_id


def packaged_sources(connection: sa.Connection) -> None:
    """Make the sources that the declarations shipped with the engine name."""
    for package in ("cct_engine.registry", "cct_engine.compliance"):
        for file in sorted(
            (resources.files(package) / "feeds").iterdir(), key=lambda entry: entry.name
        ):
            declaration = parse_declaration(file.read_text(encoding="utf-8"), name=file.name)
            for code in (declaration.source, declaration.references):
                source(connection, code=code, organisation=code.replace("_", " "))


def _id(connection: sa.Connection, table: str, code: str) -> int:
    found = connection.execute(
        sa.text(f"SELECT {table}_id FROM registry.{table} WHERE code = :code"), {"code": code}
    ).scalar_one_or_none()
    if found is None:
        raise ValueError(f"There is no {table} {code!r}. Add it with registry.setup.{table} first.")
    return int(found)


def _with_code(
    connection: sa.Connection, table: str, values: Mapping[str, object], fixed: tuple[str, ...]
) -> int:
    stand_still(connection)
    query = sa.text(f"SELECT * FROM registry.{table} WHERE code = :code")
    known = connection.execute(query, {"code": values["code"]}).mappings().one_or_none()
    if known is not None:
        changed = [name for name in fixed if known[name] != values[name]]
        if changed:
            raise ValueError(
                f"{table.capitalize()} {values['code']!r} is known with another {changed[0]}: "
                f"{known[changed[0]]!r}, not {values[changed[0]]!r}. A code keeps its meaning; use "
                "a new one."
            )
        return int(known[f"{table}_id"])
    number = next_id(connection, f"registry.{table}", f"{table}_id")
    row = {f"{table}_id": number, **values}
    connection.execute(
        sa.text(f"INSERT INTO registry.{table} ({', '.join(row)}) VALUES (:{', :'.join(row)})"),
        row,
    )
    return number
