-- insert(case_ids, seqs, ats, types, actors, datas, prevs, hashes)
INSERT INTO event (case_id, seq, at, type, actor, data, prev, hash)
SELECT * FROM unnest(:case_ids::uuid[], :seqs::int[], :ats::timestamptz[], :types::text[], :actors::text[],
    :datas::jsonb[], :prevs::bytea[], :hashes::bytea[]);

-- of_case(case_id)
SELECT case_id, seq, at, type, actor, data, prev, hash FROM event WHERE case_id = :case_id ORDER BY seq;

-- was_since(case_id, type, actor, data, since)
SELECT EXISTS (
    SELECT FROM event
    WHERE case_id = :case_id AND type = :type AND actor = :actor AND data @> :data::jsonb AND at > :since
);
