"""The statements behind the files: who is told, what their texts depend on, and what leaves.

Set-based: a cycle of a million families is one pass over its partitions; only the distinct shapes
of texts come to Python.
"""

from __future__ import annotations

from typing import Final

__all__ = ["FILE", "NOTICES", "SHAPES", "SKIPPED", "TEXTS", "TOLD"]

TOLD: Final = """
CREATE TEMP TABLE told ON COMMIT DROP AS
WITH choice AS (
    SELECT DISTINCT ON (household_id) household_id, agreed, language FROM notice.choice
    ORDER BY household_id, chosen_at DESC
), phone AS (
    SELECT DISTINCT ON (m.household_id) m.household_id, c.as_given AS phone
    FROM registry.membership m JOIN identity.person_contact c USING (person_id)
    WHERE c.kind = 'phone' AND c.known_to = 'infinity' AND c.valid_to = 'infinity'
      AND m.status = 'counted' AND m.known_to = 'infinity' AND m.valid_to = 'infinity'
    ORDER BY m.household_id, m.responsible DESC NULLS LAST, c.valid_from DESC, m.person_id
), paid AS (
    SELECT p.household_id, min(i.value_on) AS value_on, min(a.last4) AS last4
    FROM cycle.living_part p JOIN cycle.instruction i USING (instruction_id)
    LEFT JOIN registry.account a ON a.account_id = i.account_id AND a.known_to = 'infinity'
    WHERE p.cycle_id = :now GROUP BY p.household_id
), step AS (
    SELECT household_id, ladder, state, since_month, until_month FROM cycle.effect_state
    WHERE cycle_id = :now AND subject_id = 0
), kept AS (
    SELECT k.household_id, jsonb_agg(jsonb_build_array(k.money_state, k.reason_code,
               k.amount_minor, s.since_month, s.until_month)
               ORDER BY k.money_state, k.reason_code) AS kept
    FROM (SELECT household_id, money_state, reason_code,
                 CAST(sum(amount_minor) AS bigint) AS amount_minor
          FROM cycle.entitlement_line
          WHERE cycle_id = :now AND money_state <> 'payable' AND source IN ('due', 'arrears')
          GROUP BY 1, 2, 3 HAVING sum(amount_minor) > 0) k
    LEFT JOIN step s ON s.household_id = k.household_id
         AND k.reason_code = 'ladder:' || s.ladder || ':' || s.state
    GROUP BY k.household_id
), due AS (
    SELECT household_id, component,
           coalesce(sum(amount_minor) FILTER (WHERE cycle_id = :now), 0) AS now_minor,
           coalesce(sum(amount_minor) FILTER (WHERE cycle_id = :before), 0) AS before_minor
    FROM cycle.entitlement_line
    WHERE cycle_id IN (:now, :before) AND source = 'due' GROUP BY 1, 2
), ended AS (
    SELECT household_id, jsonb_agg(component ORDER BY component) AS ended FROM due
    WHERE now_minor < before_minor GROUP BY household_id
)
SELECT r.household_id, c.language, p.phone, coalesce(i.last4, '') AS last4,
       jsonb_build_object(
           'pay', r.pay_now_minor, 'before', b.pay_now_minor,
           'on', coalesce(i.value_on, :value_on), 'into', coalesce(i.last4 ~ '^[0-9]{4}$', false),
           'kept', k.kept,
           'back', CASE WHEN less THEN r.recovery_minor ELSE 0 END,
           'extra', CASE WHEN less THEN b.arrears_minor + b.released_minor ELSE 0 END,
           'ended', CASE WHEN less THEN e.ended END) AS shape
FROM cycle.household_result r
JOIN choice c USING (household_id) JOIN phone p USING (household_id)
LEFT JOIN cycle.household_result b ON b.cycle_id = :before AND b.household_id = r.household_id
LEFT JOIN paid i ON i.household_id = r.household_id
LEFT JOIN kept k ON k.household_id = r.household_id
LEFT JOIN ended e ON e.household_id = r.household_id
CROSS JOIN LATERAL (SELECT coalesce(r.pay_now_minor < b.pay_now_minor, false) AS less) l
WHERE r.cycle_id = :now AND c.agreed
  AND (r.pay_now_minor > 0 OR k.kept IS NOT NULL OR coalesce(b.pay_now_minor, 0) > 0)
"""

SKIPPED: Final = """
SELECT count(*) AS family_count,
       count(*) FILTER (WHERE NOT coalesce(c.agreed, false)) AS not_agreed_count
FROM cycle.household_result r LEFT JOIN LATERAL (
    SELECT agreed FROM notice.choice n WHERE n.household_id = r.household_id
    ORDER BY chosen_at DESC LIMIT 1) c ON true
WHERE r.cycle_id = :now
"""

SHAPES: Final = "SELECT DISTINCT language, shape FROM told ORDER BY language, shape"

TEXTS: Final = """
CREATE TEMP TABLE worded (language text, shape jsonb, said text, segment_count integer,
    shortened boolean, kind text, PRIMARY KEY (language, shape)) ON COMMIT DROP
"""

NOTICES: Final = """
INSERT INTO registry.notice (notice_id, programme_id, household_id, kind, channel, text_digest,
    sent_on, act_id)
SELECT :last + row_number() OVER (ORDER BY t.language, t.household_id), :programme_id,
       t.household_id, w.kind, 'sms',
       encode(sha256(convert_to(replace(w.said, :place, t.last4), 'UTF8')), 'hex'), :on, :act_id
FROM told t JOIN worded w USING (language, shape)
"""

FILE: Final = """
COPY (
    SELECT 'N' || (:last + t.row) AS reference, t.phone, replace(w.said, :place, t.last4) AS text,
           w.segment_count AS segments
    FROM (SELECT *, row_number() OVER (ORDER BY language, household_id) AS row FROM told) t
    JOIN worded w USING (language, shape)
    WHERE t.language = :language ORDER BY t.row
) TO STDOUT (FORMAT csv, HEADER)
"""
