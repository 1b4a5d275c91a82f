"""Seals that the database computes, and batches posted side by side.

* The digest of a seal, its position and its predecessor are computed where they are kept; what a
  poster brings must be the same. So a chain with a forged link cannot even be inserted.
* The lines of a batch are held to its event and slot as they come in, not when it is sealed.
* A batch that is one of several slices moves its balances beside the others. Only joining the
  chain is one after another. Whoever does not ask for it posts alone, as before.
* A large batch is counted through the index its balances are read by; an account without balances
  is filled by a plain insert.

Revision ID: 0011
"""

from pathlib import Path

from alembic import op

from cct_engine.database.migration import run_script

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

FOLDER = Path(__file__).with_suffix("")


def upgrade() -> None:
    run_script(op.get_bind(), (FOLDER / "side_by_side.sql").read_text(encoding="utf-8"))


def downgrade() -> None:
    run_script(op.get_bind(), (FOLDER / "undone.sql").read_text(encoding="utf-8"))
