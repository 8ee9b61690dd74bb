// The embedded log's codec gives back exactly what went in, for every kind of record and any text at all.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { sampleSales } from '../../bench/sample-sales.ts'
import { decodeBlock, encodeBlock, readHead } from '../../infra/lmdb/codec.ts'
import { isPlainSale } from '../../infra/lmdb/sale-columns.ts'
import { FORMATS } from '../../schemas/keys.ts'
import type { AnyRecord } from '../../schemas/record-time.ts'

const ABOUT = { priorMaxTimeMs: Number.NEGATIVE_INFINITY, appendedAtMs: 5 }
const roundTrip = (records: readonly AnyRecord[]): AnyRecord[] => decodeBlock(encodeBlock(records, ABOUT))

/** Any UTF-16 at all, lone surrogates too; often short and repeated, as real values are. */
const text = fc.oneof(
  fc.constantFrom(
    '',
    'techno',
    'us',
    '<img onerror=x>',
    '\u202eevil',
    '\ud800',
    'a\udc00b',
    '\0',
    '__proto__',
  ),
  fc.string({ unit: 'binary' }),
  fc.array(fc.nat(0xffff), { maxLength: 20 }).map(units => String.fromCharCode(...units)),
)
const orNull = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(value)
const int = fc.oneof(fc.nat(300), fc.nat(70_000), fc.nat(2 ** 32), fc.nat(Number.MAX_SAFE_INTEGER))
const timeMs = fc.oneof(fc.nat(2_000_000), fc.integer({ min: 1_600_000_000_000, max: 1_900_000_000_000 }))
const of = <T extends string>(...values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values)
const totals = { items: int, baskets: int, units: int, revenueUsdCents: int, overUsdCents: int }
const source = { source: int }

const saleItem = fc.record({
  position: int,
  soldAtText: text,
  ordinal: int,
  url: text,
  artistHost: text,
  artistName: text,
  title: text,
  albumTitle: orNull(text),
  itemType: of('a', 't', 'p', 'b'),
  format: of(...FORMATS),
  country: orNull(text),
  currency: text,
  paidMinor: int,
  priceMinor: fc.oneof(
    int,
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map(price => price + 0),
  ),
  paidUsdCents: int,
  overUsdCents: int,
  units: int,
  releases: orNull(int),
  artUrl: orNull(text),
  genre: orNull(text),
  genreSource: of('page', 'host', 'pending', 'none', 'challenged', 'refused', 'not-an-item', 'failed'),
  tags: fc.array(text, { maxLength: 20 }),
})
const kind = <K extends string>(value: K): { readonly kind: fc.Arbitrary<K> } => ({
  kind: fc.constant(value),
})
const sale = fc.record({
  ...kind('sale'),
  basketId: text,
  soldAtMs: timeMs,
  items: fc.array(saleItem, { maxLength: 4 }),
})
const leader = fc.record({ key: text, ...totals })

const known: fc.Arbitrary<AnyRecord> = fc.oneof(
  { weight: 8, arbitrary: sale },
  fc.record({ ...kind('tick'), upToMs: timeMs, ...source }, { requiredKeys: ['kind', 'upToMs'] }),
  fc.record(
    {
      ...kind('gap'),
      fromMs: timeMs,
      toMs: timeMs,
      reason: of('feed-skipped', 'outage', 'simulated'),
      ...source,
    },
    { requiredKeys: ['kind', 'fromMs', 'toMs', 'reason'] },
  ),
  fc.record(
    { ...kind('basket'), id: text, soldAtMs: timeMs, text, seenItems: fc.array(int) },
    { requiredKeys: ['kind', 'id', 'soldAtMs', 'text'] },
  ),
  fc.record({ ...kind('amend'), sale }),
  fc.record({
    ...kind('pane'),
    key: text,
    startMs: timeMs,
    ...source,
    revision: int,
    ...totals,
  }),
  fc.record({
    ...kind('window'),
    key: text,
    size: of('1m', '1h', '1d'),
    startMs: timeMs,
    revision: int,
    partial: fc.boolean(),
    ...totals,
  }),
  fc.record({
    ...kind('leaders'),
    dimension: of('all', 'genre', 'tag'),
    size: of('5m', '1h', '24h'),
    endMs: timeMs,
    ...source,
    distinctKeys: int,
    top: fc.array(leader, { maxLength: 5 }),
    partial: fc.boolean(),
  }),
  fc.record({
    ...kind('dead-letter'),
    id: text,
    stage: text,
    topic: orNull(text),
    partition: orNull(int),
    offset: orNull(int),
    reason: text,
    message: text,
    bytes: text,
    atMs: timeMs,
  }),
  fc.record({
    ...kind('settled'),
    letterId: text,
    how: of('resent', 'discarded'),
    note: text,
    atMs: timeMs,
  }),
)

/** What a newer program may write: kinds, fields and values that this one has never seen. */
const unknown = fc
  .tuple(
    known,
    fc.dictionary(
      text.filter(key => key !== '__proto__' && key !== 'kind'),
      fc.jsonValue(),
    ),
  )
  .map(([record, extra]) => ({ ...record, ...extra }) as AnyRecord)

// JSON has no −0, and nothing here may have one.
const noMinusZero = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value), (_, inner) => (Object.is(inner, -0) ? 0 : inner))

describe('the codec of the embedded log', () => {
  test('[L11] every kind of record comes back exactly, in order, whatever its texts and numbers', () => {
    fc.assert(
      fc.property(fc.array(known, { minLength: 1, maxLength: 40 }), records => {
        const plain = noMinusZero(records) as readonly AnyRecord[]
        expect(roundTrip(plain)).toEqual(plain)
      }),
      { numRuns: 500 },
    )
  })

  test('[L11] records with unknown fields come back with them', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(unknown, known), { minLength: 1, maxLength: 20 }), records => {
        const plain = noMinusZero(records) as readonly AnyRecord[]
        expect(roundTrip(plain)).toEqual(plain)
      }),
      { numRuns: 300 },
    )
  })

  test('a kind from a newer program comes back as it was', () => {
    const future = {
      kind: 'alert',
      key: 'genre:techno',
      nested: { list: [1, 'two', null] },
    } as unknown as AnyRecord
    expect(roundTrip([future, ...sampleSales(2), future])).toEqual([future, ...sampleSales(2), future])
  })

  test('sales as the schema has them take the fast way: a new field must be added to the columns', () => {
    expect(sampleSales(100).every(isPlainSale)).toBe(true)
  })

  test('equal tags, genres and countries of all blocks are one string object', () => {
    // Object identity of strings cannot be asked for; that equal texts take one place in the block can.
    const [first] = sampleSales(1)
    const many = Array.from({ length: 200 }, () => first!)
    const one = encodeBlock([first!], ABOUT).length
    expect(encodeBlock(many, ABOUT).length).toBeLessThan(one + 200 * 10)
  })

  test('the header says count and times without decoding', () => {
    const sales = sampleSales(3)
    const head = readHead(encodeBlock(sales, { priorMaxTimeMs: 7, appendedAtMs: 9 }))
    expect(head).toEqual({
      count: 3,
      priorMaxTimeMs: 7,
      maxTimeMs: Math.max(...sales.map(({ soldAtMs }) => soldAtMs)),
      appendedAtMs: 9,
    })
  })

  test('a block of a newer format is refused by name, not misread', () => {
    const block = encodeBlock(sampleSales(1), ABOUT)
    block.writeUInt32LE(9, 0)
    expect(() => decodeBlock(block)).toThrow(/unknown version 9/)
  })
})
