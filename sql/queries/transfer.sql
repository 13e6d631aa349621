-- insert(id, case_id, bundle_id, identity_id, sealed, now)
INSERT INTO transfer (id, case_id, bundle_id, identity_id, state, sealed, created_at, changed_at)
VALUES (:id, :case_id, :bundle_id, :identity_id, 'offered', :sealed, :now, :now);

-- one(id, case_id)
SELECT id, case_id, bundle_id, identity_id, state, reason, sealed, created_at, changed_at
FROM transfer WHERE id = :id AND case_id = :case_id;

-- of_case(case_id)
SELECT id, case_id, bundle_id, identity_id, state, reason, sealed, created_at, changed_at
FROM transfer WHERE case_id = :case_id ORDER BY created_at, id;

-- move(id, was, state, reason, sealed, now)
UPDATE transfer SET state = :state, reason = :reason, sealed = coalesce(:sealed, sealed), changed_at = :now
WHERE id = :id AND state = :was;

-- drop_step(case_id, key, now)
-- One that is on its way holds its row, or runs: it cannot be called back.
UPDATE step SET state = 'done', outcome = 'dropped', finished_at = :now
WHERE id = ANY(ARRAY(
    SELECT id FROM step
    WHERE case_id = :case_id AND kind = 'delivery.transfer' AND key = :key AND state IN ('ready', 'manual')
    FOR NO KEY UPDATE SKIP LOCKED
));
