// Records as JSON: the documented schemas, the types, and what is taken from a log agree.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, expectTypeOf, test } from 'vitest'
import type { z } from 'zod'
import { jsonSchemaOf } from '../../infra/main/json-schemas.ts'
import { decodeRecord, encodeRecord, unreadableLetter } from '../../schemas/record-json.ts'
import { recordKey } from '../../schemas/record-key.ts'
import { TOPIC_SCHEMAS } from '../../schemas/record-schemas.ts'
import type { AnyRecord } from '../../schemas/record-time.ts'
import { TOPIC_NAMES, type TopicName, type TopicRecords } from '../../schemas/topics.ts'
import { arbSalesLog, item, sale } from '../support/sales.ts'

const totals = { items: 2, baskets: 1, units: 3, revenueUsdCents: 900, overUsdCents: 0 }
const tick = { kind: 'tick', upToMs: 60_000, source: 1 } as const
const gap = { kind: 'gap', fromMs: 1, toMs: 2, reason: 'outage' } as const
const EXAMPLES: { readonly [T in TopicName]?: readonly TopicRecords[T][] } = {
  feed: [{ kind: 'basket', id: 'b', soldAtMs: 1, text: '{"a":1}', seenItems: [0] }, tick, gap],
  sales: [sale('b', 1, [item(), item({ genre: null })]), { kind: 'amend', sale: sale('b', 1) }, tick, gap],
  panes: [{ kind: 'pane', key: 'all', startMs: 0, source: 0, revision: 0, ...totals }, tick, gap],
  windows: [
    { kind: 'window', key: 'tag:dub', size: '1h', startMs: 0, revision: 1, partial: true, ...totals },
    tick,
  ],
  leaders: [
    {
      kind: 'leaders',
      dimension: 'genre',
      size: '5m',
      endMs: 300_000,
      source: 0,
      distinctKeys: 1,
      top: [{ key: 'genre:techno', ...totals }],
      partial: false,
    },
  ],
  alerts: [
    {
      kind: 'alert',
      id: '0123456789abcdef',
      revision: 0,
      state: 'opened',
      alertKind: 'rise',
      key: 'genre:jazz',
      dimension: 'genre',
      severity: 'info',
      openedAtMs: 60_000,
      atMs: 60_000,
      closedAtMs: null,
      windowMs: 3_600_000,
      windowEndMs: 60_000,
      purchases: 9,
      items: 9,
      units: 9,
      revenueUsdCents: 900,
      expected: 2.5,
      expectedLow: 1,
      expectedHigh: 4,
      score: 5.1,
      threshold: 4.4,
      peakScore: 5.1,
      topReleases: [{ url: 'u', artistName: 'a', title: 't', artUrl: null, purchases: 1, share: 0.1 }],
      topCountries: [{ country: 'de', purchases: 1, share: 0.1 }],
      topArtists: [{ artistHost: 'a.bandcamp.com', purchases: 1, share: 0.1 }],
      hours: [{ startMs: 0, purchases: 9, expected: 2.5 }],
      firstSeenMs: 0,
      coverage: 0.9,
      partial: false,
      learningDay: null,
      marketRatio: 1,
      isFrenzy: false,
    },
  ],
  'dead-letters': [
    {
      kind: 'dead-letter',
      id: 'x',
      stage: 'poll',
      topic: null,
      partition: null,
      offset: null,
      reason: 'schema',
      message: 'm',
      bytes: '{',
      atMs: 5,
    },
    { kind: 'settled', letterId: 'x', how: 'resent', note: '', atMs: 6 },
  ],
}
const examples = Object.entries(EXAMPLES).flatMap(([topic, records]) =>
  records.map(record => ({ topic: topic as TopicName, record: record as AnyRecord, kind: record.kind })),
)

/** Every way to take one field away, however deep. */
function* withoutOneField(value: unknown): Generator<{ readonly path: string; readonly value: unknown }> {
  if (Array.isArray(value)) {
    for (const [i, inner] of value.entries())
      for (const less of withoutOneField(inner))
        yield { path: `[${i}].${less.path}`, value: value.with(i, less.value) }
  } else if (typeof value === 'object' && value !== null) {
    for (const [field, inner] of Object.entries(value)) {
      const { [field]: _gone, ...rest } = value as Record<string, unknown>
      yield { path: field, value: rest }
      for (const less of withoutOneField(inner))
        yield { path: `${field}${less.path}`, value: { ...value, [field]: less.value } }
    }
  }
}

describe('schemas of records', () => {
  test('their types are the types of the records', () => {
    type Said<T extends keyof typeof TOPIC_SCHEMAS> = z.infer<(typeof TOPIC_SCHEMAS)[T]>
    expectTypeOf<Said<'feed'>>().toEqualTypeOf<TopicRecords['feed']>()
    expectTypeOf<Said<'sales'>>().toEqualTypeOf<TopicRecords['sales']>()
    expectTypeOf<Said<'panes'>>().toEqualTypeOf<TopicRecords['panes']>()
    expectTypeOf<Said<'windows'>>().toEqualTypeOf<TopicRecords['windows']>()
    expectTypeOf<Said<'leaders'>>().toEqualTypeOf<TopicRecords['leaders']>()
    expectTypeOf<Said<'alerts'>>().toEqualTypeOf<TopicRecords['alerts']>()
    expectTypeOf<Said<'dead-letters'>>().toEqualTypeOf<TopicRecords['dead-letters']>()
  })

  test.each(TOPIC_NAMES)('docs/schemas/%s.json is what the schema says (npm run schemas)', topic => {
    const file = join(import.meta.dirname, '../../docs/schemas', `${topic}.json`)
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(JSON.parse(jsonSchemaOf(topic)))
  })

  test.each(examples)('[L40] a $kind of $topic is documented, and comes back from its JSON', one => {
    const { topic, record } = one
    expect(TOPIC_SCHEMAS[topic].parse(record)).toEqual(record)
    expect(decodeRecord(topic, encodeRecord(record))).toEqual({ record })
    expect(decodeRecord(topic, JSON.stringify({ ...record, later: 1 }))).toEqual({
      record: { ...record, later: 1 },
    })
  })

  test('[L40] every log of sales comes back from its JSON', () => {
    fc.assert(
      fc.property(arbSalesLog, records => {
        const back = records.map(record => decodeRecord('sales', encodeRecord(record)).record)
        expect(back).toEqual(records)
        for (const record of records) expect(TOPIC_SCHEMAS.sales.safeParse(record).error).toBeUndefined()
      }),
    )
  })

  test.each(examples)('[L41] a $kind of $topic without a field that its schema needs is not read', one => {
    const { topic, record } = one
    let refused = 0
    for (const { path, value } of withoutOneField(record)) {
      const isDocumented = TOPIC_SCHEMAS[topic].safeParse(value).success
      const { unreadable } = decodeRecord(topic, JSON.stringify(value))
      expect([path, unreadable === undefined]).toEqual([path, isDocumented])
      if (!isDocumented) refused++
    }
    expect(refused).toBeGreaterThan(0)
  })

  test.each([
    ['{', 'malformed-json'],
    ['', 'malformed-json'],
    ['null', 'schema'],
    ['[1]', 'schema'],
    ['{}', 'unknown-kind'],
    ['{"kind":"refund"}', 'unknown-kind'],
    ['{"kind":"pane"}', 'unknown-kind'],
    ['{"kind":"__proto__"}', 'unknown-kind'],
    ['{"kind":"sale","basketId":"b","soldAtMs":"1","items":[]}', 'schema'],
    ['{"kind":"sale","basketId":"b","soldAtMs":1,"items":{}}', 'schema'],
    ['{"kind":"amend","sale":{"kind":"tick"}}', 'schema'],
  ])('[L41] %j in sales is %s, and becomes a letter of its place', (text, reason) => {
    const { unreadable } = decodeRecord('sales', text)
    expect(unreadable?.reason).toBe(reason)
    const place = { topic: 'sales' as const, partition: 2, offset: 7 }
    const letter = unreadableLetter(unreadable!, text, place, 5)
    expect(letter).toMatchObject({ id: 'log:sales/2/7', stage: 'log', reason, bytes: text, ...place })
    expect(TOPIC_SCHEMAS['dead-letters'].parse(letter)).toEqual(letter)
  })

  test('[L41] what came is kept up to 64 KiB, whatever its characters', () => {
    const text = '€'.repeat(100_000)
    const place = { topic: 'feed' as const, partition: 0, offset: 0 }
    const { bytes } = unreadableLetter({ reason: 'schema', message: 'm' }, text, place, 0)
    expect(Buffer.byteLength(bytes)).toBeLessThanOrEqual(65_536)
  })

  test('a record’s key is whose it is; ticks and gaps are everybody’s', () => {
    const keys = examples.map(({ topic, record }) => [topic, record.kind, recordKey(record)])
    expect(keys).toEqual([
      ['feed', 'basket', 'b'],
      ['feed', 'tick', null],
      ['feed', 'gap', null],
      ['sales', 'sale', 'b'],
      ['sales', 'amend', 'b'],
      ['sales', 'tick', null],
      ['sales', 'gap', null],
      ['panes', 'pane', 'all'],
      ['panes', 'tick', null],
      ['panes', 'gap', null],
      ['windows', 'window', 'tag:dub'],
      ['windows', 'tick', null],
      ['leaders', 'leaders', 'genre'],
      ['alerts', 'alert', '0123456789abcdef'],
      ['dead-letters', 'dead-letter', 'x'],
      ['dead-letters', 'settled', 'x'],
    ])
  })
})
