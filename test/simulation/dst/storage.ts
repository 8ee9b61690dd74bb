// What outlives a process in the simulation: the log, the store and its lease, and whether they answer.
import { type Lease, OutageError } from '../../../infra/ports.ts'
import { createFakeEventLog, type FakeEventLog } from '../../fakes/event-log.ts'
import { createFakeStore, type FakeStore } from '../../fakes/store.ts'
import type { Owner, Scheduler } from './scheduler.ts'

/** The server frees the lease of a dead connection after so long, at most. */
const LEASE_FREED_WITHIN_MS = 5_000
/** Its holder hears of the loss of a lease after so long, at most. */
const LOSS_HEARD_WITHIN_MS = 20_000

interface Holder {
  readonly owner: Owner
  readonly lost: AbortController
}

interface Waiter extends Holder {
  readonly give: (lease: Lease) => void
}

export interface SharedLease {
  acquire(owner: Owner, signal: AbortSignal): Promise<Lease>
  /** Its holder is dead: somebody else may have it, soon. */
  ownerDied(owner: Owner): void
  /** Taken away behind the holder's back: for a while two believe that they hold it. */
  steal(): void
  readonly stolen: boolean
  /** True where the owner never had the lease, or has heard that it lost the last one it had. */
  isWithout(owner: Owner): boolean
}

export interface Storage {
  readonly log: FakeEventLog
  readonly store: FakeStore
  readonly lease: SharedLease
  /** While true, calls reject with an outage. */
  logIsAway: boolean
  storeIsAway: boolean
}

export const OUTAGE_CODE = 'simulated'

export function outage(what: string): OutageError {
  return new OutageError(OUTAGE_CODE, `${what} does not answer`)
}

export function createStorage(scheduler: Scheduler, world: Owner, partitions: number): Storage {
  const { rng } = scheduler
  const batches = [1, 3, 10, 1_000]
  const maxBatchRecords = (): number => batches[rng.int(batches.length)]!
  return {
    log: createFakeEventLog({ partitions, maxBatchRecords }),
    store: createFakeStore(),
    lease: createLease(scheduler, world),
    logIsAway: false,
    storeIsAway: false,
  }
}

function createLease(scheduler: Scheduler, world: Owner): SharedLease {
  const { rng } = scheduler
  let holder: Holder | null = null
  let waiters: Waiter[] = []
  let stolen = false
  const given = new Map<Owner, AbortSignal>()

  function free(who: Holder): void {
    if (holder !== who) return
    holder = null
    waiters = waiters.filter(waiter => waiter.owner.alive)
    const next = waiters.shift()
    if (next === undefined) return
    holder = next
    next.give(leaseOf(next))
  }

  function leaseOf(who: Holder): Lease {
    given.set(who.owner, who.lost.signal)
    return {
      lost: who.lost.signal,
      release: () => scheduler.step(who.owner, 'lease release', () => free(who)),
    }
  }

  return {
    acquire(owner, signal) {
      return new Promise((give, reject) => {
        const waiter: Waiter = { owner, lost: new AbortController(), give }
        if (holder === null) {
          holder = waiter
          return give(leaseOf(waiter))
        }
        waiters.push(waiter)
        signal.addEventListener('abort', () => {
          waiters = waiters.filter(other => other !== waiter)
          reject(signal.reason)
        })
      })
    },
    ownerDied(owner) {
      const held = holder
      if (held?.owner !== owner) return
      void scheduler.sleep(world, rng.int(LEASE_FREED_WITHIN_MS)).then(() => free(held))
    },
    steal() {
      const held = holder
      if (held === null) return
      stolen = true
      void scheduler.sleep(held.owner, rng.int(LOSS_HEARD_WITHIN_MS)).then(() => held.lost.abort())
      free(held)
    },
    get stolen() {
      return stolen
    },
    isWithout: owner => given.get(owner)?.aborted ?? true,
  }
}
