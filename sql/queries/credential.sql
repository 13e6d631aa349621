-- insert(id, digest, kind, staff_id, controller_id, name, scopes, expires_at, now)
INSERT INTO credential (id, digest, kind, staff_id, controller_id, name, scopes, created_at, expires_at)
VALUES (:id, :digest, :kind, :staff_id, :controller_id, :name, :scopes, :now, :expires_at);

-- caller(digest, now, minute)
-- Whose key it is and its calls of this minute, in one round trip. A key that is not good writes nothing, so that
-- nobody can fill a table by guessing. Clocks of several processes differ a little: the later minute counts.
WITH good AS (
    SELECT c.digest, c.id, c.kind, c.staff_id, c.controller_id, c.scopes, s.name AS staff_name, s.role AS staff_role
    FROM credential c LEFT JOIN staff s ON s.id = c.staff_id
    WHERE c.digest = :digest AND c.revoked_at IS NULL AND (c.expires_at IS NULL OR c.expires_at > :now)
        AND s.disabled_at IS NULL
), used AS (
    UPDATE credential SET last_used_at = :now
    WHERE digest IN (SELECT digest FROM good)
        AND (last_used_at IS NULL OR last_used_at < :now::timestamptz - interval '1 minute')
), counted AS (
    INSERT INTO call_count (digest, minute, calls) SELECT digest, :minute::timestamptz, 1 FROM good
    ON CONFLICT (digest) DO UPDATE
    SET (minute, calls) = (
        SELECT CASE WHEN same.minute THEN call_count.minute ELSE excluded.minute END,
            CASE WHEN same.minute THEN call_count.calls + 1 ELSE 1 END
        FROM (SELECT excluded.minute BETWEEN call_count.minute - interval '1 minute' AND call_count.minute AS minute)
            AS same
    )
    RETURNING minute, calls
)
SELECT g.id AS credential_id, g.kind, g.staff_id, g.controller_id, g.scopes, g.staff_name, g.staff_role, n.minute,
    n.calls
FROM good g CROSS JOIN counted n;

-- of_controller(controller_id)
SELECT id, name, scopes, created_at, expires_at, last_used_at
FROM credential WHERE controller_id = :controller_id AND revoked_at IS NULL ORDER BY created_at, id;

-- revoke(id, now)
UPDATE credential SET revoked_at = :now WHERE id = :id AND revoked_at IS NULL;
