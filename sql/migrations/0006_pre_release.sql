-- Before the release: what staff is told of.

ALTER TABLE step ADD COLUMN told_at timestamptz;
CREATE INDEX step_untold ON step (case_id) WHERE state = 'manual' AND told_at IS NULL;

ALTER TABLE recheck ADD COLUMN cause text NOT NULL DEFAULT '';
ALTER TABLE recheck DROP CONSTRAINT recheck_pkey, ADD CONSTRAINT recheck_pkey PRIMARY KEY (case_id, system_key, cause);

ALTER TABLE step DROP CONSTRAINT step_outcome_check, ADD CONSTRAINT step_outcome_check
    CHECK (outcome IN ('done', 'found', 'no_match', 'not_searchable', 'gap', 'manual', 'failed', 'dropped'));
