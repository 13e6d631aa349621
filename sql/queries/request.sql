-- by_reference(reference)
SELECT id, reference, received_at, channel, language FROM request WHERE reference = :reference;

-- one(id)
SELECT id, reference, received_at, channel, language FROM request WHERE id = :id;

-- lock(id)
SELECT id FROM request WHERE id = :id FOR NO KEY UPDATE;
