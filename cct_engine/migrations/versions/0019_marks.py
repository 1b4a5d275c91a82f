"""A tier taken back counts no more, and what was lent in an emergency is found at once.

Revision ID: 0019
"""

from alembic import op

from cct_engine.database.migration import run_script

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_NEEDED = """
CREATE OR REPLACE FUNCTION cycle.signatures_needed(cycle_number integer) RETURNS integer LANGUAGE sql STABLE AS $$
    SELECT greatest(1,
        coalesce((SELECT n.signature_count FROM cycle.signature_need n WHERE n.cycle_id = cycle_number), 1),
        coalesce((SELECT t.signature_count FROM cycle.value_tier t
                  WHERE t.programme_id = c.programme_id{counts} AND t.over_minor <
                        (SELECT coalesce(sum(r.pay_now_minor), 0) FROM cycle.household_result r
                         WHERE r.cycle_id = cycle_number)
                  ORDER BY t.over_minor DESC LIMIT 1), 1))
    FROM cycle.cycle c WHERE c.cycle_id = cycle_number
$$;
"""

# One signature is what a tier says that was taken back: the next lower one holds again.
SCRIPT = f"""
{_NEEDED.format(counts=" AND t.signature_count > 1")}
CREATE INDEX act_break_glass ON people.act (act_id) WHERE verb = 'role.break_glass';
CREATE INDEX act_subject ON people.act (subject, act_id);
CREATE INDEX act_officer ON people.act (officer_id, act_id);
"""

UNDO = f"""
DROP INDEX people.act_officer;
DROP INDEX people.act_subject;
DROP INDEX people.act_break_glass;
{_NEEDED.format(counts="")}
"""


def upgrade() -> None:
    run_script(op.get_bind(), SCRIPT)


def downgrade() -> None:
    run_script(op.get_bind(), UNDO)
