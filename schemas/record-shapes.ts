// The fields of each kind of record and their types: what is checked where a record comes from outside.
import type { TopicName } from './topics.ts'

export type FieldType = 'string' | 'string or null' | 'number' | 'number or null' | 'boolean' | 'array'
export type Shape = readonly (readonly [field: string, type: FieldType])[]

const TOTALS: Shape = [
  ['items', 'number'],
  ['baskets', 'number'],
  ['units', 'number'],
  ['revenueUsdCents', 'number'],
  ['overUsdCents', 'number'],
]
const ITEM: Shape = [
  ['position', 'number'],
  ['soldAtText', 'string'],
  ['ordinal', 'number'],
  ['url', 'string'],
  ['artistHost', 'string'],
  ['artistName', 'string'],
  ['title', 'string'],
  ['albumTitle', 'string or null'],
  ['itemType', 'string'],
  ['format', 'string'],
  ['country', 'string or null'],
  ['currency', 'string'],
  ['paidMinor', 'number'],
  ['priceMinor', 'number'],
  ['paidUsdCents', 'number'],
  ['overUsdCents', 'number'],
  ['units', 'number'],
  ['releases', 'number or null'],
  ['artUrl', 'string or null'],
  ['genre', 'string or null'],
  ['genreSource', 'string'],
  ['tags', 'array'],
]
const ALERT_NUMBERS =
  `revision openedAtMs atMs windowMs windowEndMs purchases items units revenueUsdCents expected
expectedLow expectedHigh score threshold peakScore firstSeenMs coverage marketRatio`.split(/\s+/)
const PART: Shape = [
  ['purchases', 'number'],
  ['share', 'number'],
]
const LEADER: Shape = [['key', 'string'], ...TOTALS]

/** The fields of each kind, and of the things in its lists: what stages rely on without looking. */
export const SHAPES: Readonly<
  Record<string, { readonly fields: Shape; readonly lists?: Record<string, Shape> }>
> = {
  tick: { fields: [['upToMs', 'number']] },
  gap: {
    fields: [
      ['fromMs', 'number'],
      ['toMs', 'number'],
      ['reason', 'string'],
    ],
  },
  basket: {
    fields: [
      ['id', 'string'],
      ['soldAtMs', 'number'],
      ['text', 'string'],
    ],
  },
  sale: {
    fields: [
      ['basketId', 'string'],
      ['soldAtMs', 'number'],
    ],
    lists: { items: ITEM },
  },
  pane: {
    fields: [
      ['key', 'string'],
      ['startMs', 'number'],
      ['source', 'number'],
      ['revision', 'number'],
      ...TOTALS,
    ],
  },
  window: {
    fields: [
      ['key', 'string'],
      ['size', 'string'],
      ['startMs', 'number'],
      ['revision', 'number'],
      ['partial', 'boolean'],
      ...TOTALS,
    ],
  },
  leaders: {
    fields: [
      ['dimension', 'string'],
      ['size', 'string'],
      ['endMs', 'number'],
      ['source', 'number'],
      ['distinctKeys', 'number'],
      ['partial', 'boolean'],
    ],
    lists: { top: LEADER },
  },
  alert: {
    fields: [
      ...['id', 'state', 'alertKind', 'key', 'dimension', 'severity'].map(
        field => [field, 'string'] as const,
      ),
      ...ALERT_NUMBERS.map(field => [field, 'number'] as const),
      ['closedAtMs', 'number or null'],
      ['learningDay', 'number or null'],
      ['partial', 'boolean'],
      ['isFrenzy', 'boolean'],
    ],
    lists: {
      topReleases: [
        ['url', 'string'],
        ['artistName', 'string'],
        ['title', 'string'],
        ['artUrl', 'string or null'],
        ...PART,
      ],
      topCountries: [['country', 'string'], ...PART],
      topArtists: [['artistHost', 'string'], ...PART],
      hours: [
        ['startMs', 'number'],
        ['purchases', 'number'],
        ['expected', 'number'],
      ],
    },
  },
  'dead-letter': {
    fields: [
      ['id', 'string'],
      ['stage', 'string'],
      ['topic', 'string or null'],
      ['partition', 'number or null'],
      ['offset', 'number or null'],
      ['reason', 'string'],
      ['message', 'string'],
      ['bytes', 'string'],
      ['atMs', 'number'],
    ],
  },
  settled: {
    fields: [
      ['letterId', 'string'],
      ['how', 'string'],
      ['note', 'string'],
      ['atMs', 'number'],
    ],
  },
}

export const KINDS: Readonly<Record<TopicName, readonly string[]>> = {
  feed: ['basket', 'tick', 'gap'],
  sales: ['sale', 'amend', 'tick', 'gap'],
  panes: ['pane', 'tick', 'gap'],
  windows: ['window', 'tick', 'gap'],
  leaders: ['leaders'],
  alerts: ['alert'],
  'dead-letters': ['dead-letter', 'settled'],
}
