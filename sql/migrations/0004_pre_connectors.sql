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

ALTER TABLE match ADD COLUMN system_version integer;

CREATE UNLOGGED TABLE system_rate (
    system_key text PRIMARY KEY REFERENCES system (key),
    next_at timestamptz NOT NULL,
    held_until timestamptz NOT NULL
);

CREATE TABLE system_event (
    system_key text NOT NULL REFERENCES system (key),
    seq integer NOT NULL CHECK (seq > 0),
    at timestamptz NOT NULL,
    type text NOT NULL,
    actor text NOT NULL,
    data jsonb NOT NULL,
    PRIMARY KEY (system_key, seq)
);
CREATE TRIGGER system_event_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON system_event
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

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
    created_at timestamptz NOT NULL,
    collection text,
    category text,
    portable boolean,
    records integer CHECK (records >= 0),
    CONSTRAINT found_has_its_collection CHECK (
        (purpose = 'found') = (collection IS NOT NULL) AND num_nonnulls(collection, category, portable) IN (0, 3)
    )
);
CREATE INDEX upload_by_step ON upload (step_id);
CREATE INDEX upload_by_case ON upload (case_id);

ALTER TABLE tombstone
    ADD COLUMN case_id uuid REFERENCES case_file (id),
    ADD COLUMN erased_again_at timestamptz;
CREATE INDEX tombstone_by_identity ON tombstone (blind_index, system_key);
CREATE UNIQUE INDEX tombstone_once ON tombstone (order_key, system_key, blind_index);
-- Until now an order's key was its step's id alone.
UPDATE tombstone SET case_id = step.case_id,
    order_key = CASE step.kind WHEN 'fanout.release' THEN 'release:' ELSE 'erase:' END || order_key
FROM step WHERE step.id::text = tombstone.order_key;

ALTER TABLE hold ADD COLUMN item_index bytea;

GRANT SELECT, INSERT, UPDATE, DELETE ON system_rate, erasure_plan, recheck, upload TO dsar_app;
GRANT SELECT, INSERT ON system_event TO dsar_app;

-- The Postgres connector has become one for three databases.
UPDATE system SET connector = 'sql' WHERE connector = 'postgres';
