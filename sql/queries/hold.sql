-- insert(ids, case_id, system_key, collections, sealed_record_ids, sealed_items, grounds, untils, restricteds, item_indexes, now)
INSERT INTO hold (id, case_id, system_key, collection, sealed_record_id, sealed_item, ground, until, restricted, created_at,
    item_index)
SELECT n.id, :case_id, :system_key, n.collection, n.sealed_record_id, n.sealed_item, n.ground, n.until, n.restricted, :now,
    n.item_index
FROM unnest(:ids::uuid[], :collections::text[], :sealed_record_ids::bytea[], :sealed_items::bytea[], :grounds::text[],
    :untils::date[], :restricteds::boolean[], :item_indexes::bytea[])
    AS n (id, collection, sealed_record_id, sealed_item, ground, until, restricted, item_index);

-- until(case_id, system_key, until)
SELECT id, collection, sealed_item, restricted FROM hold
WHERE case_id = :case_id AND system_key = :system_key AND until = :until AND released_at IS NULL AND sealed_item IS NOT NULL
ORDER BY id;

-- on_ground(case_id, system_key, ground)
SELECT id, collection, sealed_item, restricted FROM hold
WHERE case_id = :case_id AND system_key = :system_key AND until IS NULL AND ground = :ground AND released_at IS NULL
    AND sealed_item IS NOT NULL
ORDER BY id;

-- release(ids, now)
UPDATE hold SET released_at = :now, sealed_item = NULL WHERE id = ANY(:ids::uuid[]) AND released_at IS NULL;

-- keep_on(ids, grounds, untils, restricteds, releasables)
-- What will never be released by itself needs nothing any more to be found by.
UPDATE hold SET ground = n.ground, until = n.until, restricted = n.restricted,
    sealed_item = CASE WHEN n.releasable THEN sealed_item END
FROM unnest(:ids::uuid[], :grounds::text[], :untils::date[], :restricteds::boolean[], :releasables::boolean[])
    AS n (id, ground, until, restricted, releasable)
WHERE hold.id = n.id AND hold.released_at IS NULL;

-- systems_on_ground(case_ids, ground)
SELECT DISTINCT case_id, system_key FROM hold
WHERE case_id = ANY(:case_ids::uuid[]) AND until IS NULL AND ground = :ground AND released_at IS NULL
ORDER BY case_id, system_key;

-- indexes_of_person(blind_indexes, system_key)
-- What the erasures of a person have kept in a system, whichever case it was: there still, or released.
SELECT item_index, released_at IS NOT NULL AS released FROM hold
WHERE system_key = :system_key AND case_id = ANY(ARRAY(
    SELECT case_id FROM identity WHERE blind_index = ANY(:blind_indexes::bytea[])
));
