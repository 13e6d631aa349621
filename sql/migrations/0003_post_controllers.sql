-- What moved to endpoint is read there alone.
ALTER TABLE controller DROP COLUMN webhook_url, DROP COLUMN webhook_secret, DROP COLUMN webhook_disabled_at;
