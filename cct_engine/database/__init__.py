"""One PostgreSQL: where it is, how to reach it, how its tables came to be.

Money is written only inside ``Database.transaction()``; nothing here commits on its own.
"""

from cct_engine.database.connection import Database, connected, dropped
from cct_engine.database.migration import migrate, newest_revision, revision

__all__ = ["Database", "connected", "dropped", "migrate", "newest_revision", "revision"]
