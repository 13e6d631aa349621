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
