"""Each state of a line's money is kept with its own reason."""

from __future__ import annotations

import duckdb

from cct_engine.entitlement.stored_tables import STORED

LINES = """
CREATE TABLE line AS SELECT 1 AS household_id, 'due' AS source, 'A' AS component,
    0 AS component_order, 0 AS person_id, 0 AS pregnancy_id, 24288 AS for_month, *
FROM (VALUES (0, 75, 0, 25, 'ladder:steps:less+no_payee'),
             (60, 0, 15, 25, 'ladder:steps:less+withholding:book'),
             (75, 0, 0, 25, 'ladder:steps:less'))
    AS of_a_line (payable, held, withheld, forfeited, reason_code)
"""


def test_what_was_lost_and_what_waits_of_one_line_keep_the_reason_of_each() -> None:
    with duckdb.connect() as connection:
        connection.execute(LINES)
        connection.execute("CREATE TABLE household AS SELECT 1 AS household_id, 7 AS enrolment_id")
        columns, select = STORED["entitlement_line"]
        rows = connection.execute(select.format(cycle_id=1, fund_id=1)).fetchall()
    found = [dict(zip(columns, row, strict=True)) for row in rows]
    kept = [(row["money_state"], row["amount_minor"], row["reason_code"]) for row in found]
    assert ("held", 75, "no_payee") in kept
    assert ("forfeited", 75, "ladder:steps:less") in kept  # of all three
    assert ("withheld", 15, "withholding:book") in kept
    assert sum(amount for _, amount, _ in kept) == 300
