-- claim(now, leased_until, lanes, helds, limits, slows, new_limit, room, slow_room)
-- Each lane at its own pace. The lanes are found by leaping from one to the next in their index, however much waits in
-- each. From each comes as much as it has places left, and who has the fewest on the way comes first; so a backlog of
-- one is no other's delay. Slow lanes, and messages that failed before, share the places that `slow_room` leaves them.
WITH RECURSIVE head AS (
    (SELECT lane, due_at FROM step WHERE state = 'ready' AND lane <> '' ORDER BY lane, due_at LIMIT 1)
    UNION ALL
    SELECT following.lane, following.due_at FROM head CROSS JOIN LATERAL (
        SELECT lane, due_at FROM step WHERE state = 'ready' AND lane <> '' AND lane > head.lane
        ORDER BY lane, due_at LIMIT 1
    ) AS following
), open AS (
    SELECT head.lane, head.due_at, coalesce(known.held, 0) AS held, coalesce(known.slow, false) AS slow,
        coalesce(known.places, :new_limit::int) - coalesce(known.held, 0) AS places
    FROM head
    LEFT JOIN unnest(:lanes::text[], :helds::int[], :limits::int[], :slows::boolean[])
        AS known (lane, held, places, slow) USING (lane)
    WHERE head.due_at <= :now
), asked AS (
    SELECT lane, held, slow, places FROM (
        SELECT open.*, row_number() OVER (PARTITION BY slow ORDER BY held, due_at) AS turn FROM open WHERE places > 0
    ) AS o
    WHERE turn <= CASE WHEN slow THEN :slow_room::int ELSE :room::int END
), locked AS MATERIALIZED (
    SELECT due.id, due.due_at, asked.lane, asked.held, asked.slow OR due.attempt > 0 AS slow
    FROM asked CROSS JOIN LATERAL (
        SELECT id, due_at, attempt FROM step
        WHERE state = 'ready' AND lane <> '' AND step.lane = asked.lane AND due_at <= :now
        ORDER BY due_at LIMIT asked.places FOR UPDATE SKIP LOCKED
    ) AS due
), placed AS (
    SELECT id, slow, due_at, held + row_number() OVER (PARTITION BY lane ORDER BY due_at) AS place FROM locked
), turned AS (
    SELECT id, slow, due_at, place, row_number() OVER (PARTITION BY slow ORDER BY place, due_at) AS turn FROM placed
), mine AS (
    UPDATE step SET state = 'running', lease = lease + 1, attempt = attempt + 1, leased_until = :leased_until
    WHERE id = ANY(ARRAY(
        SELECT id FROM turned WHERE NOT slow OR turn <= :slow_room::int ORDER BY place, due_at LIMIT :room::int
    ))
    RETURNING id, case_id, kind, key, payload, attempt, lease, cursor, detail, created_at
)
SELECT mine.id, mine.case_id, mine.kind, mine.key, mine.payload, mine.attempt, mine.lease, mine.cursor, mine.detail,
    mine.created_at,
    o.id, o.case_id, o.channel, o.template, o.identity_id, o.controller_id, o.member_id, o.to_staff, o.facts, o.sealed,
    o.created_at, o.sent_at, o.failed_at,
    c.id, c.request_id, r.reference, r.language, c.parent_id, c.controller_id, c.tenant, c."right", c.role, c.state,
    c.outcome, c.residence, c.regime, c.received_at, c.due_date, c.strict_due_date, c.statutory_due_date,
    c.notice_deadline, c.paused, c.assist_due_date, c.answer_to, c.profile_hash,
    c.wrapped_key, c.assignee, c.event_count, c.event_head, c.created_at, c.closed_at,
    e.controller_id, e.url, e.sealed_secret, e.sealed_old_secret, e.old_secret_until, e.payload, e.created_at,
    e.disabled_at, e.disabled_for
FROM mine
JOIN outbox o ON o.id = mine.key::uuid
JOIN case_file c ON c.id = mine.case_id
JOIN request r ON r.id = c.request_id
LEFT JOIN endpoint e ON e.controller_id = o.controller_id;

-- settle(ids, leases, states, due_ats, attempts, outcomes, details, message_ids, trieds, ats, statuses, errors, responses, seconds, now)
-- Many ends in one statement, each fenced by its lease: what another worker holds now is passed by, with all its rows.
WITH ended AS MATERIALIZED (
    SELECT * FROM unnest(:ids::uuid[], :leases::int[], :states::text[], :due_ats::timestamptz[], :attempts::int[],
        :outcomes::text[], :details::jsonb[], :message_ids::uuid[], :trieds::boolean[], :ats::timestamptz[],
        :statuses::int[], :errors::text[], :responses::bytea[], :seconds::real[])
        AS e (id, lease, state, due_at, attempt, outcome, detail, message_id, tried, at, status, error, response, seconds)
), settled AS (
    UPDATE step SET state = e.state, leased_until = NULL, due_at = coalesce(e.due_at, step.due_at), attempt = e.attempt,
        outcome = e.outcome, detail = step.detail || e.detail,
        finished_at = CASE WHEN e.state = 'done' THEN :now::timestamptz END
    FROM ended e WHERE step.id = e.id AND step.lease = e.lease AND step.state = 'running'
    RETURNING step.id
), told AS (
    UPDATE outbox SET sent_at = CASE WHEN e.outcome = 'done' THEN :now::timestamptz END,
        failed_at = CASE WHEN e.outcome = 'failed' THEN :now::timestamptz END, sealed = NULL
    FROM ended e JOIN settled USING (id)
    WHERE outbox.id = e.message_id AND e.state = 'done' AND outbox.sent_at IS NULL
), kept AS (
    INSERT INTO attempt (outbox_id, number, at, status, error, response, seconds)
    SELECT e.message_id, (SELECT coalesce(max(number), 0) + 1 FROM attempt a WHERE a.outbox_id = e.message_id), e.at,
        e.status, e.error, e.response, e.seconds
    FROM ended e JOIN settled USING (id) WHERE e.tried
)
SELECT id FROM settled;

-- lock_endpoint(controller_id)
-- Whoever switches it off or falls back on mail holds it: a switching on meanwhile is seen, or comes after.
SELECT url, disabled_at FROM endpoint WHERE controller_id = :controller_id FOR UPDATE;

-- switch_off(controller_id, disabled_for, now)
UPDATE endpoint SET disabled_at = :now, disabled_for = :disabled_for
WHERE controller_id = :controller_id AND disabled_at IS NULL;

-- hurry(controller_id, now)
-- What waits for another attempt is looked at now. By the lane's index, and not the other channels' messages.
UPDATE step SET due_at = :now FROM outbox o
WHERE step.state = 'ready' AND step.lane = :controller_id::uuid::text AND step.lane <> '' AND step.due_at > :now
    AND o.id = step.key::uuid AND o.channel = 'webhook';

-- arrived_since(controller_id, message_id, attempts)
-- Since this message's present run of attempts began: a replay begins another.
SELECT EXISTS (
    SELECT FROM outbox WHERE controller_id = :controller_id AND channel = 'webhook' AND sent_at > (
        SELECT min(at) FROM (
            SELECT at FROM attempt WHERE outbox_id = :message_id ORDER BY number DESC LIMIT :attempts
        ) AS run
    )
);

-- staff_knows(case_id)
SELECT EXISTS (SELECT FROM step WHERE case_id = :case_id AND state = 'manual' AND kind = 'delivery.webhook');

-- replay(controller_id, message_ids, since, limit, now)
-- What is on its way just now is left alone: it arrives, or comes again by itself.
WITH wanted AS (
    SELECT id, case_id FROM outbox
    WHERE controller_id = :controller_id AND channel = 'webhook'
        AND (:message_ids::uuid[] IS NULL OR id = ANY(:message_ids::uuid[]))
        AND (:since::timestamptz IS NULL OR created_at >= :since)
    ORDER BY id LIMIT :limit
), again AS (
    UPDATE step SET state = 'ready', attempt = 0, due_at = :now, outcome = NULL, finished_at = NULL
    FROM wanted WHERE step.case_id = wanted.case_id AND step.kind = 'delivery.webhook' AND step.key = wanted.id::text
        AND step.state <> 'running'
    RETURNING wanted.id
)
UPDATE outbox SET failed_at = NULL FROM again WHERE outbox.id = again.id;

-- waiting(now)
SELECT count(*) FILTER (WHERE state = 'ready' AND due_at <= :now) AS due,
    count(*) FILTER (WHERE state = 'ready' AND due_at > :now) AS later,
    (SELECT count(*) FROM step WHERE state = 'running' AND lane <> '') AS on_the_way
FROM step WHERE state = 'ready' AND lane <> '';
