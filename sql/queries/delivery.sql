-- insert_letter(id, case_id, kind, language, sealed, sha256, now)
INSERT INTO letter (id, case_id, kind, language, sealed, sha256, created_at)
VALUES (:id, :case_id, :kind, :language, :sealed, :sha256, :now);

-- letter(id)
SELECT id, case_id, kind, language, sealed, sha256, created_at FROM letter WHERE id = :id;

-- letters_of_case(case_id)
SELECT id, case_id, kind, language, sealed, sha256, created_at FROM letter WHERE case_id = :case_id ORDER BY created_at;

-- insert_bundle(id, case_id, blob_key, sha256, bytes, records, expires_at, now, number, content, inside)
INSERT INTO bundle (id, case_id, blob_key, sha256, bytes, records, created_at, expires_at, number, content, inside)
VALUES (:id, :case_id, :blob_key, :sha256, :bytes, :records, :now, :expires_at, :number, :content, :inside);

-- bundle_of_case(case_id, number)
SELECT id, case_id, blob_key, sha256, bytes, records, created_at, expires_at, removed_at, number, content, inside
FROM bundle WHERE case_id = :case_id AND number = :number;

-- bundles_of_case(case_id)
SELECT id, case_id, blob_key, sha256, bytes, records, created_at, expires_at, removed_at, number, content, inside
FROM bundle WHERE case_id = :case_id ORDER BY number;

-- still_served(bundle_id, download_id, caller)
-- What a stream that is under way rests on: the archive, the case's key and, for a person, the link; for a controller the
-- key or the member that fetches.
SELECT EXISTS (
    SELECT FROM bundle b JOIN case_file c ON c.id = b.case_id
    WHERE b.id = :bundle_id AND b.removed_at IS NULL AND c.wrapped_key IS NOT NULL
        AND NOT EXISTS (SELECT FROM download d WHERE d.id = :download_id::uuid AND d.revoked_at IS NOT NULL)
        AND NOT EXISTS (SELECT FROM credential k WHERE 'key:' || k.id = :caller::text AND k.revoked_at IS NOT NULL)
        AND NOT EXISTS (SELECT FROM member m WHERE 'member:' || m.id = :caller::text AND m.removed_at IS NOT NULL)
);

-- blobs_of_case(case_id)
SELECT blob_key FROM bundle WHERE case_id = :case_id
UNION SELECT blob_key FROM segment WHERE case_id = :case_id AND blob_key IS NOT NULL;

-- bundle_removed(case_id, now)
UPDATE bundle SET removed_at = :now WHERE case_id = :case_id AND removed_at IS NULL;

-- insert_download(id, case_id, bundle_id, letter_id, identity_id, token_digest, downloads, expires_at, now)
INSERT INTO download (id, case_id, bundle_id, letter_id, identity_id, token_digest, downloads_left, created_at, expires_at)
VALUES (:id, :case_id, :bundle_id, :letter_id, :identity_id, :token_digest, :downloads, :now, :expires_at);

-- download_by_token(token_digest)
SELECT id, case_id, bundle_id, letter_id, identity_id, grant_digest, grant_until, downloads_left, expires_at, revoked_at,
    created_at
FROM download WHERE token_digest = :token_digest;

-- downloads_of_case(case_id)
SELECT id, case_id, bundle_id, letter_id, identity_id, grant_digest, grant_until, downloads_left, expires_at, revoked_at,
    created_at
FROM download WHERE case_id = :case_id ORDER BY created_at, id;

-- last_address(case_id)
SELECT identity_id FROM download WHERE case_id = :case_id ORDER BY created_at DESC, id DESC LIMIT 1;

-- grant_download(id, grant_digest, grant_until)
UPDATE download SET grant_digest = :grant_digest, grant_until = :grant_until WHERE id = :id;

-- use_download(id, grant_digest, now)
UPDATE download SET downloads_left = downloads_left - 1
WHERE id = :id AND grant_digest = :grant_digest AND grant_until > :now AND downloads_left > 0 AND expires_at > :now
    AND revoked_at IS NULL;

-- accesses(case_id, actor, link, number)
-- When a download was last counted, and when any call for the archive was last noted; who takes no number means the first.
SELECT max(at) FILTER (WHERE NOT coalesce((data ->> 'resumed')::boolean, false)) AS counted_at, max(at) AS noted_at
FROM event
WHERE case_id = :case_id AND type = 'bundle.downloaded' AND actor = :actor
    AND data ->> 'link' IS NOT DISTINCT FROM :link::text AND coalesce((data ->> 'number')::int, 1) = :number;

-- revoke_downloads(case_id, now)
UPDATE download SET revoked_at = :now, grant_digest = NULL WHERE case_id = :case_id AND revoked_at IS NULL;

-- revoke_download(id, case_id, now)
UPDATE download SET revoked_at = :now, grant_digest = NULL
WHERE id = :id AND case_id = :case_id AND revoked_at IS NULL;

-- addresses_awaited(request_id)
-- The latest address that staff set for each case's answer, while nobody has proven it. A link that staff has made since
-- calls it back: whoever had the answer so far has said that it was not they who asked.
SELECT latest.case_id, i.id AS identity_id
FROM (
    SELECT DISTINCT ON (e.case_id) e.case_id, (e.data ->> 'identity')::uuid AS identity_id
    FROM case_file c JOIN event e ON e.case_id = c.id
        AND (e.type = 'address.set' OR (e.type = 'link.made' AND e.actor <> 'person'))
    WHERE c.request_id = :request_id AND c.state = 'delivered' ORDER BY e.case_id, e.seq DESC
) latest
JOIN identity i ON i.id = latest.identity_id AND i.proven_at IS NULL ORDER BY latest.case_id;

-- insert_note(id, case_id, staff_id, sealed, now)
INSERT INTO note (id, case_id, staff_id, sealed, created_at) VALUES (:id, :case_id, :staff_id, :sealed, :now);

-- notes_of_case(case_id)
SELECT id, staff_id, sealed, created_at FROM note WHERE case_id = :case_id ORDER BY created_at;
