-- insert(ids, case_ids, kinds, sealeds, blind_indexes, proven_ats, proofs)
INSERT INTO identity (id, case_id, kind, sealed, blind_index, proven_at, proof)
SELECT * FROM unnest(:ids::uuid[], :case_ids::uuid[], :kinds::text[], :sealeds::bytea[], :blind_indexes::bytea[],
    :proven_ats::timestamptz[], :proofs::text[])
ON CONFLICT (case_id, kind, blind_index) DO NOTHING;

-- of_case(case_id)
SELECT id, case_id, kind, sealed, blind_index, proven_at, proof FROM identity WHERE case_id = :case_id ORDER BY kind, id;

-- of_request(request_id)
SELECT i.id, i.case_id, i.kind, i.sealed, i.blind_index, i.proven_at, i.proof
FROM identity i JOIN case_file c ON c.id = i.case_id
WHERE c.request_id = :request_id AND c.parent_id IS NULL ORDER BY i.kind, i.case_id;

-- one(id)
SELECT id, case_id, kind, sealed, blind_index, proven_at, proof FROM identity WHERE id = :id;

-- hold(blind_indexes)
-- Over all requests, which share no row to lock. In one order, so that nobody waits in a circle.
SELECT pg_advisory_xact_lock(hashtextextended(encode(address, 'hex'), 0))
FROM (SELECT DISTINCT unnest(:blind_indexes::bytea[]) AS address ORDER BY address) AS those;

-- prove(request_id, kind, blind_index, proof, now)
UPDATE identity SET proven_at = :now, proof = :proof
FROM case_file c
WHERE c.id = identity.case_id AND c.request_id = :request_id AND c.parent_id IS NULL
    AND c.state = 'awaiting_identity' AND identity.kind = :kind AND identity.blind_index = :blind_index AND identity.proven_at IS NULL;

-- prove_one(id, proof, now)
UPDATE identity SET proven_at = :now, proof = :proof WHERE id = :id AND proven_at IS NULL;

-- requests_since(case_id, since)
-- Those that one controller filed say nothing of the person's own, nor of another controller's.
SELECT count(DISTINCT c.request_id)
FROM identity mine
JOIN case_file own ON own.id = mine.case_id
JOIN identity other ON other.blind_index = mine.blind_index AND other.proven_at IS NOT NULL
JOIN case_file c ON c.id = other.case_id AND c.created_at >= :since AND c.parent_id IS NULL
    AND c.controller_id IS NOT DISTINCT FROM own.controller_id
WHERE mine.case_id = :case_id AND mine.proven_at IS NOT NULL;

-- suppress(case_id, unproven_too, ground, now)
INSERT INTO suppression (blind_index, since, ground)
SELECT blind_index, :now, :ground FROM identity WHERE case_id = :case_id AND (proven_at IS NOT NULL OR :unproven_too)
ON CONFLICT (blind_index) DO NOTHING;

-- suppressed(blind_index)
SELECT since FROM suppression WHERE blind_index = :blind_index;

-- stopped(blind_indexes, since)
SELECT blind_index FROM suppression WHERE blind_index = ANY(:blind_indexes::bytea[]) AND since >= :since;

-- any_stopped(since)
SELECT EXISTS (SELECT FROM suppression WHERE since >= :since);
