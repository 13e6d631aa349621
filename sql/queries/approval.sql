-- insert(id, case_id, content, staff_id, now)
INSERT INTO approval (id, case_id, content, staff_id, created_at) VALUES (:id, :case_id, :content, :staff_id, :now)
ON CONFLICT (case_id, content, staff_id) DO NOTHING;

-- of_case(case_id)
SELECT id, content, staff_id, created_at FROM approval WHERE case_id = :case_id ORDER BY created_at, id;
