// Clocks: what a sleep promises, and what the fake one adds for tests.
import { getEventListeners } from 'node:events'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createScaledClock, systemClock } from '../../infra/system/clock.ts'
import { createFakeClock, settled } from '../fakes/clock.ts'

const START_MS = Date.UTC(2026, 10, 20, 12)

describe('the system clock', () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: START_MS })
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  test('says wall time in epoch milliseconds', () => {
    expect(systemClock.nowMs()).toBe(START_MS)
  })

  test('[C1] a sleep ends after its time and leaves neither timer nor listener', async () => {
    const { signal } = new AbortController()
    const sleep = systemClock.sleep(1_000, signal)
    await vi.advanceTimersByTimeAsync(999)
    expect(vi.getTimerCount()).toBe(1)
    await vi.advanceTimersByTimeAsync(1)
    await sleep
    expect([vi.getTimerCount(), getEventListeners(signal, 'abort').length]).toEqual([0, 0])
  })

  test('[C1] an aborted sleep ends at once, without an error, and leaves nothing', async () => {
    const abort = new AbortController()
    const sleep = systemClock.sleep(60_000, abort.signal)
    abort.abort()
    await sleep
    await systemClock.sleep(60_000, abort.signal)
    expect([vi.getTimerCount(), getEventListeners(abort.signal, 'abort').length]).toEqual([0, 0])
  })

  test('a sleep of forty days does not wake at once, as a bare timer of Node would', async () => {
    let awake = false
    const fortyDaysMs = 40 * 86_400_000
    const sleep = systemClock.sleep(fortyDaysMs).then(() => {
      awake = true
    })
    await vi.advanceTimersByTimeAsync(fortyDaysMs - 1)
    expect(awake).toBe(false)
    await vi.advanceTimersByTimeAsync(1)
    await sleep
    expect(awake).toBe(true)
  })
})

describe('the scaled clock', () => {
  test('an hour passes in a minute at sixtyfold speed, and sleeps shrink to match', async () => {
    const base = createFakeClock(START_MS)
    const fast = createScaledClock({ base, speed: 60, startMs: 1_000_000 })
    let wokeAtMs: number | null = null
    const sleep = fast.sleep(3_600_000).then(() => {
      wokeAtMs = fast.nowMs()
    })
    await base.advance(59_999)
    expect(wokeAtMs).toBeNull()
    await base.advance(1)
    await sleep
    expect(wokeAtMs).toBe(1_000_000 + 3_600_000)
  })

  test('refuses a speed that stands still or runs backwards', () => {
    for (const speed of [0, -1, Number.NaN]) {
      expect(() => createScaledClock({ base: systemClock, speed, startMs: 0 })).toThrow(RangeError)
    }
  })
})

describe('the fake clock', () => {
  test('sleepers wake in the order of their due times and see them', async () => {
    const clock = createFakeClock(START_MS)
    const woken: [string, number][] = []
    const sleeper = async (name: string, ms: number) => {
      await clock.sleep(ms)
      woken.push([name, clock.nowMs() - START_MS])
    }
    const all = [sleeper('c', 30), sleeper('a', 10), sleeper('b', 20)]
    await clock.advance(100)
    await Promise.all(all)
    expect(woken).toEqual([
      ['a', 10],
      ['b', 20],
      ['c', 30],
    ])
    expect(clock.nowMs() - START_MS).toBe(100)
  })

  test('a loop that sleeps again runs as often as it falls due within one advance', async () => {
    const clock = createFakeClock(START_MS)
    const abort = new AbortController()
    let rounds = 0
    const loop = (async () => {
      while (!abort.signal.aborted) {
        await clock.sleep(32_000, abort.signal)
        rounds += 1
      }
    })()
    await clock.advance(320_000)
    expect([rounds, clock.sleeping(), clock.nextWakeInMs()]).toEqual([10, 1, 32_000])
    abort.abort()
    await loop
    expect(clock.sleeping()).toBe(0)
  })

  test('wall time may jump in either direction without waking anybody', async () => {
    const clock = createFakeClock(START_MS)
    let awake = false
    const sleep = clock.sleep(1_000).then(() => {
      awake = true
    })
    clock.jumpTo(START_MS + 86_400_000)
    await settled()
    expect(awake).toBe(false)
    clock.jumpTo(START_MS - 86_400_000)
    await clock.advance(1_000)
    await sleep
    expect(clock.nowMs()).toBe(START_MS - 86_400_000 + 1_000)
  })
})
