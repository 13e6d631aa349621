-- by_reference(reference)
SELECT id, reference, received_at, channel, language FROM request WHERE reference = :reference;

-- one(id)
SELECT id, reference, received_at, channel, language FROM request WHERE id = :id;
