-- link(token_digest, member_id, case_id, now, expires_at)
-- What is long over goes with it: a link that has expired is still known for a while, to be asked anew.
WITH over AS (
    DELETE FROM sign_in WHERE member_id = :member_id AND expires_at < :now::timestamptz - interval '90 days'
)
INSERT INTO sign_in (token_digest, member_id, case_id, created_at, expires_at)
VALUES (:token_digest, :member_id, :case_id, :now, :expires_at);

-- linked(token_digest)
SELECT s.member_id, s.case_id, s.expires_at, s.used_at, m.controller_id, m.language
FROM sign_in s JOIN member m ON m.id = s.member_id AND m.removed_at IS NULL
WHERE s.token_digest = :token_digest;

-- spend(token_digest, now)
-- Once, whoever presses the button twice at a time.
UPDATE sign_in SET used_at = :now FROM member m
WHERE sign_in.token_digest = :token_digest AND sign_in.used_at IS NULL AND sign_in.expires_at > :now
    AND m.id = sign_in.member_id AND m.removed_at IS NULL
RETURNING sign_in.member_id, sign_in.case_id;

-- begin(token_digest, member_id, now, expires_at)
WITH over AS (
    DELETE FROM visit WHERE member_id = :member_id AND expires_at < :now
)
INSERT INTO visit (token_digest, member_id, created_at, expires_at)
VALUES (:token_digest, :member_id, :now, :expires_at);

-- guest(token_digest, now)
SELECT m.id AS member_id, m.controller_id, m.language
FROM visit v JOIN member m ON m.id = v.member_id AND m.removed_at IS NULL
WHERE v.token_digest = :token_digest AND v.ended_at IS NULL AND v.expires_at > :now;

-- leave(token_digest, now)
UPDATE visit SET ended_at = :now WHERE token_digest = :token_digest AND ended_at IS NULL;

-- askers(blind_index)
SELECT id, controller_id FROM member WHERE blind_index = :blind_index AND removed_at IS NULL ORDER BY id;

-- hold(member_id)
-- Held until the transaction ends, so that links asked for at the same time are counted one after another.
SELECT id FROM member WHERE id = :member_id AND removed_at IS NULL FOR NO KEY UPDATE;

-- asked_since(member_id, since)
SELECT count(*) FROM outbox
WHERE member_id = :member_id AND template = 'business_sign_in' AND created_at > :since;

-- newest_case(controller_id)
SELECT id FROM case_file WHERE controller_id = :controller_id AND wrapped_key IS NOT NULL ORDER BY id DESC LIMIT 1;

-- standing_case(case_id)
SELECT id FROM case_file WHERE id = :case_id AND wrapped_key IS NOT NULL;

-- open_cases(controller_id, after_id, page_size)
SELECT c.id, r.reference, c."right", c.role, c.state, c.outcome, c.tenant, c.controller_id, c.received_at, c.due_date,
    c.statutory_due_date, c.assist_due_date, c.assignee, c.created_at, c.closed_at
FROM case_file c JOIN request r ON r.id = c.request_id
WHERE c.controller_id = :controller_id AND c.state NOT IN ('delivered', 'closed')
    AND (:after_id::uuid IS NULL OR (c.due_date, c.id) > (
        SELECT a.due_date, a.id FROM case_file a WHERE a.id = :after_id AND a.controller_id = :controller_id
    ))
ORDER BY c.due_date, c.id LIMIT :page_size;

-- ended_cases(controller_id, before_id, page_size)
SELECT c.id, r.reference, c."right", c.role, c.state, c.outcome, c.tenant, c.controller_id, c.received_at, c.due_date,
    c.statutory_due_date, c.assist_due_date, c.assignee, c.created_at, c.closed_at
FROM case_file c JOIN request r ON r.id = c.request_id
WHERE c.controller_id = :controller_id AND c.state IN ('delivered', 'closed')
    AND (:before_id::uuid IS NULL OR c.id < :before_id)
ORDER BY c.id DESC LIMIT :page_size;
