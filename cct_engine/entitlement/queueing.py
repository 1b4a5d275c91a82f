"""Who enters when money lacks: the first pass over sealed inputs, which says what each would cost.

The order is the law's (``budget.queue``). Nothing is paid by this pass: whom the money does not
reach is written down, becomes part of the cycle's frozen inputs, and the list is calculated from
those.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from cct_engine import rulebook
from cct_engine.entitlement.engine import DuckEngine
from cct_engine.entitlement.errors import SealBroken
from cct_engine.entitlement.sealing import changed_files
from cct_engine.rulebook import Month

if TYPE_CHECKING:
    from cct_engine.entitlement.snapshot import Snapshot
    from cct_engine.rulebook import Queue, Rulebook

__all__ = ["queued"]


def queued(snapshot: Snapshot, law: Rulebook) -> Queue:
    """Return who is admitted and who waits, of the households of a snapshot.

    Holds one row per household. Raises SealBroken when an input has changed, NotInForce when the
    law's ceiling is not known in the cycle's month.
    """
    month = Month(snapshot.first_month)
    compiled = rulebook.compile_cycle(law, month=month)
    costs = []
    for shard in snapshot.shards:
        for changed in changed_files(snapshot.folder, [shard]):
            raise SealBroken(changed.text)
        paths = {f"src_{table}": path for table, path in snapshot.paths(shard).items()}
        with DuckEngine().over(paths) as session:
            for layer in compiled.layers:
                session.layer(layer.name, layer.sql)
            costs.append(session.batches(compiled.outlets[rulebook.QUEUE]).read_all())
    if not costs:
        return rulebook.queue(law, month, None)
    return rulebook.queue(law, month, pa.concat_tables(costs))
