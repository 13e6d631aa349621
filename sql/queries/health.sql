-- turn(key, gap, ahead, wait, now)
-- A place for one call. `next_at` is up to where the calls so far are spoken for: one each `gap` seconds, and a call
-- may come `ahead` of that. By the database's clock, for workers' own may differ by more than a gap. What nobody
-- asked to wait is held until '-infinity', and before Postgres 17 no time can be subtracted from that.
WITH taken AS (
    INSERT INTO system_rate AS r (system_key, next_at, held_until)
    SELECT key, clock_timestamp() + make_interval(secs => :gap), '-infinity' FROM system WHERE key = :key
    ON CONFLICT (system_key) DO UPDATE
        SET next_at = greatest(r.next_at, clock_timestamp() + (greatest(r.held_until, :now) - :now)) + make_interval(secs => :gap)
        WHERE r.next_at - make_interval(secs => :ahead) <= clock_timestamp() + make_interval(secs => :wait)
            AND r.held_until <= :now::timestamptz + make_interval(secs => :wait)
    RETURNING greatest(next_at - make_interval(secs => :gap) - make_interval(secs => :ahead) - clock_timestamp(),
        greatest(held_until, :now) - :now) AS goes_in
)
SELECT true AS taken, greatest(extract(epoch FROM goes_in)::float8, 0) AS seconds FROM taken
UNION ALL
-- A row made or changed since this statement began turns it away, and is not seen as it is: it is a gap away then.
SELECT false, CASE WHEN seen > :wait THEN seen ELSE greatest(:gap, :wait) END
FROM system LEFT JOIN system_rate ON system_key = key CROSS JOIN LATERAL (
    SELECT extract(epoch FROM greatest(next_at - make_interval(secs => :ahead) - clock_timestamp(),
        greatest(held_until, :now) - :now))::float8 AS seen
) AS known
WHERE key = :key AND NOT EXISTS (SELECT FROM taken);

-- hold(key, until)
INSERT INTO system_rate AS r (system_key, next_at, held_until)
SELECT key, clock_timestamp(), :until FROM system WHERE key = :key
ON CONFLICT (system_key) DO UPDATE SET held_until = greatest(r.held_until, excluded.held_until);

-- let_go(key)
UPDATE system_rate SET held_until = '-infinity' WHERE system_key = :key;

-- failed(key, version, opens_after, probe_due_at, now)
UPDATE system SET failures = failures + 1,
    circuit_opened_at = CASE WHEN failures + 1 >= :opens_after THEN coalesce(circuit_opened_at, :now) END,
    probe_due_at = CASE WHEN failures + 1 = :opens_after THEN :probe_due_at ELSE probe_due_at END,
    -- One that comes and goes is told of once in six hours, not each time.
    told_at = CASE WHEN failures + 1 = :opens_after AND told_at < :now::timestamptz - interval '6 hours' THEN NULL ELSE told_at END
WHERE key = :key AND version = :version
RETURNING failures = :opens_after AS opened;

-- answered(key, version)
WITH was AS (
    SELECT key, circuit_opened_at FROM system WHERE key = :key AND version = :version AND failures > 0 FOR NO KEY UPDATE
)
UPDATE system SET failures = 0, circuit_opened_at = NULL FROM was WHERE system.key = was.key
RETURNING was.circuit_opened_at IS NOT NULL AS closed;

-- pause(key, version, reason)
UPDATE system SET paused_reason = :reason, told_at = NULL WHERE key = :key AND version = :version AND paused_reason IS NULL;

-- outdated(key, version)
SELECT EXISTS (SELECT FROM system WHERE key = :key AND version > :version);

-- resume(key)
UPDATE system SET paused_reason = NULL, failures = 0, circuit_opened_at = NULL, told_at = NULL
WHERE key = :key AND enabled AND (paused_reason IS NOT NULL OR failures > 0);

-- take_out(key)
UPDATE system SET enabled = false WHERE key = :key AND enabled;

-- wake(key, by_hand, now)
-- What waits for the system goes on by itself: steps that it was too silent for, and, when a person has let it in
-- again, the tasks that its closed door made. Whoever holds a step is just ending it.
UPDATE step SET state = 'ready', due_at = :now, attempt = CASE WHEN state = 'manual' THEN 0 ELSE attempt END
WHERE id = ANY(ARRAY(
    SELECT id FROM step
    WHERE ((:by_hand AND state = 'manual' AND detail->>'reason' = 'Unauthorised')
            OR (state = 'ready' AND due_at > :now AND detail->>'silent' = :key))
        AND (kind = 'routing.look_up' OR (kind LIKE 'fanout.%' AND coalesce(payload->>'system', step.key) = :key))
    FOR NO KEY UPDATE SKIP LOCKED
));

-- claim_probes(now, again_at, batch)
-- One worker each: whoever dies over a probe leaves it to another, when `again_at` has come.
UPDATE system SET probe_due_at = :again_at
WHERE key = ANY(ARRAY(
    SELECT key FROM system WHERE enabled AND paused_reason IS NULL AND probe_due_at <= :now
    ORDER BY probe_due_at, key LIMIT :batch FOR NO KEY UPDATE SKIP LOCKED
))
RETURNING key;

-- probed(key, version, probe, due_at, now)
UPDATE system SET probe = :probe, probed_at = :now, probe_due_at = :due_at WHERE key = :key AND version = :version;

-- shown(now)
SELECT key, connector, title, enabled, roles, orders, version, paused_reason, failures, circuit_opened_at, probe_due_at,
    probed_at, probe, told_at, columns_lock IS NOT NULL AS guarded,
    CASE WHEN held_until > :now THEN held_until END AS held_until,
    (SELECT count(*) FROM step
     WHERE state = 'manual' AND kind LIKE 'fanout.%' AND coalesce(payload->>'system', step.key) = system.key) AS tasks
FROM system LEFT JOIN system_rate ON system_key = system.key ORDER BY system.key;

-- stopped()
-- Those that nobody was told of yet, each with a case that waits for it: its staff hears.
SELECT s.key, s.title, s.paused_reason, s.circuit_opened_at, w.case_id
FROM system s JOIN LATERAL (
    SELECT case_id FROM step
    WHERE state IN ('manual', 'ready')
        AND (kind = 'routing.look_up' OR (kind LIKE 'fanout.%' AND coalesce(payload->>'system', step.key) = s.key))
        AND (detail->>'silent' = s.key OR detail->>'reason' IN ('Unauthorised', 'Unreachable') OR attempt > 0)
    ORDER BY state = 'manual' DESC, case_id DESC LIMIT 1
) w ON true
WHERE s.enabled AND s.told_at IS NULL AND (s.paused_reason IS NOT NULL OR s.circuit_opened_at IS NOT NULL)
ORDER BY s.key;

-- told(key, now)
UPDATE system SET told_at = :now
WHERE key = :key AND told_at IS NULL AND (paused_reason IS NOT NULL OR circuit_opened_at IS NOT NULL);

-- add_event(key, type, actor, data, now)
-- Whoever adds one has just changed the system's row, and so holds it: the numbers come one after another.
INSERT INTO system_event (system_key, seq, at, type, actor, data)
SELECT :key, coalesce(max(seq), 0) + 1, :now, :type, :actor, :data FROM system_event WHERE system_key = :key;

-- events(key, newest)
SELECT seq, at, type, actor, data FROM system_event WHERE system_key = :key ORDER BY seq DESC LIMIT :newest;
