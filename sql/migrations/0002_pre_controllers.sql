-- Customer-controllers of every size: an endpoint with its secrets, people who sign in, standing instructions, OpenDSR.
ALTER TABLE controller
    ADD COLUMN other_names text[] NOT NULL DEFAULT '{}',
    ADD COLUMN callers text CHECK (callers IN ('forward', 'refer')),
    ADD COLUMN opendsr_padding text NOT NULL DEFAULT 'pkcs1v15' CHECK (opendsr_padding IN ('pkcs1v15', 'pss'));

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

INSERT INTO endpoint (controller_id, url, sealed_secret, created_at, disabled_at, disabled_for)
SELECT id, webhook_url, webhook_secret, created_at, webhook_disabled_at,
    CASE WHEN webhook_disabled_at IS NOT NULL THEN 'owner' END
FROM controller WHERE webhook_url IS NOT NULL AND webhook_secret IS NOT NULL;

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

ALTER TABLE credential
    ADD COLUMN id uuid NOT NULL UNIQUE DEFAULT gen_random_uuid(),
    ADD COLUMN scopes text[] NOT NULL DEFAULT '{}';
-- Keys that were made before there were scopes may do what they could.
UPDATE credential SET scopes = '{cases:read,cases:instruct,requests:create,bundles:read}' WHERE kind = 'controller';

-- How often a key called since the minute began. A crash may forget it: it limits, and proves nothing.
CREATE UNLOGGED TABLE call_count (
    digest bytea PRIMARY KEY,
    minute timestamptz NOT NULL,
    calls integer NOT NULL
);

ALTER TABLE request DROP CONSTRAINT request_channel_check, ADD CONSTRAINT request_channel_check
    CHECK (channel IN ('form', 'api', 'controller_api', 'opendsr', 'telephone', 'letter', 'email'));

ALTER TABLE case_file
    ADD COLUMN answer_to text CHECK (answer_to IN ('controller', 'person')),
    ADD CONSTRAINT only_a_controller_says_to_whom CHECK (answer_to IS NULL OR controller_id IS NOT NULL);
UPDATE case_file SET answer_to = 'controller'
WHERE controller_id IS NOT NULL AND state NOT IN ('awaiting_controller', 'closed');

ALTER TABLE step ADD COLUMN lane text NOT NULL DEFAULT '';
UPDATE step SET kind = 'delivery.webhook', lane = o.controller_id::text
FROM outbox o
WHERE step.kind = 'delivery.send' AND step.state <> 'done' AND step.key = o.id::text AND o.channel = 'webhook';
DROP INDEX step_ready, step_due;
CREATE INDEX step_ready ON step (case_id, due_at) WHERE state = 'ready' AND lane = '';
CREATE INDEX step_due ON step (due_at) WHERE state = 'ready' AND lane = '';
CREATE INDEX step_by_lane ON step (lane, due_at) WHERE state = 'ready' AND lane <> '';

ALTER TABLE outbox
    ADD COLUMN member_id uuid REFERENCES member (id),
    DROP CONSTRAINT outbox_channel_check,
    DROP CONSTRAINT has_one_receiver,
    ADD CONSTRAINT outbox_channel_check CHECK (channel IN ('mail', 'sms', 'webhook', 'opendsr')),
    ADD CONSTRAINT has_one_receiver CHECK (num_nonnulls(identity_id, controller_id, member_id) + to_staff::int = 1),
    ADD CONSTRAINT has_its_channel CHECK ((controller_id IS NOT NULL) = (channel IN ('webhook', 'opendsr')));
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

GRANT SELECT, INSERT, UPDATE, DELETE ON endpoint, member, standing_instruction, call_count, sign_in, visit,
    opendsr_request, signing_key TO dsar_app;
GRANT SELECT ON endpoint, member, standing_instruction, credential, outbox, attempt, opendsr_request TO dsar_controller;

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
