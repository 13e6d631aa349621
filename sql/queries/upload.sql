-- insert(id, case_id, step_id, staff_id, purpose, sealed_name, media_type, bytes, sha256, blob_key, collection, category, portable, records, now)
INSERT INTO upload (id, case_id, step_id, staff_id, purpose, sealed_name, media_type, bytes, sha256, blob_key,
    collection, category, portable, records, created_at)
VALUES (:id, :case_id, :step_id, :staff_id, :purpose, :sealed_name, :media_type, :bytes, :sha256, :blob_key,
    :collection, :category, :portable, :records, :now);

-- of_step(step_id, case_id)
SELECT id, case_id, step_id, staff_id, purpose, sealed_name, media_type, bytes, sha256, blob_key, collection, category,
    portable, records, created_at
FROM upload WHERE step_id = :step_id AND case_id = :case_id ORDER BY id;

-- one(id, case_id)
SELECT id, case_id, step_id, staff_id, purpose, sealed_name, media_type, bytes, sha256, blob_key, collection, category,
    portable, records, created_at
FROM upload WHERE id = :id AND case_id = :case_id;

-- remove(id, case_id)
DELETE FROM upload WHERE id = :id AND case_id = :case_id;

-- remove_of_case(case_id)
DELETE FROM upload WHERE case_id = :case_id;
