-- put(key, connector, title, settings, roles, orders, concurrency, attempts_max, retry_delay_seconds, on_failure, calls_per_minute, timeout_seconds, recheck_days, columns_lock, now)
INSERT INTO system (key, connector, title, settings, roles, orders, concurrency, attempts_max, retry_delay_seconds, on_failure,
    calls_per_minute, timeout_seconds, recheck_days, columns_lock, created_at)
VALUES (:key, :connector, :title, :settings, :roles, :orders, :concurrency, :attempts_max, :retry_delay_seconds, :on_failure,
    :calls_per_minute, :timeout_seconds, :recheck_days, :columns_lock, :now)
ON CONFLICT (key) DO UPDATE SET connector = excluded.connector, title = excluded.title, settings = excluded.settings,
    roles = excluded.roles, orders = excluded.orders, concurrency = excluded.concurrency, attempts_max = excluded.attempts_max,
    retry_delay_seconds = excluded.retry_delay_seconds, on_failure = excluded.on_failure, enabled = true,
    calls_per_minute = excluded.calls_per_minute, timeout_seconds = excluded.timeout_seconds, recheck_days = excluded.recheck_days,
    columns_lock = excluded.columns_lock, paused_reason = NULL, version = system.version + 1;

-- enabled()
SELECT key, connector, title, settings, roles, orders, concurrency, attempts_max, retry_delay_seconds, on_failure, paused_reason,
    version, calls_per_minute, timeout_seconds, recheck_days, columns_lock
FROM system WHERE enabled ORDER BY key;

-- one(key)
SELECT key, connector, title, settings, roles, orders, concurrency, attempts_max, retry_delay_seconds, on_failure, paused_reason,
    version, calls_per_minute, timeout_seconds, recheck_days, columns_lock
FROM system WHERE key = :key AND enabled;

-- pause(key, reason)
UPDATE system SET paused_reason = :reason WHERE key = :key AND paused_reason IS NULL;

-- resume(key)
UPDATE system SET paused_reason = NULL WHERE key = :key;

-- set_enabled(key, enabled)
UPDATE system SET enabled = :enabled WHERE key = :key;
