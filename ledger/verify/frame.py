"""What surrounds the batches: chart, templates, fiscal periods, published heads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from ledger import schema
from ledger.chart import CHART, Account
from ledger.digest import GENESIS
from ledger.events import TEMPLATES, Template
from ledger.findings import Finding
from ledger.periods import closing_digest, opening_digest
from ledger.seals import anchor_digest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["changed_anchors", "changed_chart", "changed_periods"]


def changed_chart(connection: sa.Connection) -> Iterator[Finding]:
    """Compare accounts and templates with the published ones."""
    accounts = {row.account: Account(*row) for row in connection.execute(sa.select(schema.account))}
    yield from _changed("account", accounts, CHART)
    templates = {
        row.event: Template(*row)._replace(follows=tuple(row.follows))
        for row in connection.execute(sa.select(schema.template))
    }
    yield from _changed("template", templates, TEMPLATES)


def _changed(
    table: str, found: Mapping[int, Any], published: Mapping[int, Any]
) -> Iterator[Finding]:
    for key in sorted(found.keys() | published.keys()):
        place = f"{table} {key}"
        if key not in found:
            yield Finding(f"{table}.missing", place, f"Published, but gone: {published[key].name}.")
        elif key not in published:
            yield Finding(f"{table}.added", place, f"Not published: {found[key].name}.")
        else:
            for name, expected in published[key]._asdict().items():
                value = getattr(found[key], name)
                if value != expected:
                    yield Finding(
                        f"{table}.changed",
                        place,
                        f"{name.rstrip('_')} is {value!r}, published as {expected!r}.",
                    )


def changed_periods(connection: sa.Connection) -> Iterator[Finding]:
    """Compute the digests of openings and closings again."""
    table = schema.fiscal_period
    previous = GENESIS
    for number, row in enumerate(
        connection.execute(sa.select(table).order_by(table.c.period_id)), start=1
    ):
        place = f"fiscal_period {row.period_id}"
        if row.period_id != number:
            yield Finding("period.missing", place, f"Period {number} is gone, or was renumbered.")
        opened = opening_digest(
            previous,
            period_id=row.period_id,
            opens_on=row.opens_on,
            closes_on=row.closes_on,
            opened_by=row.opened_by,
            opened_at=row.opened_at,
        )
        if opened != row.digest:
            yield Finding(
                "period.changed",
                place,
                f"Its opening gives the digest {opened}, stored is {row.digest}.",
            )
        closing = (row.closed_by, row.closed_at, row.closed_head, row.closed_digest)
        if closing != (None, None, None, None):
            yield from _changed_closing(place, row)
        previous = row.digest


def _changed_closing(place: str, row: sa.Row[Any]) -> Iterator[Finding]:
    if None in (row.closed_by, row.closed_at, row.closed_head, row.closed_digest):
        yield Finding("period.changed", place, "Its closing is only half there.")
        return
    closed = closing_digest(
        row.digest,
        closed_by=row.closed_by,
        closed_at=row.closed_at,
        closed_head=row.closed_head,
    )
    if closed != row.closed_digest:
        yield Finding(
            "period.changed",
            place,
            f"Its closing gives the digest {closed}, stored is {row.closed_digest}.",
        )


def changed_anchors(connection: sa.Connection) -> Iterator[Finding]:
    """Compare the published heads with the chain, and with one another."""
    table, seal = schema.anchor, schema.seal
    query = (
        sa.select(table, seal.c.digest.label("sealed"))
        .outerjoin(seal, seal.c.position == table.c.position)
        .order_by(table.c.anchored_on)
    )
    previous = GENESIS
    for row in connection.execute(query):
        place = f"anchor of {row.anchored_on}"
        if row.sealed != row.digest:
            yield Finding(
                "anchor.head",
                place,
                f"Published at position {row.position} was {row.digest}; the chain has "
                f"{row.sealed}.",
            )
        own = anchor_digest(
            anchored_on=row.anchored_on,
            position=row.position,
            digest=row.digest,
            signature=row.signature,
            published_to=row.published_to,
            previous=row.previous,
        )
        if own != row.anchor_digest or row.previous != previous:
            yield Finding(
                "anchor.changed",
                place,
                f"It gives the digest {own} after {previous}; stored are {row.anchor_digest} after "
                f"{row.previous}.",
            )
        previous = row.anchor_digest
