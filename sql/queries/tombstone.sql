-- entomb(ids, case_id, system_key, blind_indexes, tenant, order_key, now)
INSERT INTO tombstone (id, case_id, system_key, blind_index, tenant, order_key, at)
SELECT n.id, :case_id, :system_key, n.blind_index, :tenant, :order_key, :now
FROM unnest(:ids::uuid[], :blind_indexes::bytea[]) AS n (id, blind_index)
ON CONFLICT (order_key, system_key, blind_index) DO NOTHING;

-- erasures_since(since)
-- A later backup may be of a time when what another one had brought back was not yet erased once more.
SELECT system_key, count(DISTINCT coalesce(case_id, id)) AS erasures FROM tombstone
WHERE coalesce(erased_again_at, at) >= :since GROUP BY system_key ORDER BY system_key;

-- cases_since(system_key, since, many)
SELECT DISTINCT case_id FROM tombstone
WHERE system_key = :system_key AND coalesce(erased_again_at, at) >= :since AND case_id IS NOT NULL
ORDER BY case_id LIMIT :many;

-- of_identities(system_key, blind_indexes, since)
SELECT id, case_id, blind_index, tenant, order_key, at, erased_again_at FROM tombstone
WHERE blind_index = ANY(:blind_indexes::bytea[]) AND system_key = :system_key
    AND coalesce(erased_again_at, at) >= :since
ORDER BY at, id;

-- erased_again(system_key, case_ids, since, now)
UPDATE tombstone SET erased_again_at = :now
WHERE case_id = ANY(:case_ids::uuid[]) AND system_key = :system_key AND coalesce(erased_again_at, at) >= :since;

-- looked_through(system_key, since, until, but_cases, now)
-- Whom a whole look through the system did not meet is not there: who is met later has come since.
UPDATE tombstone SET erased_again_at = :now
WHERE system_key = :system_key AND coalesce(erased_again_at, at) >= :since AND at < :until
    AND case_id <> ALL(:but_cases::uuid[]);
