// The tables of sales, windows, gaps, dead letters, progress, pages and search words.

const TOTALS = `
  items bigint NOT NULL,
  baskets bigint NOT NULL,
  units bigint NOT NULL,
  revenue_usd_cents bigint NOT NULL,
  over_usd_cents bigint NOT NULL`

// Small windows and large ones are kept for different times, so each size is a table.
const windowsTable = (size: string) => `
CREATE TABLE windows_${size} (
  start_at timestamptz NOT NULL,${TOTALS},
  revision integer NOT NULL,
  dimension smallint NOT NULL,
  partial boolean NOT NULL,
  value text COLLATE "C" NOT NULL,
  PRIMARY KEY (dimension, start_at, value)
);`

// Rows only ever arrive at the newest end: vacuum early and little, so that index-only scans stay index-only.
const APPENDED = `WITH (autovacuum_vacuum_insert_scale_factor = 0, autovacuum_vacuum_insert_threshold = 20000,
  autovacuum_analyze_scale_factor = 0.05)`

export const TABLES = `
CREATE TABLE artists (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  host text COLLATE "C" NOT NULL UNIQUE
);

CREATE TABLE sales (
  sold_at timestamptz NOT NULL,
  basket_id text COLLATE "C" NOT NULL,
  items integer NOT NULL,
  PRIMARY KEY (sold_at, basket_id)
) ${APPENDED};

CREATE TABLE sale_items (
  sold_at timestamptz NOT NULL,
  paid_minor bigint NOT NULL,
  price_minor bigint NOT NULL,
  revenue_usd_cents bigint NOT NULL,
  over_usd_cents bigint NOT NULL,
  units bigint NOT NULL,
  releases bigint,
  artist_id integer NOT NULL,
  repeats integer NOT NULL,
  position integer NOT NULL,
  ordinal integer NOT NULL,
  basket_id text COLLATE "C" NOT NULL,
  genre text COLLATE "C" NOT NULL,
  country text COLLATE "C" NOT NULL,
  format text COLLATE "C" NOT NULL,
  item_type text COLLATE "C" NOT NULL,
  genre_source text COLLATE "C" NOT NULL,
  currency text COLLATE "C" NOT NULL,
  sold_at_text text COLLATE "C" NOT NULL,
  url text COLLATE "C" NOT NULL,
  artist_host text COLLATE "C" NOT NULL,
  artist_name text NOT NULL,
  title text NOT NULL,
  album_title text,
  art_url text,
  tags text[] NOT NULL,
  PRIMARY KEY (sold_at, basket_id, position)
) ${APPENDED};
COMMENT ON COLUMN sale_items.genre IS 'Slug, or unknown';
COMMENT ON COLUMN sale_items.country IS 'Lower-case ISO 3166-1 alpha-2, or unknown';
COMMENT ON COLUMN sale_items.repeats IS
  'Bit s: an earlier item of the basket has the same values of the dimensions in s (1 genre, 2 artist, 4 country, 8 format, 16 item), so that baskets are counted by filtering instead of by distinct';
CREATE INDEX sale_items_by_artist ON sale_items (artist_id, sold_at);

-- Which hours have sales, and a number that changes whenever one of them does: readers keep hours in memory.
CREATE TABLE sale_hours (
  hour_at timestamptz PRIMARY KEY,
  version bigint NOT NULL
);

${windowsTable('1m')}
${windowsTable('1h')}
${windowsTable('1d')}
-- One genre in all countries, or one country in all genres, over a long time.
CREATE INDEX windows_1h_by_pair ON windows_1h (value, start_at) WHERE dimension = 7;
CREATE INDEX windows_1d_by_pair ON windows_1d (value, start_at) WHERE dimension = 7;

CREATE TABLE artist_days (
  start_at timestamptz NOT NULL,${TOTALS},
  revision integer NOT NULL,
  artist_id integer NOT NULL,
  partial boolean NOT NULL,
  PRIMARY KEY (artist_id, start_at)
) ${APPENDED};
CREATE INDEX artist_days_by_items ON artist_days (start_at, items DESC, artist_id);

CREATE TABLE item_days (
  start_at timestamptz NOT NULL,${TOTALS},
  revision integer NOT NULL,
  partial boolean NOT NULL,
  value text COLLATE "C" NOT NULL,
  PRIMARY KEY (start_at, value)
) ${APPENDED};
CREATE INDEX item_days_by_items ON item_days (start_at, items DESC);

CREATE TABLE gaps (
  from_at timestamptz NOT NULL,
  to_at timestamptz NOT NULL,
  reason text COLLATE "C" NOT NULL,
  PRIMARY KEY (from_at, to_at, reason)
);

-- Identity is the id alone: the same bytes found bad twice, at two times, are one letter.
CREATE TABLE dead_letters (
  id text COLLATE "C" PRIMARY KEY,
  at timestamptz NOT NULL,
  stage text NOT NULL,
  topic text,
  partition integer,
  "offset" bigint,
  reason text NOT NULL,
  message text NOT NULL,
  bytes text NOT NULL
);
CREATE INDEX dead_letters_by_time ON dead_letters (at, id);

CREATE TABLE stage_offsets (
  stage text COLLATE "C" NOT NULL,
  topic text COLLATE "C" NOT NULL,
  partition integer NOT NULL,
  "offset" bigint NOT NULL,
  watermark_at timestamptz,
  PRIMARY KEY (stage, topic, partition)
);

CREATE TABLE pages (
  url text COLLATE "C" PRIMARY KEY,
  artist_host text COLLATE "C" NOT NULL,
  fetched_at timestamptz NOT NULL,
  genre text,
  tags text[] NOT NULL,
  location text,
  label text,
  release_date text
);
CREATE INDEX pages_by_host ON pages (artist_host, fetched_at DESC);

-- The genres and countries that ever occurred.
CREATE TABLE vocabulary (
  dimension smallint NOT NULL,
  value text COLLATE "C" NOT NULL,
  PRIMARY KEY (dimension, value)
);

CREATE TABLE search_words (
  word text COLLATE "C" NOT NULL,
  dimension smallint NOT NULL,
  value text COLLATE "C" NOT NULL,
  PRIMARY KEY (dimension, word, value)
);
CREATE INDEX search_words_by_value ON search_words (value, dimension);
`
