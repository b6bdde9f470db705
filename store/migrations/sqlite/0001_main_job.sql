-- +goose Up
-- Times are microseconds since 1970 in UTC, 0 where there is none; money is integer minor units beside its currency.
-- Enumerations are the numbers of the nouns. Documents that nothing filters by are JSON text.
CREATE TABLE meta (
  name TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE sellers (
  seller TEXT NOT NULL PRIMARY KEY,
  display_name TEXT NOT NULL,
  time_zone TEXT NOT NULL,
  epoch BIGINT NOT NULL,        -- the live epoch
  catalog BIGINT NOT NULL,      -- random; changes with whatever an intercept reads of the seller
  search BIGINT NOT NULL        -- counts the changes of guide_terms
) WITHOUT ROWID;

CREATE TABLE epochs (
  seller TEXT NOT NULL,
  epoch BIGINT NOT NULL,
  imported BOOLEAN NOT NULL,
  horizon_days BIGINT NOT NULL,
  lag_days BIGINT NOT NULL,
  policy TEXT NOT NULL,
  open_time BIGINT NOT NULL,
  PRIMARY KEY (seller, epoch)
) WITHOUT ROWID;

CREATE TABLE items (
  seller TEXT NOT NULL,
  sku TEXT NOT NULL,
  title TEXT NOT NULL,
  category TEXT NOT NULL,
  brand TEXT NOT NULL,
  unit_price BIGINT NOT NULL,
  unit_price_currency TEXT NOT NULL,
  sales_rank BIGINT NOT NULL,
  specs TEXT NOT NULL,
  manual_url TEXT NOT NULL,
  questions TEXT NOT NULL,
  return_cost BIGINT NOT NULL,
  return_cost_currency TEXT NOT NULL,
  PRIMARY KEY (seller, sku)
) WITHOUT ROWID;

-- One row a guide. The summary is that of the published revision, or of the draft where nothing was published.
CREATE TABLE guides (
  seller TEXT NOT NULL,
  guide TEXT NOT NULL,
  state BIGINT NOT NULL,
  revision BIGINT NOT NULL,     -- latest published, 0 when none
  title TEXT NOT NULL,
  locale TEXT NOT NULL,
  minutes BIGINT NOT NULL,
  steps BIGINT NOT NULL,
  reasons TEXT NOT NULL,
  entries TEXT NOT NULL,
  draft TEXT NOT NULL,          -- compiled document of the draft, '' when there is none
  etag TEXT NOT NULL,
  update_time BIGINT NOT NULL,
  PRIMARY KEY (seller, guide)
) WITHOUT ROWID;

CREATE TABLE guide_revisions (
  seller TEXT NOT NULL,
  guide TEXT NOT NULL,
  revision BIGINT NOT NULL,
  document TEXT NOT NULL,
  etag TEXT NOT NULL,
  publish_time BIGINT NOT NULL,
  PRIMARY KEY (seller, guide, revision)
);

-- What a guide is for: fit 3 an exact SKU, 2 a glob of SKUs, 1 a category in lower case.
CREATE TABLE guide_keys (
  seller TEXT NOT NULL,
  fit BIGINT NOT NULL,
  pattern TEXT NOT NULL,
  guide TEXT NOT NULL,
  PRIMARY KEY (seller, fit, pattern, guide)
) WITHOUT ROWID;
CREATE INDEX guide_keys_guide ON guide_keys (seller, guide);

-- The analysed words of what is published, for indexes in memory: change is the seller's count when the guide was last
-- published or archived, so that an index reads only what it has not seen. Archived guides have no terms.
CREATE TABLE guide_terms (
  seller TEXT NOT NULL,
  change BIGINT NOT NULL,
  guide TEXT NOT NULL,
  revision BIGINT NOT NULL,
  terms BLOB NOT NULL,
  PRIMARY KEY (seller, change)
);
CREATE UNIQUE INDEX guide_terms_guide ON guide_terms (seller, guide);

-- Sessions that tried a step of the guide, and those that a step fixed.
CREATE TABLE guide_outcomes (
  seller TEXT NOT NULL,
  guide TEXT NOT NULL,
  tried BIGINT NOT NULL,
  fixed BIGINT NOT NULL,
  PRIMARY KEY (seller, guide)
) WITHOUT ROWID;

-- The pictures of a guide. Their contents are beside them: one row a content and seller, however many paths show it. No
-- content is deleted, because a revision may show it.
CREATE TABLE guide_assets (
  seller TEXT NOT NULL,
  guide TEXT NOT NULL,
  path TEXT NOT NULL,
  name TEXT NOT NULL,
  content_type TEXT NOT NULL,
  size BIGINT NOT NULL,
  width BIGINT NOT NULL,
  height BIGINT NOT NULL,
  sha256 TEXT NOT NULL,         -- of what was uploaded
  create_time BIGINT NOT NULL,
  PRIMARY KEY (seller, guide, path)
) WITHOUT ROWID;

CREATE TABLE asset_blobs (
  name TEXT NOT NULL PRIMARY KEY,
  seller TEXT NOT NULL,
  size BIGINT NOT NULL,
  content BLOB NOT NULL
);

-- Ids begin with their time, so that new rows go to the end of the table.
CREATE TABLE intercepts (
  id TEXT NOT NULL PRIMARY KEY,
  seller TEXT NOT NULL,
  order_id TEXT NOT NULL,
  line_id TEXT NOT NULL,
  sku TEXT NOT NULL,
  quantity BIGINT NOT NULL,
  unit_price BIGINT NOT NULL,
  currency TEXT NOT NULL,
  delivered_time BIGINT NOT NULL,
  withdrawal_deadline BIGINT NOT NULL,
  reason TEXT NOT NULL,
  raw_reason TEXT NOT NULL,
  comment TEXT NOT NULL,
  shopper TEXT NOT NULL,
  locale TEXT NOT NULL,
  refund_url TEXT NOT NULL,
  arm BIGINT NOT NULL,
  why TEXT NOT NULL,
  epoch BIGINT NOT NULL,
  offer TEXT NOT NULL,
  return_cost BIGINT NOT NULL,
  return_cost_currency TEXT NOT NULL,
  create_time BIGINT NOT NULL,
  mature_time BIGINT NOT NULL,
  day BIGINT NOT NULL,
  choice BIGINT NOT NULL DEFAULT 0,
  cost_of_return BIGINT NOT NULL DEFAULT 0,
  cost_of_return_currency TEXT NOT NULL DEFAULT '',
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
) WITHOUT ROWID;
CREATE UNIQUE INDEX intercepts_line ON intercepts (seller, order_id, line_id);

CREATE TABLE sessions (
  id TEXT NOT NULL PRIMARY KEY,
  intercept TEXT NOT NULL REFERENCES intercepts (id),
  seller TEXT NOT NULL,
  channel BIGINT NOT NULL,
  state BIGINT NOT NULL,
  locale TEXT NOT NULL,
  request_id TEXT NOT NULL,
  expert TEXT NOT NULL,
  disposition BIGINT NOT NULL,
  note TEXT NOT NULL,
  tags TEXT NOT NULL,
  solved BIGINT NOT NULL,
  score BIGINT NOT NULL,
  answer_comment TEXT NOT NULL,
  answer_time BIGINT NOT NULL,
  engaged BOOLEAN NOT NULL,
  create_time BIGINT NOT NULL,
  start_time BIGINT NOT NULL,
  end_time BIGINT NOT NULL,
  expert_seconds BIGINT NOT NULL
) WITHOUT ROWID;
CREATE INDEX sessions_intercept ON sessions (intercept);
CREATE INDEX sessions_seller ON sessions (seller, id);
CREATE INDEX sessions_queue ON sessions (seller, id) WHERE state = 1; -- QUEUED: an expert's poll reads those that wait, not all
CREATE INDEX sessions_expert ON sessions (expert, id) WHERE expert <> '';

CREATE TABLE session_steps (
  session TEXT NOT NULL REFERENCES sessions (id),
  guide TEXT NOT NULL,
  revision BIGINT NOT NULL,
  step TEXT NOT NULL,
  result BIGINT NOT NULL,
  elapsed BIGINT NOT NULL,
  record_time BIGINT NOT NULL,
  PRIMARY KEY (session, guide, revision, step)
) WITHOUT ROWID;
CREATE INDEX session_steps_guide ON session_steps (guide, session); -- of the report on one guide

CREATE TABLE return_events (
  seller TEXT NOT NULL,
  event_id TEXT NOT NULL,
  order_id TEXT NOT NULL,
  line_id TEXT NOT NULL,
  quantity BIGINT NOT NULL,
  kind BIGINT NOT NULL,
  event_time BIGINT NOT NULL,
  refund BIGINT NOT NULL,
  refund_currency TEXT NOT NULL,
  salvage BIGINT NOT NULL,
  salvage_currency TEXT NOT NULL,
  record_time BIGINT NOT NULL,
  PRIMARY KEY (seller, order_id, line_id, event_id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX return_events_event ON return_events (seller, event_id);

CREATE TABLE order_lines (
  seller TEXT NOT NULL,
  order_id TEXT NOT NULL,
  line_id TEXT NOT NULL,
  sku TEXT NOT NULL,
  quantity BIGINT NOT NULL,
  unit_price BIGINT NOT NULL,
  currency TEXT NOT NULL,
  order_time BIGINT NOT NULL,
  shopper TEXT NOT NULL,
  PRIMARY KEY (seller, order_id, line_id)
) WITHOUT ROWID;

CREATE TABLE api_keys (
  id TEXT NOT NULL PRIMARY KEY,
  hash TEXT NOT NULL UNIQUE,
  prefix TEXT NOT NULL,
  role BIGINT NOT NULL,
  seller TEXT NOT NULL,
  expert TEXT NOT NULL,
  display_name TEXT NOT NULL,
  create_time BIGINT NOT NULL,
  expire_time BIGINT NOT NULL,
  revoke_time BIGINT NOT NULL,
  creator TEXT NOT NULL,
  request_id TEXT NOT NULL
) WITHOUT ROWID;
CREATE UNIQUE INDEX api_keys_request ON api_keys (creator, request_id) WHERE request_id <> '';

CREATE TABLE audit (
  id TEXT NOT NULL PRIMARY KEY,
  seller TEXT NOT NULL,
  actor TEXT NOT NULL,
  action TEXT NOT NULL,
  subject TEXT NOT NULL,
  detail TEXT NOT NULL
) WITHOUT ROWID;

-- Sums of the intercepts' contributions. posted is 0, or the day on which a correction came after maturity.
-- kk, ks and ss are sums of products: double precision holds them exactly up to 2^53.
CREATE TABLE rollups (
  seller TEXT NOT NULL,
  day BIGINT NOT NULL,
  sku TEXT NOT NULL,
  reason TEXT NOT NULL,
  epoch BIGINT NOT NULL,
  arm BIGINT NOT NULL,
  currency TEXT NOT NULL,
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
) WITHOUT ROWID;
