// The one table of topics: what each holds and how long it is kept.
import type { AlertRecord } from './alerts.ts'
import type {
  DeadLetterRecord,
  FeedRecord,
  LeadersRecord,
  PaneRecord,
  SalesRecord,
  WindowRecord,
} from './records.ts'

export interface TopicRecords {
  feed: FeedRecord
  sales: SalesRecord
  panes: PaneRecord
  windows: WindowRecord
  leaders: LeadersRecord
  alerts: AlertRecord
  'dead-letters': DeadLetterRecord
}
export type TopicName = keyof TopicRecords

export interface TopicSpec {
  readonly holds: string
  readonly partitionedBy: string
  readonly writtenBy: string
  /** Records older than this may be dropped; null: kept for ever. */
  readonly retentionMs: number | null
  /**
   * Of each partition, where a log cannot go by age because its times are event times (Kafka): compressed
   * bytes that hold `retentionMs` of the busiest days ten times over; null: kept for ever.
   */
  readonly retentionBytes: number | null
  /** `one`: always a single partition. `many`: as many as configured. */
  readonly partitions: 'one' | 'many'
}

const DAYS_MS = 86_400_000
const GIB = 1024 ** 3

export const TOPICS: Readonly<Record<TopicName, TopicSpec>> = {
  feed: {
    holds: 'basket (one feed event, verbatim), tick, gap',
    partitionedBy: 'basket id',
    writtenBy: 'poll',
    retentionMs: null,
    retentionBytes: null,
    partitions: 'many',
  },
  sales: {
    holds: 'sale (normalised, enriched), amend, tick, gap',
    partitionedBy: 'as feed',
    writtenBy: 'enrich',
    retentionMs: null,
    retentionBytes: null,
    partitions: 'many',
  },
  panes: {
    holds: 'pane (partial totals of a key in a minute), tick, gap',
    partitionedBy: 'key; `all` and genres go to every partition',
    writtenBy: 'panes',
    retentionMs: 3 * DAYS_MS,
    retentionBytes: 4 * GIB,
    partitions: 'many',
  },
  windows: {
    holds: 'window (tumbling totals of a key), tick, gap',
    partitionedBy: 'key',
    writtenBy: 'windows',
    retentionMs: 3 * DAYS_MS,
    retentionBytes: 4 * GIB,
    partitions: 'many',
  },
  leaders: {
    holds: 'leaders (top keys of a dimension over a rolling window)',
    partitionedBy: 'dimension',
    writtenBy: 'rolling',
    retentionMs: DAYS_MS / 24,
    retentionBytes: GIB / 2,
    partitions: 'one',
  },
  alerts: {
    holds: 'alert (opened, updated, closed)',
    partitionedBy: 'alert id',
    writtenBy: 'detect',
    retentionMs: null,
    retentionBytes: null,
    partitions: 'one',
  },
  'dead-letters': {
    holds: 'dead-letter (what could not be handled, with bytes, place and reason), settled',
    partitionedBy: 'none',
    writtenBy: 'any stage, bct dead-letters',
    retentionMs: null,
    retentionBytes: null,
    partitions: 'one',
  },
}

export const TOPIC_NAMES = Object.keys(TOPICS) as TopicName[]

export type PartitionCounts = Readonly<Record<TopicName, number>>

/** One number for every topic of `many` partitions, or a number by topic; 1 where nothing is said. */
export function partitionCounts(wanted: number | Partial<Record<TopicName, number>>): PartitionCounts {
  const countOf = (topic: TopicName): number => {
    if (typeof wanted !== 'number') return wanted[topic] ?? 1
    return TOPICS[topic].partitions === 'one' ? 1 : wanted
  }
  return Object.fromEntries(TOPIC_NAMES.map(topic => [topic, countOf(topic)])) as PartitionCounts
}
