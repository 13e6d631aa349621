-- insert(id, name, tenant, telephone_numbers, other_names, callers, contact_email, now)
INSERT INTO controller (id, name, tenant, telephone_numbers, other_names, callers, contact_email, created_at)
VALUES (:id, :name, :tenant, :telephone_numbers, :other_names, :callers, :contact_email, :now);

-- one(id)
SELECT id, name, tenant, telephone_numbers, other_names, callers, contact_email, opendsr_padding
FROM controller WHERE id = :id;

-- all_as_businesses()
SELECT id, name, tenant, telephone_numbers, other_names, callers FROM controller ORDER BY name;
