-- insert(id, name, tenant, telephone_numbers, other_names, callers, contact_email, now)
INSERT INTO controller (id, name, tenant, telephone_numbers, other_names, callers, contact_email, created_at)
VALUES (:id, :name, :tenant, :telephone_numbers, :other_names, :callers, :contact_email, :now)
ON CONFLICT (tenant) DO NOTHING;

-- one(id)
SELECT id, name, tenant, telephone_numbers, other_names, callers, contact_email, opendsr_padding
FROM controller WHERE id = :id;

-- all_as_businesses()
SELECT id, name, tenant, telephone_numbers, other_names, callers FROM controller ORDER BY name;

-- lock(id)
-- Keys, people, endpoint and instructions of one controller change one after another; new cases need not wait.
SELECT id FROM controller WHERE id = :id FOR NO KEY UPDATE;

-- update(id, name, telephone_numbers, other_names, callers, contact_email, opendsr_padding)
UPDATE controller SET name = :name, telephone_numbers = :telephone_numbers, other_names = :other_names,
    callers = :callers, contact_email = :contact_email, opendsr_padding = :opendsr_padding
WHERE id = :id;

-- page(after_id, page_size)
SELECT id, name, tenant, telephone_numbers, other_names, callers, contact_email, opendsr_padding
FROM controller WHERE id > :after_id ORDER BY id LIMIT :page_size;
