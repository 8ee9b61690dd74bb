// The optional layer on TimescaleDB: tables over time become hypertables, whose old chunks are compressed.

/**
 * Smaller chunks mean more of them to open for a question of 90 days: chunks of a day made the heatmap three
 * times slower than plain tables.
 */
const CHUNK = '7 days'
/** Days are kept for ever and are few: fewer, larger chunks. */
const DAILY_CHUNK = '28 days'
/**
 * Age of the end of a chunk. Windows change for the allowed lateness, a day at most, and sales are amended no
 * later. What still comes later than that is written all the same, only slower.
 */
const COMPRESS_AFTER = '7 days'

interface Hypertable {
  readonly name: string
  readonly time: string
  readonly chunk: string
  /** Rows with equal values of it are compressed together; null: all. */
  readonly segmentBy: string | null
  /**
   * Within a segment: by time where retention cuts old rows off, by key where all are kept and neighbours
   * should be alike. It holds the whole primary key, so that an upsert finds the few batches it concerns.
   */
  readonly orderBy: string
}

export const HYPERTABLES: readonly Hypertable[] = [
  { name: 'sales', time: 'sold_at', chunk: CHUNK, segmentBy: null, orderBy: 'sold_at, basket_id' },
  {
    name: 'sale_items',
    time: 'sold_at',
    chunk: CHUNK,
    segmentBy: null,
    orderBy: 'sold_at, basket_id, position',
  },
  {
    name: 'windows_1m',
    time: 'start_at',
    chunk: CHUNK,
    segmentBy: 'dimension',
    orderBy: 'start_at, value',
  },
  {
    name: 'windows_1h',
    time: 'start_at',
    chunk: CHUNK,
    segmentBy: 'dimension',
    orderBy: 'start_at, value',
  },
  {
    name: 'windows_1d',
    time: 'start_at',
    chunk: DAILY_CHUNK,
    segmentBy: 'dimension',
    orderBy: 'value, start_at',
  },
  {
    name: 'artist_days',
    time: 'start_at',
    chunk: DAILY_CHUNK,
    segmentBy: null,
    orderBy: 'artist_id, start_at',
  },
  { name: 'item_days', time: 'start_at', chunk: DAILY_CHUNK, segmentBy: null, orderBy: 'value, start_at' },
]

const turned = ({ name, time, chunk, segmentBy, orderBy }: Hypertable) => `
SELECT create_hypertable('${name}', '${time}', chunk_time_interval => interval '${chunk}',
  create_default_indexes => false, migrate_data => true);
ALTER TABLE ${name} SET (timescaledb.compress, timescaledb.compress_orderby = '${orderBy}'${
  segmentBy === null ? '' : `, timescaledb.compress_segmentby = '${segmentBy}'`
});
SELECT add_compression_policy('${name}', compress_after => interval '${COMPRESS_AFTER}');`

/**
 * Every write begins with a row of `stage_offsets`: whoever holds that table keeps writers out before they
 * hold anything else. All of it is one transaction.
 */
export const TURN_INTO_HYPERTABLES = `
LOCK TABLE stage_offsets IN ACCESS EXCLUSIVE MODE;
${HYPERTABLES.map(turned).join('\n')}
`
