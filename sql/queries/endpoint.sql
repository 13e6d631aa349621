-- put(controller_id, url, sealed_secret, payload, now)
-- A new address keeps the secret that was there; one that was switched off is on again.
INSERT INTO endpoint (controller_id, url, sealed_secret, payload, created_at)
VALUES (:controller_id, :url, :sealed_secret, :payload, :now)
ON CONFLICT (controller_id) DO UPDATE
SET url = excluded.url, payload = excluded.payload, disabled_at = NULL, disabled_for = NULL;

-- one(controller_id)
SELECT controller_id, url, sealed_secret, sealed_old_secret, old_secret_until, payload, created_at, disabled_at,
    disabled_for
FROM endpoint WHERE controller_id = :controller_id;

-- remove(controller_id)
DELETE FROM endpoint WHERE controller_id = :controller_id;

-- rotate(controller_id, sealed_secret, until)
-- Without an end for the old secret it is forgotten at once.
UPDATE endpoint SET sealed_secret = :sealed_secret, old_secret_until = :until,
    sealed_old_secret = CASE WHEN :until::timestamptz IS NOT NULL THEN sealed_secret END
WHERE controller_id = :controller_id;

-- enable(controller_id)
UPDATE endpoint SET disabled_at = NULL, disabled_for = NULL WHERE controller_id = :controller_id;
