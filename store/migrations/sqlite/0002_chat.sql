-- +goose Up
-- Live chat: the log of each session, experts with their presence and clocks, and the sums of how shoppers were served.
ALTER TABLE sessions ADD COLUMN expert_seller TEXT NOT NULL DEFAULT '';  -- whose team the expert is of; '' is the pool
ALTER TABLE sessions ADD COLUMN owner_epoch BIGINT NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN ring_seller TEXT NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN ring_expert TEXT NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN ring_until BIGINT NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN wants TEXT NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN phone TEXT NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN call_from BIGINT NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN call_until BIGINT NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN calls TEXT NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN queue_time BIGINT NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN wait_time BIGINT NOT NULL DEFAULT 0;   -- later than queue_time where it waits again
ALTER TABLE sessions ADD COLUMN accept_time BIGINT NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN hand_time BIGINT NOT NULL DEFAULT 0;   -- when it came into the present hand
ALTER TABLE sessions ADD COLUMN reply_time BIGINT NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN leave_time BIGINT NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN effort BIGINT NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN effort_from BIGINT NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN credit_guide TEXT NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN credit_revision BIGINT NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN outvoted BOOLEAN NOT NULL DEFAULT FALSE; -- a later session of the order line was answered
UPDATE sessions SET expert_seller = seller, accept_time = start_time, hand_time = start_time WHERE expert <> '';
UPDATE sessions SET queue_time = create_time, wait_time = create_time WHERE channel <> 1;
CREATE INDEX sessions_hand ON sessions (expert_seller, expert) WHERE state IN (2, 3) AND expert <> '';
CREATE INDEX sessions_unanswered ON sessions (queue_time) WHERE channel <> 1 AND reply_time = 0; -- what may be late tomorrow

-- Without a foreign key: who appends has locked the session, and looking it up again costs a tenth of the append.
CREATE TABLE session_events (
  session TEXT NOT NULL,
  seq BIGINT NOT NULL,
  time BIGINT NOT NULL,
  sender BIGINT NOT NULL,
  expert TEXT NOT NULL,
  client_id TEXT NOT NULL,
  kind BIGINT NOT NULL,         -- 1 message, 2 change of state, 3 result of a step
  body TEXT NOT NULL,
  PRIMARY KEY (session, seq)
) WITHOUT ROWID;
CREATE UNIQUE INDEX session_events_client ON session_events (session, client_id, sender, expert) WHERE client_id <> '';

CREATE TABLE session_notes (
  id TEXT NOT NULL PRIMARY KEY,
  session TEXT NOT NULL REFERENCES sessions (id),
  expert TEXT NOT NULL,
  text TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX session_notes_session ON session_notes (session, id);

CREATE TABLE session_reviews (
  session TEXT NOT NULL REFERENCES sessions (id),
  reviewer TEXT NOT NULL,
  criteria TEXT NOT NULL,
  comment TEXT NOT NULL,
  points BIGINT NOT NULL,       -- thousandths of the score
  failed BOOLEAN NOT NULL,
  review_time BIGINT NOT NULL,
  PRIMARY KEY (session, reviewer)
) WITHOUT ROWID;

CREATE TABLE experts (
  seller TEXT NOT NULL,         -- whose team; '' is the marketplace's pool
  expert TEXT NOT NULL,
  display_name TEXT NOT NULL,
  skills TEXT NOT NULL,
  locales TEXT NOT NULL,
  capacity BIGINT NOT NULL,
  wage BIGINT NOT NULL,
  wage_currency TEXT NOT NULL,
  state BIGINT NOT NULL,
  next_state BIGINT NOT NULL,
  state_time BIGINT NOT NULL,
  idle_since BIGINT NOT NULL,
  lease_until BIGINT NOT NULL,
  in_hand BIGINT NOT NULL,      -- the clock of the work in hand; busy and chatted are reset as they are posted
  clock_at BIGINT NOT NULL,
  effort BIGINT NOT NULL,
  busy BIGINT NOT NULL,
  chatted BIGINT NOT NULL,
  staffed_from BIGINT NOT NULL, -- staffed time is posted up to here; 0: not staffed
  PRIMARY KEY (seller, expert)
) WITHOUT ROWID;
CREATE INDEX experts_on ON experts (state) WHERE state <> 1;

CREATE TABLE replies (
  seller TEXT NOT NULL,
  reply TEXT NOT NULL,
  title TEXT NOT NULL,
  texts TEXT NOT NULL,
  update_time BIGINT NOT NULL,
  PRIMARY KEY (seller, reply)
) WITHOUT ROWID;

-- Sums of how the sessions of a group were served, by the day on which they began to wait, or on which experts worked.
CREATE TABLE service_rollups (
  seller TEXT NOT NULL,
  day BIGINT NOT NULL,
  sku TEXT NOT NULL,
  channel BIGINT NOT NULL,
  expert_seller TEXT NOT NULL,
  expert TEXT NOT NULL,
  offered BIGINT NOT NULL,
  answered BIGINT NOT NULL,
  answered60 BIGINT NOT NULL,
  abandoned BIGINT NOT NULL,
  abandoned60 BIGINT NOT NULL,
  abandoned_in_chat BIGINT NOT NULL,
  no_show BIGINT NOT NULL,
  wait_seconds BIGINT NOT NULL,
  asked BIGINT NOT NULL,
  yes BIGINT NOT NULL,
  no BIGINT NOT NULL,
  superseded BIGINT NOT NULL,
  on_time BIGINT NOT NULL,
  late BIGINT NOT NULL,
  closed BIGINT NOT NULL,
  chat_seconds BIGINT NOT NULL,
  wrap_up_seconds BIGINT NOT NULL,
  effort_seconds BIGINT NOT NULL,
  handle_seconds BIGINT NOT NULL,
  staffed_seconds BIGINT NOT NULL,
  busy_seconds BIGINT NOT NULL,
  chatted_seconds BIGINT NOT NULL,
  reviews BIGINT NOT NULL,
  review_points BIGINT NOT NULL,
  review_fails BIGINT NOT NULL,
  w0 BIGINT NOT NULL,
  w1 BIGINT NOT NULL,
  w2 BIGINT NOT NULL,
  w3 BIGINT NOT NULL,
  w4 BIGINT NOT NULL,
  w5 BIGINT NOT NULL,
  w6 BIGINT NOT NULL,
  w7 BIGINT NOT NULL,
  w8 BIGINT NOT NULL,
  w9 BIGINT NOT NULL,
  w10 BIGINT NOT NULL,
  w11 BIGINT NOT NULL,
  score1 BIGINT NOT NULL,
  score2 BIGINT NOT NULL,
  score3 BIGINT NOT NULL,
  score4 BIGINT NOT NULL,
  score5 BIGINT NOT NULL,
  PRIMARY KEY (seller, day, sku, channel, expert_seller, expert)
) WITHOUT ROWID;
