-- The whole database as it stands after all migrations. `tests/integration/store` proves that the two are equal.
-- Personal data stands here only sealed (bytea, AES-256-GCM under the case's own key) or as a blind index.
-- Times are timestamptz; a due date is the last local day on which the answer may leave.

-- dsar_app works; dsar_controller reads one customer-controller's rows and no others (row-level security below).
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'dsar_app') THEN
        CREATE ROLE dsar_app NOLOGIN;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'dsar_controller') THEN
        CREATE ROLE dsar_controller NOLOGIN;
    END IF;
END $$;
-- Until Postgres 16 who makes a role is not yet its member, and could not take it on.
GRANT dsar_app, dsar_controller TO CURRENT_USER;

CREATE TABLE profile (
    hash bytea PRIMARY KEY,             -- sha256 of the text: a case names the policy it was decided under
    key text NOT NULL,
    body text NOT NULL,
    first_seen_at timestamptz NOT NULL
);

CREATE TABLE staff (
    id uuid PRIMARY KEY,
    name text NOT NULL UNIQUE,
    role text NOT NULL CHECK (role IN ('agent', 'reviewer', 'administrator')),
    email text,                         -- where alarms about assigned cases go
    created_at timestamptz NOT NULL,
    disabled_at timestamptz
);

CREATE TABLE controller (
    id uuid PRIMARY KEY,
    name text NOT NULL,
    tenant text NOT NULL UNIQUE,        -- the customer's key in the connected systems
    telephone_numbers text[] NOT NULL DEFAULT '{}',   -- the business's own lines, E.164
    contact_email text,                 -- the business's own mailbox, for the person to write to
    created_at timestamptz NOT NULL,
    other_names text[] NOT NULL DEFAULT '{}',         -- under which callers may know it
    callers text CHECK (callers IN ('forward', 'refer')),   -- null: as the profile says
    opendsr_padding text NOT NULL DEFAULT 'pkcs1v15' CHECK (opendsr_padding IN ('pkcs1v15', 'pss'))
);

CREATE TABLE endpoint (                 -- where a controller's webhooks go: one each
    controller_id uuid PRIMARY KEY REFERENCES controller (id),
    url text NOT NULL,
    sealed_secret bytea NOT NULL,       -- under the operator's key
    sealed_old_secret bytea,            -- signs beside the new one until its time is over
    old_secret_until timestamptz,
    payload text NOT NULL DEFAULT 'thin' CHECK (payload IN ('thin', 'full')),
    created_at timestamptz NOT NULL,
    disabled_at timestamptz,            -- what would go there goes by mail
    disabled_for text CHECK (disabled_for IN ('gone', 'gave_up', 'owner')),
    CONSTRAINT disabled_for_a_reason CHECK ((disabled_at IS NULL) = (disabled_for IS NULL)),
    CONSTRAINT old_secret_has_its_time CHECK ((sealed_old_secret IS NULL) = (old_secret_until IS NULL))
);

CREATE TABLE member (                   -- the people of a controller: they get its mail and may sign in to its page
    id uuid PRIMARY KEY,
    controller_id uuid NOT NULL REFERENCES controller (id),
    sealed_email bytea NOT NULL,        -- under the operator's key
    blind_index bytea NOT NULL,
    sealed_name bytea NOT NULL,
    language text NOT NULL,
    created_at timestamptz NOT NULL,
    removed_at timestamptz
);
CREATE UNIQUE INDEX member_once ON member (controller_id, blind_index) WHERE removed_at IS NULL;
CREATE INDEX member_by_address ON member (blind_index) WHERE removed_at IS NULL;

CREATE TABLE standing_instruction (     -- GDPR 28(3)(a): documented, with who gave it and when
    id uuid PRIMARY KEY,
    controller_id uuid NOT NULL REFERENCES controller (id),
    rights text[] NOT NULL,
    instruction text NOT NULL CHECK (instruction IN ('fulfil', 'handled_by_us')),
    answer_to text CHECK (answer_to IN ('controller', 'person')),
    given_by text NOT NULL,             -- as an actor of an event
    given_at timestamptz NOT NULL,
    withdrawn_by text,
    withdrawn_at timestamptz,
    CONSTRAINT fulfilled_for_somebody CHECK ((instruction = 'fulfil') = (answer_to IS NOT NULL)),
    CONSTRAINT withdrawn_by_someone CHECK ((withdrawn_at IS NULL) = (withdrawn_by IS NULL))
);
CREATE INDEX standing_instruction_by_controller ON standing_instruction (controller_id) WHERE withdrawn_at IS NULL;

CREATE TABLE credential (
    digest bytea PRIMARY KEY,           -- sha256 of a random 256-bit key: the key itself is shown once and not kept
    kind text NOT NULL CHECK (kind IN ('staff', 'controller')),
    staff_id uuid REFERENCES staff (id),
    controller_id uuid REFERENCES controller (id),
    name text NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz,
    last_used_at timestamptz,
    revoked_at timestamptz,
    id uuid NOT NULL UNIQUE DEFAULT gen_random_uuid(),  -- by which lists name it
    scopes text[] NOT NULL DEFAULT '{}',    -- a controller's key: what it may do
    CONSTRAINT credential_has_one_owner CHECK (
        (kind = 'staff') = (staff_id IS NOT NULL) AND (kind = 'controller') = (controller_id IS NOT NULL)
    )
);

-- How often a key called since the minute began. A crash may forget it: it limits, and proves nothing.
CREATE UNLOGGED TABLE call_count (
    digest bytea PRIMARY KEY,
    minute timestamptz NOT NULL,
    calls integer NOT NULL
);

CREATE TABLE system (
    key text PRIMARY KEY,
    connector text NOT NULL,
    title text NOT NULL,
    settings bytea NOT NULL,            -- sealed JSON under the operator's key: it holds credentials
    roles text[] NOT NULL,              -- whose data it holds: controller, processor
    orders text[] NOT NULL,             -- which orders it takes with these settings; the rest are a person's tasks
    concurrency integer NOT NULL DEFAULT 4 CHECK (concurrency BETWEEN 1 AND 64),
    attempts_max integer NOT NULL DEFAULT 6 CHECK (attempts_max BETWEEN 1 AND 50),
    retry_delay_seconds real NOT NULL DEFAULT 2 CHECK (retry_delay_seconds >= 0),
    on_failure text NOT NULL DEFAULT 'manual' CHECK (on_failure IN ('manual', 'gap')),
    enabled boolean NOT NULL DEFAULT true,
    paused_reason text,
    version integer NOT NULL DEFAULT 1, -- rises with each change of settings, so that open sessions are renewed
    created_at timestamptz NOT NULL,
    calls_per_minute integer CHECK (calls_per_minute > 0),  -- null: the vendor's limit, as the connector declares it
    timeout_seconds real NOT NULL DEFAULT 60 CHECK (timeout_seconds > 0),   -- the longest that one call may take
    recheck_days integer[] NOT NULL DEFAULT '{}',   -- on which days after an erasure it is searched once more
    columns_lock jsonb,                 -- each column that somebody has decided on; null: nothing is guarded
    failures integer NOT NULL DEFAULT 0,    -- in a row; the circuit opens at a number of them
    circuit_opened_at timestamptz,      -- nobody but a probe asks it until one succeeds
    probe_due_at timestamptz NOT NULL DEFAULT '-infinity',
    probed_at timestamptz,
    probe jsonb,                        -- what the last probe found: its error, and what the columns' lock lacks
    told_at timestamptz                 -- staff has been told of this pause, or this circuit
);

-- From when on a system may be called again: how far its calls are spoken for, and until when the vendor asked to wait.
-- A crash may forget it: it limits, and proves nothing.
CREATE UNLOGGED TABLE system_rate (
    system_key text PRIMARY KEY REFERENCES system (key),
    next_at timestamptz NOT NULL,
    held_until timestamptz NOT NULL
);

CREATE TABLE system_event (             -- who set a system up, changed it, took it out; when it stopped and went on
    system_key text NOT NULL REFERENCES system (key),
    seq integer NOT NULL CHECK (seq > 0),
    at timestamptz NOT NULL,
    type text NOT NULL,
    actor text NOT NULL,                -- staff:<id>, operator (at the command line), service
    data jsonb NOT NULL,                -- never a setting: they hold credentials
    PRIMARY KEY (system_key, seq)
);

CREATE TABLE request (
    id uuid PRIMARY KEY,
    reference text NOT NULL UNIQUE,     -- 80 random bits: knowing it shows a status and no personal data
    received_at timestamptz NOT NULL,   -- when it was sent or said, not when we read it: GDPR 12(3)
    channel text NOT NULL CHECK (channel IN ('form', 'api', 'controller_api', 'opendsr', 'telephone', 'letter',
        'email')),
    language text NOT NULL,
    created_at timestamptz NOT NULL
);

CREATE TABLE case_file (
    id uuid PRIMARY KEY,                -- version 7: ordered by time, so that older cases are served first
    request_id uuid NOT NULL REFERENCES request (id),
    parent_id uuid REFERENCES case_file (id),      -- the person's own case, from which a controller's was cut
    controller_id uuid REFERENCES controller (id),
    tenant text,
    "right" text NOT NULL CHECK ("right" IN ('access', 'rectification', 'erasure', 'restriction', 'portability',
        'objection', 'withdraw_consent', 'automated_decision', 'know', 'delete', 'correct', 'opt_out_sale',
        'limit_sensitive')),
    role text NOT NULL CHECK (role IN ('controller', 'processor')),
    state text NOT NULL CHECK (state IN (
        'awaiting_identity',     -- new; nothing is searched or changed before proof
        'routing',               -- awaiting_identity -> routing: a caller's case, businesses looked up
        'awaiting_controller',   -- new, awaiting_identity -> awaiting_controller: waits for an instruction
        'searching',             -- awaiting_identity, awaiting_controller -> searching: systems side by side
        'in_review',             -- searching, acting, assembling -> in_review: a person decides
        'acting',                -- searching, in_review -> acting: orders go out and are verified
        'assembling',            -- searching, in_review -> assembling: the bundle is written
        'answering',             -- acting, assembling, in_review -> answering: the letter is written
        'delivered',             -- answering -> delivered: the answer can be fetched
        'closed'                 -- any -> closed
    )),
    outcome text CHECK (outcome IN ('fulfilled', 'fulfilled_in_part', 'nothing_held', 'refused', 'referred',
        'handled_by_controller', 'withdrawn', 'not_identified')),
    residence text NOT NULL DEFAULT '', -- a key of the profile's residents; empty: everybody else
    regime text NOT NULL,
    received_at timestamptz NOT NULL,
    due_date date NOT NULL,             -- a cache of the clock, which is a function of receipt and the facts in event
    strict_due_date date NOT NULL,      -- the earliest reading: alarms run on it
    statutory_due_date date,            -- null: no provision in force sets one, the company's promise alone counts
    notice_deadline date,               -- until when the person must hear of an extension; null: the regime knows none
    paused boolean NOT NULL DEFAULT false,  -- the person was asked, and the clock waits: alarms are quiet
    assist_due_date date,               -- processor's cases: the contract's own clock
    clock jsonb NOT NULL,               -- the explanation, step by step
    profile_hash bytea NOT NULL REFERENCES profile (hash),
    wrapped_key bytea,                  -- the case's key under the operator's; destroying it is the deletion
    sealed_details bytea,               -- what the person wrote: business named, number called, message
    assignee uuid REFERENCES staff (id),
    event_count integer NOT NULL DEFAULT 0,
    event_head bytea NOT NULL DEFAULT '\x',
    created_at timestamptz NOT NULL,
    closed_at timestamptz,
    key_destroyed_at timestamptz,
    answer_to text CHECK (answer_to IN ('controller', 'person')),   -- as the controller instructed
    evidence_removed_at timestamptz,    -- its years are over: what is left leads to nobody
    CONSTRAINT closed_has_outcome_and_time CHECK (
        (state = 'closed') = (closed_at IS NOT NULL) AND (state <> 'closed' OR outcome IS NOT NULL)
    ),
    CONSTRAINT key_is_there_or_destroyed CHECK ((wrapped_key IS NULL) = (key_destroyed_at IS NOT NULL)),
    CONSTRAINT controller_only_as_processor CHECK (
        controller_id IS NULL OR (role = 'processor' AND tenant IS NOT NULL)
    ),
    CONSTRAINT only_a_controller_says_to_whom CHECK (answer_to IS NULL OR controller_id IS NOT NULL)
);
CREATE INDEX case_file_by_due ON case_file (due_date, id);
CREATE INDEX case_file_by_request ON case_file (request_id);
CREATE INDEX case_file_by_parent ON case_file (parent_id) WHERE parent_id IS NOT NULL;
CREATE INDEX case_file_evidence ON case_file (closed_at) WHERE state = 'closed' AND evidence_removed_at IS NULL;
CREATE INDEX case_file_unproven ON case_file (created_at) WHERE state = 'awaiting_identity';
CREATE INDEX case_file_by_controller ON case_file (controller_id, id) WHERE controller_id IS NOT NULL;

CREATE TABLE identity (
    id uuid PRIMARY KEY,
    case_id uuid NOT NULL REFERENCES case_file (id),
    kind text NOT NULL CHECK (kind IN ('email', 'phone', 'account_id')),
    sealed bytea NOT NULL,
    blind_index bytea NOT NULL,         -- HMAC of the normalised value
    proven_at timestamptz,
    proof text CHECK (proof IN ('code', 'controller', 'staff')),
    CONSTRAINT proven_by_something CHECK ((proven_at IS NULL) = (proof IS NULL)),
    UNIQUE (case_id, kind, blind_index)
);
CREATE INDEX identity_by_blind_index ON identity (blind_index);

CREATE TABLE challenge (
    id uuid PRIMARY KEY,
    request_id uuid NOT NULL REFERENCES request (id),
    case_id uuid NOT NULL REFERENCES case_file (id),    -- under whose key the address is sealed
    download_id uuid,                   -- a step-up code for one download; null: proof of an identity
    kind text NOT NULL CHECK (kind IN ('email', 'phone')),
    blind_index bytea NOT NULL,
    code_digest bytea NOT NULL,         -- HMAC of the challenge and the six digits
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    tries integer NOT NULL DEFAULT 0 CHECK (tries BETWEEN 0 AND 5),
    spent_at timestamptz
);
CREATE INDEX challenge_by_request ON challenge (request_id, created_at);
CREATE INDEX challenge_by_address ON challenge (blind_index, created_at) WHERE download_id IS NULL;

CREATE TABLE event (
    case_id uuid NOT NULL REFERENCES case_file (id),
    seq integer NOT NULL CHECK (seq > 0),
    at timestamptz NOT NULL,
    type text NOT NULL,
    actor text NOT NULL,                -- person, controller:<id>, staff:<id>, service
    data jsonb NOT NULL,
    prev bytea NOT NULL,
    hash bytea NOT NULL,                -- sha256 over prev and the canonical entry
    PRIMARY KEY (case_id, seq)
);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', tg_table_name USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER event_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON event
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER system_event_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON system_event
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TABLE step (
    id uuid PRIMARY KEY,
    case_id uuid NOT NULL REFERENCES case_file (id),
    kind text NOT NULL,
    key text NOT NULL DEFAULT '',
    payload jsonb NOT NULL DEFAULT '{}',            -- ids only, never personal data
    state text NOT NULL CHECK (state IN (
        'ready',      -- new, running -> ready: due, or due again later
        'running',    -- ready -> running: claimed, the lease counts up
        'manual',     -- running -> manual: a person's task
        'done'        -- running, manual -> done
    )),
    due_at timestamptz NOT NULL,
    attempt integer NOT NULL DEFAULT 0 CHECK (attempt >= 0),
    lease integer NOT NULL DEFAULT 0,
    leased_until timestamptz,
    cursor text,
    outcome text CHECK (outcome IN ('done', 'found', 'no_match', 'not_searchable', 'gap', 'manual', 'failed', 'dropped')),
    detail jsonb NOT NULL DEFAULT '{}',             -- counts and reasons for staff, without personal data
    created_at timestamptz NOT NULL,
    finished_at timestamptz,
    lane text NOT NULL DEFAULT '',      -- whose endpoint it waits for: each goes at its own pace, beside all other work
    told_at timestamptz,                -- staff was told by mail that it is a person's task; again each time it becomes one
    UNIQUE (case_id, kind, key),
    CONSTRAINT leased_while_running CHECK ((state = 'running') = (leased_until IS NOT NULL)),
    CONSTRAINT finished_when_done CHECK ((state = 'done') = (finished_at IS NOT NULL)),
    CONSTRAINT outcome_when_done CHECK ((state = 'done') = (outcome IS NOT NULL))
);
CREATE INDEX step_ready ON step (case_id, due_at) WHERE state = 'ready' AND lane = '';
-- Most wait for a day that is weeks or years away.
CREATE INDEX step_due ON step (due_at) WHERE state = 'ready' AND lane = '';
CREATE INDEX step_by_lane ON step (lane, due_at) WHERE state = 'ready' AND lane <> '';
CREATE INDEX step_running ON step (leased_until) WHERE state = 'running';
CREATE INDEX step_manual ON step (case_id) WHERE state = 'manual';
CREATE INDEX step_untold ON step (case_id) WHERE state = 'manual' AND told_at IS NULL;

CREATE TABLE outbox (
    id uuid PRIMARY KEY,                -- the message's id for ever: over retries, for the receiver to know it again
    case_id uuid NOT NULL REFERENCES case_file (id),
    channel text NOT NULL CHECK (channel IN ('mail', 'sms', 'webhook', 'opendsr')),
    template text NOT NULL,             -- the letter, or the webhook's event type
    identity_id uuid REFERENCES identity (id),
    controller_id uuid REFERENCES controller (id),  -- to its endpoint, or its OpenDSR callback
    to_staff boolean NOT NULL DEFAULT false,    -- the case's assignee and the mailbox that the profile names
    facts jsonb NOT NULL DEFAULT '{}',  -- what the template needs and may lie open: an alarm's name, a date
    sealed bytea,                       -- what the template needs and may not lie open: a code, a link
    created_at timestamptz NOT NULL,
    sent_at timestamptz,
    failed_at timestamptz,
    member_id uuid REFERENCES member (id),      -- to one of a controller's people
    CONSTRAINT has_one_receiver CHECK (num_nonnulls(identity_id, controller_id, member_id) + to_staff::int = 1),
    CONSTRAINT has_its_channel CHECK ((controller_id IS NOT NULL) = (channel IN ('webhook', 'opendsr')))
);
CREATE INDEX outbox_by_case ON outbox (case_id);
CREATE INDEX outbox_by_controller ON outbox (controller_id, id) WHERE controller_id IS NOT NULL;
CREATE INDEX outbox_by_member ON outbox (member_id, created_at) WHERE member_id IS NOT NULL;

CREATE TABLE sign_in (                  -- a link that went to a member by mail: opened once, within days
    token_digest bytea PRIMARY KEY,
    member_id uuid NOT NULL REFERENCES member (id),
    case_id uuid REFERENCES case_file (id),         -- the page it leads to; null: the list
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz
);
CREATE INDEX sign_in_by_member ON sign_in (member_id, created_at);

CREATE TABLE visit (                    -- a member is signed in
    token_digest bytea PRIMARY KEY,
    member_id uuid NOT NULL REFERENCES member (id),
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    ended_at timestamptz
);
CREATE INDEX visit_by_member ON visit (member_id);

CREATE TABLE opendsr_request (          -- what a controller asked by OpenDSR 2.0 or OpenGDPR 1.0
    controller_id uuid NOT NULL REFERENCES controller (id),
    subject_request_id uuid NOT NULL,   -- the controller's own, version 4
    case_id uuid NOT NULL UNIQUE REFERENCES case_file (id),
    version text NOT NULL CHECK (version IN ('2.0', '1.0')),
    regulation text NOT NULL,
    subject_request_type text NOT NULL,
    callback_urls text[] NOT NULL,
    body_blind bytea NOT NULL,          -- keyed hash of the body: the same id with another body is refused
    submitted_time timestamptz NOT NULL,
    received_time timestamptz NOT NULL,
    results_count bigint,               -- set when it is completed: what was collected goes when the case closes
    PRIMARY KEY (controller_id, subject_request_id)
);

CREATE TABLE signing_key (              -- what signs OpenDSR answers and callbacks where no certificate is set
    domain text PRIMARY KEY,
    sealed_private_key bytea NOT NULL,  -- under the operator's key
    certificate text NOT NULL,          -- PEM
    created_at timestamptz NOT NULL
);

CREATE TABLE attempt (
    outbox_id uuid NOT NULL REFERENCES outbox (id),
    number integer NOT NULL,
    at timestamptz NOT NULL,
    status integer,
    error text,
    response bytea CHECK (octet_length(response) <= 512),
    seconds real NOT NULL,
    PRIMARY KEY (outbox_id, number)
);

CREATE TABLE match (
    id uuid PRIMARY KEY,
    case_id uuid NOT NULL REFERENCES case_file (id),
    system_key text NOT NULL,
    sealed_ref bytea NOT NULL,
    ref_blind bytea NOT NULL,           -- so that the same subject found twice is one row
    found_by text NOT NULL,             -- the kind of identity that led here
    sure boolean NOT NULL,
    decision text CHECK (decision IN ('accepted', 'rejected')),
    decided_by uuid REFERENCES staff (id),
    decided_at timestamptz,
    created_at timestamptz NOT NULL,
    system_version integer,             -- by which settings it was found; null: by a person
    UNIQUE (case_id, system_key, ref_blind),
    CONSTRAINT decided_by_someone CHECK ((decision IS NULL) = (decided_by IS NULL))
);

CREATE TABLE erasure_plan (            -- what an erasure would do: counts and grounds, nothing of the person's
    id uuid PRIMARY KEY,
    case_id uuid NOT NULL REFERENCES case_file (id),
    system_key text NOT NULL,
    match_id uuid NOT NULL REFERENCES match (id),
    digest text NOT NULL,               -- of exactly the items that would go and stay
    erased jsonb NOT NULL,              -- count by collection
    kept jsonb NOT NULL,                -- count, ground and date by collection
    made_at timestamptz NOT NULL,
    approved_by uuid REFERENCES staff (id),
    approved_at timestamptz,
    CONSTRAINT approved_by_someone CHECK ((approved_by IS NULL) = (approved_at IS NULL))
);
CREATE INDEX erasure_plan_by_case ON erasure_plan (case_id, made_at);

CREATE TABLE recheck (                  -- whom to look for once more after an erasure: forgotten with the last look
    case_id uuid NOT NULL REFERENCES case_file (id),
    system_key text NOT NULL,
    sealed bytea NOT NULL,              -- under the operator's key, for the case's may be gone
    last_on timestamptz NOT NULL,
    created_at timestamptz NOT NULL,
    cause text NOT NULL DEFAULT '',     -- the release, or the repetition, that it came after; empty: the case's erasure
    PRIMARY KEY (case_id, system_key, cause)
);

CREATE TABLE upload (                   -- what a person found, or what shows that they erased it
    id uuid PRIMARY KEY,
    case_id uuid NOT NULL REFERENCES case_file (id),
    step_id uuid NOT NULL REFERENCES step (id),
    staff_id uuid NOT NULL REFERENCES staff (id),
    purpose text NOT NULL CHECK (purpose IN ('found', 'evidence')),
    sealed_name bytea NOT NULL,
    media_type text NOT NULL,
    bytes bigint NOT NULL CHECK (bytes >= 0),
    sha256 bytea NOT NULL,
    blob_key text NOT NULL,             -- sealed under the case's key
    created_at timestamptz NOT NULL,
    collection text,                    -- of what was found; evidence belongs to none
    category text,
    portable boolean,
    records integer CHECK (records >= 0),   -- how many the file holds; null: it is an attachment
    CONSTRAINT found_has_its_collection CHECK (
        (purpose = 'found') = (collection IS NOT NULL) AND num_nonnulls(collection, category, portable) IN (0, 3)
    )
);
CREATE INDEX upload_by_step ON upload (step_id);
CREATE INDEX upload_by_case ON upload (case_id);

CREATE TABLE segment (
    step_id uuid NOT NULL REFERENCES step (id),
    seq integer NOT NULL,
    case_id uuid NOT NULL REFERENCES case_file (id),
    system_key text NOT NULL,
    collection text NOT NULL,
    category text NOT NULL,
    portable boolean NOT NULL,
    records integer NOT NULL CHECK (records >= 0),
    attachments integer NOT NULL CHECK (attachments >= 0),
    bytes bigint NOT NULL,              -- plain bytes, before compression and sealing
    sealed bytea,                       -- small ones stand here, within the transaction that moved the mark
    blob_key text,                      -- large ones in the blob store
    created_at timestamptz NOT NULL,
    calls integer NOT NULL DEFAULT 0 CHECK (calls >= 0),            -- records that are conversations, turn by turn
    recordings integer NOT NULL DEFAULT 0 CHECK (recordings >= 0),  -- attachments that are sound
    bundle_number integer,              -- the archive it went out in
    PRIMARY KEY (step_id, seq),
    CONSTRAINT stands_in_one_place CHECK ((sealed IS NULL) <> (blob_key IS NULL))
);
ALTER TABLE segment ALTER COLUMN sealed SET STORAGE EXTERNAL;
CREATE INDEX segment_by_case ON segment (case_id, category, system_key, collection, step_id, seq);

CREATE TABLE redaction (                -- what staff decided to withhold, or to let go against a rule
    id uuid PRIMARY KEY,
    case_id uuid NOT NULL REFERENCES case_file (id),
    effect text NOT NULL CHECK (effect IN ('withhold', 'disclose')),
    target text NOT NULL CHECK (target IN ('record', 'field', 'span', 'stretch', 'rule')),
    ground text NOT NULL,               -- of the closed list
    item_index bytea,                   -- keyed hash of the item that it is about; null: a rule is about many
    sealed bytea NOT NULL,              -- under the case's key: where in the item, or the rule, and why
    staff_id uuid NOT NULL REFERENCES staff (id),
    created_at timestamptz NOT NULL,
    undone_by uuid REFERENCES staff (id),
    undone_at timestamptz,
    CONSTRAINT is_about_an_item_or_a_rule CHECK ((target = 'rule') = (item_index IS NULL)),
    CONSTRAINT undone_by_someone CHECK ((undone_at IS NULL) = (undone_by IS NULL))
);
CREATE INDEX redaction_by_case ON redaction (case_id, created_at);

CREATE TABLE approval (                 -- that exactly this may leave
    id uuid PRIMARY KEY,
    case_id uuid NOT NULL REFERENCES case_file (id),
    content bytea NOT NULL,             -- sha256 of what was approved: after a change it counts no more
    staff_id uuid NOT NULL REFERENCES staff (id),
    created_at timestamptz NOT NULL,
    UNIQUE (case_id, content, staff_id)
);

CREATE TABLE letter (
    id uuid PRIMARY KEY,
    case_id uuid NOT NULL REFERENCES case_file (id),
    kind text NOT NULL,
    language text NOT NULL,
    sealed bytea NOT NULL,
    sha256 bytea NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE INDEX letter_by_case ON letter (case_id);

CREATE TABLE bundle (
    id uuid PRIMARY KEY,
    case_id uuid NOT NULL REFERENCES case_file (id),
    blob_key text NOT NULL,
    sha256 bytea NOT NULL,              -- of the archive as the person opens it
    bytes bigint NOT NULL,
    records integer NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    removed_at timestamptz,
    number integer NOT NULL DEFAULT 1 CHECK (number > 0),   -- 1 is the answer, each further one a supplement
    content bytea,                      -- sha256 of what it was made from, as it was approved
    inside jsonb NOT NULL DEFAULT '{}', -- counts for the page before the code: nothing of the person's
    UNIQUE (case_id, number)
);
CREATE INDEX bundle_by_case ON bundle (case_id);

CREATE TABLE download (
    id uuid PRIMARY KEY,
    case_id uuid NOT NULL REFERENCES case_file (id),
    bundle_id uuid REFERENCES bundle (id),
    letter_id uuid NOT NULL REFERENCES letter (id),
    identity_id uuid NOT NULL REFERENCES identity (id),     -- the proven channel that gets the fresh code
    token_digest bytea NOT NULL UNIQUE,
    grant_digest bytea,                 -- what a right code opens, for minutes
    grant_until timestamptz,
    downloads_left integer NOT NULL CHECK (downloads_left >= 0),
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz
);
CREATE INDEX download_by_case ON download (case_id);
ALTER TABLE challenge ADD FOREIGN KEY (download_id) REFERENCES download (id);

CREATE TABLE transfer (                 -- an answer that goes straight to another controller, GDPR 20(2)
    id uuid PRIMARY KEY,
    case_id uuid NOT NULL REFERENCES case_file (id),
    bundle_id uuid NOT NULL REFERENCES bundle (id),
    identity_id uuid NOT NULL REFERENCES identity (id),     -- the proven channel over which the person asked for it
    state text NOT NULL CHECK (state IN (
        'offered',     -- new: the receiver is being asked
        'accepted',    -- offered -> accepted: it has proven itself, the person has yet to confirm
        'confirmed',   -- accepted -> confirmed: the file is on its way, or is tried again
        'delivered',   -- confirmed -> delivered: the receiver has the very bytes
        'failed',      -- offered, confirmed -> failed
        'cancelled'    -- offered, accepted, confirmed -> cancelled
    )),
    reason text,                        -- why it failed
    sealed bytea NOT NULL,              -- under the case's key: address, the person's reference there, receiver's name
    created_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    CONSTRAINT failed_for_a_reason CHECK ((state = 'failed') = (reason IS NOT NULL))
);
CREATE INDEX transfer_by_case ON transfer (case_id, created_at);

CREATE TABLE hold (
    id uuid PRIMARY KEY,
    case_id uuid NOT NULL REFERENCES case_file (id),
    system_key text NOT NULL,
    collection text NOT NULL,
    sealed_record_id bytea NOT NULL,
    sealed_item bytea,                  -- under the operator's key, for it outlives the case's: what to erase, and whose
    ground text NOT NULL,
    until date,
    restricted boolean NOT NULL,
    created_at timestamptz NOT NULL,
    released_at timestamptz,            -- the time is over, and the item was erased; sealed_item is forgotten
    item_index bytea                    -- keyed hash of the item: by it a release is repeated after a backup was restored
);
CREATE INDEX hold_by_case ON hold (case_id);

CREATE TABLE legal_hold (              -- set by hand: a dispute that needs the data, GDPR 17(3)(e)
    id uuid PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('person', 'case', 'collection')),
    blind_index bytea,                  -- the person's, whatever case they come with
    case_id uuid REFERENCES case_file (id),
    system_key text,
    collection text,
    tenant text,
    reason text NOT NULL,               -- the matter, without personal data
    owner uuid NOT NULL REFERENCES staff (id),
    review_on date NOT NULL,
    created_at timestamptz NOT NULL,
    lifted_at timestamptz,
    lifted_by uuid REFERENCES staff (id),
    CONSTRAINT names_what_it_holds CHECK (
        (kind = 'person') = (blind_index IS NOT NULL)
        AND (kind = 'case') = (case_id IS NOT NULL)
        AND (kind = 'collection') = (collection IS NOT NULL)
        AND (collection IS NULL OR system_key IS NOT NULL)
    ),
    CONSTRAINT lifted_by_someone CHECK ((lifted_at IS NULL) = (lifted_by IS NULL))
);
CREATE INDEX legal_hold_standing ON legal_hold (kind) WHERE lifted_at IS NULL;

CREATE TABLE decision (                 -- what a person decided on a case: values and reasons sealed
    id uuid PRIMARY KEY,
    case_id uuid NOT NULL REFERENCES case_file (id),
    kind text NOT NULL,
    staff_id uuid NOT NULL REFERENCES staff (id),
    sealed bytea NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE INDEX decision_by_case ON decision (case_id, created_at);

CREATE TABLE suppression (
    blind_index bytea PRIMARY KEY,      -- GDPR 21(3): kept for ever, and tells nobody who it is
    since timestamptz NOT NULL,
    ground text NOT NULL
);

CREATE TABLE tombstone (
    id uuid PRIMARY KEY,
    system_key text NOT NULL,
    blind_index bytea NOT NULL,         -- of the identity that led to what was erased
    tenant text,
    order_key text NOT NULL,
    at timestamptz NOT NULL,
    case_id uuid REFERENCES case_file (id),
    erased_again_at timestamptz         -- after a backup was restored: erased once more, or seen not to have come back
);
CREATE INDEX tombstone_by_time ON tombstone (at);
CREATE INDEX tombstone_by_identity ON tombstone (blind_index, system_key);
CREATE UNIQUE INDEX tombstone_once ON tombstone (order_key, system_key, blind_index);

CREATE TABLE note (
    id uuid PRIMARY KEY,
    case_id uuid NOT NULL REFERENCES case_file (id),
    staff_id uuid NOT NULL REFERENCES staff (id),
    sealed bytea NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE INDEX note_by_case ON note (case_id);

CREATE TABLE idempotency (
    owner text NOT NULL,                -- who sent the key: staff, controller or the public face
    key_digest bytea NOT NULL,
    body_digest bytea NOT NULL,
    status integer,                     -- null while the first call still runs
    sealed_response bytea,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (owner, key_digest)
);

-- Grants: dsar_app works on all, but history is append-only; dsar_controller reads its own.
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO dsar_app;
REVOKE UPDATE, DELETE, TRUNCATE ON event, system_event FROM dsar_app;
GRANT SELECT ON case_file, identity, event, bundle, request, segment, step, controller TO dsar_controller;
GRANT SELECT ON endpoint, member, standing_instruction, credential, outbox, attempt, opendsr_request TO dsar_controller;

-- Row-level security: a controller's connection sees its own rows only, even if a handler forgets its WHERE.
CREATE FUNCTION current_controller() RETURNS uuid LANGUAGE sql STABLE AS
$$ SELECT nullif(current_setting('app.controller_id', true), '')::uuid $$;

ALTER TABLE controller ENABLE ROW LEVEL SECURITY;
CREATE POLICY service ON controller TO dsar_app USING (true) WITH CHECK (true);
CREATE POLICY own_rows ON controller FOR SELECT TO dsar_controller USING (id = current_controller());

ALTER TABLE case_file ENABLE ROW LEVEL SECURITY;
CREATE POLICY service ON case_file TO dsar_app USING (true) WITH CHECK (true);
CREATE POLICY own_rows ON case_file FOR SELECT TO dsar_controller USING (controller_id = current_controller());

ALTER TABLE request ENABLE ROW LEVEL SECURITY;
CREATE POLICY service ON request TO dsar_app USING (true) WITH CHECK (true);
CREATE POLICY own_rows ON request FOR SELECT TO dsar_controller
    USING (EXISTS (SELECT FROM case_file c WHERE c.request_id = request.id));

ALTER TABLE identity ENABLE ROW LEVEL SECURITY;
CREATE POLICY service ON identity TO dsar_app USING (true) WITH CHECK (true);
CREATE POLICY own_rows ON identity FOR SELECT TO dsar_controller
    USING (EXISTS (SELECT FROM case_file c WHERE c.id = identity.case_id));

ALTER TABLE event ENABLE ROW LEVEL SECURITY;
CREATE POLICY service ON event TO dsar_app USING (true) WITH CHECK (true);
CREATE POLICY own_rows ON event FOR SELECT TO dsar_controller
    USING (EXISTS (SELECT FROM case_file c WHERE c.id = event.case_id));

ALTER TABLE step ENABLE ROW LEVEL SECURITY;
CREATE POLICY service ON step TO dsar_app USING (true) WITH CHECK (true);
CREATE POLICY own_rows ON step FOR SELECT TO dsar_controller
    USING (EXISTS (SELECT FROM case_file c WHERE c.id = step.case_id));

ALTER TABLE segment ENABLE ROW LEVEL SECURITY;
CREATE POLICY service ON segment TO dsar_app USING (true) WITH CHECK (true);
CREATE POLICY own_rows ON segment FOR SELECT TO dsar_controller
    USING (EXISTS (SELECT FROM case_file c WHERE c.id = segment.case_id));

ALTER TABLE bundle ENABLE ROW LEVEL SECURITY;
CREATE POLICY service ON bundle TO dsar_app USING (true) WITH CHECK (true);
CREATE POLICY own_rows ON bundle FOR SELECT TO dsar_controller
    USING (EXISTS (SELECT FROM case_file c WHERE c.id = bundle.case_id));

ALTER TABLE endpoint ENABLE ROW LEVEL SECURITY;
CREATE POLICY service ON endpoint TO dsar_app USING (true) WITH CHECK (true);
CREATE POLICY own_rows ON endpoint FOR SELECT TO dsar_controller USING (controller_id = current_controller());

ALTER TABLE member ENABLE ROW LEVEL SECURITY;
CREATE POLICY service ON member TO dsar_app USING (true) WITH CHECK (true);
CREATE POLICY own_rows ON member FOR SELECT TO dsar_controller USING (controller_id = current_controller());

ALTER TABLE standing_instruction ENABLE ROW LEVEL SECURITY;
CREATE POLICY service ON standing_instruction TO dsar_app USING (true) WITH CHECK (true);
CREATE POLICY own_rows ON standing_instruction FOR SELECT TO dsar_controller USING (controller_id = current_controller());

ALTER TABLE credential ENABLE ROW LEVEL SECURITY;
CREATE POLICY service ON credential TO dsar_app USING (true) WITH CHECK (true);
CREATE POLICY own_rows ON credential FOR SELECT TO dsar_controller USING (controller_id = current_controller());

ALTER TABLE outbox ENABLE ROW LEVEL SECURITY;
CREATE POLICY service ON outbox TO dsar_app USING (true) WITH CHECK (true);
CREATE POLICY own_rows ON outbox FOR SELECT TO dsar_controller USING (controller_id = current_controller());

ALTER TABLE opendsr_request ENABLE ROW LEVEL SECURITY;
CREATE POLICY service ON opendsr_request TO dsar_app USING (true) WITH CHECK (true);
CREATE POLICY own_rows ON opendsr_request FOR SELECT TO dsar_controller USING (controller_id = current_controller());

ALTER TABLE attempt ENABLE ROW LEVEL SECURITY;
CREATE POLICY service ON attempt TO dsar_app USING (true) WITH CHECK (true);
CREATE POLICY own_rows ON attempt FOR SELECT TO dsar_controller
    USING (EXISTS (SELECT FROM outbox o WHERE o.id = attempt.outbox_id));
