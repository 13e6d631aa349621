-- put(key, connector, title, settings, roles, orders, concurrency, attempts_max, retry_delay_seconds, on_failure, calls_per_minute, timeout_seconds, recheck_days, columns_lock, now)
INSERT INTO system (key, connector, title, settings, roles, orders, concurrency, attempts_max, retry_delay_seconds, on_failure,
    calls_per_minute, timeout_seconds, recheck_days, columns_lock, created_at)
VALUES (:key, :connector, :title, :settings, :roles, :orders, :concurrency, :attempts_max, :retry_delay_seconds, :on_failure,
    :calls_per_minute, :timeout_seconds, :recheck_days, :columns_lock, :now)
ON CONFLICT (key) DO UPDATE SET connector = excluded.connector, title = excluded.title, settings = excluded.settings,
    roles = excluded.roles, orders = excluded.orders, concurrency = excluded.concurrency, attempts_max = excluded.attempts_max,
    retry_delay_seconds = excluded.retry_delay_seconds, on_failure = excluded.on_failure, enabled = true,
    calls_per_minute = excluded.calls_per_minute, timeout_seconds = excluded.timeout_seconds, recheck_days = excluded.recheck_days,
    columns_lock = excluded.columns_lock, paused_reason = NULL, failures = 0, circuit_opened_at = NULL, told_at = NULL,
    probe_due_at = '-infinity', probed_at = NULL, probe = NULL, version = system.version + 1
-- What a case has found, and where it stopped, is the connector's own: another could not read it.
WHERE system.connector = excluded.connector;

-- enabled()
SELECT key, connector, title, settings, roles, orders, concurrency, attempts_max, retry_delay_seconds, on_failure, paused_reason,
    version, calls_per_minute, timeout_seconds, recheck_days, columns_lock, failures, circuit_opened_at, probe_due_at,
    nullif(held_until, '-infinity') AS held_until
FROM system LEFT JOIN system_rate ON system_key = key WHERE enabled ORDER BY key;

-- one(key)
SELECT key, connector, title, settings, roles, orders, concurrency, attempts_max, retry_delay_seconds, on_failure, paused_reason,
    version, calls_per_minute, timeout_seconds, recheck_days, columns_lock, failures, circuit_opened_at, probe_due_at,
    nullif(held_until, '-infinity') AS held_until
FROM system LEFT JOIN system_rate ON system_key = key WHERE key = :key AND enabled;

-- known(key)
-- Taken out or not: whoever was asked once has a name.
SELECT key, connector, title, settings, roles, orders, concurrency, attempts_max, retry_delay_seconds, on_failure, paused_reason,
    version, calls_per_minute, timeout_seconds, recheck_days, columns_lock, failures, circuit_opened_at, probe_due_at
FROM system WHERE key = :key;

-- all_known()
SELECT key, connector, title, settings, roles, orders, concurrency, attempts_max, retry_delay_seconds, on_failure, paused_reason,
    version, calls_per_minute, timeout_seconds, recheck_days, columns_lock, failures, circuit_opened_at, probe_due_at
FROM system ORDER BY key;
