// Wall clocks for the edge: the machine's own, and one that runs faster for simulated worlds.
import type { Clock } from '../ports.ts'
import { pause } from '../runtime/pause.ts'

/** The longest delay Node's timers take; longer sleeps are made of several. */
const MAX_TIMER_MS = 2_147_483_647

/** The machine's clock. A sleep that ends or is aborted leaves neither timer nor listener behind. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  async sleep(ms, signal) {
    for (let restMs = ms; restMs > 0 && !signal?.aborted; restMs -= MAX_TIMER_MS) {
      await pause(Math.min(restMs, MAX_TIMER_MS), signal)
    }
  },
}

export interface ScaledClockOptions {
  readonly base: Clock
  /** How many milliseconds pass here for each one of `base`; above 0. */
  readonly speed: number
  /** What `nowMs` says at the moment of creation. */
  readonly startMs: number
}

/** A clock that starts at `startMs` and runs `speed` times as fast as `base`: a day in a minute is 1440. */
export function createScaledClock({ base, speed, startMs }: ScaledClockOptions): Clock {
  if (!(speed > 0)) throw new RangeError(`speed must be above 0, not ${speed}`)
  const baseStartMs = base.nowMs()
  return {
    nowMs: () => Math.floor(startMs + (base.nowMs() - baseStartMs) * speed),
    sleep: (ms, signal) => base.sleep(ms / speed, signal),
  }
}
