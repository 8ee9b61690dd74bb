// Detection as laws: the same sales give the same alerts, however they are cut, interleaved or interrupted.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DetectStage } from '../../processors/detect-stage.ts'
import type { Alert } from '../../schemas/alerts.ts'
import type { SalesRecord } from '../../schemas/records.ts'
import { salesColumns } from '../../schemas/sales-columns.ts'
import { MINUTE_MS } from '../../schemas/time.ts'
import {
  COUNTRIES,
  CountedMarket,
  DAY_MINUTES,
  marketRecords,
  poisson,
  randomFrom,
  SELLERS,
  type Seller,
  START_MS,
} from '../support/detect.ts'

const DAYS = 9
const NEVER = Number.NEGATIVE_INFINITY
/** 53,000 minutes of 200 genres: ten seconds, and a minute and a half where the machine is busy. */
const STILL_TIMEOUT_MS = 180_000
const factor = ({ genre }: Seller, minute: number): number => {
  const hour = minute / 60
  if (genre === 'metal' && hour > 195 && hour < 200) return 4
  return genre === 'rock' && hour > 202 && hour < 210 ? 0.1 : 1
}
const records = [
  ...marketRecords({ sellers: SELLERS, countries: COUNTRIES, factor }, 0, DAYS * DAY_MINUTES),
].flat()

function run(batches: Iterable<readonly SalesRecord[]>, quietUpToMs = NEVER): readonly Alert[] {
  const alerts: Alert[] = []
  const stage = new DetectStage({ sources: 1, quietUpToMs }, alert => alerts.push(alert))
  for (const batch of batches) stage.handle(0, batch)
  return alerts
}

function cut(sizes: readonly number[]): readonly (readonly SalesRecord[])[] {
  const batches: (readonly SalesRecord[])[] = []
  for (let at = 0, i = 0; at < records.length; i++) {
    const size = sizes[i % sizes.length]!
    batches.push(records.slice(at, at + size))
    at += size
  }
  return batches
}

const whole = run([records])
const asText = (alerts: readonly Alert[]) => alerts.map(alert => JSON.stringify(alert))

describe('the same log', () => {
  it('[D12] gives the same alerts byte for byte, in batches of any size', () => {
    expect(whole.some(({ key, alertKind }) => key === 'genre:metal' && alertKind === 'rise')).toBe(true)
    expect(whole.some(({ key, alertKind }) => key === 'genre:rock' && alertKind === 'drop')).toBe(true)
    const arbSizes = fc.array(fc.integer({ min: 200, max: 20_000 }), { minLength: 1, maxLength: 5 })
    fc.assert(
      fc.property(arbSizes, sizes => {
        expect(asText(run(cut(sizes)))).toEqual(asText(whole))
      }),
      { numRuns: 3 },
    )
  })

  it('[D13] after a restart at any moment tells the rest of the alerts, and none twice', () => {
    const arbMinute = fc.integer({ min: 8 * DAY_MINUTES, max: DAYS * DAY_MINUTES })
    fc.assert(
      fc.property(arbMinute, minute => {
        const committedMs = START_MS + minute * MINUTE_MS
        const before = whole.filter(({ atMs }) => atMs <= committedMs)
        expect(asText([...before, ...run([records], committedMs)])).toEqual(asText(whole))
      }),
      { numRuns: 3 },
    )
  })

  it('[D14] from two partitions, however they are interleaved, gives what it gives from one', () => {
    const sources = [0, 1].map(source =>
      records.filter((record, i) => record.kind === 'tick' || i % 2 === source),
    )
    const arbSteps = fc.array(fc.integer({ min: 500, max: 30_000 }), { minLength: 2, maxLength: 6 })
    const seen = new Set<string>()
    fc.assert(
      fc.property(arbSteps, steps => {
        const alerts: Alert[] = []
        const stage = new DetectStage({ sources: 2, quietUpToMs: NEVER }, alert => alerts.push(alert))
        const at = [0, 0]
        for (let i = 0; at[0]! < sources[0]!.length || at[1]! < sources[1]!.length; i++) {
          const step = steps[i % steps.length]!
          stage.handle(i % 2, sources[i % 2]!.slice(at[i % 2]!, at[i % 2]! + step))
          at[i % 2] = at[i % 2]! + step
        }
        const what = (list: readonly Alert[]) =>
          list.map(({ id, revision, state, purchases, score }) => ({ id, revision, state, purchases, score }))
        expect(what(alerts)).toEqual(what(whole))
        seen.add(JSON.stringify(alerts))
      }),
      { numRuns: 3 },
    )
    expect(seen.size).toBe(1)
  })

  it('[D15] late sales change no alert: only panes on time count', () => {
    const extra = records.flatMap((record): readonly SalesRecord[] => {
      if (record.kind !== 'tick' || (record.upToMs / MINUTE_MS) % 10 !== 0) return [record]
      const soldAtMs = record.upToMs - 5 * MINUTE_MS
      const sold = records.find(each => each.kind === 'sale')!
      return [record, { ...sold, basketId: `late-${record.upToMs}`, soldAtMs } as SalesRecord]
    })
    expect(asText(run([extra]))).toEqual(asText(whole))
  })
})

describe('bounds', () => {
  it('[D16] a key that has not sold for months is forgotten, and costs under 64 bytes before', () => {
    const market = new CountedMarket()
    market.feed(
      30,
      new Map([
        ['artist:once.bandcamp.com', 1],
        ['tag:once', 1],
      ]),
    )
    const { sparse } = market.detector.books
    expect(sparse.bytesPerKey).toBeLessThanOrEqual(64)
    const id = market.keys.idOfKey('tag:once')
    expect(sparse.find(id)).toBeGreaterThanOrEqual(0)
    for (let i = 0; i < 100 * DAY_MINUTES; i++) market.feed(30, new Map([['artist:often.bandcamp.com', 1]]))
    expect(sparse.find(id)).toBe(-1)
  })

  it(
    '[D17] thirty days in which nothing changes: less than one alert a week, of 200 genres',
    () => {
      const market = new CountedMarket()
      const random = randomFrom(5)
      const keys = Array.from({ length: 200 }, (_, i) => `genre:g${i}`)
      const rates = keys.map((_, i) => 4 / (1 + i) ** 0.7)
      for (let minute = 0; minute < 37 * DAY_MINUTES; minute++) {
        const counts = new Map(keys.map((key, i) => [key, poisson(rates[i]!, random)]))
        let all = 0
        for (const n of counts.values()) all += n
        market.feed(all, counts)
      }
      const told = market.alerts.filter(
        ({ state, openedAtMs }) => state === 'opened' && openedAtMs > START_MS + 7 * DAY_MINUTES * MINUTE_MS,
      )
      expect(told.length).toBeLessThanOrEqual(4)
    },
    STILL_TIMEOUT_MS,
  )

  it('columns and records say the same', () => {
    const part = records.slice(0, 20_000)
    const alerts: Alert[] = []
    const stage = new DetectStage({ sources: 1, quietUpToMs: NEVER }, alert => alerts.push(alert))
    stage.handleColumns(0, salesColumns(part))
    expect(stage.watermarkMs).toBe(
      part
        .filter(({ kind }) => kind === 'tick')
        .map(r => (r.kind === 'tick' ? r.upToMs : 0))
        .at(-1),
    )
  })
})
