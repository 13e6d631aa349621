-- The sample company's CRM: fictitious people, the same on every run.
-- Each row quotes its person's e-mail somewhere, so that what remains can be counted without following keys.

CREATE TABLE contact (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kind text NOT NULL CHECK (kind IN ('prospect', 'account user', 'subscriber')),
  full_name text NOT NULL,
  email text NOT NULL,
  phone text,
  company text,
  source text NOT NULL,
  marketing_consent boolean NOT NULL,
  restricted boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL
);
CREATE INDEX ON contact (lower(email));
CREATE INDEX ON contact (phone);

CREATE TABLE app_user (
  id uuid PRIMARY KEY,
  contact_id bigint NOT NULL REFERENCES contact,
  login text NOT NULL,
  password_hash text NOT NULL,
  last_seen_at timestamp
);
CREATE INDEX ON app_user (contact_id);

CREATE TABLE activity (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  contact_id bigint NOT NULL REFERENCES contact,
  kind text NOT NULL,
  at timestamptz NOT NULL,
  subject text NOT NULL,
  also_present text
);
CREATE INDEX ON activity (contact_id, id);

CREATE TABLE note (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  contact_id bigint NOT NULL REFERENCES contact,
  activity_id bigint REFERENCES activity,
  written_at timestamptz NOT NULL,
  body text NOT NULL,
  summary text,
  lead_score smallint
);
CREATE INDEX ON note (contact_id, id);
CREATE INDEX ON note (activity_id);

CREATE TABLE newsletter (
  email text PRIMARY KEY,
  subscribed boolean NOT NULL,
  signed_up_at timestamptz NOT NULL,
  source text NOT NULL
);
CREATE INDEX ON newsletter (lower(email));

CREATE TABLE do_not_contact (
  email text PRIMARY KEY,
  reason text NOT NULL,
  added_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ON do_not_contact (lower(email));

-- The known, written as people write them: the case of an e-mail varies.
INSERT INTO contact (kind, full_name, email, phone, company, source, marketing_consent, created_at) VALUES
  ('prospect', 'Petra Prospekti', 'Petra.Prospekti@Example.com', '+447700900001', 'Prospekti Oy', 'trade fair', true,
   '2025-09-03 08:15:00+03'),
  ('account user', 'Tomi Tilaaja', 'tomi.tilaaja@example.com', '+447700900002', 'Tilaus Oy', 'sign-up', false,
   '2023-02-14 10:00:00+02'),
  ('subscriber', 'Maija Markkina', 'maija.markkina@example.com', '+447700900003', NULL, 'newsletter form', true,
   '2024-05-20 12:30:00+03'),
  ('account user', 'Ilkka Ilmarinen', 'ilkka.ilmarinen@example.com', '+447700900004', 'Sampo Oy', 'sign-up', false,
   '2022-11-01 09:45:00+02');

-- A namesake of each, whose e-mail differs by the point: never to be found for the known.
INSERT INTO contact (kind, full_name, email, phone, company, source, marketing_consent, created_at)
SELECT kind, full_name, lower(replace(split_part(email, '@', 1), '.', '') || '@example.com'),
       '+4477009000' || 50 + id, 'Kaima Oy', source, marketing_consent, created_at + interval '7 days'
FROM contact ORDER BY id;

INSERT INTO contact (kind, full_name, email, phone, company, source, marketing_consent, created_at)
SELECT (ARRAY['prospect', 'account user', 'subscriber'])[1 + n % 3], first || ' ' || last,
       lower(first) || '.' || lower(last) || '.' || n || '@example.net', '+44770090' || lpad((100 + n)::text, 4, '0'),
       last || ' Oy', (ARRAY['trade fair', 'sign-up', 'referral'])[1 + n % 3], n % 4 = 0,
       timestamptz '2021-01-04 09:00:00+02' + n * interval '3 days 1 hour'
FROM (
  SELECT n, (ARRAY['Aino', 'Eero', 'Helmi', 'Ilona', 'Jari', 'Kaisa', 'Lauri', 'Minna', 'Olli', 'Saara'])[1 + n % 10],
         (ARRAY['Aalto', 'Halme', 'Jokinen', 'Koski', 'Laine', 'Niemi', 'Rinne'])[1 + n % 7]
  FROM generate_series(1, 500) AS n
) AS filler (n, first, last);

INSERT INTO app_user (id, contact_id, login, password_hash, last_seen_at)
SELECT md5('app_user ' || id)::uuid, id, lower(email), '$2b$12$' || md5('not a real hash ' || id),
       timestamp '2026-10-01 07:00:00' - id * interval '1 hour'
FROM contact WHERE kind = 'account user' ORDER BY id;

INSERT INTO activity (contact_id, kind, at, subject, also_present)
SELECT id, (ARRAY['call', 'e-mail', 'meeting'])[1 + n % 3], created_at + n * interval '9 days',
       'Step ' || n || ' with ' || full_name || ', reached at ' || email,
       CASE WHEN n % 3 = 2 THEN 'Kalle Kollega (' || coalesce(company, 'own account') || ')' END
FROM contact CROSS JOIN generate_series(1, 6) AS n ORDER BY id, n;

INSERT INTO note (contact_id, activity_id, written_at, body, summary, lead_score)
SELECT c.id, a.id, a.at + interval '20 minutes', c.full_name || ' <' || c.email || '> asked for a price.',
       'Interested; waits for an offer.', 40 + a.id % 60
FROM contact c JOIN activity a ON a.contact_id = c.id AND a.kind = 'call' ORDER BY a.id;

INSERT INTO newsletter (email, subscribed, signed_up_at, source)
SELECT email, true, created_at, 'footer form' FROM contact WHERE kind = 'subscriber' OR id IN (1, 5) ORDER BY id;

-- Readers without a contact, known by their e-mail alone.
INSERT INTO newsletter (email, subscribed, signed_up_at, source)
SELECT 'reader.' || n || '@example.org', n % 5 > 0, timestamptz '2024-01-01 00:00:00+00' + n * interval '1 day', 'blog'
FROM generate_series(1, 100) AS n;

INSERT INTO do_not_contact (email, reason, added_at)
SELECT 'reader.' || n || '@example.org', 'objection', timestamptz '2025-01-01 00:00:00+00' + n * interval '1 day'
FROM generate_series(90, 100) AS n;

ANALYZE;
