"""Copies of a demo's rows, as many as it takes: of families (``k``), of months backwards (``j``).

Every column that numbers something is moved so that the copies still name each other; dates go back
by three months with each span. Partitions are filled without indexes and attached, which builds
them; other tables lose their indexes while they are filled.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import psycopg

__all__ = ["ACT", "CYCLES", "CYCLE_IDS", "E2E", "EVERY", "MONTHS", "WHOLE", "Copies", "Shape"]

CYCLES: Final = 36
MONTHS: Final = 3
"""Months of a demo."""
CYCLE_IDS: Final = 6
WHOLE: Final = 6
"""Newest cycles that keep every family where the books would not fit on the disk."""
EVERY: Final = 8
"""Of so many families the older cycles keep one."""
_FITS: Final = 12_000_000
"""Families times cycles that are kept whole; about 2.8 kB each."""

# How far the numbers of one copy lie from those of the next: more than any in the demo.
_BY_FAMILY: Final = {
    **dict.fromkeys(("household_id", "from_household_id"), "households"),
    **dict.fromkeys(("person_id", "payee_person_id", "payee_id", "canonical_id"), "persons"),
    **dict.fromkeys(("subject_a", "subject_b"), "persons"),
    "account_id": "accounts",
    "enrolment_id": "enrolments",
    "pregnancy_id": "pregnancies",
}
_BY_BOTH: Final = {
    "instruction_id": "instructions",
    "finding_id": "findings",
    "hold_id": "holds",
    "entry_id": "entries",
    "override_id": "findings",
    "item_id": "items",
}
_BY_SPAN: Final = {
    "cycle_id": "cycles",
    "released_in": "cycles",
    "batch_id": "batches",
    "reverses": "batches",
    "inbox_file_id": "answers",
    "closed_in": "answers",
    "feed_file_id": "feeds",
}
_HASHED: Final = frozenset(
    {"token", "number_token", "account_token", "digest", "sha256", "list_digest", "uetr"}
)
ACT: Final = f"b.act_id + ({CYCLES // MONTHS - 1} - {{j}}) * 1000"
E2E: Final = "left({0}, 9) || upper(substr(md5({0} || '/' || {{k}} || '/' || {{j}}), 1, 20))"


class Shape(NamedTuple):
    """What is made: copies of the demo's families, and whether old cycles keep all of them."""

    copies: int
    thin: bool

    @classmethod
    def of(cls, households: int, base: int) -> Shape:
        """Return the shape for a number of households made of a demo of ``base``."""
        return cls(max(math.ceil(households / base), 1), households * CYCLES > _FITS)


class Copies:
    """Writes rows of the copies; ``j`` counts spans of three months back, ``k`` families."""

    def __init__(self, connection: psycopg.Connection, shape: Shape) -> None:
        self._run = connection.execute
        self._shape = shape
        self._spans = CYCLES // MONTHS
        self._stride = {
            "households": self._above("registry.household", "household_id", 64),
            "persons": self._above("registry.person", "person_id", 100),
            "accounts": self._above("registry.account", "account_id", 100),
            "enrolments": self._above("registry.enrolment", "enrolment_id", 100),
            "pregnancies": self._above("registry.pregnancy", "pregnancy_id", 100),
            "facilities": self._above("compliance.facility", "facility_id", 1),
            "instructions": self._above("cycle.instruction", "instruction_id", 100),
            "findings": self._above("cycle.finding", "finding_id", 10),
            "holds": self._above("cycle.hold", "hold_id", 10),
            "entries": self._above("recon.entry", "entry_id", 10),
            "items": self._above("recon.suspense_item", "item_id", 10),
            "batches": self._above("ledger.batch", "batch_id", 1),
            "answers": self._above("recon.inbox_file", "inbox_file_id", 1),
            "feeds": self._above("registry.feed_file", "feed_file_id", 1),
            "files": self._above("bank.file", "file_id", 1),
            "cycles": CYCLE_IDS,
        }
        payments = self._one("SELECT max(instruction_count) FROM bank.file")
        self._per_file = max(75_000 // payments, 1)
        self._parts = math.ceil(shape.copies / self._per_file)

    def _one(self, query: str) -> int:
        row = self._run(query).fetchone()
        assert row is not None
        return int(row[0])

    def _above(self, table: str, column: str, unit: int) -> int:
        return (self._one(f"SELECT coalesce(max({column}), 0) FROM {table}") // unit + 1) * unit

    # ------------------------------------------------------------ what becomes of a column
    def _said(self, column: str, kind: str, rules: Mapping[str, str], axes: str) -> str:
        """Return the expression of a column in a copy."""
        if column in rules or column == "act_id":
            return rules.get(column, ACT.replace("{j}", "0"))
        by = self._number_of_copy(column, axes)
        if by:
            return self._moved(column, by)
        if column in _HASHED:
            spun = f"md5(b.{column}::text || '/' || {{k}} || '/' || {{j}})"
            twice = column in {"digest", "sha256", "list_digest"}
            return f"{spun} || {spun}" if twice else f"{spun}::{kind}"
        if "j" in axes and kind in {"date", "timestamp with time zone"}:
            return f"(b.{column} - make_interval(months => {MONTHS} * {{j}}))::{kind}"
        return f"b.{column}"

    def _number_of_copy(self, column: str, axes: str) -> str:
        """Return by how much a number is moved in a copy; empty: it is not."""
        back = f"({self._spans - 1} - {{j}})"
        if "k" in axes and column in _BY_FAMILY:
            return f"{{k}} * {self._stride[_BY_FAMILY[column]]}"
        if column in _BY_BOTH:
            copy = f"({{k}} + {self._shape.copies} * {back})"
            return f"{copy} * {self._stride[_BY_BOTH[column]]}"
        if column == "file_id":
            part = f"({{k}} / {self._per_file} + {self._parts} * {back})"
            return f"{part} * {self._stride['files']}"
        if "j" in axes and column in _BY_SPAN:
            return f"{back} * {self._stride[_BY_SPAN[column]]}"
        return ""

    @staticmethod
    def _moved(column: str, by: str) -> str:
        return f"CASE WHEN b.{column} > 0 THEN b.{column} + {by} ELSE b.{column} END"

    def _columns(self, table: str) -> list[tuple[str, str]]:
        return [
            (str(name), str(kind))
            for name, kind in self._run(
                "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute "
                "WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped "
                "AND attgenerated = '' ORDER BY attnum",
                (table,),
            ).fetchall()
        ]

    def _selected(
        self, table: str, axes: str, rules: Mapping[str, str], *, j: str = "j.j", k: str = "k.k"
    ) -> tuple[str, str]:
        columns = self._columns(table)
        values = ", ".join(self._said(name, kind, rules, axes) for name, kind in columns)
        j, k = (j if "j" in axes else str(0)), (k if "k" in axes else str(0))
        for name, said in (("{k}", k), ("{j}", j)):
            values = values.replace(name, said)
        return ", ".join(name for name, _ in columns), values

    def _copies(self, *, thin: bool) -> str:
        every = EVERY if thin and self._shape.copies >= EVERY else 1
        return f"generate_series(0, {self._shape.copies - 1}, {every}) AS k(k)"

    # ------------------------------------------------------------ tables without partitions
    def flat(self, table: str, axes: str, *, where: str = "true", **rules: str) -> None:
        """Write a table anew, once for each family copy (k), each span (j) or both."""
        name = table.replace(".", "_")
        self._run(f"CREATE TABLE IF NOT EXISTS base.{name} AS TABLE {table}")
        names, values = self._selected(table, axes, rules)
        series = {
            "k": self._copies(thin=False),
            "j": f"generate_series({self._spans - 1}, 0, -1) AS j(j)",
        }
        joined = " CROSS JOIN ".join(series[axis] for axis in sorted(axes))
        with self._bare(table):
            self._run(f"DELETE FROM {table}")
            self._run(
                f"INSERT INTO {table} ({names}) SELECT {values} FROM {joined} CROSS JOIN LATERAL "
                f"(SELECT * FROM base.{name} WHERE {axes[0]}.{axes[0]} >= 0 OFFSET 0) b "
                f"WHERE {where}"
            )

    def _bare(self, table: str) -> _Bare:
        return _Bare(self._run, table)

    # ------------------------------------------------------------ partitions
    def by_cycle(
        self, parent: str, *, where: str = "true", ahead: bool = True, **rules: str
    ) -> None:
        """Write every cycle's partition anew."""
        for base in range(1, CYCLE_IDS + 1):
            self._laid_aside(parent, f"{_stem(parent)}_{base}")
        for j in range(self._spans - 1, -1, -1):
            for base in range(1, CYCLE_IDS + 1):
                self._partition(parent, base, j, where, rules)
        if ahead:
            for base in (CYCLE_IDS - 1, CYCLE_IDS):
                self._partition(parent, base, -1, where, rules)

    def _laid_aside(self, parent: str, part: str) -> None:
        schema = parent.partition(".")[0]
        self._run(f"ALTER TABLE {parent} DETACH PARTITION {schema}.{part}")
        self._run(f"ALTER TABLE {schema}.{part} SET SCHEMA base")

    def _partition(
        self, parent: str, base: int, j: int, where: str, rules: Mapping[str, str]
    ) -> None:
        schema, name = parent.partition(".")[0], _stem(parent)
        if j < 0:
            cycle_id, back = CYCLE_IDS * self._spans + base - CYCLE_IDS + 2, 0
            rules = dict(rules) | {"cycle_id": str(cycle_id)}
        else:
            cycle_id, back = base + CYCLE_IDS * (self._spans - 1 - j), j
        part, source = f"{schema}.{name}_{cycle_id}", f"base.{name}_{base}"
        selected = self._selected(parent, "jk", rules, j=str(back))
        self._filled(part, parent, selected, self._origin(source, j, where))
        self._run(f"ALTER TABLE {parent} ATTACH PARTITION {part} FOR VALUES IN ({cycle_id})")

    def _filled(self, part: str, parent: str, selected: tuple[str, str], origin: str) -> None:
        names, values = selected
        self._run(f"CREATE TABLE {part} (LIKE {parent} INCLUDING DEFAULTS INCLUDING CONSTRAINTS)")
        self._run(f"INSERT INTO {part} ({names}) SELECT {values} FROM {origin}")

    def _origin(self, source: str, j: int, where: str) -> str:
        thin = self._shape.thin and j >= WHOLE // MONTHS
        return (
            f"{self._copies(thin=thin)} CROSS JOIN LATERAL "
            f"(SELECT * FROM {source} WHERE k.k >= 0 OFFSET 0) b WHERE {where}"
        )

    def by_month(
        self, parent: str, months: tuple[str, ...], *, where: str = "true", **rules: str
    ) -> None:
        """Write every month's partition anew; ``months`` are those of the demo, as YYYYMM."""
        schema, _, name = parent.partition(".")
        every = self._run(
            "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid "
            "WHERE i.inhparent = %s::regclass",
            (parent,),
        ).fetchall()
        for (part,) in every:
            self._laid_aside(parent, str(part))
        for j in range(self._spans - 1, -1, -1):
            for text in months:
                number = int(text[:4]) * 12 + int(text[4:]) - 1 - MONTHS * j
                first, after = (f"{n // 12}-{n % 12 + 1:02}-01" for n in (number, number + 1))
                part = f"{schema}.{name}_{first[:4]}{first[5:7]}"
                selected = self._selected(parent, "jk", rules, j=str(j))
                origin = self._origin(f"base.{name}_{text}", j, where)
                self._filled(part, parent, selected, origin)
                self._run(
                    f"ALTER TABLE {parent} ATTACH PARTITION {part} "
                    f"FOR VALUES FROM ('{first}') TO ('{after}')"
                )


def _stem(parent: str) -> str:
    """Return how the partitions of cycles are called."""
    return "journal_cycle" if parent == "ledger.journal" else parent.partition(".")[2]


class _Bare:
    """A table without the indexes that nothing else needs, while its rows are written."""

    def __init__(self, run: Callable[..., Any], table: str) -> None:
        self._run, self._table = run, table
        self._made: list[str] = []

    def __enter__(self) -> None:
        constraints = self._run(
            "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint c WHERE conrelid = "
            "%s::regclass AND contype IN ('p', 'u', 'x') AND NOT EXISTS ("
            "SELECT FROM pg_constraint f WHERE f.contype = 'f' AND f.conindid = c.conindid)",
            (self._table,),
        ).fetchall()
        for name, said in constraints:
            self._run(f'ALTER TABLE {self._table} DROP CONSTRAINT "{name}"')
            self._made.append(f'ALTER TABLE {self._table} ADD CONSTRAINT "{name}" {said}')
        indexes = self._run(
            "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index i WHERE "
            "indrelid = %s::regclass AND NOT EXISTS (SELECT FROM pg_constraint c "
            "WHERE c.conindid = i.indexrelid)",
            (self._table,),
        ).fetchall()
        for name, said in indexes:
            self._run(f"DROP INDEX {name}")
            self._made.append(said)

    def __exit__(self, kind: object, error: object, at: object) -> None:
        if error is None:
            for made in self._made:
                self._run(made)
