// Chapter: recorded mode. A captured feed, played back through the poller, gives the log that it came from.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readEvent } from '../../producers/core/feed-json.ts'
import { basketId } from '../../producers/core/identity.ts'
import { createPoller } from '../../producers/poll.ts'
import { readRecordedFacts } from '../../producers/recorded/facts.ts'
import { createRecordedFeed } from '../../producers/recorded/feed.ts'
import type { Basket, FeedRecord } from '../../schemas/records.ts'
import { MINUTE_MS } from '../../schemas/time.ts'
import { createFakeClock } from '../fakes/clock.ts'
import { createFakeEventLog } from '../fakes/event-log.ts'
import { createFakeTelemetry } from '../fakes/telemetry.ts'
import { FEED_T0, saleAt } from '../support/feed.ts'
import { item, sale } from '../support/sales.ts'

const RUNS = Number(process.env.RUNS ?? 60)

/** One round of a capture: how long it took, what was sold in it, and what was missed before it. */
const arbCapture = fc.array(
  fc.record({
    minutes: fc.oneof({ weight: 6, arbitrary: fc.constant(1) }, { weight: 1, arbitrary: fc.constant(25) }),
    sold: fc.nat(3),
    lateMinutes: fc.constantFrom(0, 0, 4, 40),
    gap: fc.oneof({ weight: 5, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
  }),
  { minLength: 1, maxLength: 14 },
)

function captureOf(rounds: typeof arbCapture extends fc.Arbitrary<infer T> ? T : never): FeedRecord[] {
  const records: FeedRecord[] = []
  let [nowMs, n] = [FEED_T0, 0]
  const add = (soldAtMs: number) => {
    const text = saleAt(soldAtMs, `artist${n++}`)
    const event = readEvent(text)
    if (event.kind !== 'event') throw new Error('no event')
    records.push({ kind: 'basket', id: basketId(event.soldAtText, event.items), soldAtMs, text })
  }
  for (const [i, round] of rounds.entries()) {
    // Nobody can miss what comes before the first look.
    if (round.gap && i > 0) {
      records.push({ kind: 'gap', fromMs: nowMs, toMs: nowMs + 5 * MINUTE_MS, reason: 'feed-skipped' })
      nowMs += 5 * MINUTE_MS
    }
    for (let k = 0; k < round.sold; k++) add(nowMs + k * 1_000)
    if (round.lateMinutes > 0) add(Math.max(FEED_T0, nowMs - round.lateMinutes * MINUTE_MS))
    nowMs += round.minutes * MINUTE_MS
    records.push({ kind: 'tick', upToMs: nowMs })
  }
  return records
}

async function* played(records: readonly FeedRecord[]): AsyncGenerator<FeedRecord> {
  yield* records
}

/** How far the clock goes before the next poll, and whether the process starts again. */
const arbSteps = fc.array(
  fc.record({
    seconds: fc.oneof(
      { weight: 5, arbitrary: fc.constant(32) },
      { weight: 1, arbitrary: fc.integer({ min: 1, max: 9_000 }) },
    ),
    restarts: fc.oneof(
      { weight: 6, arbitrary: fc.constant(false) },
      { weight: 1, arbitrary: fc.constant(true) },
    ),
  }),
  { maxLength: 40 },
)

/** Polls the capture, at the given steps and then until it is over. */
async function play(records: readonly FeedRecord[], steps: Iterable<{ seconds: number; restarts: boolean }>) {
  const clock = createFakeClock(FEED_T0)
  const log = createFakeEventLog()
  const start = () =>
    createPoller({
      log,
      feed: createRecordedFeed({ records: () => played(records), fromMs: FEED_T0, clock }),
      clock,
      telemetry: createFakeTelemetry(),
      random: () => 0,
    })
  let poller = start()
  for (const { seconds, restarts } of steps) {
    clock.jumpTo(clock.nowMs() + seconds * 1_000)
    if (restarts) poller = start()
    await poller.runOnce()
  }
  clock.jumpTo(clock.nowMs() + 24 * 60 * MINUTE_MS)
  for (let quiet = 0; quiet < 3; ) {
    const before = (await log.bounds('feed'))[0]!.end
    await poller.runOnce()
    quiet = (await log.bounds('feed'))[0]!.end === before ? quiet + 1 : 0
  }
  return log.records('feed')[0]!
}

const textsOf = (records: readonly FeedRecord[]) =>
  records.flatMap(r => (r.kind === 'basket' ? [r.text] : []))
const gapsOf = (records: readonly FeedRecord[]) =>
  records.flatMap(r => (r.kind === 'gap' ? [`${r.fromMs} ${r.toMs}`] : []))
const lastTick = (records: readonly FeedRecord[]) => records.findLast(r => r.kind === 'tick')

/** By basket: the tick behind which it was known. */
function knownAt(records: readonly FeedRecord[]): ReadonlyMap<Basket, number> {
  const known = new Map<Basket, number>()
  let waiting: Basket[] = []
  for (const record of records) {
    if (record.kind === 'basket') waiting.push(record)
    if (record.kind !== 'tick') continue
    for (const basket of waiting) known.set(basket, record.upToMs)
    waiting = []
  }
  return known
}

describe('recorded mode', () => {
  it('[B15] however it is polled and restarted, each event, gap and the last tick come once, and none early', async () => {
    await fc.assert(
      fc.asyncProperty(arbCapture, arbSteps, async (rounds, steps) => {
        const capture = captureOf(rounds)
        const copy = await play(capture, steps)
        expect(textsOf(copy).sort()).toEqual(textsOf(capture).sort())
        expect(gapsOf(copy)).toEqual(gapsOf(capture))
        expect(lastTick(copy)).toEqual(lastTick(capture))
        for (const [basket, tickMs] of knownAt(copy)) expect(basket.soldAtMs).toBeLessThan(tickMs)
      }),
      { numRuns: 5 * RUNS },
    )
  })

  it('[B15] polled as it was captured, it gives the very same log', async () => {
    await fc.assert(
      fc.asyncProperty(arbCapture, async rounds => {
        const capture = captureOf(rounds.map(round => ({ ...round, minutes: 1 })))
        const ticks = capture.flatMap(r => (r.kind === 'tick' ? [r.upToMs] : []))
        const steps = ticks.map((tick, i) => ({
          seconds: (tick - (ticks[i - 1] ?? FEED_T0)) / 1_000,
          restarts: false,
        }))
        const copy = await play(capture, steps)
        // The poller puts the baskets of an answer in the order of time.
        expect(inOrder(copy)).toEqual(inOrder(capture))
      }),
      { numRuns: RUNS },
    )
  })

  it('a capture that ends in the middle of a poll is played to its last event', async () => {
    const capture = captureOf([{ minutes: 1, sold: 3, lateMinutes: 0, gap: false }])
    const copy = await play(capture.slice(0, 2), [])
    expect(textsOf(copy)).toEqual(textsOf(capture.slice(0, 2)))
  })

  it('[B16] genres come from a recording of sales: of the item itself, else of its host, else not at all', async () => {
    async function* sales() {
      yield sale('a', 1, [
        item({ url: 'https://a.bandcamp.com/album/1', artistHost: 'a.bandcamp.com', genre: 'punk' }),
      ])
      const unknown = { genre: null, genreSource: 'refused', tags: [] } as const
      yield sale('b', 1, [
        item({ url: 'https://b.bandcamp.com/x', artistHost: 'b.bandcamp.com', ...unknown }),
      ])
    }
    const cache = await readRecordedFacts(sales())
    const pages = ['a/album/1', 'a/album/2', 'b/x'].map(at => ({
      url: `https://${at.replace('/', '.bandcamp.com/')}`,
      artistHost: `${at[0]}.bandcamp.com`,
    }))
    const found = await cache.lookup(pages, 0)
    expect(pages.map(({ url }) => [found.get(url)?.facts.genre, found.get(url)?.exact])).toEqual([
      ['punk', true],
      ['punk', false],
      [undefined, undefined],
    ])
  })
})

/** Baskets of a round in the order of their time and text. */
function inOrder(records: readonly FeedRecord[]): unknown[] {
  const out: FeedRecord[] = []
  let round: FeedRecord[] = []
  const key = (r: FeedRecord) => (r.kind === 'basket' ? `${r.soldAtMs} ${r.text}` : '')
  for (const record of records) {
    if (record.kind === 'tick') {
      out.push(...round.sort((a, b) => (key(a) < key(b) ? -1 : 1)), record)
      round = []
    } else round.push(record)
  }
  return [...out, ...round]
}
