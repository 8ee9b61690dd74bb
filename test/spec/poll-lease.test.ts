// Chapter: one poller at a time. The lease decides who polls, and who waits.
import { describe, expect, it } from 'vitest'
import { type Lease, OutageError } from '../../infra/ports.ts'
import { createPoller } from '../../producers/poll.ts'
import { runPollerUnderLease } from '../../producers/poll-lease.ts'
import { MINUTE_MS } from '../../schemas/time.ts'
import { createFakeClock, settled } from '../fakes/clock.ts'
import { createFakeEventLog } from '../fakes/event-log.ts'
import { createFakeTelemetry } from '../fakes/telemetry.ts'
import { countedKeys, createScriptedFeed, FEED_T0, feedAnswer, saleAt } from '../support/feed.ts'

/** A lease that one holds at a time, handed on in the order of asking, and that a test can take away. */
function createLeases() {
  let waiting: ((lease: Lease) => void)[] = []
  let holder: AbortController | null = null
  let failures = 0
  const take = (): Lease => {
    const mine = new AbortController()
    holder = mine
    const release = async () => {
      if (holder === mine) handOn()
    }
    return { lost: mine.signal, release }
  }
  const handOn = () => {
    holder = null
    waiting.shift()?.(take())
  }
  return {
    fail: (times: number) => {
      failures = times
    },
    takeAway: () => {
      const loser = holder
      handOn()
      loser?.abort()
    },
    acquireLease: async (_name: string, signal: AbortSignal): Promise<Lease> => {
      if (failures-- > 0) throw new OutageError('store-gone', 'no store')
      if (holder === null) return take()
      return new Promise((resolve, reject) => {
        waiting.push(resolve)
        signal.addEventListener('abort', () => {
          waiting = waiting.filter(other => other !== resolve)
          reject(signal.reason)
        })
      })
    },
  }
}

const answerOf = (from: number, to: number, names: readonly string[]) =>
  feedAnswer(
    { startMs: FEED_T0 + from * MINUTE_MS, endMs: FEED_T0 + to * MINUTE_MS },
    names.map((name, i) => saleAt(FEED_T0 + 70_000 + i, name)),
  )

function setUp() {
  const clock = createFakeClock(FEED_T0 + 10 * MINUTE_MS)
  const storage = createFakeEventLog()
  const store = createLeases()
  const telemetry = createFakeTelemetry()
  const start = () => {
    const feed = createScriptedFeed()
    const stop = new AbortController()
    const log = storage.open()
    const poller = createPoller({ log, feed, clock, telemetry, random: () => 0.5 })
    const ended = runPollerUnderLease({ store, poller, clock, telemetry, signal: stop.signal })
    return { feed, stop, ended, log }
  }
  return { clock, store, telemetry, start, storage }
}

describe('two pollers', () => {
  it('[P22] the second waits while the first has the lease, and goes on from its log', async () => {
    const { start, storage } = setUp()
    const first = start()
    first.feed.answer(answerOf(0, 2, ['a']))
    await settled()
    const second = start()
    second.feed.answer(answerOf(1, 3, ['a', 'b']))
    await settled()
    expect([first.feed.asked, second.feed.asked]).toEqual([[null], []])
    first.stop.abort()
    await first.ended
    await settled()
    expect(second.feed.asked).toEqual([FEED_T0 + MINUTE_MS])
    expect(countedKeys(storage.records('feed')[0]!)).toHaveLength(2)
    second.stop.abort()
    await second.ended
  })

  it('[P22] one that loses the lease stops, waits, and reads the log again before it goes on', async () => {
    const { start, store, storage, telemetry, clock } = setUp()
    const first = start()
    first.feed.answer(answerOf(0, 2, ['a']))
    await settled()
    const second = start()
    second.feed.answer(answerOf(1, 3, ['a', 'b']))
    await settled()
    store.takeAway()
    await settled()
    await clock.advance(31_000)
    expect(first.feed.asked).toEqual([null])
    expect(telemetry.of('warn')).toContain('the lease to poll was lost: waiting to have it again')
    first.feed.answer(answerOf(2, 4, ['a', 'b']))
    second.stop.abort()
    await second.ended
    await settled()
    expect(first.feed.asked).toEqual([null, FEED_T0 + 2 * MINUTE_MS])
    expect(countedKeys(storage.records('feed')[0]!)).toHaveLength(2)
    first.stop.abort()
    await first.ended
  })
})

describe('the lease', () => {
  it('[P22] is waited for while the store is gone', async () => {
    const { start, store, clock, telemetry } = setUp()
    store.fail(2)
    const only = start()
    only.feed.answer(answerOf(0, 2, ['a']))
    await clock.advance(10_000)
    expect(only.feed.asked).toEqual([null])
    const outage = { what: 'poll-lease', code: 'store-gone', retryInMs: 5_000 }
    expect(telemetry.of('outage')).toEqual([outage, outage])
    only.stop.abort()
    await only.ended
  })

  it('[P22] is given back when a bug ends the poller, and the bug is told', async () => {
    const { start } = setUp()
    const first = start()
    first.log.failNextAppend(new TypeError('a bug'))
    first.feed.answer(answerOf(0, 2, ['a']))
    await expect(first.ended).rejects.toThrow('a bug')
    const second = start()
    await settled()
    expect(second.feed.asked).toEqual([null])
    second.stop.abort()
    await second.ended
  })

  it('[P22] one who waits for it can be stopped', async () => {
    const { start } = setUp()
    const first = start()
    const second = start()
    await settled()
    second.stop.abort()
    await second.ended
    expect(second.feed.asked).toEqual([])
    first.stop.abort()
    await first.ended
  })
})
