-- insert(id, case_id, effect, target, ground, item_index, sealed, staff_id, now)
INSERT INTO redaction (id, case_id, effect, target, ground, item_index, sealed, staff_id, created_at)
VALUES (:id, :case_id, :effect, :target, :ground, :item_index, :sealed, :staff_id, :now);

-- of_case(case_id)
SELECT id, case_id, effect, target, ground, item_index, sealed, staff_id, created_at, undone_by, undone_at
FROM redaction WHERE case_id = :case_id ORDER BY created_at, id;

-- undo(id, case_id, staff_id, now)
UPDATE redaction SET undone_by = :staff_id, undone_at = :now
WHERE id = :id AND case_id = :case_id AND undone_at IS NULL;
