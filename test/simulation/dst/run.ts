// One run of the simulation: a plan made from the seed, faults for a while, then healing and draining.
import { DAY_MS, floorTo, MINUTE_MS, SECOND_MS } from '../../../schemas/time.ts'
import { strike } from './faults.ts'
import { createSeededFeed, type SeededFeed } from './feed.ts'
import { type Plan, planOf } from './plan.ts'
import type { ProcessParts } from './ports.ts'
import { startProcess } from './process.ts'
import type { Running } from './running.ts'
import { createOwner, createScheduler, type Scheduler } from './scheduler.ts'
import { createStorage, type Storage } from './storage.ts'

/** Steps without end would mean that something repeats itself for ever. */
const MAX_STEPS = 200_000

export interface Run {
  readonly plan: Plan
  readonly storage: Storage
  readonly feed: SeededFeed
  /** The last tick before the rolling windows are compared, and the last of all. */
  readonly rolledToMs: number
  readonly closedToMs: number
  readonly faults: ReadonlyMap<string, number>
  readonly steps: number
  readonly traceHash: string
  readonly lastLines: readonly string[]
}

/** A run that broke off: the reason with the last steps before it. */
export class BrokenRun extends Error {
  constructor(why: string, scheduler: Scheduler, cause?: unknown) {
    super(`${why}\n${scheduler.lastLines().join('\n')}`, { cause })
    this.name = 'BrokenRun'
  }
}

/** `onLine` hears every line of the trace. */
export async function runSeed(seed: number, onLine: (line: string) => void = () => {}): Promise<Run> {
  const plan = planOf(seed)
  const { startMs, advanceShare, lateAnswerShare } = plan
  const scheduler = createScheduler({ seed, startMs, advanceShare, lateAnswerShare, onLine })
  const world = createOwner('world')
  const storage = createStorage(scheduler, world, plan.partitions)
  const feed = createSeededFeed(scheduler, world, seed)
  const { config, tornAppendShare } = plan
  const failedAppendShare = (): number => (running.isHealing ? 0 : plan.failedAppendShare)
  const parts: ProcessParts = { scheduler, storage, feed, config, tornAppendShare, failedAppendShare }
  const shared = { plan, scheduler, storage, feed, world, parts }
  const lists = { places: plan.processes.map(() => null), everyone: [], faults: new Map() }
  const running: Running = { ...shared, ...lists, isHealing: false }
  for (const place of plan.processes.keys()) start(running, place)
  while (scheduler.steps < plan.faultSteps) {
    if (scheduler.rng.unit() < plan.faultShare) strike(running)
    await go(running)
  }
  heal(running)
  const rolledToMs = await drain(running)
  const closedToMs = floorTo(rolledToMs, DAY_MS) + DAY_MS + config.allowedLatenessMs
  await tickBy(running, closedToMs)
  return {
    plan,
    storage,
    feed,
    rolledToMs,
    closedToMs,
    faults: running.faults,
    steps: scheduler.steps,
    traceHash: scheduler.traceHash(),
    lastLines: scheduler.lastLines(),
  }
}

function start(running: Running, place: number): void {
  const { plan, parts, places, everyone } = running
  const name = `p${place}.${everyone.length}`
  const process = startProcess(name, plan.processes[place]!, parts)
  places[place] = process
  everyone.push(process)
}

/** One step; processes that ended are noticed and come back later. */
async function go(running: Running): Promise<boolean> {
  const { scheduler, places } = running
  const went = await scheduler.run()
  for (const [place, process] of places.entries()) {
    if (process === null || process.ended === null) continue
    if (process.bug !== null)
      throw new BrokenRun(`${process.owner.name}: ${String(process.bug)}`, scheduler, process.bug)
    places[place] = null
    comeBack(running, place)
  }
  if (scheduler.steps > MAX_STEPS) throw new BrokenRun('it does not come to rest', scheduler)
  return went
}

/** Mostly at once, sometimes after longer than the feed remembers. */
function comeBack(running: Running, place: number): void {
  const { scheduler, world } = running
  const { rng } = scheduler
  if (running.isHealing) {
    start(running, place)
    return
  }
  const longest = rng.unit() < 0.1 ? 20 * MINUTE_MS : 30 * SECOND_MS
  void scheduler.sleep(world, 1 + rng.int(longest)).then(() => {
    if (!running.isHealing) start(running, place)
  })
}

/** No more faults, everybody is back, clocks are right. */
function heal(running: Running): void {
  const { scheduler, storage, feed, everyone, places } = running
  scheduler.note('faults stop')
  running.isHealing = true
  storage.logIsAway = false
  storage.storeIsAway = false
  feed.heal()
  // A wrong clock stays wrong in a process that runs; somebody sets it right and starts it again.
  for (const process of everyone) process.kill()
  for (const [place, process] of places.entries()) if (process === null) start(running, place)
}

const ticksOf = ({ storage }: Running): readonly number[] =>
  storage.log
    .records('feed')
    .flatMap(records => records.flatMap(record => (record.kind === 'tick' ? [record.upToMs] : [])))

/**
 * Polls on for some minutes, and until a poll has brought a tick (a timer of the time before may leap over
 * those minutes); then lets everything come to rest. Returns a tick that everything has seen.
 */
async function drain(running: Running): Promise<number> {
  const { scheduler, plan, places } = running
  const untilMs = scheduler.nowMs + 4 * MINUTE_MS
  const ticksBefore = ticksOf(running).length
  while (scheduler.nowMs < untilMs || ticksOf(running).length === ticksBefore) await go(running)
  for (const [place, process] of places.entries()) {
    if (process === null || !process.stages.includes('poll')) continue
    process.kill()
    const others = process.stages.filter(stage => stage !== 'poll')
    const successor = startProcess(`p${place}.last`, others, running.parts)
    running.everyone.push(successor)
    places[place] = successor
  }
  while (await go(running));
  const lastMs = Math.max(plan.startMs, ...ticksOf(running))
  const rolledToMs = floorTo(lastMs, 5 * MINUTE_MS) + 5 * MINUTE_MS
  await tickBy(running, rolledToMs)
  return rolledToMs
}

/** A tick by hand, and everything that follows from it. */
async function tickBy(running: Running, upToMs: number): Promise<void> {
  const { storage, plan } = running
  const partitions = Array.from({ length: plan.partitions }, (_, partition) => partition)
  const record = { kind: 'tick', upToMs } as const
  await storage.log.append(partitions.map(partition => ({ topic: 'feed', partition, record })))
  while (await go(running));
}
