-- alone()
-- One worker at a time: a request leads to nobody once all of its cases are forgotten, and two that each forgot one
-- would both have seen the other's still there.
SELECT pg_try_advisory_xact_lock(hashtextextended('evidence', 0));

-- forget(before, batch, now)
-- GDPR 5(1)(e), 11 CCR 7101(a): evidence stays for its years and no longer. What leads to nobody stays for ever: dates,
-- rights, outcomes, counts and the chain of the history. What is held still, or waits for a later day, stays whole.
WITH stale AS (
    SELECT c.id, c.request_id FROM case_file c
    WHERE c.state = 'closed' AND c.closed_at < :before AND c.evidence_removed_at IS NULL AND c.wrapped_key IS NULL
        AND NOT EXISTS (SELECT FROM hold h WHERE h.case_id = c.id AND h.released_at IS NULL)
        AND NOT EXISTS (SELECT FROM legal_hold l WHERE l.case_id = c.id AND l.lifted_at IS NULL)
        AND NOT EXISTS (
            SELECT FROM legal_hold l JOIN identity i ON i.blind_index = l.blind_index
            WHERE i.case_id = c.id AND l.lifted_at IS NULL
        )
        AND NOT EXISTS (SELECT FROM step s WHERE s.case_id = c.id AND s.state <> 'done')
    ORDER BY c.closed_at LIMIT :batch FOR NO KEY UPDATE SKIP LOCKED
),
transfers AS (DELETE FROM transfer WHERE case_id IN (SELECT id FROM stale)),
challenges AS (DELETE FROM challenge WHERE case_id IN (SELECT id FROM stale)),
downloads AS (DELETE FROM download WHERE case_id IN (SELECT id FROM stale)),
attempts AS (DELETE FROM attempt WHERE outbox_id IN (SELECT id FROM outbox WHERE case_id IN (SELECT id FROM stale))),
messages AS (DELETE FROM outbox WHERE case_id IN (SELECT id FROM stale)),
letters AS (DELETE FROM letter WHERE case_id IN (SELECT id FROM stale)),
notes AS (DELETE FROM note WHERE case_id IN (SELECT id FROM stale)),
decisions AS (DELETE FROM decision WHERE case_id IN (SELECT id FROM stale)),
redactions AS (DELETE FROM redaction WHERE case_id IN (SELECT id FROM stale)),
approvals AS (DELETE FROM approval WHERE case_id IN (SELECT id FROM stale)),
matches AS (DELETE FROM match WHERE case_id IN (SELECT id FROM stale)),
holds AS (DELETE FROM hold WHERE case_id IN (SELECT id FROM stale)),
protocol AS (DELETE FROM opendsr_request WHERE case_id IN (SELECT id FROM stale)),
sign_ins AS (DELETE FROM sign_in WHERE case_id IN (SELECT id FROM stale)),
marks AS (UPDATE step SET cursor = NULL WHERE case_id IN (SELECT id FROM stale) AND cursor IS NOT NULL),
lifted AS (DELETE FROM legal_hold WHERE kind = 'person' AND lifted_at < :before),
who AS (DELETE FROM identity WHERE case_id IN (SELECT id FROM stale)),
references_ AS (
    UPDATE request r SET reference = r.id::text
    WHERE r.id IN (SELECT request_id FROM stale) AND NOT EXISTS (
        SELECT FROM case_file c
        WHERE c.request_id = r.id AND c.evidence_removed_at IS NULL AND c.id NOT IN (SELECT id FROM stale)
    )
)
UPDATE case_file SET evidence_removed_at = :now WHERE id IN (SELECT id FROM stale);
