-- insert(id, controller_id, rights, instruction, answer_to, given_by, given_at)
INSERT INTO standing_instruction (id, controller_id, rights, instruction, answer_to, given_by, given_at)
VALUES (:id, :controller_id, :rights, :instruction, :answer_to, :given_by, :given_at);

-- in_force(controller_id)
SELECT id, controller_id, rights, instruction, answer_to, given_by, given_at, withdrawn_by, withdrawn_at
FROM standing_instruction WHERE controller_id = :controller_id AND withdrawn_at IS NULL ORDER BY id;

-- of_controller(controller_id, page_size)
-- The newest first: those in force are never many, for no two name the same right.
SELECT id, controller_id, rights, instruction, answer_to, given_by, given_at, withdrawn_by, withdrawn_at
FROM standing_instruction WHERE controller_id = :controller_id
ORDER BY withdrawn_at IS NOT NULL, id DESC LIMIT :page_size;

-- one(id, controller_id)
SELECT id, controller_id, rights, instruction, answer_to, given_by, given_at, withdrawn_by, withdrawn_at
FROM standing_instruction WHERE id = :id AND controller_id = :controller_id;

-- withdraw(id, controller_id, withdrawn_by, now)
UPDATE standing_instruction SET withdrawn_by = :withdrawn_by, withdrawn_at = :now
WHERE id = :id AND controller_id = :controller_id AND withdrawn_at IS NULL;
