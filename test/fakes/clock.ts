// A clock that only moves when a test says so: time in stages is tested without waiting for any.
import type { Clock } from '../../infra/ports.ts'

interface Sleeper {
  readonly wakeAt: number
  readonly wake: () => void
}

export interface FakeClock extends Clock {
  /**
   * Lets `ms` pass. Sleepers wake one by one in the order of their due times (ties: as they fell asleep),
   * each seeing its own due time in `nowMs`; what they do next, including new sleeps that fall due, runs in
   * between.
   */
  advance(ms: number): Promise<void>
  /** Sets wall time, in either direction, without anybody waking: what NTP or an operator does. */
  jumpTo(nowMs: number): void
  /** How many are asleep now. */
  sleeping(): number
  /** Milliseconds until the next one is due, or null when nobody sleeps. */
  nextWakeInMs(): number | null
  /** Resolves once at least `count` are asleep. */
  whenSleeping(count?: number): Promise<void>
}

/** Lets all microtasks and already finished I/O callbacks run. */
export function settled(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}

/** Starts at `startMs` (epoch milliseconds). */
export function createFakeClock(startMs: number): FakeClock {
  let elapsedMs = 0
  let offsetMs = startMs
  const sleepers = new Set<Sleeper>()
  const watchers = new Set<() => void>()

  function next(): Sleeper | null {
    let first: Sleeper | null = null
    for (const sleeper of sleepers) if (first === null || sleeper.wakeAt < first.wakeAt) first = sleeper
    return first
  }

  return {
    nowMs: () => offsetMs + elapsedMs,
    sleep(ms, signal) {
      if (signal?.aborted || ms <= 0) return Promise.resolve()
      return new Promise(resolve => {
        const wake = () => {
          sleepers.delete(sleeper)
          signal?.removeEventListener('abort', wake)
          resolve()
        }
        const sleeper: Sleeper = { wakeAt: elapsedMs + ms, wake }
        sleepers.add(sleeper)
        signal?.addEventListener('abort', wake)
        for (const watcher of watchers) watcher()
      })
    },
    async advance(ms) {
      const targetMs = elapsedMs + ms
      await settled()
      for (let due = next(); due !== null && due.wakeAt <= targetMs; due = next()) {
        elapsedMs = Math.max(elapsedMs, due.wakeAt)
        due.wake()
        await settled()
      }
      elapsedMs = targetMs
      await settled()
    },
    jumpTo(nowMs) {
      offsetMs = nowMs - elapsedMs
    },
    sleeping: () => sleepers.size,
    nextWakeInMs() {
      const first = next()
      return first === null ? null : first.wakeAt - elapsedMs
    },
    whenSleeping(count = 1) {
      if (sleepers.size >= count) return Promise.resolve()
      return new Promise(resolve => {
        const watcher = () => {
          if (sleepers.size < count) return
          watchers.delete(watcher)
          resolve()
        }
        watchers.add(watcher)
      })
    },
  }
}
