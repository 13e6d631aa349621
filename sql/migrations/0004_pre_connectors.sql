-- Connectors: how a system is and what is asked of it, what an erasure would do, and that it lasts.
ALTER TABLE system
    ADD COLUMN calls_per_minute integer CHECK (calls_per_minute > 0),
    ADD COLUMN timeout_seconds real NOT NULL DEFAULT 60 CHECK (timeout_seconds > 0),
    ADD COLUMN recheck_days integer[] NOT NULL DEFAULT '{}',
    ADD COLUMN columns_lock jsonb,
    ADD COLUMN failures integer NOT NULL DEFAULT 0,
    ADD COLUMN circuit_opened_at timestamptz,
    ADD COLUMN probe_due_at timestamptz NOT NULL DEFAULT '-infinity',
    ADD COLUMN probed_at timestamptz,
    ADD COLUMN probe jsonb,
    ADD COLUMN told_at timestamptz;

CREATE UNLOGGED TABLE system_rate (
    system_key text PRIMARY KEY REFERENCES system (key),
    since timestamptz NOT NULL,
    calls integer NOT NULL
);

CREATE TABLE erasure_plan (
    id uuid PRIMARY KEY,
    case_id uuid NOT NULL REFERENCES case_file (id),
    system_key text NOT NULL,
    match_id uuid NOT NULL REFERENCES match (id),
    digest text NOT NULL,
    erased jsonb NOT NULL,
    kept jsonb NOT NULL,
    made_at timestamptz NOT NULL,
    approved_by uuid REFERENCES staff (id),
    approved_at timestamptz,
    CONSTRAINT approved_by_someone CHECK ((approved_by IS NULL) = (approved_at IS NULL))
);
CREATE INDEX erasure_plan_by_case ON erasure_plan (case_id, made_at);

CREATE TABLE recheck (
    case_id uuid NOT NULL REFERENCES case_file (id),
    system_key text NOT NULL,
    sealed bytea NOT NULL,
    last_on timestamptz NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (case_id, system_key)
);

CREATE TABLE upload (
    id uuid PRIMARY KEY,
    case_id uuid NOT NULL REFERENCES case_file (id),
    step_id uuid NOT NULL REFERENCES step (id),
    staff_id uuid NOT NULL REFERENCES staff (id),
    purpose text NOT NULL CHECK (purpose IN ('found', 'evidence')),
    sealed_name bytea NOT NULL,
    media_type text NOT NULL,
    bytes bigint NOT NULL CHECK (bytes >= 0),
    sha256 bytea NOT NULL,
    blob_key text NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE INDEX upload_by_step ON upload (step_id);

ALTER TABLE tombstone
    ADD COLUMN case_id uuid REFERENCES case_file (id),
    ADD COLUMN erased_again_at timestamptz;
CREATE INDEX tombstone_by_identity ON tombstone (blind_index, system_key);

GRANT SELECT, INSERT, UPDATE, DELETE ON system_rate, erasure_plan, recheck, upload TO dsar_app;

-- The Postgres connector has become one for three databases.
UPDATE system SET connector = 'sql' WHERE connector = 'postgres';
