"""Old books of many families, made set by set from a demo's: for the load table of the console.

A demo of a few thousand families and three months is the pattern. Every table that pages read is
written anew from it: each family as often as it takes to have the number asked for, each span of
three months as often as it takes to have 36 cycles of each programme: registry, lists, payments,
files, the bank's answers, journal and balances, findings, reports of schools, acts and sessions. On
top lie the cycles of the month after, one that is checked and one that waits for its signature.

What the books say of themselves by digests (seals, chains of acts) is made up: nobody verifies
these.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import psycopg

from benchmarks.console_copies import ACT, CYCLE_IDS, CYCLES, E2E, MONTHS, Copies, Shape

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["CYCLES", "aged"]

_FACILITIES: Final = 100


class _Books(Copies):
    """The tables, each with what its columns become."""

    def registry(self) -> None:
        """Families, their members, names, accounts, places on lists."""
        once = "|| CASE WHEN {k} > 0 THEN '.' || {k} ELSE '' END"
        name = (
            "|| CASE WHEN {k} > 0 THEN translate(to_hex({k}), '0123456789abcdef', "
            "'aeioubdfgklmnprs') ELSE '' END"
        )
        for table in ("household", "household_profile", "household_centre", "person"):
            self.flat(f"registry.{table}", "k")
        for table in ("person_vitals", "person_profile", "membership", "payee"):
            self.flat(f"registry.{table}", "k")
        for table in ("account", "enrolment", "pregnancy"):
            self.flat(f"registry.{table}", "k")
        for table in ("household", "person", "pregnancy"):
            self.flat(f"registry.{table}_reference", "k", reference=f"b.reference {once}")
        self.flat("identity.person_identifier", "k")
        self.flat("identity.account_number", "k", number=f"b.number {once}")
        self.flat(
            "identity.person_name",
            "k",
            family=f"b.family {name}",
            as_written=f"b.as_written {name}",
        )
        self.flat(
            "compliance.facility",
            "k",
            where=f"k.k < {_FACILITIES}",
            facility_id=self._facility(),
            code=f"b.code {once}",
        )

    def _facility(self) -> str:
        return self._moved("facility_id", f"{{k}} % {_FACILITIES} * {self._stride['facilities']}")

    def reports(self) -> None:
        """What schools and clinics reported, month by month."""
        self.flat(
            "compliance.coverage",
            "jk",
            where=f"k.k < {_FACILITIES} AND b.window_start >= '2026-07-01'",
            facility_id=self._facility(),
            act_id=ACT,
        )
        person = self._moved("subject_id", f"{{k}} * {self._stride['persons']}")
        self.by_month(
            "compliance.fact",
            ("202607", "202608", "202609"),
            subject_id=person,
            facility_id=self._facility(),
            act_id=ACT,
        )
        self.flat(
            "registry.feed_file",
            "j",
            act_id=ACT,
            **{
                column: f"b.{column} * {self._shape.copies}"
                for column in ("row_count", "loaded_count", "rejected_count", "repeated_count")
            },
        )

    def lists(self) -> None:
        """Cycles and their lists."""
        copies = self._shape.copies
        self.by_cycle("cycle.household_result")
        self.by_cycle("cycle.entitlement_line")
        self.by_cycle("cycle.effect_state")
        self.flat("cycle.line_set_aside", "jk")
        self.flat("cycle.finding", "jk", where="b.household_id > 0 OR k.k = 0")
        self.flat("cycle.hold", "jk")
        months = f"- make_interval(months => {MONTHS} * {{j}})"
        self.flat(
            "cycle.cycle",
            "j",
            code=f"left(b.code, -7) || to_char(b.period {months}, 'YYYY-MM')",
        )
        times = (
            "(SELECT jsonb_object_agg(e.key, CASE WHEN jsonb_typeof(e.value) = 'number' "
            f"THEN to_jsonb((e.value::text)::bigint * {copies}) ELSE e.value END) "
            "FROM jsonb_each(b.{0}) e)"
        )
        self.flat("cycle.run", "j", totals=times.format("totals"))
        self.flat(
            "cycle.snapshot",
            "j",
            household_count=f"b.household_count * {copies}",
            row_counts=times.format("row_counts"),
        )
        self.flat("cycle.approval", "j")
        self._ahead()

    def _ahead(self) -> None:
        """Add the cycles of the next month: one checked, one that waits for its signature."""
        last = CYCLE_IDS * self._spans
        for base, state in ((last - 1, "checked"), (last, "submitted")):
            ahead = base + 2
            self._run(_CYCLE_AHEAD, (ahead, state, base))
            for table in ("snapshot", "run"):
                self._run(
                    f"INSERT INTO cycle.{table} SELECT (jsonb_populate_record(t, "
                    f"jsonb_build_object('cycle_id', %s::int))).* FROM cycle.{table} t "
                    "WHERE cycle_id = %s",
                    (ahead, base),
                )
            self._run(
                "INSERT INTO cycle.finding SELECT (jsonb_populate_record(f, jsonb_build_object("
                "'cycle_id', %s::int, 'finding_id', finding_id + 1000000000, 'state', 'open'))).* "
                "FROM cycle.finding f WHERE cycle_id = %s",
                (ahead, base),
            )

    def bank(self) -> None:
        """Payments, files, what the bank said of them."""
        end = E2E.format("b.end_to_end_id")
        text = f"{end} || substr(b.instruction_text, length(b.end_to_end_id) + 1)"
        self.by_cycle("cycle.instruction_part", ahead=False)
        self.by_month(
            "cycle.instruction",
            ("202609", "202610", "202611"),
            end_to_end_id=end,
            instruction_text=text,
        )
        said = {"position": "b.position + {k} * 1000"}
        self.by_month(
            "recon.event",
            ("202609", "202610", "202611"),
            end_to_end_id=end,
            instruction_id_text=E2E.format("b.instruction_id_text"),
            **said,
        )
        first = f"{{k}} % {self._per_file} = 0".replace("{k}", "k.k")
        self.flat("recon.match", "jk", where=f"b.instruction_id > 0 OR {first}", **said)
        self.flat("recon.entry", "jk", reference="b.reference || '/' || {k} || '/' || {j}", **said)
        counted = ("event_count", "applied_count", "repeated_count")
        self.flat(
            "recon.inbox_file",
            "j",
            **{column: f"b.{column} * {self._shape.copies}" for column in counted},
        )
        self._suspense(said)
        self._files(first)

    def _suspense(self, said: Mapping[str, str]) -> None:
        newest = "{j} = 0 AND {k} > 0"
        gone = ("closed_at", "closed_in", "confirmed_by", "confirmed_at")
        gone += ("proposed_by", "proposed_at")
        open_now = {column: f"CASE WHEN {newest} THEN NULL ELSE b.{column} END" for column in gone}
        open_now |= {
            column: f"CASE WHEN {newest} THEN '' ELSE b.{column} END"
            for column in ("closed_as", "resolution")
        }
        state = f"CASE WHEN {newest} THEN 'open' ELSE b.state END"
        self.flat("recon.suspense_item", "jk", where="k.k < 40", state=state, **open_now, **said)

    def _files(self, first: str) -> None:
        part = f"({{k}} / {self._per_file})"
        span = f"'-' || {{j}} || '-' || {part}"
        share = f"least({self._per_file}, {self._shape.copies} - {{k}})"
        counts = {
            "instruction_count": f"b.instruction_count * {share}",
            "amount_minor": f"b.amount_minor * {share}",
            "total_minor": f"b.total_minor * {share}",
        }
        self.flat("bank.file_part", "jk", where=first, **counts)
        self.flat(
            "bank.file",
            "jk",
            where=first,
            batch_key=f"b.batch_key || {span}",
            message_id=f"b.message_id || {span}",
            payment_information_id=f"b.payment_information_id || {span}",
            name=f"b.name || {span}",
            **counts,
        )
        self.flat(
            "bank.delivery", "jk", where=first, delivery_id="b.delivery_id + " + self._nth(100)
        )
        self.flat(
            "bank.manifest",
            "jk",
            where=first,
            position="b.position + " + self._nth(100),
            previous=f"CASE WHEN b.position + {self._nth(100)} > 1 "
            "THEN md5({k} || 'p' || {j} || b.position) || md5({j} || b.digest) END",
        )

    def _nth(self, stride: int) -> str:
        return f"({{k}} + {self._shape.copies} * ({self._spans - 1} - {{j}})) * {stride}"

    def books(self) -> None:
        """The journal, its batches and seals, and what each family is owed."""
        copies, blocks = self._shape.copies, self._stride["households"] // 64
        one = "b.subject_id > 0 OR k.k = 0"
        amount = (
            f"CASE WHEN b.subject_id > 0 THEN b.amount_minor ELSE b.amount_minor * {copies} END"
        )
        subject = self._moved("subject_id", f"{{k}} * {self._stride['households']}")
        reference = self._said("instruction_id", "bigint", {}, "jk").replace(
            "instruction_id", "reference"
        )
        self.by_cycle(
            "ledger.journal",
            where=one,
            ahead=False,
            amount_minor=amount,
            subject_id=subject,
            reference=f"CASE WHEN b.event BETWEEN 40 AND 44 THEN {reference} ELSE b.reference END",
        )
        self.flat("ledger.batch", "j", key="b.key || '~' || {j}", period_id="b.period_id")
        back = f"({self._spans - 1} - {{j}}) * {self._stride['batches']}"
        self.flat(
            "ledger.seal",
            "j",
            position=f"b.position + {back}",
            line_count=f"b.line_count * CASE WHEN b.line_count > 9 THEN {copies} ELSE 1 END",
            total_minor=f"b.total_minor * {copies}",
            merkle_root="b.merkle_root",
            previous_digest="md5('p' || {j} || b.position) || md5({j} || b.digest)",
        )
        kept = "b.account IN (1210, 2100, 2105, 2110, 2120)"
        self.flat(
            "ledger.balance_block",
            "k",
            where=f"{kept} OR k.k = 0",
            block=f"CASE WHEN {kept} THEN b.block + {{k}} * {blocks} ELSE b.block END",
        )

    def office(self, reads: int) -> None:
        """What officers did in three years: every step again, families opened, sign-ins, jobs."""
        self.flat(
            "people.act",
            "j",
            act_id=ACT,
            previous="md5('p' || {j} || b.act_id) || md5({j} || b.digest)",
            subject="CASE WHEN b.subject ^@ 'cycle/' AND {j} > 0 THEN left(b.subject, -7) || "
            f"to_char(b.at - make_interval(months => {MONTHS} * {{j}}), 'YYYY-MM') "
            "ELSE b.subject END",
        )
        self._run(_READS, (reads, reads, reads))
        self._run(_SESSIONS)


_CYCLE_AHEAD: Final = """
    INSERT INTO cycle.cycle SELECT (jsonb_populate_record(c, jsonb_build_object(
        'cycle_id', %s::int, 'period', (period + interval '1 month')::date,
        'code', left(code, -7) || to_char(period + interval '1 month', 'YYYY-MM'),
        'value_on', (value_on + interval '1 month')::date, 'state', %s::text,
        'approved_by', null, 'approved_at', null, 'released_by', null, 'released_at', null,
        'closed_by', null, 'closed_at', null, 'proof_digest', null))).*
    FROM cycle.cycle c WHERE cycle_id = %s
"""
_READS: Final = """
    INSERT INTO people.act (act_id, at, officer_id, verb, subject, outcome, previous, digest)
    SELECT n, timestamptz '2023-12-01' + (n - 20000000) * interval '3 years' / %s, 3 + n %% 5,
           'household.read',
           'household/' || lpad(registry.number_of(1 + n::bigint * 7919 %% %s)::text, 11, '0'),
           'done', md5('r' || n) || md5('s' || n), md5('t' || n) || md5('u' || n)
    FROM generate_series(20000000, 20000000 + %s - 1) AS n(n)
"""
_SESSIONS: Final = """
    INSERT INTO people.session (token_digest, session_id, officer_id, opened_at, seen_at, ends_at,
                                idle_minutes, ended_at, ended_by, device)
    SELECT md5('v' || n) || md5('w' || n), n, 3 + n % 5, at, at, at + interval '8 hours', 30,
           at + interval '8 hours', 3 + n % 5, ''
    FROM (SELECT n, timestamptz '2023-12-01' + n * interval '100 minutes' AS at
          FROM generate_series(1, 15000) AS n(n)) s
"""


def aged(url: str, households: int, base: int) -> Iterator[str]:
    """Make the books old and large; yields what it does next, for whoever watches."""
    shape = Shape.of(households, base)
    with psycopg.connect(url, autocommit=True) as connection:
        for setting in (
            "session_replication_role = replica",
            "maintenance_work_mem = '512MB'",
            "synchronous_commit = off",
            "max_parallel_maintenance_workers = 2",
            "jit = off",
        ):
            connection.execute(f"SET {setting}")
        connection.execute("SET ROLE cct_owner")  # who owns the tables attaches the partitions
        connection.execute("CREATE SCHEMA base")
        maker = _Books(connection, shape)
        for step in ("registry", "reports", "bank", "books", "lists"):
            yield step
            with connection.transaction():
                getattr(maker, step)()
        yield "office"
        maker.office(households)
        connection.execute("DROP SCHEMA base CASCADE")
        yield "statistics"
        connection.execute("VACUUM (ANALYZE)")
