-- fresh(case_id)
SELECT system_key, category, sum(records)::bigint AS records, sum(attachments)::bigint AS attachments,
    sum(recordings)::bigint AS recordings
FROM segment WHERE case_id = :case_id AND bundle_number IS NULL
GROUP BY system_key, category ORDER BY system_key, category;

-- records_by_system(case_id, number)
SELECT system_key, sum(records + attachments)::bigint AS records
FROM segment WHERE case_id = :case_id AND bundle_number = :number GROUP BY system_key;

-- waiting(case_id, prefix)
SELECT payload ->> 'number' FROM step
WHERE case_id = :case_id AND kind = 'review.by_hand' AND state = 'manual' AND starts_with(key, :prefix::text);

-- reopen(id, case_id, now)
-- Its mark stays: what went out in an archive is not collected again.
UPDATE step SET state = 'ready', outcome = NULL, finished_at = NULL, attempt = 0, due_at = :now
WHERE id = :id AND case_id = :case_id AND kind = 'fanout.search' AND state = 'done' AND outcome IN ('gap', 'failed');

-- leave_open(case_id, now)
-- One at work is stopped: its worker finds that the step is no longer its own, and its mark stays. One that is just
-- being ended waits for the case, which is ours: to wait for it in turn would deadlock, and it is no gap.
UPDATE step SET state = 'done', outcome = 'gap', leased_until = NULL, finished_at = :now,
    detail = detail || jsonb_build_object('left_open', CASE state WHEN 'manual' THEN 'manual' ELSE 'ready' END)
WHERE id = ANY(ARRAY(
    SELECT id FROM step WHERE case_id = :case_id AND kind = 'fanout.search' AND state <> 'done'
    FOR NO KEY UPDATE SKIP LOCKED
))
RETURNING key;

-- go_on(case_id, now)
UPDATE step SET state = detail ->> 'left_open', outcome = NULL, finished_at = NULL, attempt = 0, due_at = :now,
    detail = detail - 'left_open'
WHERE case_id = :case_id AND kind = 'fanout.search' AND state = 'done' AND outcome = 'gap' AND detail ? 'left_open';

-- postpone_close(case_id, until)
-- One that is just being carried out waits for the case, which is ours.
UPDATE step SET due_at = greatest(due_at, :until)
WHERE id = ANY(ARRAY(
    SELECT id FROM step WHERE case_id = :case_id AND kind = 'delivery.close' AND key = '' AND state = 'ready'
    FOR NO KEY UPDATE SKIP LOCKED
));
