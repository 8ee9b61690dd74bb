// What was sent is kept without its body, and found by age when that goes, and later it too.

/** `notices_by_decision` serves what `notices_suppressed` did. */
export const DELIVERY_RETENTION = `
ALTER TABLE outbox ALTER COLUMN content DROP NOT NULL;
-- Whoever left before this version left messages without a time.
UPDATE outbox SET settled_at = posted_at, last_error = NULL WHERE state = 'dropped' AND settled_at IS NULL;
COMMENT ON COLUMN outbox.content IS 'Null: the message was settled long ago, and its identity alone is kept';
CREATE INDEX outbox_by_settling ON outbox (settled_at) WHERE settled_at IS NOT NULL;
CREATE INDEX notices_by_message ON notices (message_id) WHERE message_id IS NOT NULL;
CREATE INDEX notices_by_decision ON notices (decided_at);
DROP INDEX notices_suppressed;
`
