-- +goose Up
-- Times are microseconds since 1970 in UTC, 0 where there is none; money is integer minor units beside its currency.
-- Enumerations are the numbers of the nouns. Documents that nothing filters by are JSON text.
CREATE TABLE meta (
  name TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  value TEXT COLLATE "C" NOT NULL
);

CREATE TABLE sellers (
  seller TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  display_name TEXT COLLATE "C" NOT NULL,
  time_zone TEXT COLLATE "C" NOT NULL,
  epoch BIGINT NOT NULL,        -- the live epoch
  catalog BIGINT NOT NULL,      -- random; changes with whatever an intercept reads of the seller
  search BIGINT NOT NULL        -- counts the changes of guide_terms
);

CREATE TABLE epochs (
  seller TEXT COLLATE "C" NOT NULL,
  epoch BIGINT NOT NULL,
  imported BOOLEAN NOT NULL,
  horizon_days BIGINT NOT NULL,
  lag_days BIGINT NOT NULL,
  policy TEXT COLLATE "C" NOT NULL,
  open_time BIGINT NOT NULL,
  PRIMARY KEY (seller, epoch)
);

CREATE TABLE items (
  seller TEXT COLLATE "C" NOT NULL,
  sku TEXT COLLATE "C" NOT NULL,
  title TEXT COLLATE "C" NOT NULL,
  category TEXT COLLATE "C" NOT NULL,
  brand TEXT COLLATE "C" NOT NULL,
  unit_price BIGINT NOT NULL,
  unit_price_currency TEXT COLLATE "C" NOT NULL,
  sales_rank BIGINT NOT NULL,
  specs TEXT COLLATE "C" NOT NULL,
  manual_url TEXT COLLATE "C" NOT NULL,
  questions TEXT COLLATE "C" NOT NULL,
  return_cost BIGINT NOT NULL,
  return_cost_currency TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (seller, sku)
);

-- One row a guide. The summary is that of the published revision, or of the draft where nothing was published.
CREATE TABLE guides (
  seller TEXT COLLATE "C" NOT NULL,
  guide TEXT COLLATE "C" NOT NULL,
  state BIGINT NOT NULL,
  revision BIGINT NOT NULL,     -- latest published, 0 when none
  title TEXT COLLATE "C" NOT NULL,
  locale TEXT COLLATE "C" NOT NULL,
  minutes BIGINT NOT NULL,
  steps BIGINT NOT NULL,
  reasons TEXT COLLATE "C" NOT NULL,
  entries TEXT COLLATE "C" NOT NULL,
  draft TEXT COLLATE "C" NOT NULL,          -- compiled document of the draft, '' when there is none
  etag TEXT COLLATE "C" NOT NULL,
  update_time BIGINT NOT NULL,
  PRIMARY KEY (seller, guide)
);

CREATE TABLE guide_revisions (
  seller TEXT COLLATE "C" NOT NULL,
  guide TEXT COLLATE "C" NOT NULL,
  revision BIGINT NOT NULL,
  document TEXT COLLATE "C" NOT NULL,
  etag TEXT COLLATE "C" NOT NULL,
  publish_time BIGINT NOT NULL,
  PRIMARY KEY (seller, guide, revision)
);

-- What a guide is for: fit 3 an exact SKU, 2 a glob of SKUs, 1 a category in lower case.
CREATE TABLE guide_keys (
  seller TEXT COLLATE "C" NOT NULL,
  fit BIGINT NOT NULL,
  pattern TEXT COLLATE "C" NOT NULL,
  guide TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (seller, fit, pattern, guide)
);
CREATE INDEX guide_keys_guide ON guide_keys (seller, guide);

-- The analysed words of what is published, for indexes in memory: change is the seller's count when the guide was last
-- published or archived, so that an index reads only what it has not seen. Archived guides have no terms.
CREATE TABLE guide_terms (
  seller TEXT COLLATE "C" NOT NULL,
  change BIGINT NOT NULL,
  guide TEXT COLLATE "C" NOT NULL,
  revision BIGINT NOT NULL,
  terms BYTEA NOT NULL,
  PRIMARY KEY (seller, change)
);
CREATE UNIQUE INDEX guide_terms_guide ON guide_terms (seller, guide);

-- Sessions that tried a step of the guide, and those that a step fixed.
CREATE TABLE guide_outcomes (
  seller TEXT COLLATE "C" NOT NULL,
  guide TEXT COLLATE "C" NOT NULL,
  tried BIGINT NOT NULL,
  fixed BIGINT NOT NULL,
  PRIMARY KEY (seller, guide)
);

-- The pictures of a guide. Their contents are beside them: one row a content and seller, however many paths show it. No
-- content is deleted, because a revision may show it.
CREATE TABLE guide_assets (
  seller TEXT COLLATE "C" NOT NULL,
  guide TEXT COLLATE "C" NOT NULL,
  path TEXT COLLATE "C" NOT NULL,
  name TEXT COLLATE "C" NOT NULL,
  content_type TEXT COLLATE "C" NOT NULL,
  size BIGINT NOT NULL,
  width BIGINT NOT NULL,
  height BIGINT NOT NULL,
  sha256 TEXT COLLATE "C" NOT NULL,         -- of what was uploaded
  create_time BIGINT NOT NULL,
  PRIMARY KEY (seller, guide, path)
);

CREATE TABLE asset_blobs (
  name TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  seller TEXT COLLATE "C" NOT NULL,
  size BIGINT NOT NULL,
  content BYTEA NOT NULL
);

-- Ids begin with their time, so that new rows go to the end of the table.
CREATE TABLE intercepts (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  seller TEXT COLLATE "C" NOT NULL,
  order_id TEXT COLLATE "C" NOT NULL,
  line_id TEXT COLLATE "C" NOT NULL,
  sku TEXT COLLATE "C" NOT NULL,
  quantity BIGINT NOT NULL,
  unit_price BIGINT NOT NULL,
  currency TEXT COLLATE "C" NOT NULL,
  delivered_time BIGINT NOT NULL,
  withdrawal_deadline BIGINT NOT NULL,
  reason TEXT COLLATE "C" NOT NULL,
  raw_reason TEXT COLLATE "C" NOT NULL,
  comment TEXT COLLATE "C" NOT NULL,
  shopper TEXT COLLATE "C" NOT NULL,
  locale TEXT COLLATE "C" NOT NULL,
  refund_url TEXT COLLATE "C" NOT NULL,
  arm BIGINT NOT NULL,
  why TEXT COLLATE "C" NOT NULL,
  epoch BIGINT NOT NULL,
  offer TEXT COLLATE "C" NOT NULL,
  return_cost BIGINT NOT NULL,
  return_cost_currency TEXT COLLATE "C" NOT NULL,
  create_time BIGINT NOT NULL,
  mature_time BIGINT NOT NULL,
  day BIGINT NOT NULL,
  choice BIGINT NOT NULL DEFAULT 0,
  cost_of_return BIGINT NOT NULL DEFAULT 0,
  cost_of_return_currency TEXT COLLATE "C" NOT NULL DEFAULT '',
  -- What this intercept adds to its rollup: the fold of its return events and sessions.
  returned BOOLEAN NOT NULL DEFAULT FALSE,
  engaged BOOLEAN NOT NULL DEFAULT FALSE,
  attributed BOOLEAN NOT NULL DEFAULT FALSE,
  late BOOLEAN NOT NULL DEFAULT FALSE,
  uncosted BOOLEAN NOT NULL DEFAULT FALSE,
  units_returned BIGINT NOT NULL DEFAULT 0,
  loss BIGINT NOT NULL DEFAULT 0,
  help_seconds BIGINT NOT NULL DEFAULT 0,
  sessions BIGINT NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX intercepts_line ON intercepts (seller, order_id, line_id);

CREATE TABLE sessions (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  intercept TEXT COLLATE "C" NOT NULL REFERENCES intercepts (id),
  seller TEXT COLLATE "C" NOT NULL,
  channel BIGINT NOT NULL,
  state BIGINT NOT NULL,
  locale TEXT COLLATE "C" NOT NULL,
  request_id TEXT COLLATE "C" NOT NULL,
  expert TEXT COLLATE "C" NOT NULL,
  disposition BIGINT NOT NULL,
  note TEXT COLLATE "C" NOT NULL,
  tags TEXT COLLATE "C" NOT NULL,
  solved BIGINT NOT NULL,
  score BIGINT NOT NULL,
  answer_comment TEXT COLLATE "C" NOT NULL,
  answer_time BIGINT NOT NULL,
  engaged BOOLEAN NOT NULL,
  create_time BIGINT NOT NULL,
  start_time BIGINT NOT NULL,
  end_time BIGINT NOT NULL,
  expert_seconds BIGINT NOT NULL
);
CREATE INDEX sessions_intercept ON sessions (intercept);
CREATE INDEX sessions_seller ON sessions (seller, id);
CREATE INDEX sessions_queue ON sessions (seller, id) WHERE state = 1; -- QUEUED: an expert's poll reads those that wait, not all
CREATE INDEX sessions_expert ON sessions (expert, id) WHERE expert <> '';

CREATE TABLE session_steps (
  session TEXT COLLATE "C" NOT NULL REFERENCES sessions (id),
  guide TEXT COLLATE "C" NOT NULL,
  revision BIGINT NOT NULL,
  step TEXT COLLATE "C" NOT NULL,
  result BIGINT NOT NULL,
  elapsed BIGINT NOT NULL,
  record_time BIGINT NOT NULL,
  PRIMARY KEY (session, guide, revision, step)
);
CREATE INDEX session_steps_guide ON session_steps (guide, session); -- of the report on one guide

CREATE TABLE return_events (
  seller TEXT COLLATE "C" NOT NULL,
  event_id TEXT COLLATE "C" NOT NULL,
  order_id TEXT COLLATE "C" NOT NULL,
  line_id TEXT COLLATE "C" NOT NULL,
  quantity BIGINT NOT NULL,
  kind BIGINT NOT NULL,
  event_time BIGINT NOT NULL,
  refund BIGINT NOT NULL,
  refund_currency TEXT COLLATE "C" NOT NULL,
  salvage BIGINT NOT NULL,
  salvage_currency TEXT COLLATE "C" NOT NULL,
  record_time BIGINT NOT NULL,
  PRIMARY KEY (seller, order_id, line_id, event_id)
);
CREATE UNIQUE INDEX return_events_event ON return_events (seller, event_id);

CREATE TABLE order_lines (
  seller TEXT COLLATE "C" NOT NULL,
  order_id TEXT COLLATE "C" NOT NULL,
  line_id TEXT COLLATE "C" NOT NULL,
  sku TEXT COLLATE "C" NOT NULL,
  quantity BIGINT NOT NULL,
  unit_price BIGINT NOT NULL,
  currency TEXT COLLATE "C" NOT NULL,
  order_time BIGINT NOT NULL,
  shopper TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (seller, order_id, line_id)
);

CREATE TABLE api_keys (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  hash TEXT COLLATE "C" NOT NULL UNIQUE,
  prefix TEXT COLLATE "C" NOT NULL,
  role BIGINT NOT NULL,
  seller TEXT COLLATE "C" NOT NULL,
  expert TEXT COLLATE "C" NOT NULL,
  display_name TEXT COLLATE "C" NOT NULL,
  create_time BIGINT NOT NULL,
  expire_time BIGINT NOT NULL,
  revoke_time BIGINT NOT NULL,
  creator TEXT COLLATE "C" NOT NULL,
  request_id TEXT COLLATE "C" NOT NULL
);
CREATE UNIQUE INDEX api_keys_request ON api_keys (creator, request_id) WHERE request_id <> '';

CREATE TABLE audit (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  seller TEXT COLLATE "C" NOT NULL,
  actor TEXT COLLATE "C" NOT NULL,
  action TEXT COLLATE "C" NOT NULL,
  subject TEXT COLLATE "C" NOT NULL,
  detail TEXT COLLATE "C" NOT NULL
);

-- Sums of the intercepts' contributions. posted is 0, or the day on which a correction came after maturity.
-- kk, ks and ss are sums of products: double precision holds them exactly up to 2^53.
CREATE TABLE rollups (
  seller TEXT COLLATE "C" NOT NULL,
  day BIGINT NOT NULL,
  sku TEXT COLLATE "C" NOT NULL,
  reason TEXT COLLATE "C" NOT NULL,
  epoch BIGINT NOT NULL,
  arm BIGINT NOT NULL,
  currency TEXT COLLATE "C" NOT NULL,
  posted BIGINT NOT NULL,
  n BIGINT NOT NULL,
  y BIGINT NOT NULL,
  d BIGINT NOT NULL,
  yd BIGINT NOT NULL,
  a BIGINT NOT NULL,
  late BIGINT NOT NULL,
  r BIGINT NOT NULL,
  u BIGINT NOT NULL,
  k BIGINT NOT NULL,
  yk BIGINT NOT NULL,
  s BIGINT NOT NULL,
  ys BIGINT NOT NULL,
  kk DOUBLE PRECISION NOT NULL,
  ks DOUBLE PRECISION NOT NULL,
  ss DOUBLE PRECISION NOT NULL,
  sessions BIGINT NOT NULL,
  uncosted BIGINT NOT NULL,
  corrected BIGINT NOT NULL,
  PRIMARY KEY (seller, day, sku, reason, epoch, arm, currency, posted)
);
