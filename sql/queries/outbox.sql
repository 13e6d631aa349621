-- insert(ids, case_ids, channels, templates, identity_ids, controller_ids, member_ids, to_staffs, factses, sealeds, now)
INSERT INTO outbox (id, case_id, channel, template, identity_id, controller_id, member_id, to_staff, facts, sealed,
    created_at)
SELECT n.id, n.case_id, n.channel, n.template, n.identity_id, n.controller_id, n.member_id, n.to_staff, n.facts,
    n.sealed, :now
FROM unnest(:ids::uuid[], :case_ids::uuid[], :channels::text[], :templates::text[], :identity_ids::uuid[],
    :controller_ids::uuid[], :member_ids::uuid[], :to_staffs::boolean[], :factses::jsonb[], :sealeds::bytea[])
    AS n (id, case_id, channel, template, identity_id, controller_id, member_id, to_staff, facts, sealed);

-- one(id)
SELECT id, case_id, channel, template, identity_id, controller_id, member_id, to_staff, facts, sealed, created_at, sent_at, failed_at
FROM outbox WHERE id = :id;

-- arrival(case_id, templates)
SELECT coalesce(bool_or(sent_at IS NOT NULL), false) AS arrived,
    coalesce(bool_and(failed_at IS NOT NULL), false) AS failed
FROM outbox WHERE case_id = :case_id AND template = ANY(:templates::text[]);

-- told_of_request(case_id, template)
SELECT true FROM case_file mine
JOIN case_file c ON c.request_id = mine.request_id
JOIN outbox o ON o.case_id = c.id AND o.template = :template AND o.sent_at IS NOT NULL
WHERE mine.id = :case_id LIMIT 1;

-- written_of_request(request_id, template)
SELECT true FROM case_file c JOIN outbox o ON o.case_id = c.id AND o.template = :template
WHERE c.request_id = :request_id LIMIT 1;

-- unproven_since(blind_index, since)
SELECT count(*) FROM identity i
JOIN outbox o ON o.case_id = i.case_id AND o.identity_id = i.id
WHERE i.blind_index = :blind_index AND i.proven_at IS NULL AND o.created_at > :since
    AND o.template NOT IN ('code', 'download_code');

-- written_since(blind_index, template, since)
SELECT count(*) FROM identity i
JOIN outbox o ON o.case_id = i.case_id AND o.identity_id = i.id
WHERE i.blind_index = :blind_index AND o.template = :template AND o.created_at > :since;

-- sent(id, now)
UPDATE outbox SET sent_at = :now, sealed = NULL WHERE id = :id AND sent_at IS NULL;

-- failed(id, now)
UPDATE outbox SET failed_at = :now WHERE id = :id AND sent_at IS NULL;

-- attempted(outbox_id, now, status, error, response, seconds)
INSERT INTO attempt (outbox_id, number, at, status, error, response, seconds)
SELECT :outbox_id, coalesce(max(number), 0) + 1, :now, :status, :error, :response, :seconds
FROM attempt WHERE outbox_id = :outbox_id;
