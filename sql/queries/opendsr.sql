-- insert(controller_id, subject_request_id, case_id, version, regulation, subject_request_type, callback_urls, body_blind, submitted_time, received_time)
INSERT INTO opendsr_request (controller_id, subject_request_id, case_id, version, regulation, subject_request_type,
    callback_urls, body_blind, submitted_time, received_time)
VALUES (:controller_id, :subject_request_id, :case_id, :version, :regulation, :subject_request_type, :callback_urls,
    :body_blind, :submitted_time, :received_time)
ON CONFLICT (controller_id, subject_request_id) DO NOTHING;

-- one(controller_id, subject_request_id, now)
SELECT o.controller_id, o.subject_request_id, o.case_id, o.version, o.callback_urls, o.body_blind, o.received_time,
    o.results_count, c.state, c.outcome, c.assist_due_date,
    (SELECT e.data ->> 'ground' FROM event e WHERE e.case_id = o.case_id AND e.type = 'case.refused'
        ORDER BY e.seq DESC LIMIT 1) AS ground,
    EXISTS (SELECT FROM bundle b WHERE b.case_id = o.case_id AND b.removed_at IS NULL AND b.expires_at > :now)
        AS has_bundle
FROM opendsr_request o JOIN case_file c ON c.id = o.case_id
WHERE o.controller_id = :controller_id AND o.subject_request_id = :subject_request_id;

-- of_case(case_id, now)
SELECT o.controller_id, o.subject_request_id, o.case_id, o.version, o.callback_urls, o.body_blind, o.received_time,
    o.results_count, c.state, c.outcome, c.assist_due_date,
    (SELECT e.data ->> 'ground' FROM event e WHERE e.case_id = o.case_id AND e.type = 'case.refused'
        ORDER BY e.seq DESC LIMIT 1) AS ground,
    EXISTS (SELECT FROM bundle b WHERE b.case_id = o.case_id AND b.removed_at IS NULL AND b.expires_at > :now)
        AS has_bundle
FROM opendsr_request o JOIN case_file c ON c.id = o.case_id
WHERE o.case_id = :case_id;

-- found(case_id)
-- What a copy holds, or what an erasure changed: one case is never both.
SELECT coalesce((SELECT sum(records + attachments) FROM segment WHERE case_id = :case_id), 0)::bigint
    + coalesce((SELECT sum((detail ->> 'changed')::bigint) FROM step
        WHERE case_id = :case_id AND kind = 'fanout.order' AND payload ->> 'order' = 'erase'), 0)::bigint;

-- completed(case_id, results_count)
UPDATE opendsr_request SET results_count = :results_count WHERE case_id = :case_id;

-- keep_key(domain, sealed_private_key, certificate, now)
INSERT INTO signing_key (domain, sealed_private_key, certificate, created_at)
VALUES (:domain, :sealed_private_key, :certificate, :now)
ON CONFLICT (domain) DO NOTHING;

-- signing_key(domain)
SELECT sealed_private_key, certificate FROM signing_key WHERE domain = :domain;
