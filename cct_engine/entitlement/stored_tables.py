"""Which rows of a run's results the database keeps, and how they are made from them."""

from __future__ import annotations

__all__ = ["STORED"]

_LINES = """
WITH parts AS (
    UNPIVOT line ON payable, held, withheld, forfeited INTO NAME money_state VALUE amount
), split AS (
    SELECT * REPLACE (CASE WHEN NOT CONTAINS(reason_code, '+') THEN reason_code
                           WHEN money_state = 'forfeited' THEN SPLIT_PART(reason_code, '+', 1)
                           ELSE SPLIT_PART(reason_code, '+', -1) END AS reason_code)
    FROM parts
), summed AS (
    SELECT household_id, source, component, MIN(component_order) AS component_order, person_id,
           pregnancy_id, for_month, money_state, reason_code, CAST(SUM(amount) AS BIGINT) AS amount,
           CASE source WHEN 'due' THEN 1 WHEN 'released' THEN 2 WHEN 'arrears' THEN 3
                       WHEN 'recovery' THEN 4 ELSE 5 END AS source_order
    FROM split WHERE amount <> 0
    GROUP BY household_id, source, component, person_id, pregnancy_id, for_month, money_state,
             reason_code
)
SELECT {cycle_id}, l.household_id,
       ROW_NUMBER() OVER (
           PARTITION BY l.household_id
           ORDER BY l.source_order, l.component_order, l.component, l.person_id, l.pregnancy_id,
                    l.for_month, l.money_state, l.reason_code),
       l.source, l.component, l.person_id, l.pregnancy_id,
       MAKE_DATE(l.for_month // 12, l.for_month % 12 + 1, 1), h.enrolment_id, {fund_id},
       l.money_state, l.amount, l.reason_code
FROM summed AS l JOIN household AS h ON h.household_id = l.household_id
WHERE l.amount <> 0
ORDER BY 2, 3"""

STORED: dict[str, tuple[tuple[str, ...], str]] = {
    "entitlement_line": (
        (
            "cycle_id",
            "household_id",
            "line_seq",
            "source",
            "component",
            "person_id",
            "pregnancy_id",
            "for_period",
            "enrolment_id",
            "fund_id",
            "money_state",
            "amount_minor",
            "reason_code",
        ),
        _LINES,
    ),
    "effect_state": (
        (
            "cycle_id",
            "programme_id",
            "household_id",
            "ladder",
            "subject_id",
            "cycle_month",
            "state",
            "since_month",
            "until_month",
            "last_effect_month",
            "phase_since_month",
            "counter_1",
            "counter_2",
            "counter_3",
            "shows",
            "breach",
            "judged",
            "caused_by",
        ),
        """
SELECT {cycle_id}, {programme_id}, household_id, ladder, subject_id, {cycle_month}, state,
       since_month, until_month, last_effect_month, phase_since_month, counter_1, counter_2,
       counter_3, shows, breach, judged, why
FROM state ORDER BY household_id, ladder, subject_id""",
    ),
    "household_result": (
        (
            "cycle_id",
            "household_id",
            "enrolment_id",
            "member_count",
            "gross_minor",
            "arrears_minor",
            "released_minor",
            "recovery_minor",
            "pay_now_minor",
            "held_minor",
            "withheld_minor",
            "forfeited_minor",
            "standing",
            "sanction_state",
            "payee_person_id",
            "pay_digit",
        ),
        """
SELECT {cycle_id}, household_id, enrolment_id, size, gross, arrears, released, recovery, pay_now,
       held, withheld, forfeited, standing, sanction_state, payee_person_id,
       id_digit
FROM household ORDER BY household_id""",
    ),
}
"""Per table of the database: its columns, and the select over one shard's results that fills it.

One line per amount that is not zero, numbered within its household by source, component, subject,
month and money state. Each has its own reason of the code's two (``rulebook.reasons``).
"""
