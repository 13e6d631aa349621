-- insert_staff(id, name, staff_role, email, now)
INSERT INTO staff (id, name, role, email, created_at) VALUES (:id, :name, :staff_role, :email, :now);

-- staff_email(id)
SELECT email FROM staff WHERE id = :id AND disabled_at IS NULL;

-- staff_by_id(id)
SELECT id, name, role FROM staff WHERE id = :id AND disabled_at IS NULL;

-- insert_profile(hash, key, body, now)
INSERT INTO profile (hash, key, body, first_seen_at) VALUES (:hash, :key, :body, :now) ON CONFLICT (hash) DO NOTHING;
