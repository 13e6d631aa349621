-- The sample company's billing: the account users of crm.sql as customers, with invoices that the law keeps.

CREATE TABLE customer (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  full_name text NOT NULL,
  email text NOT NULL,
  phone text,
  address text NOT NULL,
  delivery_wishes text,
  restricted boolean NOT NULL DEFAULT false
);
CREATE INDEX ON customer (lower(email));

CREATE TABLE invoice (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  customer_id bigint NOT NULL REFERENCES customer,
  number text NOT NULL UNIQUE,
  issued_on date NOT NULL,
  financial_year_end date,
  amount numeric(12, 2) NOT NULL,
  currency char(3) NOT NULL DEFAULT 'EUR',
  billed_to text NOT NULL,
  restricted boolean NOT NULL DEFAULT false
);
CREATE INDEX ON invoice (customer_id, id);

CREATE TABLE payment (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  invoice_id bigint NOT NULL REFERENCES invoice,
  paid_on date NOT NULL,
  amount numeric(12, 2) NOT NULL,
  payer text NOT NULL,
  card_token text,
  restricted boolean NOT NULL DEFAULT false
);
CREATE INDEX ON payment (invoice_id, id);

-- Telephones stand in national form here.
INSERT INTO customer (full_name, email, phone, address, delivery_wishes) VALUES
  ('Tomi Tilaaja', 'Tomi.Tilaaja@example.com', '07700 900002', 'Tilauskatu 1, 00100 Helsinki', 'by e-mail'),
  ('Ilkka Ilmarinen', 'ilkka.ilmarinen@example.com', '07700 900004', 'Sammontie 4, 00200 Helsinki', 'on paper'),
  ('Tomi Tilaaja', 'tomitilaaja@example.com', '07700 900052', 'Kaimakatu 2, 33100 Tampere', NULL),
  ('Ilkka Ilmarinen', 'ilkkailmarinen@example.com', '07700 900054', 'Kaimakatu 4, 33100 Tampere', NULL);

INSERT INTO customer (full_name, email, phone, address)
SELECT 'Asiakas ' || n, 'asiakas.' || n || '@example.net', '07700 90' || lpad((100 + n)::text, 4, '0'),
       'Esimerkkitie ' || n || ', 00300 Helsinki'
FROM generate_series(1, 500) AS n;

-- Every tenth customer has no invoice yet, and is erased whole.
INSERT INTO invoice (customer_id, number, issued_on, financial_year_end, amount, billed_to)
SELECT id, '2024-' || lpad(id::text, 5, '0') || '-' || n, (date '2024-01-15' + n * interval '5 months')::date,
       CASE WHEN n < 3 THEN make_date(2024, 12, 31) END, 49.90 * n, full_name || ' <' || email || '>, ' || address
FROM customer CROSS JOIN generate_series(1, 3) AS n WHERE id % 10 > 0 ORDER BY id, n;

INSERT INTO payment (invoice_id, paid_on, amount, payer, card_token)
SELECT i.id, i.issued_on + 14, i.amount, c.full_name || ' <' || c.email || '>', 'tok_' || md5('not a real token ' || i.id)
FROM invoice i JOIN customer c ON c.id = i.customer_id ORDER BY i.id;

ANALYZE;
