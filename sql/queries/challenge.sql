-- insert(ids, request_ids, case_ids, download_ids, kinds, blind_indexes, code_digests, expires_ats, now)
INSERT INTO challenge (id, request_id, case_id, download_id, kind, blind_index, code_digest, created_at, expires_at)
SELECT n.id, n.request_id, n.case_id, n.download_id, n.kind, n.blind_index, n.code_digest, :now, n.expires_at
FROM unnest(:ids::uuid[], :request_ids::uuid[], :case_ids::uuid[], :download_ids::uuid[], :kinds::text[],
    :blind_indexes::bytea[], :code_digests::bytea[], :expires_ats::timestamptz[])
    AS n (id, request_id, case_id, download_id, kind, blind_index, code_digest, expires_at);

-- latest(request_id, kind)
SELECT id, case_id, kind, blind_index, code_digest, expires_at, tries, spent_at FROM challenge
WHERE request_id = :request_id AND kind = :kind AND download_id IS NULL
ORDER BY created_at DESC, id DESC LIMIT 1 FOR UPDATE;

-- latest_for_download(download_id)
SELECT id, case_id, kind, blind_index, code_digest, expires_at, tries, spent_at FROM challenge
WHERE download_id = :download_id ORDER BY created_at DESC, id DESC LIMIT 1 FOR UPDATE;

-- latest_to(case_id, blind_index)
SELECT id, case_id, kind, blind_index, code_digest, expires_at, tries, spent_at FROM challenge
WHERE case_id = :case_id AND blind_index = :blind_index AND download_id IS NULL
ORDER BY created_at DESC, id DESC LIMIT 1 FOR UPDATE;

-- sent_since(request_id, since)
SELECT count(*) FROM challenge WHERE request_id = :request_id AND created_at > :since;

-- tried(id)
UPDATE challenge SET tries = tries + 1 WHERE id = :id;

-- spend(id, now)
UPDATE challenge SET spent_at = :now WHERE id = :id AND spent_at IS NULL;

-- sent_to(blind_indexes, hour_ago, day_ago)
SELECT blind_index, count(*) FILTER (WHERE created_at > :hour_ago) AS last_hour, count(*) AS last_day
FROM challenge
WHERE blind_index = ANY(:blind_indexes::bytea[]) AND created_at > :day_ago AND download_id IS NULL
GROUP BY blind_index;
