-- page(controller_id, before, page_size)
-- The newest first. Of a message that was replayed often the latest attempts are enough.
SELECT o.id, o.template AS type, o.case_id, o.created_at, o.sent_at, o.failed_at, coalesce((
    SELECT jsonb_agg(jsonb_build_object('number', a.number, 'at', a.at, 'status', a.status, 'error', a.error,
        'seconds', a.seconds) ORDER BY a.number)
    FROM (SELECT * FROM attempt WHERE outbox_id = o.id ORDER BY number DESC LIMIT 30) AS a
), '[]') AS attempts
FROM outbox o
WHERE o.controller_id = :controller_id AND o.channel = 'webhook' AND (:before::uuid IS NULL OR o.id < :before::uuid)
ORDER BY o.id DESC LIMIT :page_size;

-- one(controller_id, id)
SELECT id FROM outbox WHERE controller_id = :controller_id AND channel = 'webhook' AND id = :id;

-- last_attempts(controller_id)
SELECT a.number, a.at, a.status, a.error, a.seconds
FROM (
    SELECT id FROM outbox WHERE controller_id = :controller_id AND channel = 'webhook' ORDER BY id DESC LIMIT 50
) AS o
JOIN attempt a ON a.outbox_id = o.id ORDER BY a.at DESC, a.number DESC LIMIT 10;
