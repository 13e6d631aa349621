-- insert(ids, case_ids, channels, templates, identity_ids, controller_ids, to_staffs, factses, sealeds, now)
INSERT INTO outbox (id, case_id, channel, template, identity_id, controller_id, to_staff, facts, sealed, created_at)
SELECT n.id, n.case_id, n.channel, n.template, n.identity_id, n.controller_id, n.to_staff, n.facts, n.sealed, :now
FROM unnest(:ids::uuid[], :case_ids::uuid[], :channels::text[], :templates::text[], :identity_ids::uuid[],
    :controller_ids::uuid[], :to_staffs::boolean[], :factses::jsonb[], :sealeds::bytea[])
    AS n (id, case_id, channel, template, identity_id, controller_id, to_staff, facts, sealed);

-- one(id)
SELECT id, case_id, channel, template, identity_id, controller_id, to_staff, facts, sealed, created_at, sent_at, failed_at
FROM outbox WHERE id = :id;

-- told(case_id, template)
SELECT true FROM outbox WHERE case_id = :case_id AND template = :template AND sent_at IS NOT NULL LIMIT 1;

-- sent(id, now)
UPDATE outbox SET sent_at = :now, sealed = NULL WHERE id = :id AND sent_at IS NULL;

-- failed(id, now)
UPDATE outbox SET failed_at = :now WHERE id = :id AND sent_at IS NULL;

-- attempted(outbox_id, now, status, error, response, seconds)
INSERT INTO attempt (outbox_id, number, at, status, error, response, seconds)
SELECT :outbox_id, coalesce(max(number), 0) + 1, :now, :status, :error, :response, :seconds
FROM attempt WHERE outbox_id = :outbox_id;
