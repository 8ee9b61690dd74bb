// The table of contents: which stages there are, which windows each kind of key gets, and how they move.
import type { Dimension } from '../schemas/keys.ts'
import { DIMENSIONS } from '../schemas/keys.ts'
import type { RollingSize, WindowSize } from '../schemas/records.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../schemas/time.ts'
import type { TopicName } from '../schemas/topics.ts'

/** Panes are one minute long: the grain that every window is made of. */
export const PANE_MS = MINUTE_MS

/** How long after its end a pane or window may still change. What comes later is counted as too late. */
export const DEFAULT_ALLOWED_LATENESS_MS = HOUR_MS

export const WINDOW_SIZES = ['1m', '1h', '1d'] as const satisfies readonly WindowSize[]

export const WINDOW_MS: Readonly<Record<WindowSize, number>> = {
  '1m': MINUTE_MS,
  '1h': HOUR_MS,
  '1d': DAY_MS,
}

/**
 * Which tumbling windows each dimension is written in: about 3.4 rows for each item at the feed's real mix.
 */
export const TUMBLING: Readonly<Record<Dimension, readonly WindowSize[]>> = {
  all: ['1m', '1h', '1d'],
  genre: ['1m', '1h', '1d'],
  country: ['1m', '1h', '1d'],
  format: ['1m', '1h', '1d'],
  'genre-country': ['1h', '1d'],
  tag: ['1h', '1d'],
  artist: ['1d'],
  item: ['1d'],
}

export interface RollingSpec {
  readonly size: RollingSize
  readonly sizeMs: number
  readonly slideMs: number
}

export const ROLLING: readonly RollingSpec[] = [
  { size: '5m', sizeMs: 5 * MINUTE_MS, slideMs: MINUTE_MS },
  { size: '1h', sizeMs: HOUR_MS, slideMs: MINUTE_MS },
  { size: '24h', sizeMs: DAY_MS, slideMs: 5 * MINUTE_MS },
]

/** The top keys of a leaders record: every genre, country and format fits. */
export const LEADERS_MAX = 200

/** Dimensions whose panes go to every partition, so that each can compare its keys with the whole market. */
export const BROADCAST: ReadonlySet<Dimension> = new Set(['all', 'genre'])

export interface StageSpec {
  readonly name: string
  readonly reads: readonly TopicName[]
  readonly writes: readonly (TopicName | 'store')[]
  readonly does: string
}

export const STAGES = [
  {
    name: 'poll',
    reads: [],
    writes: ['feed'],
    does: 'reads the feed, drops what is known, appends ticks and gaps',
  },
  {
    name: 'enrich',
    reads: ['feed'],
    writes: ['sales', 'dead-letters'],
    does: 'normalises, adds genre and tags from item pages',
  },
  { name: 'panes', reads: ['sales'], writes: ['panes'], does: 'adds up one-minute totals per key' },
  { name: 'windows', reads: ['panes'], writes: ['windows'], does: 'combines panes into tumbling windows' },
  {
    name: 'rolling',
    reads: ['panes'],
    writes: ['leaders'],
    does: 'keeps rolling windows and their top keys',
  },
  {
    name: 'detect',
    reads: ['sales'],
    writes: ['alerts'],
    does: 'tells movements from noise: alerts opened, updated, closed',
  },
  {
    name: 'store-writer',
    reads: ['sales', 'windows', 'alerts', 'dead-letters'],
    writes: ['store'],
    does: 'writes rows and its offsets in one transaction',
  },
  {
    name: 'alert-mailer',
    reads: ['alerts'],
    writes: ['store'],
    does: 'decides who hears of an alert, and sends mail and the webhook',
  },
  {
    name: 'report',
    reads: [],
    writes: ['store'],
    does: 'makes yesterday’s report from the store, archives and mails it',
  },
  {
    name: 'dashboard',
    reads: ['sales', 'windows'],
    writes: [],
    does: 'serves the page, the API and the live stream',
  },
] as const satisfies readonly StageSpec[]
export type StageName = (typeof STAGES)[number]['name']

/** The topology as a person reads it: stages, then windows by dimension, then rolling windows. */
export function describeTopology(): string {
  const stages = STAGES.map(
    s =>
      `  ${s.name.padEnd(13)}${`${s.reads.join(', ') || '–'} → ${s.writes.join(', ') || '–'}`.padEnd(46)}${s.does}`,
  )
  const tumbling = DIMENSIONS.map(
    d => `  ${d.padEnd(15)}${WINDOW_SIZES.map(w => (TUMBLING[d].includes(w) ? w : '· ')).join('  ')}`,
  )
  const rolling = ROLLING.map(r => `  ${r.size.padEnd(5)}every ${r.slideMs / MINUTE_MS} min`)
  return [
    'Stages',
    ...stages,
    '',
    'Tumbling windows by dimension (event time, half-open, UTC)',
    ...tumbling,
    '',
    `Rolling windows (all dimensions, top ${LEADERS_MAX})`,
    ...rolling,
    '',
  ].join('\n')
}
