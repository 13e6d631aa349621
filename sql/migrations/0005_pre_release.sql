-- Review, bundle and delivery: what is withheld, who approved exactly what, and archives that come one after another.

ALTER TABLE segment
    ADD COLUMN calls integer NOT NULL DEFAULT 0 CHECK (calls >= 0),
    ADD COLUMN recordings integer NOT NULL DEFAULT 0 CHECK (recordings >= 0),
    ADD COLUMN bundle_number integer;

ALTER TABLE bundle
    ADD COLUMN number integer NOT NULL DEFAULT 1 CHECK (number > 0),
    ADD COLUMN content bytea,
    ADD COLUMN inside jsonb NOT NULL DEFAULT '{}',
    ADD UNIQUE (case_id, number);
-- What was collected for an archive that stands went out in it.
UPDATE segment SET bundle_number = 1 FROM bundle WHERE bundle.case_id = segment.case_id;

ALTER TABLE case_file ADD COLUMN evidence_removed_at timestamptz;
CREATE INDEX case_file_evidence ON case_file (closed_at) WHERE state = 'closed' AND evidence_removed_at IS NULL;

CREATE TABLE redaction (
    id uuid PRIMARY KEY,
    case_id uuid NOT NULL REFERENCES case_file (id),
    effect text NOT NULL CHECK (effect IN ('withhold', 'disclose')),
    target text NOT NULL CHECK (target IN ('record', 'field', 'span', 'stretch', 'rule')),
    ground text NOT NULL,
    item_index bytea,
    sealed bytea NOT NULL,
    staff_id uuid NOT NULL REFERENCES staff (id),
    created_at timestamptz NOT NULL,
    undone_by uuid REFERENCES staff (id),
    undone_at timestamptz,
    CONSTRAINT is_about_an_item_or_a_rule CHECK ((target = 'rule') = (item_index IS NULL)),
    CONSTRAINT undone_by_someone CHECK ((undone_at IS NULL) = (undone_by IS NULL))
);
CREATE INDEX redaction_by_case ON redaction (case_id, created_at);

CREATE TABLE approval (
    id uuid PRIMARY KEY,
    case_id uuid NOT NULL REFERENCES case_file (id),
    content bytea NOT NULL,
    staff_id uuid NOT NULL REFERENCES staff (id),
    created_at timestamptz NOT NULL,
    UNIQUE (case_id, content, staff_id)
);

CREATE TABLE transfer (
    id uuid PRIMARY KEY,
    case_id uuid NOT NULL REFERENCES case_file (id),
    bundle_id uuid NOT NULL REFERENCES bundle (id),
    identity_id uuid NOT NULL REFERENCES identity (id),
    state text NOT NULL CHECK (state IN (
        'offered',
        'accepted',
        'confirmed',
        'delivered',
        'failed',
        'cancelled'
    )),
    reason text,
    sealed bytea NOT NULL,
    created_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    CONSTRAINT failed_for_a_reason CHECK ((state = 'failed') = (reason IS NOT NULL))
);
CREATE INDEX transfer_by_case ON transfer (case_id, created_at);

GRANT SELECT, INSERT, UPDATE, DELETE ON redaction, approval, transfer TO dsar_app;
