"""The fast extractor: xml2arrow over runs of units that stand one behind the other.

It is not strict by itself (it would take a wrong namespace or what follows the root), so it never
sees a file: only runs of units that expat checks at the same time, wrapped into a root of their
own. Where it finds another number of units than the run has closing tags, or the same element
twice, its answer is thrown away and the exact extractor reads the run.
"""

from __future__ import annotations

import json
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from xml2arrow import Xml2ArrowError, XmlToArrowParser

from bank_adapters.arrays import truths
from bank_adapters.iso20022.families import FAMILIES
from bank_adapters.iso20022.raw import Units

if TYPE_CHECKING:
    from bank_adapters.iso20022.family import Family, ManyRows

__all__ = ["rows_in_bulk", "units_in_bulk"]


def units_in_bulk(run: bytes, count: int, family: Family) -> Units | None:
    """Return the units of a run ``<r>…</r>``, or None where it must be read exactly."""
    tables = _parsed(_unit_parser(family.name), run)
    if tables is None or tables["unit"].num_rows != count:
        return None
    units = pa.Table.from_batches([tables["unit"]]).select(list(family.unit_columns))
    if family.table is None:
        return Units(units, pa.table({"unit": pa.nulls(0, pa.int64())}))
    found = pa.Table.from_batches([tables["row"]])
    unit = found["<unit>"].cast(pa.int64())
    rows = found.select(list(family.table_columns)).append_column("unit", unit)
    if family.many is not None and not _rows_agree(rows, run, family.many):
        return None
    return Units(units, rows)


def rows_in_bulk(run: bytes, count: int, names: tuple[str, ...], many: ManyRows) -> pa.Table | None:
    """Return a run ``<r>…</r>`` of rows that hang on one unit, or None as above."""
    tables = _parsed(_row_parser(many), run)
    if tables is None or tables["row"].num_rows != count:
        return None
    found = pa.Table.from_batches([tables["row"]])
    absent = pa.nulls(count, pa.string())
    return pa.table({n: found[n] if n in found.column_names else absent for n in names})


def _parsed(parser: XmlToArrowParser, run: bytes) -> dict[str, pa.RecordBatch] | None:
    try:
        tables: dict[str, pa.RecordBatch] = parser.parse(run)
    except (Xml2ArrowError, ValueError, TypeError):
        # TypeError: xml2arrow 0.19 fails to build its own exception for bytes that are not UTF-8.
        return None
    return tables


def _rows_agree(rows: pa.Table, run: bytes, many: ManyRows) -> bool:
    """Check the number of the rows that can be counted by their closing tag."""
    own = {name for name, _ in many.columns}
    is_other = np.zeros(rows.num_rows, dtype=bool)
    for name in rows.column_names:
        if name not in own and name != "unit":
            is_other |= truths(rows[name].combine_chunks().is_valid())
    counted = rows.num_rows - int(np.count_nonzero(is_other))
    return bool(counted == run.count(f"</{many.tag}>".encode()))


@cache
def _unit_parser(name: str) -> XmlToArrowParser:
    family = FAMILIES[name]
    tables = [_table("unit", "/r", ["unit"], f"/r/{family.unit}", family.unit_columns)]
    if family.table is not None:
        path = f"/r/{family.unit}/{family.table.container}"
        tables.append(_table("row", path, ["unit", "row"], path, family.table.columns))
    return _parser(tables)


@cache
def _row_parser(many: ManyRows) -> XmlToArrowParser:
    return _parser([_table("row", "/r", ["row"], "/r", dict(many.columns))])


def _table(name: str, path: str, levels: list[str], base: str, columns: dict[str, str]) -> Any:
    fields = [
        {"name": n, "xml_path": f"{base}/{p}", "data_type": "Utf8", "nullable": True}
        for n, p in columns.items()
    ]
    return {"name": name, "xml_path": path, "levels": levels, "fields": fields}


def _parser(tables: list[Any]) -> XmlToArrowParser:
    """Build a parser; its configuration is YAML, of which JSON is a part, and must be a file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tables.yaml"
        path.write_text(json.dumps({"tables": tables}))
        return XmlToArrowParser(path)
