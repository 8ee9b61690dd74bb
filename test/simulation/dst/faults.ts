// What goes wrong around the stages of a simulated run.
import { MINUTE_MS, SECOND_MS } from '../../../schemas/time.ts'
import type { Running } from './running.ts'

type Fault = 'kill' | 'stop' | 'expel' | 'stall' | 'clock' | 'log' | 'store' | 'steal'
/** Deaths come more often than all else. */
const FAULTS: readonly Fault[] = [
  'kill',
  'kill',
  'kill',
  'stop',
  'expel',
  'stall',
  'clock',
  'log',
  'store',
  'steal',
]
const LONGEST_OUTAGE_MS = 20 * SECOND_MS
const LONGEST_STALL_STEPS = 300
const FARTHEST_JUMP_MS = 30 * MINUTE_MS

/** One fault of the outside, whom and what the seed says. */

export function strike(running: Running): void {
  const { scheduler, storage, world, faults, places } = running
  const { rng } = scheduler
  const fault = FAULTS[rng.int(FAULTS.length)]!
  const process = places[rng.int(places.length)] ?? null
  scheduler.note(`fault: ${fault} ${process?.owner.name ?? ''}`)
  faults.set(fault, (faults.get(fault) ?? 0) + 1)
  const forAWhile = (what: 'logIsAway' | 'storeIsAway'): void => {
    storage[what] = true
    void scheduler.sleep(world, rng.int(LONGEST_OUTAGE_MS)).then(() => {
      storage[what] = false
    })
  }
  const strikes: Readonly<Record<Fault, () => void>> = {
    kill: () => process?.kill(),
    stop: () => process?.stop(),
    expel: () => process?.expel(),
    stall: () => {
      if (process !== null) process.owner.stalledUntilStep = scheduler.steps + rng.int(LONGEST_STALL_STEPS)
    },
    clock: () => process?.jumpClock((2 * rng.unit() - 1) * FARTHEST_JUMP_MS),
    log: () => forAWhile('logIsAway'),
    store: () => forAWhile('storeIsAway'),
    steal: () => storage.lease.steal(),
  }
  strikes[fault]()
}
