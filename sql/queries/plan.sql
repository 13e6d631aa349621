-- newest(case_id)
-- Of each match what was foreseen last.
SELECT DISTINCT ON (match_id) id, system_key, match_id, digest, erased, kept, made_at, approved_by, approved_at
FROM erasure_plan WHERE case_id = :case_id ORDER BY match_id, made_at DESC, id DESC;

-- approved(case_id, system_key)
-- Of each match what was approved last: what is executed.
SELECT DISTINCT ON (match_id) id, system_key, match_id, digest, erased, kept, made_at, approved_by, approved_at
FROM erasure_plan WHERE case_id = :case_id AND system_key = :system_key AND approved_at IS NOT NULL
ORDER BY match_id, approved_at DESC, id DESC;

-- forget(case_id, system_key)
-- What nobody approved is worth nothing once there is a newer one.
DELETE FROM erasure_plan WHERE case_id = :case_id AND system_key = :system_key AND approved_at IS NULL;

-- insert(ids, case_id, system_key, match_ids, digests, eraseds, kepts, now)
INSERT INTO erasure_plan (id, case_id, system_key, match_id, digest, erased, kept, made_at)
SELECT n.id, :case_id, :system_key, n.match_id, n.digest, n.erased, n.kept, :now
FROM unnest(:ids::uuid[], :match_ids::uuid[], :digests::text[], :eraseds::jsonb[], :kepts::jsonb[])
    AS n (id, match_id, digest, erased, kept);

-- approve(ids, staff_id, now)
UPDATE erasure_plan SET approved_by = :staff_id, approved_at = :now
WHERE id = ANY(:ids::uuid[]) AND approved_at IS NULL;
