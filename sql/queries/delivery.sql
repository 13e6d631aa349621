-- insert_letter(id, case_id, kind, language, sealed, sha256, now)
INSERT INTO letter (id, case_id, kind, language, sealed, sha256, created_at)
VALUES (:id, :case_id, :kind, :language, :sealed, :sha256, :now);

-- letter(id)
SELECT id, case_id, kind, language, sealed, sha256, created_at FROM letter WHERE id = :id;

-- letters_of_case(case_id)
SELECT id, case_id, kind, language, sealed, sha256, created_at FROM letter WHERE case_id = :case_id ORDER BY created_at;

-- insert_bundle(id, case_id, blob_key, sha256, bytes, records, expires_at, now)
INSERT INTO bundle (id, case_id, blob_key, sha256, bytes, records, created_at, expires_at)
VALUES (:id, :case_id, :blob_key, :sha256, :bytes, :records, :now, :expires_at);

-- bundle_of_case(case_id)
SELECT id, case_id, blob_key, sha256, bytes, records, created_at, expires_at, removed_at FROM bundle
WHERE case_id = :case_id ORDER BY created_at DESC LIMIT 1;

-- blobs_of_case(case_id)
SELECT blob_key FROM bundle WHERE case_id = :case_id
UNION SELECT blob_key FROM segment WHERE case_id = :case_id AND blob_key IS NOT NULL;

-- bundle_removed(case_id, now)
UPDATE bundle SET removed_at = :now WHERE case_id = :case_id AND removed_at IS NULL;

-- insert_download(id, case_id, bundle_id, letter_id, identity_id, token_digest, downloads, expires_at, now)
INSERT INTO download (id, case_id, bundle_id, letter_id, identity_id, token_digest, downloads_left, created_at, expires_at)
VALUES (:id, :case_id, :bundle_id, :letter_id, :identity_id, :token_digest, :downloads, :now, :expires_at);

-- download_by_token(token_digest)
SELECT id, case_id, bundle_id, letter_id, identity_id, grant_digest, grant_until, downloads_left, expires_at, revoked_at
FROM download WHERE token_digest = :token_digest;

-- grant_download(id, grant_digest, grant_until)
UPDATE download SET grant_digest = :grant_digest, grant_until = :grant_until WHERE id = :id;

-- use_download(id, grant_digest, now)
UPDATE download SET downloads_left = downloads_left - 1
WHERE id = :id AND grant_digest = :grant_digest AND grant_until > :now AND downloads_left > 0 AND expires_at > :now
    AND revoked_at IS NULL;

-- revoke_downloads(case_id, now)
UPDATE download SET revoked_at = :now, grant_digest = NULL WHERE case_id = :case_id AND revoked_at IS NULL;

-- insert_note(id, case_id, staff_id, sealed, now)
INSERT INTO note (id, case_id, staff_id, sealed, created_at) VALUES (:id, :case_id, :staff_id, :sealed, :now);

-- notes_of_case(case_id)
SELECT id, staff_id, sealed, created_at FROM note WHERE case_id = :case_id ORDER BY created_at;
