-- put(case_id, system_key, sealed, last_on, now)
INSERT INTO recheck (case_id, system_key, sealed, last_on, created_at)
VALUES (:case_id, :system_key, :sealed, :last_on, :now)
ON CONFLICT (case_id, system_key) DO UPDATE SET sealed = excluded.sealed, last_on = excluded.last_on;

-- sealed(case_id, system_key)
SELECT sealed FROM recheck WHERE case_id = :case_id AND system_key = :system_key;

-- reseal(case_id, system_key, sealed)
UPDATE recheck SET sealed = :sealed WHERE case_id = :case_id AND system_key = :system_key;

-- forget_ended(case_id, system_key)
-- With the last look, and when nobody is to decide on any.
DELETE FROM recheck WHERE case_id = :case_id AND system_key = :system_key AND NOT EXISTS (
    SELECT FROM step WHERE case_id = :case_id AND kind = 'fanout.recheck' AND state <> 'done'
        AND payload->>'system' = :system_key
);

-- forget_old(before)
DELETE FROM recheck WHERE last_on < :before;
