-- insert(request_ids, request_refs, request_received_ats, request_channels, request_languages, case_ids, case_request_ids, case_parent_ids, case_controller_ids, case_tenants, case_rights, case_roles, case_states, case_residences, case_regimes, case_received_ats, case_due_dates, case_strict_due_dates, case_statutory_due_dates, case_notice_deadlines, case_assist_due_dates, case_clocks, profile_hash, case_wrapped_keys, case_sealed_details, case_event_counts, case_event_heads, event_case_ids, event_seqs, event_ats, event_types, event_actors, event_datas, event_prevs, event_hashes, identity_ids, identity_case_ids, identity_kinds, identity_sealeds, identity_blind_indexes, identity_proven_ats, identity_proofs, challenge_ids, challenge_request_ids, challenge_case_ids, challenge_download_ids, challenge_kinds, challenge_blind_indexes, challenge_code_digests, challenge_expires_ats, outbox_ids, outbox_case_ids, outbox_channels, outbox_templates, outbox_identity_ids, outbox_controller_ids, outbox_member_ids, outbox_to_staffs, outbox_factses, outbox_sealeds, step_ids, step_case_ids, step_kinds, step_keys, step_lanes, step_payloads, step_states, step_due_ats, now)
-- All that requests consist of, in one statement: a call for each table would cost more than the commit.
WITH new_request AS (
    INSERT INTO request (id, reference, received_at, channel, language, created_at)
    SELECT n.id, n.reference, n.received_at, n.channel, n.language, :now
    FROM unnest(:request_ids::uuid[], :request_refs::text[], :request_received_ats::timestamptz[], :request_channels::text[], :request_languages::text[])
        AS n (id, reference, received_at, channel, language)
), new_case AS (
    INSERT INTO case_file (id, request_id, parent_id, controller_id, tenant, "right", role, state, residence, regime,
        received_at, due_date, strict_due_date, statutory_due_date, notice_deadline, assist_due_date, clock, profile_hash, wrapped_key, sealed_details, event_count,
        event_head, created_at)
    SELECT n.id, n.request_id, n.parent_id, n.controller_id, n.tenant, n."right", n.role, n.state, n.residence, n.regime,
        n.received_at, n.due_date, n.strict_due_date, n.statutory_due_date, n.notice_deadline, n.assist_due_date, n.clock, :profile_hash, n.wrapped_key, n.sealed_details,
        n.event_count, n.event_head, :now
    FROM unnest(:case_ids::uuid[], :case_request_ids::uuid[], :case_parent_ids::uuid[], :case_controller_ids::uuid[], :case_tenants::text[],
        :case_rights::text[], :case_roles::text[], :case_states::text[], :case_residences::text[], :case_regimes::text[], :case_received_ats::timestamptz[],
        :case_due_dates::date[], :case_strict_due_dates::date[], :case_statutory_due_dates::date[], :case_notice_deadlines::date[], :case_assist_due_dates::date[], :case_clocks::jsonb[],
        :case_wrapped_keys::bytea[], :case_sealed_details::bytea[], :case_event_counts::int[], :case_event_heads::bytea[])
        AS n (id, request_id, parent_id, controller_id, tenant, "right", role, state, residence, regime, received_at, due_date,
        strict_due_date, statutory_due_date, notice_deadline, assist_due_date, clock, wrapped_key, sealed_details, event_count, event_head)
), new_event AS (
    INSERT INTO event (case_id, seq, at, type, actor, data, prev, hash)
    SELECT * FROM unnest(:event_case_ids::uuid[], :event_seqs::int[], :event_ats::timestamptz[], :event_types::text[], :event_actors::text[],
        :event_datas::jsonb[], :event_prevs::bytea[], :event_hashes::bytea[])
), new_identity AS (
    INSERT INTO identity (id, case_id, kind, sealed, blind_index, proven_at, proof)
    SELECT * FROM unnest(:identity_ids::uuid[], :identity_case_ids::uuid[], :identity_kinds::text[], :identity_sealeds::bytea[], :identity_blind_indexes::bytea[],
        :identity_proven_ats::timestamptz[], :identity_proofs::text[])
    ON CONFLICT (case_id, kind, blind_index) DO NOTHING
), new_challenge AS (
    INSERT INTO challenge (id, request_id, case_id, download_id, kind, blind_index, code_digest, created_at, expires_at)
    SELECT n.id, n.request_id, n.case_id, n.download_id, n.kind, n.blind_index, n.code_digest, :now, n.expires_at
    FROM unnest(:challenge_ids::uuid[], :challenge_request_ids::uuid[], :challenge_case_ids::uuid[], :challenge_download_ids::uuid[], :challenge_kinds::text[],
        :challenge_blind_indexes::bytea[], :challenge_code_digests::bytea[], :challenge_expires_ats::timestamptz[])
        AS n (id, request_id, case_id, download_id, kind, blind_index, code_digest, expires_at)
), new_outbox AS (
    INSERT INTO outbox (id, case_id, channel, template, identity_id, controller_id, member_id, to_staff, facts, sealed, created_at)
    SELECT n.id, n.case_id, n.channel, n.template, n.identity_id, n.controller_id, n.member_id, n.to_staff, n.facts, n.sealed, :now
    FROM unnest(:outbox_ids::uuid[], :outbox_case_ids::uuid[], :outbox_channels::text[], :outbox_templates::text[], :outbox_identity_ids::uuid[],
        :outbox_controller_ids::uuid[], :outbox_member_ids::uuid[], :outbox_to_staffs::boolean[], :outbox_factses::jsonb[], :outbox_sealeds::bytea[])
        AS n (id, case_id, channel, template, identity_id, controller_id, member_id, to_staff, facts, sealed)
)
INSERT INTO step (id, case_id, kind, key, lane, payload, state, due_at, created_at)
SELECT new.id, new.case_id, new.kind, new.key, new.lane, new.payload, new.state, new.due_at, :now
FROM unnest(:step_ids::uuid[], :step_case_ids::uuid[], :step_kinds::text[], :step_keys::text[], :step_lanes::text[], :step_payloads::jsonb[], :step_states::text[],
    :step_due_ats::timestamptz[]) AS new (id, case_id, kind, key, lane, payload, state, due_at)
ON CONFLICT (case_id, kind, key) DO NOTHING;
