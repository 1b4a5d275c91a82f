"""Alembic's entry: one connection, one transaction for all revisions."""

import sqlalchemy as sa
from alembic import context

url = context.config.attributes["url"]
engine = sa.create_engine(url, poolclass=sa.NullPool)
with engine.begin() as connection:
    context.configure(connection=connection, version_table_schema="public")
    with context.begin_transaction():
        context.run_migrations()
engine.dispose()
