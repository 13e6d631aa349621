-- page(system_key, after_on, after_id, page_size)
-- What people are to do, the earliest first: a task has a day of its own, or its case's.
SELECT id, case_id, kind, key, system_key, detail, due_on, created_at, assignee, "right" FROM (
    SELECT s.id, s.case_id, s.kind, s.key, s.payload->>'system' AS system_key, s.detail, s.created_at, c.assignee,
        c."right", coalesce((s.detail->>'due_on')::date, c.strict_due_date) AS due_on
    FROM step s JOIN case_file c ON c.id = s.case_id
    WHERE s.state = 'manual'
) AS task
WHERE (:system_key::text IS NULL OR coalesce(system_key, key) = :system_key)
    AND (:after_on::date IS NULL OR (due_on, id) > (:after_on, :after_id::uuid))
ORDER BY due_on, id LIMIT :page_size;

-- overdue(today)
SELECT count(*) FROM step s JOIN case_file c ON c.id = s.case_id
WHERE s.state = 'manual' AND coalesce((s.detail->>'due_on')::date, c.strict_due_date) < :today;

-- untold(before, batch)
-- Cases with a task that nobody was told of; of no case twice within the time since `before`. A closed door has its own
-- mail, and what waits for it goes on by itself. Mail about mail that fails would go in circles.
SELECT DISTINCT s.case_id FROM step s
WHERE s.state = 'manual' AND s.told_at IS NULL
    AND s.kind <> 'delivery.send' AND s.detail->>'reason' IS DISTINCT FROM 'Unauthorised'
    AND NOT EXISTS (SELECT FROM step t WHERE t.case_id = s.case_id AND t.told_at > :before)
ORDER BY s.case_id LIMIT :batch;

-- tell(case_id, due_date, now)
-- Whoever holds a step is just ending it. What comes after the answer has no date but its own.
WITH told AS (
    UPDATE step SET told_at = :now
    WHERE id = ANY(ARRAY(
        SELECT id FROM step
        WHERE case_id = :case_id AND state = 'manual' AND told_at IS NULL
            AND kind <> 'delivery.send' AND detail->>'reason' IS DISTINCT FROM 'Unauthorised'
        FOR NO KEY UPDATE SKIP LOCKED
    ))
    RETURNING coalesce((detail->>'due_on')::date,
        CASE WHEN kind NOT IN ('fanout.release', 'fanout.recheck') THEN :due_date::date END) AS due_on
)
SELECT count(*) AS tasks, min(due_on) AS due_on FROM told;
