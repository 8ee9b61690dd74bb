// One simulated process: the real stages, wired as in production, on ports whose every call is a step.
import { type RunningStage, type StageParts, startStages } from '../../../infra/main/stages.ts'
import type { Clock } from '../../../infra/ports.ts'
import type { StageName } from '../../../processors/topology.ts'
import { createFakeTelemetry } from '../../fakes/telemetry.ts'
import { type ProcessParts, steppedCache, steppedLog, steppedStore } from './ports.ts'
import { createOwner, type Owner } from './scheduler.ts'

export interface SimulatedProcess {
  readonly owner: Owner
  readonly stages: readonly StageName[]
  /** Sets its clock ahead or back. */
  jumpClock(byMs: number): void
  /** Nothing of it happens any more. */
  kill(): void
  /** The log's other members hold it for dead. */
  expel(): void
  /** Ends it in order, as a signal does. */
  stop(): void
  /** How it ended: null while it runs. */
  readonly ended: 'killed' | 'stopped' | 'outage' | null
  /** What no outage explains: a bug. */
  readonly bug: unknown
}

export function startProcess(
  name: string,
  stages: readonly StageName[],
  parts: ProcessParts,
): SimulatedProcess {
  const { scheduler, storage } = parts
  const owner = createOwner(name)
  const log = storage.log.open()
  const stop = new AbortController()
  let offsetMs = 0
  let ended: SimulatedProcess['ended'] = null
  let bug: unknown = null
  let running: readonly RunningStage[] = []

  function die(how: NonNullable<SimulatedProcess['ended']>): void {
    if (ended !== null) return
    ended = how
    scheduler.note(`${name} ends: ${how}`)
    owner.alive = false
    scheduler.drop(owner)
    log.crash()
    storage.lease.ownerDied(owner)
  }

  function failed(error: unknown): void {
    if (ended !== null) return
    if (!isOutage(error)) bug = error
    die('outage')
  }

  async function stopInOrder(): Promise<void> {
    stop.abort()
    await Promise.allSettled(running.map(stage => stage.close()))
    die('stopped')
  }

  const clock: Clock = {
    nowMs: () => scheduler.nowMs + offsetMs,
    sleep: (ms, signal) => scheduler.sleep(owner, ms, signal),
  }
  const stageParts: StageParts = {
    config: parts.config,
    log: steppedLog(owner, log, parts),
    store: steppedStore(owner, parts),
    cache: steppedCache(owner, parts),
    feed: parts.feed.feedFor(owner),
    pages: parts.feed.pagesFor(owner),
    clock,
    pace: clock,
    telemetry: createFakeTelemetry(),
    random: () => scheduler.rng.unit(),
    ...(parts.mailFor === undefined ? {} : { mail: parts.mailFor(owner) }),
    pastWritten: Promise.resolve(),
    stop: stop.signal,
  }
  scheduler.note(`${name} starts with ${stages.join(',')}`)
  startStages(stages, stageParts).then(started => {
    running = started
    for (const stage of started) stage.done.catch(failed)
  }, failed)

  return {
    owner,
    stages,
    jumpClock(byMs) {
      offsetMs += byMs
    },
    kill: () => die('killed'),
    expel: () => log.expel(),
    stop: () => void stopInOrder(),
    get ended() {
      return ended
    },
    get bug() {
      return bug
    },
  }
}

function isOutage(error: unknown): boolean {
  return error instanceof Error && error.name === 'OutageError'
}
