-- insert(ids, request_ids, parent_ids, controller_ids, tenants, rights, roles, states, residences, regimes, received_ats, due_dates, strict_due_dates, statutory_due_dates, notice_deadlines, assist_due_dates, clocks, profile_hash, wrapped_keys, sealed_details, event_counts, event_heads, now)
INSERT INTO case_file (id, request_id, parent_id, controller_id, tenant, "right", role, state, residence, regime,
    received_at, due_date, strict_due_date, statutory_due_date, notice_deadline, assist_due_date, clock, profile_hash, wrapped_key, sealed_details, event_count,
    event_head, created_at)
SELECT n.id, n.request_id, n.parent_id, n.controller_id, n.tenant, n."right", n.role, n.state, n.residence, n.regime,
    n.received_at, n.due_date, n.strict_due_date, n.statutory_due_date, n.notice_deadline, n.assist_due_date, n.clock, :profile_hash, n.wrapped_key, n.sealed_details,
    n.event_count, n.event_head, :now
FROM unnest(:ids::uuid[], :request_ids::uuid[], :parent_ids::uuid[], :controller_ids::uuid[], :tenants::text[],
    :rights::text[], :roles::text[], :states::text[], :residences::text[], :regimes::text[],
    :received_ats::timestamptz[], :due_dates::date[], :strict_due_dates::date[], :statutory_due_dates::date[],
    :notice_deadlines::date[], :assist_due_dates::date[], :clocks::jsonb[],
    :wrapped_keys::bytea[], :sealed_details::bytea[], :event_counts::int[], :event_heads::bytea[])
    AS n (id, request_id, parent_id, controller_id, tenant, "right", role, state, residence, regime, received_at,
    due_date, strict_due_date, statutory_due_date, notice_deadline, assist_due_date, clock, wrapped_key, sealed_details, event_count, event_head);

-- one(id)
SELECT c.id, c.request_id, r.reference, r.language, c.parent_id, c.controller_id, c.tenant, c."right", c.role, c.state,
    c.outcome, c.residence, c.regime, c.received_at, c.due_date, c.strict_due_date, c.statutory_due_date,
    c.notice_deadline, c.paused, c.assist_due_date, c.answer_to, c.profile_hash,
    c.wrapped_key, c.assignee, c.event_count, c.event_head, c.created_at, c.closed_at
FROM case_file c JOIN request r ON r.id = c.request_id WHERE c.id = :id;

-- lock(id)
-- NO KEY: whoever adds a row to the case holds its key shared; a full lock asked for after that would deadlock.
SELECT c.id, c.request_id, r.reference, r.language, c.parent_id, c.controller_id, c.tenant, c."right", c.role, c.state,
    c.outcome, c.residence, c.regime, c.received_at, c.due_date, c.strict_due_date, c.statutory_due_date,
    c.notice_deadline, c.paused, c.assist_due_date, c.answer_to, c.profile_hash,
    c.wrapped_key, c.assignee, c.event_count, c.event_head, c.created_at, c.closed_at
FROM case_file c JOIN request r ON r.id = c.request_id WHERE c.id = :id FOR NO KEY UPDATE OF c;

-- lock_of_request(request_id)
SELECT c.id, c.request_id, r.reference, r.language, c.parent_id, c.controller_id, c.tenant, c."right", c.role, c.state,
    c.outcome, c.residence, c.regime, c.received_at, c.due_date, c.strict_due_date, c.statutory_due_date,
    c.notice_deadline, c.paused, c.assist_due_date, c.answer_to, c.profile_hash,
    c.wrapped_key, c.assignee, c.event_count, c.event_head, c.created_at, c.closed_at
FROM case_file c JOIN request r ON r.id = c.request_id
WHERE c.request_id = :request_id AND c.parent_id IS NULL ORDER BY c.id FOR NO KEY UPDATE OF c;

-- lock_cut_from(parent_id)
SELECT c.id, c.request_id, r.reference, r.language, c.parent_id, c.controller_id, c.tenant, c."right", c.role, c.state,
    c.outcome, c.residence, c.regime, c.received_at, c.due_date, c.strict_due_date, c.statutory_due_date,
    c.notice_deadline, c.paused, c.assist_due_date, c.answer_to, c.profile_hash,
    c.wrapped_key, c.assignee, c.event_count, c.event_head, c.created_at, c.closed_at
FROM case_file c JOIN request r ON r.id = c.request_id
WHERE c.parent_id = :parent_id ORDER BY c.id FOR NO KEY UPDATE OF c;

-- other_restrictions(id, now)
SELECT DISTINCT c.id
FROM case_file mine
JOIN identity i ON i.case_id = mine.id AND i.proven_at IS NOT NULL
JOIN identity other ON other.blind_index = i.blind_index AND other.proven_at IS NOT NULL
JOIN case_file c ON c.id = other.case_id AND c.id <> mine.id
    AND c.controller_id IS NOT DISTINCT FROM mine.controller_id
WHERE mine.id = :id AND c."right" = 'restriction' AND c.role = mine.role
    AND (c.state IN ('acting', 'answering') OR (c.state = 'delivered' AND c.outcome IN ('fulfilled', 'fulfilled_in_part')))
    AND NOT EXISTS (
        SELECT FROM step s WHERE s.case_id = c.id AND s.payload ->> 'order' = 'lift'
            AND (s.payload ->> 'from')::timestamptz <= :now::timestamptz
    );

-- move(id, state, outcome, answer_to, closed_at, event_count, event_head)
UPDATE case_file SET state = :state, outcome = :outcome, answer_to = :answer_to, closed_at = :closed_at, event_count = :event_count,
    event_head = :event_head
WHERE id = :id;

-- set_due(id, due_date, strict_due_date, statutory_due_date, notice_deadline, paused, clock)
UPDATE case_file SET due_date = :due_date, strict_due_date = :strict_due_date,
    statutory_due_date = :statutory_due_date, notice_deadline = :notice_deadline, paused = :paused, clock = :clock
WHERE id = :id;

-- assign(id, assignee)
UPDATE case_file SET assignee = :assignee WHERE id = :id;

-- sealed_details(id)
SELECT sealed_details FROM case_file WHERE id = :id;

-- clock(id)
SELECT clock FROM case_file WHERE id = :id;

-- page(after_due, after_id, state, case_role, case_right, due_until, assignee, reference, overdue_on, page_size)
SELECT c.id, r.reference, c."right", c.role, c.state, c.outcome, c.tenant, c.controller_id, c.received_at, c.due_date,
    c.statutory_due_date, c.assist_due_date, c.assignee, c.created_at, c.closed_at
FROM case_file c JOIN request r ON r.id = c.request_id
WHERE (c.due_date, c.id) > (:after_due::date, :after_id::uuid)
    AND (:state::text IS NULL OR c.state = :state)
    AND (:case_role::text IS NULL OR c.role = :case_role)
    AND (:case_right::text IS NULL OR c."right" = :case_right)
    AND (:due_until::date IS NULL OR c.due_date <= :due_until)
    AND (:assignee::uuid IS NULL OR c.assignee = :assignee)
    AND (:reference::text IS NULL OR r.reference = :reference)
    AND (:overdue_on::date IS NULL OR (c.due_date < :overdue_on AND c.state NOT IN ('closed', 'delivered')))
ORDER BY c.due_date, c.id LIMIT :page_size;

-- of_controller(controller_id, after_id, state, case_right, is_open, due_before, page_size)
-- Its dates are two: what is due before a day is due by the earlier of them.
SELECT c.id, r.reference, c."right", c.role, c.state, c.outcome, c.tenant, c.controller_id, c.received_at, c.due_date,
    c.statutory_due_date, c.assist_due_date, c.assignee, c.created_at, c.closed_at
FROM case_file c JOIN request r ON r.id = c.request_id
WHERE c.controller_id = :controller_id AND c.id > :after_id
    AND (:state::text IS NULL OR c.state = :state)
    AND (:case_right::text IS NULL OR c."right" = :case_right)
    AND (:is_open::boolean IS NULL OR (c.state NOT IN ('delivered', 'closed')) = :is_open)
    AND (:due_before::date IS NULL OR least(c.assist_due_date, c.statutory_due_date) < :due_before)
ORDER BY c.id LIMIT :page_size;

-- states_of_request(reference)
SELECT c."right", c.role, c.state, c.due_date, c.received_at, c.closed_at
FROM case_file c JOIN request r ON r.id = c.request_id
WHERE r.reference = :reference AND c.parent_id IS NULL ORDER BY c.id;

-- destroy_key(id, now)
-- What a controller's endpoint answered may repeat what it was told: the first bytes that were kept of it go as well.
WITH forgotten AS (
    UPDATE attempt SET response = NULL FROM outbox o
    WHERE o.case_id = :id AND attempt.outbox_id = o.id AND attempt.response IS NOT NULL
),
-- So does how far a search came: it names a row of the person's.
marks AS (
    UPDATE step SET cursor = NULL WHERE id = ANY(ARRAY(
        SELECT id FROM step WHERE case_id = :id AND cursor IS NOT NULL FOR NO KEY UPDATE SKIP LOCKED
    ))
)
UPDATE case_file SET wrapped_key = NULL, sealed_details = NULL, key_destroyed_at = :now
WHERE id = :id AND wrapped_key IS NOT NULL;

-- tallies()
SELECT state, count(*) AS cases FROM case_file GROUP BY state;

-- ids()
SELECT id, event_count, event_head FROM case_file ORDER BY id;
