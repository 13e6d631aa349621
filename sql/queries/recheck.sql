-- put(case_id, system_key, cause, sealed, last_on, now)
INSERT INTO recheck (case_id, system_key, cause, sealed, last_on, created_at)
VALUES (:case_id, :system_key, :cause, :sealed, :last_on, :now)
ON CONFLICT (case_id, system_key, cause) DO UPDATE SET sealed = excluded.sealed, last_on = excluded.last_on;

-- sealed(case_id, system_key, cause)
SELECT sealed FROM recheck WHERE case_id = :case_id AND system_key = :system_key AND cause = :cause;

-- reseal(case_id, system_key, cause, sealed)
UPDATE recheck SET sealed = :sealed WHERE case_id = :case_id AND system_key = :system_key AND cause = :cause;

-- forget_ended(case_id, system_key, cause)
-- With the last look, and when nobody is to decide on any.
DELETE FROM recheck WHERE case_id = :case_id AND system_key = :system_key AND cause = :cause AND NOT EXISTS (
    SELECT FROM step WHERE case_id = :case_id AND kind = 'fanout.recheck' AND state <> 'done'
        AND payload->>'system' = :system_key AND coalesce(payload->>'cause', '') = :cause
);

-- forget_old(before)
DELETE FROM recheck WHERE last_on < :before;
