// Chapter: the poller. What one answer of the feed adds to the log, and what happens when it cannot be read.
import { describe, expect, it } from 'vitest'
import { OutageError } from '../../infra/ports.ts'
import { createPoller, type PollerOptions } from '../../producers/poll.ts'
import type { FeedRecord } from '../../schemas/records.ts'
import { DAY_MS, MINUTE_MS, SECOND_MS } from '../../schemas/time.ts'
import { createFakeClock } from '../fakes/clock.ts'
import { createFakeEventLog } from '../fakes/event-log.ts'
import { createFakeTelemetry } from '../fakes/telemetry.ts'
import {
  countedKeys,
  createScriptedFeed,
  FEED_T0,
  feedAnswer,
  feedEvent,
  feedItem,
  saleAt,
} from '../support/feed.ts'

const T = FEED_T0
const minute = (n: number) => T + n * MINUTE_MS

function setUp({ partitions = 1, ...options }: PollerOptions & { partitions?: number } = {}) {
  const clock = createFakeClock(minute(2) + 10 * SECOND_MS)
  const log = createFakeEventLog({ partitions })
  const feed = createScriptedFeed()
  const telemetry = createFakeTelemetry()
  const restart = () => createPoller({ log, feed, clock, telemetry, random: () => 0.5, options })
  const feedRecords = () => log.records('feed')
  const letters = () => log.records('dead-letters')[0]!.filter(each => each.kind === 'dead-letter')
  return { clock, log, feed, telemetry, restart, poller: restart(), feedRecords, letters }
}

/** What a partition holds, in short: `basket 5` is one sold 5 s after T. */
function inShort(records: readonly FeedRecord[]): string[] {
  return records.map(record => {
    if (record.kind === 'basket') return `basket ${(record.soldAtMs - T) / 1000}`
    if (record.kind === 'tick') return `tick ${(record.upToMs - T) / 1000}`
    return `gap ${(record.fromMs - T) / 1000} ${(record.toMs - T) / 1000}`
  })
}

/** The first two minutes of a feed: one sale in each. */
const FIRST = feedAnswer({ startMs: T, endMs: minute(2) }, [saleAt(T + 70_000, 'b'), saleAt(T + 5_000, 'a')])

describe('a first start', () => {
  it('[P3] takes the initial view: baskets in event-time order, then the tick, and no gap before it', async () => {
    const { poller, feed, feedRecords } = setUp()
    feed.answer(`{"feed_data":${FIRST}}`)
    const outcome = await poller.runOnce()
    expect(feed.asked).toEqual([null])
    expect(inShort(feedRecords()[0]!)).toEqual(['basket 5', 'basket 70', 'tick 120'])
    expect(outcome).toEqual({ result: 'sales', nextPollInMs: 32_000, cursorMs: minute(2), baskets: 2 })
  })

  it('[P4] keeps each event as the very text that the feed sent', async () => {
    const { poller, feed, feedRecords } = setUp()
    const odd = `{ "utc_date" : ${T / 1000}.1000, "items":[ {"x":"\\u00e9", "url":"//a.example.com/"} ] ,"event_type":"sale"\n}`
    feed.answer(feedAnswer({ startMs: T, endMs: minute(2) }, [odd]))
    await poller.runOnce()
    expect(feedRecords()[0]).toMatchObject([{ text: odd, soldAtMs: T + 100 }, { kind: 'tick' }])
  })

  it('[P3] gives the tick to every partition, after what is in it', async () => {
    const { poller, feed, feedRecords } = setUp({ partitions: 4 })
    const sales = Array.from({ length: 40 }, (_, i) => saleAt(T + i * 1_000, `a${i}`))
    feed.answer(feedAnswer({ startMs: T, endMs: minute(2) }, sales))
    await poller.runOnce()
    expect(feedRecords().map(partition => inShort(partition).at(-1))).toEqual(Array(4).fill('tick 120'))
    expect(feedRecords().flatMap(countedKeys)).toHaveLength(40)
    expect(feedRecords().every(partition => partition.length > 1)).toBe(true)
  })

  it('[P5] that was cut short is finished from before it can have begun', async () => {
    const { poller, restart, log, feed, feedRecords, clock } = setUp({ partitions: 2 })
    log.failNextAppend(new OutageError('disk', 'full'), 2)
    feed.answer(FIRST)
    await expect(poller.runOnce()).rejects.toThrow('full')
    clock.jumpTo(minute(20))
    feed.answer(feedAnswer({ startMs: minute(10), endMs: minute(20) }, []))
    await restart().runOnce()
    expect(feed.asked).toEqual([null, minute(-11)])
    for (const partition of feedRecords()) {
      expect(inShort(partition).slice(-2)).toEqual(['gap -600 600', 'tick 1200'])
    }
  })
})

describe('the next polls', () => {
  async function started(options: PollerOptions & { partitions?: number } = {}) {
    const all = setUp(options)
    all.feed.answer(FIRST)
    await all.poller.runOnce()
    all.clock.jumpTo(minute(3) + 10 * SECOND_MS)
    all.telemetry.clear()
    return all
  }

  it('[P6] ask again for a minute before the cursor, and drop what the log has', async () => {
    const { poller, feed, feedRecords, telemetry } = await started()
    const next = [saleAt(T + 70_000, 'b'), saleAt(T + 130_000, 'c')]
    feed.answer(feedAnswer({ startMs: minute(1), endMs: minute(3) }, next))
    await poller.runOnce()
    expect(feed.asked).toEqual([null, minute(1)])
    expect(inShort(feedRecords()[0]!).slice(3)).toEqual(['basket 130', 'tick 180'])
    expect(telemetry.of('pollAnswered')).toEqual([{ result: 'sales', events: 1, items: 1, duplicates: 1 }])
    expect(telemetry.of('watermark')).toEqual([{ stage: 'poll', upToMs: minute(3) }])
  })

  it('[P6] by a new process do the same, from the end of the log alone', async () => {
    const { restart, feed, feedRecords } = await started({ partitions: 3 })
    const next = [saleAt(T + 70_000, 'b'), saleAt(T + 130_000, 'c')]
    feed.answer(feedAnswer({ startMs: minute(1), endMs: minute(3) }, next))
    await restart().runOnce()
    expect(feed.asked).toEqual([null, minute(1)])
    expect(feedRecords().flatMap(countedKeys)).toHaveLength(3)
  })

  it('[P7] take an event of which some items are known as a whole, and say which', async () => {
    const { poller, feed, feedRecords } = await started()
    const a = feedItem({ utc_date: T / 1000 + 5, url: '//a.bandcamp.com/album/x' })
    const b = feedItem({ utc_date: T / 1000 + 5, url: '//a.bandcamp.com/album/y' })
    feed.answer(feedAnswer({ startMs: minute(1), endMs: minute(3) }, [feedEvent([b, a, a])]))
    await poller.runOnce()
    expect(feedRecords()[0]!.at(-2)).toMatchObject({ kind: 'basket', seenItems: [1] })
    expect(countedKeys(feedRecords()[0]!)).toHaveLength(4)
  })

  it('[P8] take late sales, and count them', async () => {
    const { poller, feed, feedRecords, telemetry } = await started()
    feed.answer(feedAnswer({ startMs: minute(1), endMs: minute(3) }, [saleAt(T + 100_000, 'late')]))
    await poller.runOnce()
    expect(inShort(feedRecords()[0]!).slice(3)).toEqual(['basket 100', 'tick 180'])
    expect(telemetry.of('counted')).toEqual([{ stage: 'poll', what: 'late', count: 1 }])
  })

  it('[P8] take sales outside the answer, and count them', async () => {
    const { poller, feed, feedRecords, telemetry } = await started()
    const sales = [saleAt(T - 500_000, 'before'), saleAt(minute(3) + 999, 'near'), saleAt(minute(9), 'after')]
    feed.answer(feedAnswer({ startMs: minute(1), endMs: minute(3) }, sales))
    await poller.runOnce()
    expect(inShort(feedRecords()[0]!).slice(3)).toEqual([
      'basket -500',
      'basket 180.999',
      'basket 540',
      'tick 180',
    ])
    expect(telemetry.of('counted')).toContainEqual({ stage: 'poll', what: 'outside', count: 2 })
  })

  it('[P8] take a sale of half an hour ago once, however often it is shown, and by whom it is asked', async () => {
    const { poller, restart, feed, feedRecords } = await started()
    const old = saleAt(minute(-30), 'old')
    feed.answer(
      feedAnswer({ startMs: minute(1), endMs: minute(3) }, [old]),
      feedAnswer({ startMs: minute(2), endMs: minute(4) }, [old]),
    )
    await poller.runOnce()
    await poller.runOnce()
    const next = restart()
    feed.answer(feedAnswer({ startMs: minute(3), endMs: minute(5) }, []))
    feed.answer(feedAnswer({ startMs: minute(4), endMs: minute(5) }, [old]))
    for (let i = 0; i < 2; i++) await next.runOnce()
    expect(countedKeys(feedRecords()[0]!)).toHaveLength(3)
  })

  it('[P3] after a tick that reached some partitions alone, go on from where the others are', async () => {
    const { restart, feed, feedRecords, log, clock } = await started({ partitions: 2 })
    const append = log.append
    let ticks = 0
    log.append = entries => {
      if (entries[0]?.record.kind !== 'tick' || ticks++ > 0) return append(entries)
      return append(entries.slice(0, 1)).then(() => Promise.reject(new OutageError('disk', 'full')))
    }
    feed.answer(feedAnswer({ startMs: minute(1), endMs: minute(3) }, []))
    await expect(restart().runOnce()).rejects.toThrow('full')
    clock.jumpTo(minute(20))
    feed.answer(feedAnswer({ startMs: minute(10), endMs: minute(20) }, []))
    await restart().runOnce()
    const ends = feedRecords().map(partition => inShort(partition).filter(line => !line.startsWith('basket')))
    const rest = ['gap 120 600', 'tick 1200']
    expect(ends).toEqual([
      ['tick 120', 'tick 180', ...rest],
      ['tick 120', ...rest],
    ])
  })

  it('[P9] put a gap before the tick, in every partition, when the feed skipped a stretch', async () => {
    const { poller, feed, feedRecords, telemetry, clock } = await started({ partitions: 2 })
    clock.jumpTo(minute(30))
    feed.answer(feedAnswer({ startMs: minute(20), endMs: minute(30) }, []))
    await poller.runOnce()
    for (const partition of feedRecords()) {
      expect(inShort(partition).slice(-2)).toEqual(['gap 120 1200', 'tick 1800'])
    }
    expect(telemetry.of('feedGap')).toEqual([{ fromMs: minute(2), toMs: minute(20), reason: 'feed-skipped' }])
  })

  it('[P9] append the gap to every partition before any tick: an append may be written in part', async () => {
    const { poller, feed, log, clock } = await started({ partitions: 3 })
    const appended: string[][] = []
    const append = log.append.bind(log)
    Object.assign(log, {
      append: (entries: Parameters<typeof append>[0]) => {
        appended.push(entries.map(({ record }) => record.kind))
        return append(entries)
      },
    })
    clock.jumpTo(minute(30))
    feed.answer(feedAnswer({ startMs: minute(20), endMs: minute(30) }, []))
    await poller.runOnce()
    expect(appended).toEqual([Array(3).fill('gap'), Array(3).fill('tick')])
  })

  it('[P9] have no gap where the answer begins at the cursor, however much later than asked', async () => {
    const { poller, feed, feedRecords } = await started()
    feed.answer(feedAnswer({ startMs: minute(2), endMs: minute(3) }, []))
    await poller.runOnce()
    expect(inShort(feedRecords()[0]!).slice(3)).toEqual(['tick 180'])
  })

  it('[P10] bring no tick and no gap while there is no new minute, but late sales all the same', async () => {
    const { poller, feed, feedRecords } = await started()
    const same = { startMs: minute(1), endMs: minute(2) }
    feed.answer(feedAnswer(same, []), `{"server_time":${minute(2) / 1000}}`)
    feed.answer(feedAnswer(same, [saleAt(T + 110_000, 'late')]))
    const results = [await poller.runOnce(), await poller.runOnce(), await poller.runOnce()]
    expect(results.map(outcome => outcome.result)).toEqual(['nothing-new', 'too-recent', 'nothing-new'])
    expect(inShort(feedRecords()[0]!).slice(3)).toEqual(['basket 110'])
  })

  it('[P11] do not double what an answer of ten minutes shows again, nor one of ten hours', async () => {
    const { poller, feed, feedRecords, clock } = await started()
    const sales = Array.from({ length: 600 }, (_, i) => saleAt(minute(2 + i), `m${i}`))
    clock.jumpTo(minute(602))
    feed.answer(feedAnswer({ startMs: minute(2), endMs: minute(602) }, sales))
    await poller.runOnce()
    feed.answer(feedAnswer({ startMs: T, endMs: minute(602) }, sales.slice(-10)))
    await poller.runOnce()
    feed.answer(feedAnswer({ startMs: T, endMs: minute(602) }, [...sales, saleAt(T + 5_000, 'a')]))
    await poller.runOnce()
    const counted = countedKeys(feedRecords()[0]!)
    expect(counted).toHaveLength(602)
    expect(new Set(counted).size).toBe(602)
  })

  it('[P12] refuse an end_date that went back, or ran ahead: dead letter, no tick, sales kept', async () => {
    const { poller, feed, feedRecords, letters, telemetry } = await started()
    feed.answer(
      feedAnswer({ startMs: T, endMs: minute(1) }, [saleAt(T + 30_000, 'kept')]),
      feedAnswer({ startMs: minute(2), endMs: minute(14) }, []),
      feedAnswer({ startMs: minute(2), endMs: minute(14), serverTimeMs: minute(3) }, []),
      feedAnswer({ startMs: minute(3), endMs: minute(2) }, []),
    )
    const results: string[] = []
    for (let i = 0; i < 4; i++) results.push((await poller.runOnce()).result)
    expect(results).toEqual(Array(4).fill('clock'))
    expect(inShort(feedRecords()[0]!).slice(3)).toEqual(['basket 30'])
    // One for the row of them: the feed says the same wrong thing at each poll.
    expect(letters()).toMatchObject([{ reason: 'clock', stage: 'poll' }])
    expect(telemetry.of('pollAnswered').map(e => e.result)).toEqual(Array(4).fill('clock'))
    feed.answer(feedAnswer({ startMs: minute(1), endMs: minute(3) }, []))
    expect((await poller.runOnce()).result).toBe('sales')
  })

  it('[P12] ask from where the feed says it is, when its clock was set back', async () => {
    const { poller, feed } = await started()
    feed.answer(`{"server_time":${minute(-30) / 1000}}`)
    feed.answer(feedAnswer({ startMs: minute(-31), endMs: minute(-30) }, []))
    await poller.runOnce()
    await poller.runOnce()
    expect(feed.asked.slice(1)).toEqual([minute(1), minute(-31)])
  })

  it('[P13] catch up at once when the answer ends far behind the feed clock', async () => {
    const { poller, feed, clock } = await started()
    clock.jumpTo(minute(60))
    feed.answer(feedAnswer({ startMs: minute(1), endMs: minute(11), serverTimeMs: minute(60) }, []))
    expect(await poller.runOnce()).toMatchObject({ result: 'sales', nextPollInMs: 1_000 })
    feed.answer(feedAnswer({ startMs: minute(10), endMs: minute(11), serverTimeMs: minute(60) }, []))
    expect(await poller.runOnce()).toMatchObject({ result: 'nothing-new', nextPollInMs: 32_000 })
  })
})

describe('bad input goes to dead letters, and the line goes on', () => {
  const times = { startMs: T, endMs: minute(2) }
  const good = saleAt(T + 5_000, 'a')

  it.each([
    ['unknown-event-type', '{"event_type":"refund","utc_date":1795176001,"items":[{}]}'],
    ['schema', '7'],
    ['schema', '{"event_type":"sale","utc_date":1795176001,"items":[]}'],
    ['schema', '{"event_type":"sale","utc_date":1795176001,"items":"none"}'],
    ['schema', '{"event_type":"sale","items":[{"url":"//a.example.com/"}]}'],
    ['absurd-time', '{"event_type":"sale","utc_date":1000000000,"items":[{}]}'],
    ['absurd-time', `{"event_type":"sale","utc_date":${(T + 3 * DAY_MS) / 1000},"items":[{}]}`],
    ['too-large', `{"event_type":"sale","utc_date":1795176001,"items":["${'x'.repeat(300_000)}"]}`],
  ])('[P14] as %s: an event such as %.60s', async (reason, text) => {
    const { poller, feed, feedRecords, letters, telemetry } = setUp()
    feed.answer(feedAnswer(times, [text, good]), feedAnswer(times, [text, good]))
    await poller.runOnce()
    await poller.runOnce()
    expect(inShort(feedRecords()[0]!)).toEqual(['basket 5', 'tick 120'])
    expect(letters()).toMatchObject([{ stage: 'poll', reason, bytes: text.slice(0, 65_536) }])
    expect(telemetry.of('deadLettered')).toMatchObject([{ stage: 'poll', reason }])
  })

  it.each([
    ['malformed-json', FIRST.slice(0, -10)],
    ['malformed-json', ''],
    ['malformed-json', '<html><title>Hello</title></html>'],
    ['schema', '[]'],
    ['schema', '{"feed_data":null}'],
    ['schema', '{"start_date":1,"end_date":"x","server_time":1,"events":[]}'],
    ['schema', `${FIRST.slice(0, FIRST.indexOf('"events"'))}"events":{},"server_time":1}`],
    ['schema', '{"message":"gone"}'],
  ])(
    '[P15] as %s: a whole answer such as %.40s, which counts as an outage of the feed',
    async (reason, text) => {
      const { poller, feed, feedRecords, letters, telemetry } = setUp()
      feed.answer(text, text, FIRST, text)
      const first = await poller.runOnce()
      expect(first).toMatchObject({ result: reason, cursorMs: null, nextPollInMs: 1_000 })
      expect(await poller.runOnce()).toMatchObject({ result: reason, nextPollInMs: 2_000 })
      expect(await poller.runOnce()).toMatchObject({ result: 'sales' })
      expect(await poller.runOnce()).toMatchObject({ result: reason, nextPollInMs: 1_000 })
      expect(inShort(feedRecords()[0]!)).toEqual(['basket 5', 'basket 70', 'tick 120'])
      expect(new Set(letters().map(letter => letter.id)).size).toBe(1)
      expect(letters()).toMatchObject([{ reason, bytes: text }, { reason }])
      expect(telemetry.of('feedOutage').map(e => e.code)).toEqual([reason, reason, reason])
    },
  )

  it('[P15] keeps 64 KiB of it at most, whole characters', async () => {
    const { poller, feed, letters } = setUp()
    feed.answer(`x${'é'.repeat(100_000)}`)
    await poller.runOnce()
    expect(letters()[0]!.bytes).toBe(`x${'é'.repeat(32_767)}`)
  })
})

describe('when the feed does not answer', () => {
  const outage = (retryAfterMs: number | null = null, code = 'http-503') =>
    ({ kind: 'outage', code, retryAfterMs }) as const

  it('[P16] waits twice as long each time, with jitter, up to a bound, and begins anew after an answer', async () => {
    const { poller, feed, telemetry } = setUp()
    feed.answer(...Array.from({ length: 9 }, () => outage()), FIRST, outage())
    const waits: number[] = []
    for (let i = 0; i < 11; i++) waits.push((await poller.runOnce()).nextPollInMs)
    const doubling = [1, 2, 4, 8, 16, 32, 60, 60, 60].map(s => s * 1_000)
    expect(waits).toEqual([...doubling, 32_000, 1_000])
    expect(telemetry.of('feedOutage')[1]).toEqual({ code: 'http-503', retryInMs: 2_000 })
  })

  it('[P16] waits at least as long as the server asked', async () => {
    const { poller, feed } = setUp()
    feed.answer(outage(90_000, 'http-429'))
    expect((await poller.runOnce()).nextPollInMs).toBe(91_000)
  })

  it('[P17] gives up by halves what comes too large to be taken: the rest is a gap', async () => {
    const { poller, feed, feedRecords, clock } = setUp()
    feed.answer(FIRST, outage(null, 'too-large'), outage(null, 'too-large'))
    await poller.runOnce()
    clock.jumpTo(minute(81))
    await poller.runOnce()
    await poller.runOnce()
    feed.answer(feedAnswer({ startMs: minute(61), endMs: minute(81) }, []))
    await poller.runOnce()
    expect(feed.asked.slice(1)).toEqual([minute(1), minute(41), minute(61)])
    expect(inShort(feedRecords()[0]!).slice(3)).toEqual(['gap 120 3660', 'tick 4860'])
  })

  it('says once when the feed brings no new minute for three, and when it does again', async () => {
    const { poller, feed, telemetry, clock } = setUp()
    feed.answer(
      FIRST,
      ...Array.from({ length: 4 }, () => feedAnswer({ startMs: minute(1), endMs: minute(2) }, [])),
    )
    for (let i = 0; i < 5; i++) {
      await poller.runOnce()
      clock.jumpTo(clock.nowMs() + 61 * SECOND_MS)
    }
    expect(telemetry.of('warn')).toEqual(['the feed is silent: it answers, but brings no new minute'])
    feed.answer(feedAnswer({ startMs: minute(1), endMs: minute(6) }, []))
    await poller.runOnce()
    expect(telemetry.of('info')).toEqual(['the feed speaks again'])
  })
})

describe('bounds', () => {
  it('[P18] an answer of 12,000 events goes in with several appends, the tick alone in the last', async () => {
    const { poller, feed, log, feedRecords } = setUp()
    const sizes: number[] = []
    const append = log.append
    log.append = entries => {
      sizes.push(entries.length)
      return append(entries)
    }
    const events = Array.from(
      { length: 12_000 },
      (_, i) =>
        `{"event_type":"sale","utc_date":${T / 1000 + i / 1000},"items":[{"url":"//a.example.com/${i}"}]}`,
    )
    feed.answer(feedAnswer({ startMs: T, endMs: minute(2) }, events))
    await poller.runOnce()
    expect(Math.max(...sizes)).toBe(5_000)
    expect(feedRecords()[0]).toHaveLength(12_001)
    expect(sizes.at(-1)).toBe(1)
    expect(feedRecords()[0]!.at(-1)).toEqual({ kind: 'tick', upToMs: minute(2) })
  })

  it('[P18] ids are remembered up to a bound, and what is dropped is counted', async () => {
    const { poller, feed, telemetry } = setUp({ maxRecentIds: 10 })
    const sales = Array.from({ length: 25 }, (_, i) => saleAt(T + i * 1_000, `a${i}`))
    feed.answer(feedAnswer({ startMs: T, endMs: minute(2) }, sales))
    await poller.runOnce()
    expect(telemetry.of('counted')).toEqual([{ stage: 'poll', what: 'evicted', count: 15 }])
  })
})

describe('the loop', () => {
  it('[P19] polls every 32 s, one request at a time, until it is told to stop', async () => {
    const { poller, feed, clock } = setUp()
    const stop = new AbortController()
    feed.answer(FIRST)
    const running = poller.run(stop.signal)
    await clock.whenSleeping()
    expect(clock.nextWakeInMs()).toBe(32_000)
    await clock.advance(31_999)
    expect(feed.asked).toHaveLength(1)
    await clock.advance(1)
    expect(feed.asked).toHaveLength(2)
    stop.abort()
    await running
    expect(clock.sleeping()).toBe(0)
  })

  it('[P19] two polls at once are a bug', async () => {
    const { poller, feed } = setUp()
    feed.answer(FIRST)
    const first = poller.runOnce()
    await expect(poller.runOnce()).rejects.toThrow('never two requests at once')
    await first
  })

  it('[P20] waits out an outage of the log, and goes on from what is in it', async () => {
    const { poller, feed, clock, log, feedRecords, telemetry } = setUp()
    const stop = new AbortController()
    log.failNextAppend(new OutageError('disk-full', 'no space'), 1)
    const sales = [saleAt(T + 70_000, 'b'), saleAt(T + 5_000, 'a')]
    feed.answer(FIRST, feedAnswer({ startMs: minute(-11), endMs: minute(2) }, sales))
    const running = poller.run(stop.signal)
    await clock.whenSleeping()
    expect(telemetry.of('outage')).toEqual([{ what: 'log', code: 'disk-full', retryInMs: 1_000 }])
    await clock.advance(1_000)
    expect(inShort(feedRecords()[0]!)).toEqual(['basket 5', 'basket 70', 'tick 120'])
    stop.abort()
    await running
  })

  it('[P20] ends with what a bug throws', async () => {
    const { poller, feed, log } = setUp()
    log.failNextAppend(new TypeError('a bug'))
    feed.answer(FIRST)
    await expect(poller.run(new AbortController().signal)).rejects.toThrow('a bug')
  })

  it.each([FIRST, 'no JSON'])(
    '[P20] told to stop while the feed is asked, appends nothing of %.20s',
    async text => {
      const { log, clock, telemetry, feedRecords, letters } = setUp()
      const stop = new AbortController()
      const feed = {
        get: async () => {
          stop.abort()
          return { kind: 'body', text } as const
        },
      }
      const poller = createPoller({ log, feed, clock, telemetry, random: () => 0 })
      expect(await poller.runOnce(stop.signal)).toMatchObject({ result: 'stopped', baskets: 0 })
      expect([...feedRecords(), letters()]).toEqual([[], []])
    },
  )

  it('[P20] told to stop between two appends, leaves the tick to the next', async () => {
    const { poller, restart, feed, log, feedRecords } = setUp()
    const stop = new AbortController()
    const append = log.append
    log.append = entries => append(entries).finally(() => stop.abort())
    feed.answer(FIRST)
    expect(await poller.runOnce(stop.signal)).toMatchObject({ result: 'stopped' })
    expect(inShort(feedRecords()[0]!)).toEqual(['basket 5', 'basket 70'])
    const sales = [saleAt(T + 5_000, 'a'), saleAt(T + 70_000, 'b')]
    feed.answer(feedAnswer({ startMs: minute(-11), endMs: minute(2) }, sales))
    await restart().runOnce()
    expect(inShort(feedRecords()[0]!)).toEqual(['basket 5', 'basket 70', 'tick 120'])
  })
})
