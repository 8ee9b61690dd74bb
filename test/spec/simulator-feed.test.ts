// The simulated feed, question by question: windows, the initial view, silence, and each fault on demand.
import { describe, expect, it } from 'vitest'
import type { FaultRule } from '../../producers/simulator/core/faults.ts'
import { createWorld } from '../../producers/simulator/core/world.ts'
import { createSimulatedFeed, createSimulatedPages } from '../../producers/simulator/feed.ts'
import { HOUR_MS, MINUTE_MS } from '../../schemas/time.ts'
import { createFakeClock } from '../fakes/clock.ts'

const world = createWorld({ seed: 11 })
const NOON_MS = Date.UTC(2026, 10, 20, 12)
/** 12:00:11 is the first instant at which the minute 11:59 is shown. */
const LAG_MS = 11_000

function setUp(nowMs: number, faults: readonly FaultRule[] = []) {
  const clock = createFakeClock(nowMs)
  const feed = createSimulatedFeed({ world, clock, faults })
  const body = async (startMs: number | null) => {
    const answer = await feed.get(startMs)
    return answer.kind === 'body' ? JSON.parse(answer.text) : answer
  }
  return { clock, feed, body }
}

function truth(fromMs: number, toMs: number) {
  const minutes = Array.from({ length: (toMs - fromMs) / MINUTE_MS }, (_, i) => fromMs + i * MINUTE_MS)
  return minutes.flatMap(at => world.eventsOfMinute(at)).map(({ event }) => event)
}

const keyOf = (event: { utc_date: number }) => event.utc_date

describe('without faults', () => {
  it('get_initial is the last two complete minutes, wrapped in feed_data', async () => {
    const { body } = setUp(NOON_MS + 30_000)
    expect(await body(null)).toEqual({
      feed_data: {
        start_date: NOON_MS / 1000 - 120,
        end_date: NOON_MS / 1000,
        data_delay_sec: 120,
        events: truth(NOON_MS - 2 * MINUTE_MS, NOON_MS),
        server_time: NOON_MS / 1000 + 30,
      },
    })
  })

  it('get answers from the start to the last whole minute', async () => {
    const { body } = setUp(NOON_MS + 30_000)
    const start = NOON_MS - 5 * MINUTE_MS
    const answer = await body(start)
    expect(answer).toMatchObject({ start_date: start / 1000, end_date: NOON_MS / 1000 })
    expect(answer.events).toEqual(truth(start, NOON_MS))
  })

  it('a start within a minute leaves out what was sold before it', async () => {
    const { body } = setUp(NOON_MS + 30_000)
    const start = NOON_MS - 90_000
    const wanted = truth(NOON_MS - 2 * MINUTE_MS, NOON_MS).filter(event => event.utc_date * 1000 >= start)
    expect((await body(start)).events).toEqual(wanted)
  })

  it('an old start is answered from 600 s before the end, and start_date says so', async () => {
    const { body } = setUp(NOON_MS + 30_000)
    const answer = await body(NOON_MS - 5 * HOUR_MS)
    expect(answer.start_date).toBe(NOON_MS / 1000 - 600)
    expect(answer.events).toEqual(truth(NOON_MS - 600_000, NOON_MS))
  })

  it('a start that is too recent gets the server time and nothing else', async () => {
    const { body } = setUp(NOON_MS + 30_000)
    expect(await body(NOON_MS)).toEqual({ server_time: NOON_MS / 1000 + 30 })
    expect(await body(NOON_MS + HOUR_MS)).toEqual({ server_time: NOON_MS / 1000 + 30 })
  })

  it('a minute is shown 11 s after its end, not sooner', async () => {
    const { body, clock } = setUp(NOON_MS + LAG_MS - 1)
    expect((await body(null)).feed_data.end_date).toBe(NOON_MS / 1000 - 60)
    await clock.advance(1)
    expect((await body(null)).feed_data.end_date).toBe(NOON_MS / 1000)
  })
})

describe('faults of whole answers', () => {
  const struckBy = (rule: FaultRule) => setUp(NOON_MS + 30_000, [rule])

  it('[X5] rate-limited: an outage with the wait that the server asks for', async () => {
    const { feed } = struckBy({ kind: 'rate-limited', retryAfterSeconds: 7 })
    expect(await feed.get(null)).toEqual({ kind: 'outage', code: 'http-429', retryAfterMs: 7000 })
  })

  it('[X5] server-error: an outage', async () => {
    const { feed } = struckBy({ kind: 'server-error' })
    expect(await feed.get(null)).toEqual({ kind: 'outage', code: 'http-503', retryAfterMs: null })
  })

  it('[X5] hang: no answer until the caller’s patience ends', async () => {
    const { feed, clock } = struckBy({ kind: 'hang' })
    const answer = feed.get(null)
    await clock.whenSleeping()
    await clock.advance(30_000)
    expect(await answer).toEqual({ kind: 'outage', code: 'timeout', retryAfterMs: null })
  })

  it('[X5] truncated: a body that is no JSON', async () => {
    const { feed } = struckBy({ kind: 'truncated' })
    const answer = await feed.get(null)
    expect(answer.kind).toBe('body')
    expect(() => JSON.parse(answer.kind === 'body' ? answer.text : '')).toThrow(SyntaxError)
  })

  it('[X5] silent: end_date stands still while it lasts, and nothing is lost afterwards', async () => {
    const { feed, body, clock } = setUp(NOON_MS + 30_000)
    const before = (await body(NOON_MS - MINUTE_MS)).end_date
    feed.setFaults([{ kind: 'silent' }])
    await clock.advance(5 * MINUTE_MS)
    expect((await body(NOON_MS - MINUTE_MS)).end_date).toBe(before)
    expect(await body(NOON_MS)).toEqual({ server_time: NOON_MS / 1000 + 330 })
    feed.setFaults([])
    expect((await body(NOON_MS)).events).toEqual(truth(NOON_MS, NOON_MS + 5 * MINUTE_MS))
  })

  it('[X5] challenge: an anti-bot page with status 200', async () => {
    const { feed } = struckBy({ kind: 'challenge' })
    expect(feed.reply(null)).toMatchObject({ status: 200, text: expect.stringContaining('Client Challenge') })
    expect(await feed.get(null)).toEqual({ kind: 'outage', code: 'challenged', retryAfterMs: null })
  })

  it('[X5] huge: a whole answer, padded', async () => {
    const { feed } = struckBy({ kind: 'huge', bytes: 1_000_000 })
    const answer = await feed.get(NOON_MS - MINUTE_MS)
    const text = answer.kind === 'body' ? answer.text : ''
    expect(text.length).toBeGreaterThan(1_000_000)
    expect(JSON.parse(text).events).toEqual(truth(NOON_MS - MINUTE_MS, NOON_MS))
  })

  it('strike as often as `times` says, and only in their interval', async () => {
    const { feed, clock } = setUp(NOON_MS, [
      { kind: 'server-error', times: 2 },
      { kind: 'rate-limited', fromMs: NOON_MS + 60_000, toMs: NOON_MS + 120_000 },
    ])
    const kinds = async (n: number) => {
      const answers = []
      for (let i = 0; i < n; i++) answers.push(await feed.get(null))
      return answers.map(answer => (answer.kind === 'outage' ? answer.code : 'body'))
    }
    expect(await kinds(4)).toEqual(['http-503', 'http-503', 'body', 'body'])
    await clock.advance(60_000)
    expect(await kinds(2)).toEqual(['http-429', 'http-429'])
    await clock.advance(60_000)
    expect(await kinds(1)).toEqual(['body'])
    expect(feed.status().struck).toEqual({ 'server-error': 2, 'rate-limited': 2 })
  })

  it('[X5] strike the same answers for the same seed, and about the given share of them', async () => {
    const run = async () => {
      const { feed } = setUp(NOON_MS, [{ kind: 'server-error', rate: 0.3 }])
      const answers = await Promise.all(Array.from({ length: 300 }, () => feed.get(NOON_MS)))
      return answers.map(({ kind }) => kind)
    }
    const kinds = await run()
    expect(await run()).toEqual(kinds)
    const share = kinds.filter(kind => kind === 'outage').length / kinds.length
    expect(share).toBeGreaterThan(0.2)
    expect(share).toBeLessThan(0.4)
  })
})

describe('faults of single events', () => {
  const start = NOON_MS - MINUTE_MS

  it('[X5] late-sales: missing when their minute is first shown, there a minute later', async () => {
    const { body, clock } = setUp(NOON_MS + LAG_MS, [{ kind: 'late-sales', rate: 0.3 }])
    const whole = truth(start, NOON_MS)
    const first = (await body(start)).events
    expect(first.length).toBeGreaterThan(0)
    expect(first.length).toBeLessThan(whole.length)
    await clock.advance(MINUTE_MS)
    const second = (await body(start)).events.filter(
      (event: { utc_date: number }) => event.utc_date < NOON_MS / 1000,
    )
    expect(second.map(keyOf)).toEqual(whole.map(keyOf))
  })

  it('[X5] duplicates: the same event twice in one answer', async () => {
    const { body } = setUp(NOON_MS + LAG_MS, [{ kind: 'duplicates', rate: 0.3 }])
    const keys: number[] = (await body(start)).events.map(keyOf)
    const whole = truth(start, NOON_MS).map(keyOf)
    expect(keys.length).toBeGreaterThan(whole.length)
    expect([...new Set(keys)]).toEqual(whole)
  })

  it('[X5] schema-drift: some events broken in every known way, the others untouched', async () => {
    const { body } = setUp(NOON_MS + LAG_MS, [{ kind: 'schema-drift', rate: 0.5 }])
    const from = NOON_MS - 600_000
    const { events } = await body(from)
    const whole = truth(from, NOON_MS)
    expect(events.length).toBe(whole.length)
    const broken = events.filter(
      (event: unknown, i: number) => JSON.stringify(event) !== JSON.stringify(whole[i]),
    )
    expect(broken.length).toBeGreaterThan(whole.length * 0.4)
    expect(broken.length).toBeLessThan(whole.length * 0.6)
    const text = JSON.stringify(broken)
    for (const mark of [
      '"refund"',
      '"items":[]',
      '"items":null',
      '"yesterday"',
      '"usd_amount"',
      '-1e+308',
      'hologram',
    ]) {
      expect(text).toContain(mark)
    }
  })
})

describe('item pages without a socket', () => {
  const url = `https:${world.eventsOfMinute(NOON_MS)[0]!.event.items[0]!.url}`

  it('are the world’s, or a failure', async () => {
    const { feed, clock } = setUp(NOON_MS)
    const pages = createSimulatedPages(feed, clock)
    expect(await pages.get(url)).toEqual({ kind: 'html', html: world.pageHtml(url), finalUrl: url })
    expect(await pages.get('https://nobody.example/album/x')).toEqual({ kind: 'failed', code: 'http-404' })
  })

  it('[X5] know challenges, rate limits and errors, apart from the feed’s', async () => {
    const { feed, clock, body } = setUp(NOON_MS, [
      { kind: 'challenge', on: 'pages', times: 1 },
      { kind: 'rate-limited', on: 'pages', times: 1 },
      { kind: 'server-error', on: 'pages', times: 1 },
    ])
    const pages = createSimulatedPages(feed, clock)
    expect((await body(null)).feed_data).toBeDefined()
    expect(await pages.get(url)).toEqual({ kind: 'challenged' })
    expect(await pages.get(url)).toEqual({ kind: 'refused', code: 'http-429', retryAfterMs: 3000 })
    expect(await pages.get(url)).toEqual({ kind: 'failed', code: 'http-503' })
    expect((await pages.get(url)).kind).toBe('html')
  })
})
