-- begin(owner, key_digest, body_digest, now, given_up, forgotten)
-- Takes the key: a new one, one whose first call died on the way, or one so old that it is forgotten.
INSERT INTO idempotency (owner, key_digest, body_digest, created_at)
VALUES (:owner, :key_digest, :body_digest, :now)
ON CONFLICT (owner, key_digest) DO UPDATE
SET body_digest = excluded.body_digest, status = NULL, sealed_response = NULL, created_at = excluded.created_at
WHERE idempotency.created_at <= :forgotten
    OR (idempotency.status IS NULL AND idempotency.created_at <= :given_up
        AND idempotency.body_digest = excluded.body_digest);

-- one(owner, key_digest)
SELECT body_digest, status, sealed_response FROM idempotency WHERE owner = :owner AND key_digest = :key_digest;

-- finish(owner, key_digest, created_at, status, sealed_response)
UPDATE idempotency SET status = :status, sealed_response = :sealed_response
WHERE owner = :owner AND key_digest = :key_digest AND created_at = :created_at AND status IS NULL;

-- give_back(owner, key_digest, created_at)
DELETE FROM idempotency
WHERE owner = :owner AND key_digest = :key_digest AND created_at = :created_at AND status IS NULL;

-- forget(before)
DELETE FROM idempotency WHERE created_at <= :before;
