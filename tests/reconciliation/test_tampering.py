"""What only a superuser could change in the register of files is found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

import reconciliation

if TYPE_CHECKING:
    from pathlib import Path

    from cct_engine.database import Database

MISDEEDS = {
    "an entry edited": "UPDATE bank.manifest SET body = "
    "replace(body, '\"count\":2', '\"count\":3') WHERE position = 1",
    "an entry taken out": "DELETE FROM bank.manifest WHERE position = 1",
    "the register edited": "UPDATE bank.file SET total_minor = total_minor + 1 WHERE number = 1",
    "another file put in place": "UPDATE bank.file SET name = 'other.xml' WHERE file_id = 2",
}


@pytest.mark.parametrize("misdeed", MISDEEDS)
def test_tampering_with_the_chain_is_found(
    misdeed: str, database: Database, owner_engine: sa.Engine, new_world: Any, tmp_path: Path
) -> None:
    with database.transaction() as connection:
        world = new_world(connection)
        world.open([600, 600, 700])
        world.send([1, 2])
        world.send([3])
        before = reconciliation.verify(connection, tmp_path)
    assert {finding.rule for finding in before} == {"file present"}
    with owner_engine.begin() as owner:
        for table in ("file", "manifest"):
            owner.execute(sa.text(f"ALTER TABLE bank.{table} DISABLE TRIGGER USER"))
        owner.exec_driver_sql(MISDEEDS[misdeed])
    with database.transaction() as connection:
        after = reconciliation.verify(connection, tmp_path)
    assert {f.rule for f in after} & {"manifest chain", "manifest entry"}, after


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE bank.manifest SET body = ''",
        "DELETE FROM bank.file",
        "UPDATE bank.file SET message_id = 'X'",
        "UPDATE recon.event SET amount_minor = 1",
        "UPDATE recon.entry SET amount_minor = 1",
        "DELETE FROM recon.match",
        "UPDATE recon.suspense_item SET amount_minor = 1",
        "TRUNCATE recon.suspense_item",
    ],
)
def test_the_engine_cannot_rewrite_what_was_sent_or_said(statement: str, world: Any) -> None:
    world.hear(world.statement(world.stray(5000), world.credit(1)))
    with pytest.raises(sa.exc.DBAPIError), world.connection.begin_nested():
        world.connection.execute(sa.text(statement))
