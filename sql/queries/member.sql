-- insert(id, controller_id, sealed_email, blind_index, sealed_name, language, now)
INSERT INTO member (id, controller_id, sealed_email, blind_index, sealed_name, language, created_at)
VALUES (:id, :controller_id, :sealed_email, :blind_index, :sealed_name, :language, :now)
ON CONFLICT (controller_id, blind_index) WHERE removed_at IS NULL DO NOTHING;

-- one(id)
SELECT id, controller_id, sealed_email, blind_index, sealed_name, language, created_at, removed_at
FROM member WHERE id = :id;

-- of_controller(controller_id)
SELECT id, controller_id, sealed_email, blind_index, sealed_name, language, created_at, removed_at
FROM member WHERE controller_id = :controller_id AND removed_at IS NULL ORDER BY id;

-- remove(id, now)
-- Links that nobody used and visits that nobody ended go with the member.
WITH gone AS (
    UPDATE member SET removed_at = :now WHERE id = :id AND removed_at IS NULL
), links AS (
    UPDATE sign_in SET used_at = :now WHERE member_id = :id AND used_at IS NULL
)
UPDATE visit SET ended_at = :now WHERE member_id = :id AND ended_at IS NULL;
