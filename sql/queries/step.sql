-- claim(now, leased_until, batch)
-- Older cases first (their ids rise with time): the first is answered before the last has begun. But most steps wait
-- for a day that is weeks or years away, and to follow the cases' order is to pass by all of those. So the due ones
-- are looked at first, by their time; only where that look is full, as in a backlog, the cases are followed.
WITH due AS MATERIALIZED (
    SELECT id FROM step WHERE state = 'ready' AND lane = '' AND due_at <= :now ORDER BY due_at LIMIT 200
), few AS MATERIALIZED (
    SELECT id FROM step
    WHERE (SELECT count(*) FROM due) < 200 AND id = ANY(ARRAY(SELECT id FROM due))
        AND state = 'ready' AND lane = '' AND due_at <= :now
    ORDER BY case_id, due_at LIMIT :batch FOR UPDATE SKIP LOCKED
), many AS MATERIALIZED (
    SELECT id FROM step
    WHERE (SELECT count(*) FROM due) = 200 AND state = 'ready' AND lane = '' AND due_at <= :now
    ORDER BY case_id, due_at LIMIT :batch FOR UPDATE SKIP LOCKED
)
UPDATE step SET state = 'running', lease = lease + 1, attempt = attempt + 1, leased_until = :leased_until
WHERE id = ANY(ARRAY(SELECT id FROM few UNION ALL SELECT id FROM many))
RETURNING id, case_id, kind, key, payload, attempt, lease, cursor, detail, created_at;

-- renew(ids, leases, leased_until)
-- Whoever holds a row is just ending it. To wait for that while holding others would deadlock: the one who ends a step
-- may wait for its case, and the one who holds the case for another of the steps.
UPDATE step SET leased_until = :leased_until
WHERE id = ANY(ARRAY(
    SELECT s.id FROM step s JOIN unnest(:ids::uuid[], :leases::int[]) AS mine (id, lease) USING (id, lease)
    WHERE s.state = 'running' FOR NO KEY UPDATE OF s SKIP LOCKED
));

-- release_expired(now)
UPDATE step SET state = 'ready', leased_until = NULL
WHERE id = ANY(ARRAY(
    SELECT id FROM step WHERE state = 'running' AND leased_until < :now FOR NO KEY UPDATE SKIP LOCKED
));

-- release(id, lease)
UPDATE step SET state = 'ready', leased_until = NULL, attempt = attempt - 1
WHERE id = :id AND lease = :lease AND state = 'running';

-- finish(id, lease, outcome, detail, now)
UPDATE step SET state = 'done', leased_until = NULL, outcome = :outcome, detail = detail || :detail, finished_at = :now
WHERE id = :id AND lease = :lease AND state = 'running';

-- again(id, lease, due_at, attempt, detail)
UPDATE step SET state = 'ready', leased_until = NULL, due_at = :due_at, attempt = :attempt, detail = detail || :detail
WHERE id = :id AND lease = :lease AND state = 'running';

-- hand_over(id, lease, detail)
UPDATE step SET state = 'manual', leased_until = NULL, told_at = NULL, detail = detail || :detail
WHERE id = :id AND lease = :lease AND state = 'running';

-- advance(id, lease, cursor, detail)
-- One that was writing when its case was closed was passed by (`drop_open`): it goes no further than that.
UPDATE step SET cursor = :cursor, detail = detail || :detail
WHERE id = :id AND lease = :lease AND state = 'running'
    AND NOT EXISTS (SELECT FROM case_file WHERE case_file.id = case_id AND case_file.state = 'closed');

-- restart(id, lease)
UPDATE step SET cursor = NULL, detail = '{}' WHERE id = :id AND lease = :lease AND state = 'running';

-- remember(id, lease, detail)
UPDATE step SET detail = detail || :detail WHERE id = :id AND lease = :lease AND state = 'running';

-- insert(ids, case_ids, kinds, keys, lanes, payloads, states, due_ats, now)
INSERT INTO step (id, case_id, kind, key, lane, payload, state, due_at, created_at)
SELECT new.id, new.case_id, new.kind, new.key, new.lane, new.payload, new.state, new.due_at, :now
FROM unnest(:ids::uuid[], :case_ids::uuid[], :kinds::text[], :keys::text[], :lanes::text[],
    :payloads::jsonb[], :states::text[], :due_ats::timestamptz[])
    AS new (id, case_id, kind, key, lane, payload, state, due_at)
ON CONFLICT (case_id, kind, key) DO NOTHING;

-- of_case(case_id)
SELECT id, case_id, kind, key, payload, state, due_at, attempt, outcome, detail, created_at, finished_at
FROM step WHERE case_id = :case_id ORDER BY created_at, kind, key;

-- of_kinds(case_id, kinds)
SELECT key, payload, state, outcome, detail FROM step WHERE case_id = :case_id AND kind = ANY(:kinds::text[]) ORDER BY key;

-- one(id, case_id)
SELECT id, case_id, kind, key, payload, state, due_at, attempt, outcome, detail, created_at, finished_at
FROM step WHERE id = :id AND case_id = :case_id;

-- retry(id, case_id, now)
UPDATE step SET state = 'ready', attempt = 0, due_at = :now
WHERE id = :id AND case_id = :case_id AND state IN ('manual', 'ready');

-- finish_by_hand(id, case_id, outcome, detail, now)
UPDATE step SET state = 'done', outcome = :outcome, detail = detail || :detail, finished_at = :now
WHERE id = :id AND case_id = :case_id AND state = 'manual';

-- drop_open(case_id, now)
-- What only reads is stopped while it runs, too: its worker finds that the step is no longer its own. One that is just
-- being ended waits for the case, which is ours: to wait for it in turn would deadlock, and it looks at the case anyway.
UPDATE step SET state = 'done', outcome = 'dropped', leased_until = NULL, finished_at = :now
WHERE id = ANY(ARRAY(
    SELECT id FROM step
    WHERE case_id = :case_id
        AND (state IN ('ready', 'manual') OR (state = 'running' AND kind IN ('fanout.search', 'fanout.foresee', 'bundle.assemble', 'bundle.supplement')))
        AND kind NOT IN ('delivery.send', 'delivery.webhook', 'delivery.close', 'clock.watch', 'fanout.release', 'fanout.recheck')
    FOR NO KEY UPDATE SKIP LOCKED
));

-- wake_watch(case_id)
-- The dates have moved: the watch looks at once, by them, and sleeps again. One that had ended begins anew.
UPDATE step SET state = 'ready', due_at = created_at, outcome = NULL, finished_at = NULL
WHERE case_id = :case_id AND kind = 'clock.watch' AND (state = 'ready' OR (state = 'done' AND outcome = 'done'));

-- end_watch(case_id, now)
UPDATE step SET state = 'done', outcome = 'dropped', finished_at = :now
WHERE case_id = :case_id AND kind = 'clock.watch' AND state IN ('ready', 'manual');

-- earlier_release(case_id, system_key, until)
-- What goes on an earlier day goes first: a customer's row goes with the last invoice that needs it.
SELECT EXISTS (
    SELECT FROM step
    WHERE case_id = :case_id AND kind = 'fanout.release' AND state IN ('ready', 'running')
        AND payload->>'system' = :system_key AND payload->>'until' < :until
) AS waits;

-- waiting_for_hold(hold_id)
-- Tasks that a legal hold made of orders.
SELECT id, case_id, kind, key FROM step
WHERE state = 'manual' AND kind IN ('fanout.order', 'fanout.release') AND detail->'holds' ? :hold_id::text
ORDER BY case_id, id;

-- drop_tasks(case_id, now)
UPDATE step SET state = 'done', outcome = 'dropped', finished_at = :now
WHERE case_id = :case_id AND state = 'manual' AND kind = 'review.by_hand';

-- drop_questions(case_id, now)
UPDATE step SET state = 'done', outcome = 'dropped', finished_at = :now
WHERE case_id = :case_id AND state = 'manual' AND kind = 'review.by_hand' AND key LIKE 'information:%';

-- foresee_anew(case_id, keys, now)
-- It only reads: one at work is begun again, too, and its worker finds that the step is no longer its own. One that is
-- just being ended waits for the case, which is ours, and is of this moment anyway.
UPDATE step SET state = 'ready', lease = lease + 1, leased_until = NULL, attempt = 0, due_at = :now, detail = '{}',
    outcome = NULL, finished_at = NULL
WHERE id = ANY(ARRAY(
    SELECT id FROM step WHERE case_id = :case_id AND kind = 'fanout.foresee' AND key = ANY(:keys::text[])
    FOR NO KEY UPDATE SKIP LOCKED
));

-- drop_foresights(case_id, now)
-- The erasure was approved without them.
UPDATE step SET state = 'done', outcome = 'dropped', leased_until = NULL, finished_at = :now
WHERE id = ANY(ARRAY(
    SELECT id FROM step WHERE case_id = :case_id AND kind = 'fanout.foresee' AND state <> 'done'
    FOR NO KEY UPDATE SKIP LOCKED
));

-- backlog(now)
-- Each by its own index: most of the rows are done, or wait for another day.
SELECT (SELECT count(*) FROM step WHERE state = 'ready' AND lane = '' AND due_at <= :now)
        + (SELECT count(*) FROM step WHERE state = 'ready' AND lane <> '' AND due_at <= :now) AS ready,
    (SELECT count(*) FROM step WHERE state = 'running') AS running,
    (SELECT count(*) FROM step WHERE state = 'manual') AS manual;

-- close_unproven(ids, before, now)
-- GDPR 5(1)(e): a request whose sender never proved who they are is not kept for ever.
INSERT INTO step (id, case_id, kind, key, state, due_at, created_at)
SELECT fresh.id, stale.id, 'delivery.close', 'unproven', 'ready', :now, :now
FROM unnest(:ids::uuid[]) WITH ORDINALITY AS fresh (id, place)
JOIN (
    SELECT id, row_number() OVER (ORDER BY created_at) AS place FROM case_file
    WHERE state = 'awaiting_identity' AND created_at < :before ORDER BY created_at LIMIT 100
) AS stale USING (place)
ON CONFLICT (case_id, kind, key) DO NOTHING;

-- take_back(case_id, match_id, now)
-- What it collects is not the person's. One at work finds that the step is no longer its own; one that is just being
-- ended waits for the case, which is ours: whoever asks is told to ask again.
UPDATE step SET state = 'done', outcome = 'no_match', lease = lease + 1, leased_until = NULL, finished_at = :now
WHERE id = ANY(ARRAY(
    SELECT id FROM step
    WHERE case_id = :case_id AND kind = 'fanout.search' AND payload ->> 'match' = :match_id
    FOR NO KEY UPDATE SKIP LOCKED
))
RETURNING id;

-- of_match(case_id, match_id)
SELECT count(*) FROM step WHERE case_id = :case_id AND kind = 'fanout.search' AND payload ->> 'match' = :match_id;
