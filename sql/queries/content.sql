-- pieces(case_id, number)
SELECT step_id, seq, system_key, collection, category, portable, recordings,
    coalesce(blob_key, encode(sha256(sealed), 'hex')) AS sealed
FROM segment WHERE case_id = :case_id AND coalesce(bundle_number, :number) = :number
ORDER BY step_id, seq;

-- decided(case_id)
SELECT id FROM redaction WHERE case_id = :case_id AND undone_at IS NULL ORDER BY id;

-- searched(case_id)
SELECT key, coalesce(payload ->> 'system', key) AS system_key, outcome FROM step
WHERE case_id = :case_id AND kind = 'fanout.search' ORDER BY key;

-- contained(case_id)
SELECT coalesce(sum(recordings), 0)::bigint AS recordings,
    coalesce(array_agg(DISTINCT category) FILTER (WHERE category IS NOT NULL), '{}') AS categories
FROM segment WHERE case_id = :case_id;
