// The tables of the index: which records of a stream are ours, under which offsets, and who reads them.

/** In order; what has been released is never edited. */
export const KINESIS_MIGRATIONS: readonly { readonly name: string; readonly sql: string }[] = [
  {
    name: '0001-kinesis-index',
    sql: `
CREATE TABLE streams (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL UNIQUE,
  -- Which stream of that name: one that was deleted and made again is another.
  arn text NOT NULL,
  created_s double precision NOT NULL,
  partitions integer NOT NULL,
  retention_hours integer NOT NULL
);
CREATE TABLE partitions (
  stream_id integer NOT NULL REFERENCES streams,
  partition integer NOT NULL,
  start_offset bigint NOT NULL DEFAULT 0,
  end_offset bigint NOT NULL DEFAULT 0,
  -- The highest time of any record so far.
  high_time_ms double precision NOT NULL DEFAULT '-infinity',
  PRIMARY KEY (stream_id, partition)
);
-- Records [first_offset, first_offset + records) of a partition: in the stream from that sequence number on,
-- under that attempt. What is in a stream and in no run was never acknowledged, and is skipped.
CREATE TABLE runs (
  stream_id integer NOT NULL,
  partition integer NOT NULL,
  first_offset bigint NOT NULL,
  records integer NOT NULL,
  attempt text NOT NULL,
  shard text NOT NULL,
  sequence text NOT NULL,
  max_time_ms double precision NOT NULL,
  -- The highest time up to its end: it only rises, so that a time can be searched for.
  high_time_ms double precision NOT NULL,
  put_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (stream_id, partition, first_offset),
  FOREIGN KEY (stream_id, partition) REFERENCES partitions
);
CREATE INDEX runs_by_time ON runs (stream_id, partition, high_time_ms, first_offset);
CREATE TABLE groups (
  stream_id integer NOT NULL REFERENCES streams,
  name text NOT NULL,
  -- Numbers of members are never given twice.
  last_member bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (stream_id, name)
);
CREATE TABLE members (
  stream_id integer NOT NULL,
  name text NOT NULL,
  id bigint NOT NULL,
  seen_at timestamptz NOT NULL,
  PRIMARY KEY (stream_id, name, id)
);
CREATE TABLE positions (
  stream_id integer NOT NULL,
  name text NOT NULL,
  partition integer NOT NULL,
  owner bigint,
  committed bigint,
  watermark_ms double precision,
  final_at_ms double precision,
  PRIMARY KEY (stream_id, name, partition)
);
-- One statement, so that a process that stands still does so with no lock in hand. Gives the partitions of the
-- member and whether they are due to it; a row of -1 where it is no member any more.
CREATE FUNCTION beat(the_stream integer, the_group text, me bigint, session_ms double precision)
RETURNS TABLE (held integer, is_due boolean) LANGUAGE plpgsql AS $$
DECLARE ids bigint[];
BEGIN
  -- What a crash of the database loses of this is told or taken again.
  PERFORM set_config('synchronous_commit', 'off', true);
  PERFORM 1 FROM groups g WHERE g.stream_id = the_stream AND g.name = the_group FOR UPDATE;
  DELETE FROM members m WHERE m.stream_id = the_stream AND m.name = the_group AND m.id <> me
    AND m.seen_at < clock_timestamp() - session_ms * interval '1 millisecond';
  UPDATE members m SET seen_at = clock_timestamp()
    WHERE m.stream_id = the_stream AND m.name = the_group AND m.id = me;
  IF NOT FOUND THEN
    RETURN QUERY SELECT -1, false;
    RETURN;
  END IF;
  SELECT array_agg(m.id ORDER BY m.id) INTO ids FROM members m
    WHERE m.stream_id = the_stream AND m.name = the_group;
  -- An owner that is no member has died, or left.
  UPDATE positions p SET owner = me
    WHERE p.stream_id = the_stream AND p.name = the_group AND (p.owner IS NULL OR p.owner <> ALL (ids))
      AND ids[p.partition % cardinality(ids) + 1] = me;
  RETURN QUERY SELECT p.partition, ids[p.partition % cardinality(ids) + 1] = me FROM positions p
    WHERE p.stream_id = the_stream AND p.name = the_group AND p.owner = me ORDER BY p.partition;
END $$;
`,
  },
]
