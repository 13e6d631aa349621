-- insert(ids, refs, received_ats, channels, languages, now)
INSERT INTO request (id, reference, received_at, channel, language, created_at)
SELECT n.id, n.reference, n.received_at, n.channel, n.language, :now
FROM unnest(:ids::uuid[], :refs::text[], :received_ats::timestamptz[], :channels::text[], :languages::text[])
    AS n (id, reference, received_at, channel, language);

-- by_reference(reference)
SELECT id, reference, received_at, channel, language FROM request WHERE reference = :reference;

-- one(id)
SELECT id, reference, received_at, channel, language FROM request WHERE id = :id;
