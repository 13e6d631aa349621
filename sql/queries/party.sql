-- insert_staff(id, name, staff_role, email, now)
INSERT INTO staff (id, name, role, email, created_at) VALUES (:id, :name, :staff_role, :email, :now);

-- staff_email(id)
SELECT email FROM staff WHERE id = :id AND disabled_at IS NULL;

-- staff_by_id(id)
SELECT id, name, role FROM staff WHERE id = :id AND disabled_at IS NULL;

-- insert_controller(id, name, tenant, telephone_numbers, contact_email, webhook_url, webhook_secret, now)
INSERT INTO controller (id, name, tenant, telephone_numbers, contact_email, webhook_url, webhook_secret, created_at)
VALUES (:id, :name, :tenant, :telephone_numbers, :contact_email, :webhook_url, :webhook_secret, :now);

-- controllers()
SELECT id, name, tenant, telephone_numbers FROM controller ORDER BY name;

-- controller(id)
SELECT id, name, tenant, telephone_numbers, contact_email, webhook_url, webhook_secret, webhook_disabled_at
FROM controller WHERE id = :id;

-- controllers_of_tenants(tenants)
SELECT id, name, tenant, telephone_numbers FROM controller WHERE tenant = ANY(:tenants::text[]) ORDER BY name;

-- set_webhook(id, webhook_url, webhook_secret)
UPDATE controller SET webhook_url = :webhook_url, webhook_secret = :webhook_secret, webhook_disabled_at = NULL
WHERE id = :id;

-- insert_credential(digest, kind, staff_id, controller_id, name, expires_at, now)
INSERT INTO credential (digest, kind, staff_id, controller_id, name, created_at, expires_at)
VALUES (:digest, :kind, :staff_id, :controller_id, :name, :now, :expires_at);

-- credential(digest, now)
SELECT kind, c.staff_id, c.controller_id, s.name AS staff_name, s.role AS staff_role
FROM credential c LEFT JOIN staff s ON s.id = c.staff_id
WHERE c.digest = :digest AND c.revoked_at IS NULL AND (c.expires_at IS NULL OR c.expires_at > :now)
    AND s.disabled_at IS NULL;

-- credential_used(digest, now)
UPDATE credential SET last_used_at = :now
WHERE digest = :digest AND (last_used_at IS NULL OR last_used_at < :now::timestamptz - interval '1 minute');

-- insert_profile(hash, key, body, now)
INSERT INTO profile (hash, key, body, first_seen_at) VALUES (:hash, :key, :body, :now) ON CONFLICT (hash) DO NOTHING;
