-- insert(id, case_id, kind, staff_id, sealed, now)
INSERT INTO decision (id, case_id, kind, staff_id, sealed, created_at)
VALUES (:id, :case_id, :kind, :staff_id, :sealed, :now);

-- one(id)
SELECT d.id, d.case_id, d.kind, d.staff_id, s.name AS staff_name, d.sealed, d.created_at
FROM decision d JOIN staff s ON s.id = d.staff_id WHERE d.id = :id;

-- of_case(case_id)
SELECT d.id, d.case_id, d.kind, d.staff_id, s.name AS staff_name, d.sealed, d.created_at
FROM decision d JOIN staff s ON s.id = d.staff_id WHERE d.case_id = :case_id ORDER BY d.created_at, d.id;

-- latest(case_id)
SELECT d.id, d.case_id, d.kind, d.staff_id, s.name AS staff_name, d.sealed, d.created_at
FROM decision d JOIN staff s ON s.id = d.staff_id WHERE d.case_id = :case_id ORDER BY d.created_at DESC, d.id DESC LIMIT 1;
