// Laws of `enrich` under any order and speed of pages, any batches, and a death at any moment.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { PageAnswer } from '../../infra/ports.ts'
import type { FeedRecord, SalesRecord } from '../../schemas/records.ts'
import { settled } from '../fakes/clock.ts'
import { basket, createFakePages, type EnrichBench, html, startEnrich, tick } from '../support/enrich.ts'

const HOSTS = ['a', 'b', 'c', 'd'] as const
const GENRES = ['jazz', 'rock', 'folk', null] as const
const PARTITIONS = 2

/** What a host's pages say in the end: a genre, that they are no items, or nothing before some refusals. */
interface World {
  readonly answers: readonly ('genre' | 'grid' | 'refused-once')[]
}
type Action =
  | { readonly kind: 'feed'; readonly partition: number; readonly records: readonly Planned[] }
  | { readonly kind: 'page'; readonly which: number }
  | { readonly kind: 'time'; readonly ms: number }
  | { readonly kind: 'crash' }
type Planned =
  | { readonly kind: 'tick' }
  | { readonly kind: 'basket'; readonly pages: readonly (readonly [number, number])[] }

const page = fc.tuple(fc.nat(HOSTS.length - 1), fc.nat(2))
const planned: fc.Arbitrary<Planned> = fc.oneof(
  { weight: 1, arbitrary: fc.constant({ kind: 'tick' } as const) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('basket' as const),
      pages: fc.array(page, { minLength: 1, maxLength: 3 }),
    }),
  },
)
const action = (crash: boolean): fc.Arbitrary<Action> =>
  fc.oneof(
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant('feed' as const),
        partition: fc.nat(PARTITIONS - 1),
        records: fc.array(planned, { minLength: 1, maxLength: 6 }),
      }),
    },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('page' as const), which: fc.nat(7) }) },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('time' as const),
        ms: fc.constantFrom(1, 5_000, 20_000, 40_000),
      }),
    },
    ...(crash ? [{ weight: 1, arbitrary: fc.constant({ kind: 'crash' } as const) }] : []),
  )
const world: fc.Arbitrary<World> = fc.record({
  answers: fc.array(fc.constantFrom('genre', 'grid', 'refused-once'), { minLength: 4, maxLength: 4 }),
})

/** Numbers baskets and ticks as they are fed: ids are unique, a tick a second after the last one. */
function createFeed() {
  const fed: FeedRecord[][] = Array.from({ length: PARTITIONS }, () => [])
  let count = 0
  return {
    fed,
    records(partition: number, plan: readonly Planned[]): readonly FeedRecord[] {
      const records = plan.map(each => {
        count++
        if (each.kind === 'tick') return tick(count)
        return basket(
          `b${count}`,
          count,
          ...each.pages.map(([h, p]) => `${HOSTS[h]}.bandcamp.com/album/${p}`),
        )
      })
      fed[partition]?.push(...records)
      return records
    },
  }
}

function createAnswers({ answers }: World) {
  const refused = new Set<string>()
  return (name: string): PageAnswer => {
    const host = HOSTS.findIndex(each => name.startsWith(`${each}.`))
    const kind = answers[host] ?? 'genre'
    if (kind === 'grid') return { kind: 'html', html: '', finalUrl: `https://${name}` }
    if (kind === 'refused-once' && !refused.has(name)) {
      refused.add(name)
      return { kind: 'refused', code: 'http-429', retryAfterMs: null }
    }
    return html(GENRES[host] ?? null)
  }
}

/** Runs the actions, then answers everything and lets time pass until nothing is pending. */
async function play(world: World, actions: readonly Action[], batch: number, lookupsAtOnce: number) {
  const feed = createFeed()
  const answers = createAnswers(world)
  let bench = await startEnrich({
    partitions: PARTITIONS,
    maxBatchRecords: batch,
    options: { lookupsAtOnce },
  })
  for (const act of actions) {
    if (act.kind === 'feed') await bench.feed(feed.records(act.partition, act.records), act.partition)
    else if (act.kind === 'time') await bench.clock.advance(act.ms)
    else if (act.kind === 'crash') bench = await bench.crash(createFakePages())
    else {
      const waiting = bench.pages.waiting()
      const name = waiting[act.which % Math.max(1, waiting.length)]
      if (name !== undefined) await bench.pages.answer(name, answers(name))
    }
  }
  await finish(bench, answers)
  return { bench, fed: feed.fed }
}

async function finish(bench: EnrichBench, answers: (name: string) => PageAnswer): Promise<void> {
  for (let round = 0; round < 100; round++) {
    const waiting = bench.pages.waiting()
    for (const name of waiting) await bench.pages.answer(name, answers(name))
    if (waiting.length === 0) await bench.clock.advance(60_000)
    await settled()
    const isQuiet = bench.pages.waiting().length === 0 && bench.clock.sleeping() === 0
    if (isQuiet) return
  }
  throw new Error('never quiet')
}

const idsOf = (records: readonly FeedRecord[]) =>
  records.flatMap(record => (record.kind === 'basket' ? [record.id] : []))

/** For each tick, the baskets that stand before it for the first time. */
function beforeTicks(
  records: readonly (FeedRecord | SalesRecord)[],
): ReadonlyMap<number, ReadonlySet<string>> {
  const before = new Map<number, ReadonlySet<string>>()
  const seen = new Set<string>()
  for (const record of records) {
    if (record.kind === 'basket') seen.add(record.id)
    else if (record.kind === 'sale') seen.add(record.basketId)
    else if (record.kind === 'tick' && !before.has(record.upToMs)) before.set(record.upToMs, new Set(seen))
  }
  return before
}

/** Genre of each item by basket, as everything behind `sales` joins it; sources of nothing are one. */
function knowledge(bench: EnrichBench, fed: readonly (readonly FeedRecord[])[]) {
  return fed.flat().flatMap(record => {
    if (record.kind !== 'basket') return []
    return [[record.id, bench.items(record.id).map(item => [item.url, item.genre])]]
  })
}

const runs = fc.tuple(world, fc.integer({ min: 1, max: 20 }), fc.constantFrom(1, 3))

describe('enrich, whatever happens', () => {
  it('[E6] every sale stays on its side of every tick, and no record is lost or doubled', async () => {
    await fc.assert(
      fc.asyncProperty(
        runs,
        fc.array(action(false), { maxLength: 25 }),
        async ([setting, batch, atOnce], actions) => {
          const { bench, fed } = await play(setting, actions, batch, atOnce)
          for (const [partition, records] of fed.entries()) {
            const sales = bench.sales(partition)
            const ids = sales.flatMap(record => (record.kind === 'sale' ? [record.basketId] : []))
            expect([...ids].sort()).toEqual(idsOf(records).sort())
            expect(sales.filter(record => record.kind === 'tick')).toEqual(
              records.filter(record => record.kind === 'tick'),
            )
            expect(beforeTicks(sales)).toEqual(beforeTicks(records))
          }
        },
      ),
      { numRuns: 150 },
    )
  })

  it('[E10] an amendment stands behind its sale, and always tells something new', async () => {
    await fc.assert(
      fc.asyncProperty(
        runs,
        fc.array(action(false), { maxLength: 25 }),
        async ([setting, batch, atOnce], actions) => {
          const { bench } = await play(setting, actions, batch, atOnce)
          for (let partition = 0; partition < PARTITIONS; partition++) {
            const known = new Map<string, number>()
            for (const record of bench.sales(partition)) {
              if (record.kind === 'sale') known.set(record.basketId, ranked(record.items))
              if (record.kind !== 'amend') continue
              const { basketId, items } = record.sale
              expect(ranked(items)).toBeGreaterThan(known.get(basketId) ?? Number.POSITIVE_INFINITY)
              known.set(basketId, ranked(items))
            }
          }
        },
      ),
      { numRuns: 150 },
    )
  })

  it('[E13] a death at any moment loses nothing and changes nothing that is known in the end', async () => {
    await fc.assert(
      fc.asyncProperty(
        runs,
        fc.array(action(true), { maxLength: 25 }),
        async ([setting, batch, atOnce], actions) => {
          const survived = await play(setting, actions, batch, atOnce)
          const calm = await play(
            setting,
            actions.filter(({ kind }) => kind !== 'crash'),
            batch,
            atOnce,
          )
          expect(knowledge(survived.bench, survived.fed)).toEqual(knowledge(calm.bench, calm.fed))
          for (const [partition, records] of survived.fed.entries()) {
            // The first time that a tick is there, everything that belongs before it is there.
            const before = beforeTicks(survived.bench.sales(partition))
            for (const [upToMs, ids] of beforeTicks(records)) {
              expect(before.get(upToMs)).toEqual(ids)
            }
          }
        },
      ),
      { numRuns: 150 },
    )
  })
})

function ranked(items: readonly { readonly genreSource: string }[]): number {
  return items.filter(({ genreSource }) => ['page', 'none', 'host'].includes(genreSource)).length
}
