"""The day on which a fund's year begins: a programme may have funds of several years.

Revision ID: 0022
"""

from alembic import op

from cct_engine.database.migration import run_script

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

SCRIPT = """
-- Null: 1 January. Fiscal years begin in April or July elsewhere.
ALTER TABLE registry.fund
    ADD COLUMN opens_on date,
    ADD CONSTRAINT opens_in_its_year CHECK (extract(year FROM opens_on) = year);

CREATE FUNCTION registry.fund_pays_on(fund registry.fund, pay_on date) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT pay_on >= opens AND pay_on < opens + interval '1 year'
    FROM (SELECT coalesce(fund.opens_on, make_date(fund.year, 1, 1)) AS opens) AS of_year
$$;
GRANT EXECUTE ON FUNCTION registry.fund_pays_on(registry.fund, date) TO cct_app, cct_auditor;
"""

UNDO = """
DROP FUNCTION registry.fund_pays_on(registry.fund, date);
ALTER TABLE registry.fund DROP COLUMN opens_on;
"""


def upgrade() -> None:
    run_script(op.get_bind(), SCRIPT)


def downgrade() -> None:
    run_script(op.get_bind(), UNDO)
