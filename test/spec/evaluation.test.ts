// Chapter: how detection is judged. Labels, neutral labels and false friends; foreign histories; the page.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Evaluation, evaluateHistory } from '../../infra/main/evaluation/evaluate.ts'
import { GROWTH_HOURS, growthCells, growthTable } from '../../infra/main/evaluation/growth-table.ts'
import { readLabels } from '../../infra/main/evaluation/history.ts'
import { type Lived, lifeCells, livesOf } from '../../infra/main/evaluation/lives.ts'
import { evaluationPage } from '../../infra/main/evaluation/page.ts'
import { type JudgedAlert, judge, rowsOf } from '../../infra/main/evaluation/score.ts'
import { summarise } from '../../infra/main/evaluation/summary.ts'
import { summaryText } from '../../infra/main/evaluation/text.ts'
import { quarterAfterMs } from '../../producers/simulator/core/labelled/growth.ts'
import type { Label } from '../../producers/simulator/core/labelled/labels.ts'
import { rateOf } from '../../producers/simulator/core/labelled/rates.ts'
import { createLabelledWorld } from '../../producers/simulator/core/labelled/world.ts'
import { DAY_MS, HOUR_MS } from '../../schemas/time.ts'
import { COUNTRIES, DAY_MINUTES, marketRecords, SELLERS, type Seller, START_MS } from '../support/detect.ts'

const label = (over: Partial<Label>): Label => ({
  id: 0,
  kind: 'genre_spike',
  key: 'genre:jazz',
  direction: 1,
  startMs: 10 * HOUR_MS,
  endMs: 14 * HOUR_MS,
  neutral: false,
  falseFriend: false,
  size: 'x3',
  quarterMs: null,
  plateauPerDay: null,
  ...over,
})
const alert = (over: Partial<JudgedAlert>): JudgedAlert => ({
  kind: 'rise',
  key: 'genre:jazz',
  openedAtMs: 11 * HOUR_MS,
  closedAtMs: 15 * HOUR_MS,
  score: 9,
  says: '',
  ...over,
})
const DAY = { fromMs: 0, toMs: DAY_MS }

describe('judging', () => {
  it('[D21] an alert on its key, in its direction and time, finds a label; anything else is false', () => {
    const { labels } = judge([alert({})], [label({})], DAY)
    expect(labels[0]!.delayMs).toBe(HOUR_MS)
    const wrong = [alert({ key: 'genre:rock' }), alert({ kind: 'drop' }), alert({ openedAtMs: 20 * HOUR_MS })]
    for (const each of wrong) {
      const judged = judge([each], [label({})], DAY)
      expect([judged.labels[0]!.delayMs, judged.falseAlerts.length]).toEqual([null, 1])
    }
  })

  it('[D21] neutral labels count neither way, false friends are false, operator alerts are left out', () => {
    expect(judge([alert({ kind: 'drop' })], [label({ neutral: true })], DAY)).toMatchObject({
      labels: [],
      falseAlerts: [],
      neutralAlerts: 1,
    })
    const friend = judge([alert({})], [label({ falseFriend: true })], DAY)
    expect([friend.friendAlerts, friend.falseAlerts.length, friend.labels.length]).toEqual([1, 1, 0])
    expect(judge([alert({ kind: 'feed-silent', key: 'all' })], [], DAY).falseAlerts).toEqual([])
    expect(rowsOf(judge([alert({})], [label({})], DAY).labels)[0]).toMatchObject({
      kind: 'genre_spike x3',
      found: 1,
    })
  })
})

describe('lives', () => {
  it('[D48] alerts are told by severity, hours open, updates, endings; drops that follow a rise apart', () => {
    const lived = (over: Partial<Lived>): Lived => ({
      alertKind: 'rise',
      key: 'artist:a',
      severity: 'info',
      openedAtMs: 0,
      closedAtMs: 2 * HOUR_MS,
      revision: 1,
      ...over,
    })
    const drop = { alertKind: 'drop', openedAtMs: 30 * HOUR_MS, closedAtMs: 36 * HOUR_MS } as const
    const alerts = [
      lived({ revision: 4 }),
      lived({ key: 'artist:b', severity: 'major', closedAtMs: null, revision: 2 }),
      lived(drop),
      lived({ ...drop, key: 'artist:b' }),
      lived({ ...drop, key: 'artist:c' }),
      lived({ alertKind: 'market-rise', key: 'all' }),
    ]
    const judgement = judge([alert({ kind: 'drop', key: 'artist:a', openedAtMs: 30 * HOUR_MS })], [], {
      fromMs: 0,
      toMs: 2 * DAY_MS,
    })
    const { rows, ...drops } = livesOf([{ alerts, judgement, fromMs: 0, toMs: 2 * DAY_MS }])
    expect(rows[0]).toMatchObject({ alerts: 5, bySeverity: { info: 4, notable: 0, major: 1 } })
    expect(rows[1]).toMatchObject({ kind: 'rise', openHours: [48, 48, 48], updates: [2.5, 3] })
    expect(lifeCells(rows[1]!).slice(0, 4)).toEqual(['rise', '2', '50 %', '0 %'])
    // B's rise is not even over.
    expect(drops).toEqual({ drops: 3, dropsAfterRise: 2, falseDropsAfterRise: 1 })
  })
})

describe('growing', () => {
  it('[D28] what grows is found early where the alert comes before a quarter of its plateau', () => {
    const growing = label({ kind: 'emerging_artist', quarterMs: 12 * HOUR_MS })
    const rowWith = (openedAtMs: number) => rowsOf(judge([alert({ openedAtMs })], [growing], DAY).labels)[0]
    expect(rowWith(12 * HOUR_MS)).toMatchObject({ growing: 1, foundEarly: 1 })
    expect(rowWith(13 * HOUR_MS)).toMatchObject({ found: 1, growing: 1, foundEarly: 0 })
    expect(rowsOf(judge([], [growing], DAY).labels)[0]).toMatchObject({ growing: 1, foundEarly: 0 })
  })

  it('[D28] artists stand in a table by their plateau and the hours until a quarter of it', () => {
    const growing = (id: number, over: Partial<Label>) =>
      label({
        id,
        kind: 'emerging_artist',
        key: `artist:${id}.bandcamp.com`,
        startMs: 0,
        endMs: 9 * DAY_MS,
        ...over,
      })
    const labels = [
      growing(0, { quarterMs: 130 * HOUR_MS, plateauPerDay: 28 }),
      growing(1, { quarterMs: 120 * HOUR_MS, plateauPerDay: 39 }),
      growing(2, { quarterMs: 84 * HOUR_MS, plateauPerDay: 14 }),
      growing(3, { quarterMs: 84 * HOUR_MS }),
      growing(4, { plateauPerDay: 30 }),
      label({ id: 5, kind: 'emerging_tag', key: 'tag:wave', quarterMs: 90 * HOUR_MS, plateauPerDay: 60 }),
    ]
    const found = labels.map(each => ({ label: each, delayMs: each.id === 1 ? null : 100 * HOUR_MS }))
    expect(growthTable(found).map(growthCells)).toEqual([
      ['under 20 a day', '0 of 1', '', '', '', ''],
      ['28–40 a day', '', '', '', '1 of 2', ''],
      ['unknown', '0 of 1', '', '', '', ''],
    ])
    expect(GROWTH_HOURS).toHaveLength(5)
    expect(growthTable([])).toEqual([])
  })

  it('[D28] in a labelled world artists emerge slowly, or fast and small, as kinds of their own', () => {
    const { labels } = createLabelledWorld({ seed: 5, days: 56, warmUpDays: 20 })
    const hoursOf = (kind: string) =>
      labels.filter(each => each.kind === kind).map(l => (l.quarterMs! - l.startMs) / HOUR_MS)
    const [slow, fast] = [hoursOf('emerging_artist'), hoursOf('emerging_artist_fast')]
    expect([slow.length, fast.length]).toEqual([20, 20])
    expect(Math.min(...slow)).toBeGreaterThan(110)
    expect(Math.max(...slow)).toBeLessThan(171)
    expect(Math.max(...fast)).toBeLessThan(103)
  })

  it('[D28] a labelled growth sells a quarter of its plateau when its label says so', () => {
    const riseMs = 240 * HOUR_MS
    const what = { kind: 'growth', rank: 1, perDay: 40, riseMs } as const
    expect(rateOf(what, quarterAfterMs(riseMs), DAY_MS) * DAY_MINUTES).toBeCloseTo(10, 3)
  })
})

describe('a history made elsewhere', () => {
  let dir: string
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'bct-eval-'))
  })
  afterAll(() => rmSync(dir, { recursive: true, force: true }))

  const FROM = 8 * DAY_MINUTES + 600
  function write(): { readonly history: string; readonly labels: string } {
    const factor = ({ genre }: Seller, minute: number) =>
      genre === 'jazz' && minute >= FROM && minute < FROM + 240 ? 6 : 1
    const sellers = SELLERS.map(seller => ({ ...seller, rate: seller.rate / 3 }))
    const lines: string[] = [JSON.stringify({ meta: { scoreFrom: START_MS / 1_000 + 7 * 86_400 } })]
    for (const { host, genre, tags } of SELLERS) {
      lines.push(JSON.stringify({ page: { url: `//${host}/album/one`, genre, tags, location: null } }))
    }
    for (const batch of marketRecords({ sellers, countries: COUNTRIES, factor }, 0, 9 * DAY_MINUTES)) {
      for (const record of batch) {
        if (record.kind === 'tick') lines.push(JSON.stringify({ tick: record.upToMs / 1_000 }))
        if (record.kind !== 'sale') continue
        const [sold] = record.items
        const utc_date = record.soldAtMs / 1_000
        const money = { currency: 'USD', amount_paid: 8, item_price: 8, amount_paid_usd: 8 }
        const names = {
          artist_name: '<img src=x onerror=alert(1)>',
          item_description: 'X',
          item_type: 'a',
          slug_type: 'a',
        }
        const url = sold!.url.replace('https:', '')
        const item = { utc_date, ...names, ...money, country_code: sold!.country, url, addl_count: 0 }
        lines.push(JSON.stringify({ event: { event_type: 'sale', utc_date, items: [item] } }))
      }
    }
    const start = START_MS / 1_000 + FROM * 60
    const labels = [
      {
        id: 7,
        kind: 'genre_spike',
        key: 'genre:jazz',
        direction: 1,
        start,
        end: start + 4 * 3_600,
        size: 'x4',
      },
    ]
    const files = { history: join(dir, 'sales.ndjson.gz'), labels: join(dir, 'labels.json') }
    writeFileSync(files.history, gzipSync(lines.join('\n')))
    writeFileSync(files.labels, JSON.stringify(labels))
    return files
  }

  it('[D22] is played through the real processors, and judged; its page holds no markup of sellers', async () => {
    const { history, labels } = write()
    const evaluation: Evaluation = await evaluateHistory(history, labels, true, () => {})
    expect(evaluation.judgement.labels.map(({ delayMs }) => delayMs !== null)).toEqual([true])
    expect(evaluation.judgement.days).toBeCloseTo(2, 5)
    const summary = summarise([evaluation])
    expect(summary.ours).toMatchObject({ found: 1, labels: 1 })
    expect(summary.peers).toHaveLength(6)
    expect(summaryText(summary)).toContain('genre_spike x4')
    const hostile = { ...evaluation, name: '<script>alert(1)</script>\u202e' }
    const page = evaluationPage(summary, [hostile])
    expect(page).not.toMatch(/<script|<img|\u202e/)
    expect(page).toContain('&#60;script&#62;')
  })

  it('[D22] labels may say when what grows sells a quarter of its plateau, and what that is', () => {
    const file = join(dir, 'growing.json')
    const one = { id: 'a', kind: 'slow', key: 'artist:a', direction: 1, start: 0, end: 9_000 }
    writeFileSync(file, JSON.stringify([{ ...one, quarter: 3_600, plateau: 28 }, one]))
    const [known, unknown] = readLabels(file)
    expect(known).toMatchObject({ quarterMs: HOUR_MS, plateauPerDay: 28 })
    expect(unknown).toMatchObject({ quarterMs: null, plateauPerDay: null })
  })

  it('[D22] a line or label that is none is told with its place', async () => {
    const { labels } = write()
    const broken = join(dir, 'broken.ndjson')
    writeFileSync(broken, '{"tick":60}\nnonsense\n')
    await expect(evaluateHistory(broken, labels, false, () => {})).rejects.toThrow(/broken\.ndjson:2/)
    writeFileSync(labels, '[{"id":1}]')
    await expect(evaluateHistory(broken, labels, false, () => {})).rejects.toThrow(/labels\.json: 0\.kind/)
  })
})

/** Two hours are enough to differ. */
function firstHours<T>(hours: Iterable<T>): readonly T[] {
  const [first, second] = hours
  return [first!, second!]
}

it('[D23] a labelled world is the same for the same seed, and its ticks follow what they speak of', () => {
  const text = (seed: number) => {
    const world = createLabelledWorld({ seed, days: 2, warmUpDays: 1 })
    return JSON.stringify([world.labels, ...firstHours(world.hours())])
  }
  expect(text(5)).toBe(text(5))
  expect(text(5)).not.toBe(text(6))
  let [upToMs, early] = [0, 0]
  for (const batch of createLabelledWorld({ seed: 5, days: 1, warmUpDays: 0 }).hours()) {
    for (const record of batch) {
      if (record.kind === 'tick') upToMs = record.upToMs
      if (record.kind === 'sale' && record.soldAtMs < upToMs) early++
    }
  }
  expect(early).toBe(0)
})
