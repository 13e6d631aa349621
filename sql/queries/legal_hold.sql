-- insert(id, kind, blind_index, case_id, system_key, collection, tenant, reason, owner, review_on, now)
INSERT INTO legal_hold (id, kind, blind_index, case_id, system_key, collection, tenant, reason, owner, review_on, created_at)
VALUES (:id, :kind, :blind_index, :case_id, :system_key, :collection, :tenant, :reason, :owner, :review_on, :now);

-- lift(id, lifted_by, now)
UPDATE legal_hold SET lifted_at = :now, lifted_by = :lifted_by WHERE id = :id AND lifted_at IS NULL
RETURNING id, kind, blind_index, case_id, system_key, collection, tenant, reason, owner, review_on, created_at, lifted_at,
    lifted_by;

-- page(standing, review_until, after_id, page_size)
SELECT id, kind, blind_index, case_id, system_key, collection, tenant, reason, owner, review_on, created_at, lifted_at,
    lifted_by
FROM legal_hold
WHERE id > :after_id AND (NOT :standing OR lifted_at IS NULL)
    AND (:review_until::date IS NULL OR (review_on <= :review_until AND lifted_at IS NULL))
ORDER BY id LIMIT :page_size;

-- to_review(today)
SELECT count(*) FROM legal_hold WHERE lifted_at IS NULL AND review_on <= :today;

-- meeting(case_id, blind_indexes, system_key)
-- Those that an erasure of this case in this system meets; without a system, those of the person and of the case.
SELECT id, kind, blind_index, case_id, system_key, collection, tenant, reason, owner, review_on, created_at, lifted_at,
    lifted_by
FROM legal_hold
WHERE lifted_at IS NULL AND (
    (kind = 'person' AND blind_index = ANY(:blind_indexes::bytea[]))
    OR (kind = 'case' AND case_id = :case_id)
    OR (kind = 'collection' AND system_key = :system_key)
)
ORDER BY id;

-- of_case(case_id)
-- Those that concern a case itself, for whoever erases by hand.
SELECT h.id, h.kind, h.blind_index, h.case_id, h.system_key, h.collection, h.tenant, h.reason, h.owner, h.review_on,
    h.created_at, h.lifted_at, h.lifted_by
FROM legal_hold h
WHERE h.lifted_at IS NULL AND (
    (h.kind = 'case' AND h.case_id = :case_id)
    OR (h.kind = 'person' AND EXISTS (
        SELECT FROM identity i WHERE i.case_id = :case_id AND i.blind_index = h.blind_index AND i.proven_at IS NOT NULL
    ))
    OR (h.kind = 'collection' AND EXISTS (
        SELECT FROM match m WHERE m.case_id = :case_id AND m.system_key = h.system_key
    ))
)
ORDER BY h.id;

-- cases_of_person(blind_index)
SELECT DISTINCT case_id FROM identity WHERE blind_index = :blind_index AND proven_at IS NOT NULL ORDER BY case_id;
