-- findings: 17, 25
-- title: Every report comes from a facility we know
-- asks: Which facts come from a school or clinic that is not in the master list?
-- found: {count} [report comes|reports come] from facilities that are not in the master list.
-- clean: Every report comes from a facility of the master list.
SELECT f.facility_id, f.subject_id AS person_id, k.code AS kind, f.window_start AS month_on
FROM compliance.fact f JOIN compliance.fact_kind k USING (kind_id)
LEFT JOIN compliance.facility y USING (facility_id)
WHERE f.facility_id <> 0 AND y.facility_id IS NULL AND f.known_to = 'infinity'
ORDER BY f.facility_id, f.subject_id, f.window_start
