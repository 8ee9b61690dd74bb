// The tables of alerts, and of who hears of them: subscribers, mutes, notices and the outbox.

/**
 * Of these, `alerts` alone can be made again from the log. Records are `json` and not `jsonb`: what comes
 * back is what went in to the byte, with any escape that a seller's text may need.
 */
export const DELIVERY = `
CREATE TABLE alerts (
  id text COLLATE "C" PRIMARY KEY,
  opened_at timestamptz NOT NULL,
  closed_at timestamptz,
  revision integer NOT NULL,
  severity smallint NOT NULL,
  key text COLLATE "C" NOT NULL,
  record json NOT NULL
);
CREATE INDEX alerts_by_opening ON alerts (opened_at DESC, id);
COMMENT ON COLUMN alerts.severity IS '0 info, 1 notable, 2 major';

CREATE TABLE subscribers (
  id text COLLATE "C" PRIMARY KEY,
  email text COLLATE "C" NOT NULL UNIQUE,
  state text COLLATE "C" NOT NULL,
  wishes json NOT NULL,
  requested_at timestamptz NOT NULL,
  confirmed_at timestamptz,
  snoozed_until timestamptz,
  mutes json NOT NULL DEFAULT '[]',
  bounces integer NOT NULL DEFAULT 0
);
COMMENT ON COLUMN subscribers.bounces IS 'Refusals of the address since something last reached it';

CREATE TABLE tombstones (
  hash bytea PRIMARY KEY,
  unsubscribed_at timestamptz NOT NULL
);
COMMENT ON TABLE tombstones IS 'Addresses that unsubscribed: HMAC-SHA-256 with the link secret';

CREATE TABLE link_secret (
  is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
  secret bytea NOT NULL
);

-- A key may be longer than an index can hold.
CREATE TABLE global_mutes (
  key text COLLATE "C" NOT NULL,
  until_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX global_mutes_by_key ON global_mutes (md5(key));

CREATE TABLE notices (
  alert_id text COLLATE "C" NOT NULL,
  subscriber_id text COLLATE "C" NOT NULL,
  channel text COLLATE "C" NOT NULL,
  decided_at timestamptz NOT NULL,
  suppressed_for text COLLATE "C",
  message_id text COLLATE "C",
  PRIMARY KEY (alert_id, subscriber_id, channel)
);
CREATE INDEX notices_open ON notices (decided_at) WHERE suppressed_for IS NULL AND message_id IS NULL;
CREATE INDEX notices_by_subscriber ON notices (subscriber_id);
CREATE INDEX notices_suppressed ON notices (decided_at) WHERE suppressed_for IS NOT NULL;

CREATE TABLE outbox (
  id text COLLATE "C" PRIMARY KEY,
  dedupe_key text COLLATE "C" NOT NULL,
  channel text COLLATE "C" NOT NULL,
  subscriber_id text COLLATE "C",
  recipient text NOT NULL,
  kind text COLLATE "C" NOT NULL,
  content json NOT NULL,
  state text COLLATE "C" NOT NULL DEFAULT 'waiting',
  attempts integer NOT NULL DEFAULT 0,
  posted_at timestamptz NOT NULL,
  due_at timestamptz NOT NULL,
  held_until timestamptz,
  settled_at timestamptz,
  last_error text
);
CREATE UNIQUE INDEX outbox_by_dedupe_key ON outbox (md5(dedupe_key));
CREATE INDEX outbox_unsettled ON outbox (channel, due_at, id) WHERE state IN ('waiting', 'sending');
CREATE INDEX outbox_by_subscriber ON outbox (subscriber_id, kind, posted_at);
CREATE INDEX outbox_by_posting ON outbox (posted_at DESC, id);
`
