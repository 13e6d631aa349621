-- insert_match(id, case_id, system_key, system_version, sealed_ref, ref_blind, found_by, sure, now)
INSERT INTO match (id, case_id, system_key, system_version, sealed_ref, ref_blind, found_by, sure, created_at)
VALUES (:id, :case_id, :system_key, :system_version, :sealed_ref, :ref_blind, :found_by, :sure, :now)
ON CONFLICT (case_id, system_key, ref_blind) DO UPDATE SET system_version = excluded.system_version;

-- matches_of_case(case_id)
SELECT id, case_id, system_key, sealed_ref, found_by, sure, decision, decided_by, decided_at, system_version
FROM match WHERE case_id = :case_id ORDER BY system_key, id;

-- decide_match(id, case_id, decision, decided_by, now)
UPDATE match SET decision = :decision, decided_by = :decided_by, decided_at = :now
WHERE id = :id AND case_id = :case_id AND NOT sure AND decision IS DISTINCT FROM :decision;

-- insert_segment(step_id, seq, case_id, system_key, collection, category, portable, records, attachments, bytes, sealed, blob_key, calls, recordings, now)
INSERT INTO segment (step_id, seq, case_id, system_key, collection, category, portable, records, attachments, bytes,
    sealed, blob_key, created_at, calls, recordings)
VALUES (:step_id, :seq, :case_id, :system_key, :collection, :category, :portable, :records, :attachments, :bytes,
    :sealed, :blob_key, :now, :calls, :recordings);

-- next_segment(step_id)
SELECT coalesce(max(seq), 0) + 1 FROM segment WHERE step_id = :step_id;

-- went_out(step_ids, seqs, number)
UPDATE segment SET bundle_number = :number
FROM unnest(:step_ids::uuid[], :seqs::integer[]) AS written (step_id, seq)
WHERE segment.step_id = written.step_id AND segment.seq = written.seq;

-- segments_of_case(case_id)
SELECT step_id, seq, system_key, collection, category, portable, records, attachments, bytes, blob_key, calls,
    recordings, bundle_number, created_at
FROM segment WHERE case_id = :case_id ORDER BY category, system_key, collection, step_id, seq;

-- sealed_segment(step_id, seq)
SELECT sealed FROM segment WHERE step_id = :step_id AND seq = :seq;

-- sealed_segments(case_id)
SELECT step_id, seq, sealed FROM segment WHERE case_id = :case_id AND sealed IS NOT NULL;

-- counts_of_case(case_id)
SELECT system_key, category, collection, sum(records)::bigint AS records, sum(attachments)::bigint AS attachments,
    sum(bytes)::bigint AS bytes
FROM segment WHERE case_id = :case_id GROUP BY system_key, category, collection
ORDER BY system_key, category, collection;

-- forget_step(step_id)
-- What went out in an archive stays as it went.
DELETE FROM segment WHERE step_id = :step_id AND bundle_number IS NULL;

-- remove_segments(case_id)
DELETE FROM segment WHERE case_id = :case_id;

-- holds_of_case(case_id)
SELECT system_key, collection, ground, until, restricted, count(*) AS items FROM hold
WHERE case_id = :case_id AND released_at IS NULL
GROUP BY system_key, collection, ground, until, restricted ORDER BY system_key, collection, ground, until;

-- holds_of_system(case_id, system_key)
SELECT collection, sealed_record_id FROM hold WHERE case_id = :case_id AND system_key = :system_key;
